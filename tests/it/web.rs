//! The time tracker as a service, tried out by somebody who trusts nothing.

use std::fs;

use serde_json::Value;

use crate::harness::binaries::KEY;
use crate::harness::body;
use crate::harness::tracker::{Server, TYPED, Tracker, work};
use crate::harness::trap::Trap;

#[test]
fn without_a_key_nobody_is_asked_and_nothing_is_kept() {
    let tracker = Tracker::plain();
    let server = tracker.start();
    let mut visitor = crate::harness::http::Visitor::new(server.port);
    let shown = visitor.get(server.setup.as_deref().unwrap());
    assert_eq!(shown.status, 200);
    assert!(!shown.body.contains("type=\"checkbox\""), "the question is shown: {}", shown.body);
    assert!(shown.body.contains("Telemetry:"), "one line says why nothing is asked: {}", shown.body);
    let mut visitor = server.set_up(&[]);
    work(&mut visitor);
    let page = visitor.get("/admin/telemetry").body;
    assert!(page.contains("Off"), "{page}");
    assert!(!page.contains("action=\"/admin/telemetry/on\""), "there is nothing to turn on: {page}");
    server.stop();
    let status = tracker.home.status();
    assert_eq!((&status["state"], &status["telemetry_enabled"]), (&"unavailable".into(), &false.into()));
    assert_eq!(tracker.home.telemetry_files(), Vec::<String>::new());
}

#[test]
fn every_state_of_the_service_but_granted_is_silent() {
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    work(&mut server.set_up(&[]));
    server.stop();
    trap.assert_untouched("nobody agreed at the setup");

    let silent = |state: &str, variable: Option<(&str, &str)>| {
        let server = Server::start(tracker.serve().envs(variable));
        work(&mut server.sign_in());
        server.stop();
        trap.assert_untouched(state);
        let mut command = tracker.home.command(["telemetry", "status", "--json"]);
        let status = crate::harness::home::status(command.envs(variable));
        assert_eq!((&status["state"], &status["telemetry_enabled"]), (&state.into(), &false.into()));
    };
    if tracker.home.decision().is_some() {
        tracker.agree();
        tracker.off();
    } else {
        silent("unasked", None);
        tracker.decline();
        silent("denied", None);
        tracker.agree();
        tracker.off();
    }
    silent("withdrawn", None);
    tracker.agree();
    silent("suspended", Some(("DO_NOT_TRACK", "1")));
    silent("suspended", Some(("TIME_TRACKER_TELEMETRY", "off")));
    let file = tracker.home.decision().unwrap();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    silent("fault", None);
    assert_eq!(fs::read(&file).unwrap(), &whole[..whole.len() / 2], "the file was touched");

    // All of this would have been heard: with the yes restored, the same day is.
    fs::write(&file, &whole).unwrap();
    let server = tracker.start();
    work(&mut server.sign_in());
    server.stop();
    assert!(!trap.wait_for(1).is_empty());
}

#[test]
fn a_granted_day_arrives_in_full_and_only_where_the_build_says() {
    let (trap, other) = (Trap::accepting(), Trap::accepting());
    let tracker = Tracker::keyed(&trap);
    let server = Server::start(body::lure(&mut tracker.serve(), &other));
    let mut visitor = server.set_up(&[]);
    tracker.agree();
    work(&mut visitor);
    server.stop();
    let requests = trap.wait_for(1);
    other.assert_untouched("a variable led there");
    let mut names = Vec::new();
    for request in &requests {
        body::check(request, &tracker.home, KEY, trap.port());
        let text = String::from_utf8(request.body.clone()).unwrap();
        for typed in TYPED {
            assert!(!text.contains(typed), "{typed} left the machine: {text}");
        }
        let json = request.json();
        names.extend(json["batch"].as_array().unwrap().iter().map(|event| event["event"].clone()));
    }
    for name in ["client.created", "project.created", "task.created", "timer.started", "timer.stopped"] {
        assert!(names.contains(&Value::from(name)), "{name} is missing: {names:?}");
    }
    // The service's own log holds the same bytes.
    let log = crate::harness::home::said(&crate::harness::home::output(&mut tracker.telemetry("log")));
    for request in &requests {
        let sent = String::from_utf8(request.body.clone()).unwrap();
        assert!(log.contains(&sent), "the log lacks what the server got:\n{log}\n{sent}");
    }
}
