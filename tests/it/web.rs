//! The time tracker as a service, tried out by somebody who trusts nothing.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::harness::binaries::KEY;
use crate::harness::http::Visitor;
use crate::harness::tracker::{Server, TYPED, Tracker, work};
use crate::harness::trap::{Manner, Request, Trap};
use crate::harness::{body, eventually, home, within};

#[test]
fn without_a_key_nobody_is_asked_and_nothing_is_kept() {
    let tracker = Tracker::plain();
    let server = tracker.start();
    let mut visitor = Visitor::new(server.port);
    let shown = visitor.get(server.setup.as_deref().unwrap());
    assert_eq!(shown.status, 200);
    assert!(!shown.body.contains("type=\"checkbox\""), "the question is shown: {}", shown.body);
    assert!(
        shown.body.contains("This build has no analytics key"),
        "one line says why nothing is asked: {}",
        shown.body
    );
    let mut visitor = server.set_up(&[]);
    work(&mut visitor);
    let page = visitor.get("/admin/telemetry").body;
    assert!(page.contains("Unavailable: this build has no analytics key."), "{page}");
    assert!(!page.contains("action=\"/admin/telemetry/"), "there is nothing to turn on or off: {page}");
    server.stop();
    let status = tracker.home.status();
    assert_eq!((&status["state"], &status["telemetry_enabled"]), (&"unavailable".into(), &false.into()));
    assert_eq!(tracker.home.telemetry_files(), Vec::<String>::new());
}

#[test]
fn every_state_of_the_service_but_granted_is_silent() {
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    // Where a kill switch is set, the setup asks nothing.
    let switch = [("TIME_TRACKER_TELEMETRY", "off")];
    let server = Server::start(tracker.serve().envs(switch));
    let asked = Visitor::new(server.port).get(server.setup.as_deref().unwrap()).body;
    assert!(!asked.contains("type=\"checkbox\""), "{asked}");
    work(&mut server.set_up(&[]));
    server.stop();
    trap.assert_untouched("nobody was asked");
    assert_eq!(tracker.home.telemetry_files(), Vec::<String>::new());

    let silent = |state: &str, variable: Option<(&str, &str)>| {
        let server = Server::start(tracker.serve().envs(variable));
        work(&mut server.sign_in());
        server.stop();
        trap.assert_untouched(state);
        let mut command = tracker.home.command(["telemetry", "status", "--json"]);
        let status = home::status(command.envs(variable));
        assert_eq!((&status["state"], &status["telemetry_enabled"]), (&state.into(), &false.into()));
    };
    silent("unasked", None);
    assert_eq!(tracker.home.telemetry_files(), Vec::<String>::new());
    tracker.decline();
    silent("denied", None);
    tracker.agree();
    tracker.off();
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
    tracker.delivered(&trap, |requests| !requests.is_empty());
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
    let wanted = ["client.created", "project.created", "task.created", "timer.started", "timer.stopped"];
    let mut serve = tracker.serve();
    let requests = Tracker::delivered_by(body::lure(&mut serve, &other), &tracker, &trap, |requests| {
        let names = names(requests);
        wanted.iter().all(|name| names.iter().any(|sent| sent == name))
    });
    other.assert_untouched("a variable led there");
    for request in &requests {
        body::check(request, &tracker.home, KEY, trap.port());
        let text = String::from_utf8(request.body.clone()).unwrap();
        for typed in TYPED {
            assert!(!text.contains(typed), "{typed} left the machine: {text}");
        }
    }
    // The service's own log holds the same bytes.
    let log = home::said(&home::output(&mut tracker.telemetry("log")));
    for request in &requests {
        let sent = String::from_utf8(request.body.clone()).unwrap();
        assert!(log.contains(&sent), "the log lacks what the server got:\n{log}\n{sent}");
    }
}

/// What the page announces about the last action.
fn announced(page: &str) -> &str {
    let (_, rest) = page.split_once("role=\"status\">").expect("the page has a place for results");
    rest.split("</div>").next().unwrap()
}

#[test]
fn grep_tells_the_truth_after_every_button() {
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    let is = |truth: bool| {
        assert_eq!(tracker.home.grep(), format!("\"telemetry_enabled\": {truth}"));
        assert_eq!(tracker.home.status()["telemetry_enabled"], truth);
    };
    // A setup in which no box was ticked.
    let mut visitor = server.set_up(&[]);
    is(false);
    for _ in 0..2 {
        assert!(announced(&Server::press(&mut visitor, "on", "usage").body).contains("On"));
        is(true);
        assert!(announced(&Server::press(&mut visitor, "off", "usage").body).contains("Off"));
        is(false);
        // A second click does not bring it back.
        Server::press(&mut visitor, "off", "usage");
        is(false);
    }
    // One purpose is not the other, and off for all is off.
    Server::press(&mut visitor, "on", "errors");
    Server::press(&mut visitor, "on", "usage");
    Server::press(&mut visitor, "off", "errors");
    is(true);
    assert_eq!(tracker.home.status()["purposes"], serde_json::json!(["usage"]));
    Server::press(&mut visitor, "on", "errors");
    Server::press(&mut visitor, "off", "all");
    is(false);
    server.stop();
    is(false);
}

#[test]
fn grep_tells_the_truth_after_a_setup_with_a_tick() {
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    server.set_up(&["telemetry_errors"]);
    assert_eq!(tracker.home.grep(), "\"telemetry_enabled\": true");
    assert_eq!(tracker.home.status()["purposes"], serde_json::json!(["errors"]));
    server.stop();
    // The setup is an event of the other purpose.
    trap.assert_untouched("nobody agreed to usage statistics");
}

#[test]
fn a_forged_yes_is_none() {
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    let mut visitor = server.set_up(&[]);
    // Without the ticket of a question that was shown, with one made up, and by somebody who is not signed in.
    for ticket in ["", "0123456789abcdef0123456789abcdef"] {
        let answer = visitor.submit("/admin/telemetry/on", &[("purpose", "usage"), ("ticket", ticket)]);
        assert_eq!(answer.status, 409, "{}", answer.body);
    }
    let shown = visitor.get("/admin/telemetry").body;
    let forms = crate::harness::page::forms(&shown, "/admin/telemetry/on");
    let answer = Visitor::new(server.port).submit("/admin/telemetry/on", &forms[0].hidden());
    assert_ne!(answer.status, 200, "{}", answer.body);
    assert_eq!(tracker.home.grep(), "\"telemetry_enabled\": false");
}

#[test]
fn off_in_the_page_ends_the_request_under_way() {
    let trap = Trap::new(Manner::Hang);
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    let mut visitor = server.set_up(&["telemetry_usage", "telemetry_errors"]);
    work(&mut visitor);
    // Comes by itself, half a minute after the yes, and is left without an answer.
    trap.wait_for(1);
    assert_eq!(trap.received().open, 1, "the request is under way");
    let page = Server::press(&mut visitor, "off", "all").body;
    let before = trap.received();
    assert!(announced(&page).contains("Off"), "{page}");
    // A withdrawal that did not end it, and gave up waiting for it, would say that one is.
    assert!(announced(&page).contains("No request is under way."), "{page}");
    assert_eq!(before.open, 0, "the connection is closed when the page answers");
    work(&mut visitor);
    server.stop();
    assert!(
        !within(Duration::from_millis(500), || trap.received() != before),
        "something came after the page said off"
    );
    // And what had waited is gone, with the log of what was sent.
    let mut left = tracker.home.telemetry_files();
    left.retain(|path| {
        !["installation.json", "installation.lock", "receipts.jsonl", "gate.lock", "telemetry"]
            .iter()
            .any(|name| path.ends_with(name))
    });
    assert_eq!(left, Vec::<String>::new());
    let entries = tracker.home.files().into_iter().filter(|path| path.contains("telemetry/telemetry/"));
    assert_eq!(entries.count(), 0, "{:?}", tracker.home.files());
}

#[test]
fn a_killed_server_does_not_keep_telemetry_on() {
    let trap = Trap::new(Manner::Hang);
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    work(&mut server.set_up(&["telemetry_usage"]));
    trap.wait_for(1);
    // SIGKILL, with a request under way and the lock of a sender in its hands.
    server.kill();
    let said = home::said(&tracker.off());
    // It would wait for somebody who holds the lock, give up, and say that.
    assert!(said.contains("No request is under way."), "{said}");
    assert_eq!(tracker.home.grep(), "\"telemetry_enabled\": false");
}

#[test]
fn two_workers_no_resurrection() {
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let one = tracker.start();
    let mut ada = one.set_up(&["telemetry_usage"]);
    let two = tracker.start();
    let mut other = two.sign_in();
    let is = |visitor: &mut Visitor, word: &str| {
        let page = visitor.get("/admin/telemetry").body;
        let (_, truth) = page.split_once("class=\"truth\"").unwrap();
        assert!(truth.split("</p>").next().unwrap().contains(word), "{page}");
    };
    is(&mut other, "On");
    work(&mut ada);
    work(&mut other);
    Server::press(&mut other, "off", "usage");
    // On a slow machine the interval may be over before the off, and something sent. From here on nothing is.
    let before = trap.received();
    is(&mut ada, "Off");
    // Writes of all kinds by the one that was not asked, and its end, at which it would deliver what it has.
    work(&mut ada);
    let reset = home::output(&mut tracker.telemetry("reset-id"));
    assert_eq!(reset.status.code(), Some(1), "there is no identity to replace");
    assert_eq!(tracker.home.grep(), "\"telemetry_enabled\": false");
    one.stop();
    let three = tracker.start();
    is(&mut three.sign_in(), "Off");
    work(&mut other);
    two.stop();
    three.stop();
    let after = trap.received();
    assert!(!after.is_more_than(before), "something came after the off: {before:?}, then {after:?}");

    // Of two processes each delivers its own: the same two, without the off. In the two seconds that each has for that.
    Server::press(&mut tracker.start().sign_in(), "on", "usage");
    eventually("each delivers its own", || {
        let (one, two) = (tracker.start(), tracker.start());
        work(&mut one.sign_in());
        work(&mut two.sign_in());
        let at_first = trap.received().requests;
        one.stop();
        let first = trap.received().requests;
        two.stop();
        first > at_first && trap.received().requests > first
    });
}

/// The names of all events in these requests.
fn names(requests: &[Request]) -> Vec<String> {
    let events = requests.iter().flat_map(|request| request.json()["batch"].as_array().unwrap().clone());
    events.map(|event| event["event"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_optout_beacon() {
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    server.set_up(&["telemetry_usage", "telemetry_errors"]);
    server.stop();
    let mut before = tracker.delivered(&trap, |requests| !requests.is_empty()).len();
    let assert_only_of_others = |requests: &[Request]| {
        let mut seen = names(requests);
        seen.retain(|name| name != "installation.started" && name != "auth.login");
        assert_eq!(seen, Vec::<String>::new(), "these were made by looking at telemetry or deciding about it");
    };
    // What came since, where these must be among it: who expects nothing must not be content with a program that sends
    // nothing.
    let mut came = |expected: &[&str]| {
        let requests = tracker.delivered(&trap, |requests| {
            let seen = names(&requests[before..]);
            expected.iter().all(|name| seen.iter().any(|seen| seen == name))
        });
        assert_only_of_others(&requests[before..]);
        before = requests.len();
    };

    let server = tracker.start();
    let mut visitor = server.sign_in();
    for part in
        ["", "/preview", "/sent", "/report", "/catalogue", "/history", "/build", "/receipts.jsonl", "/sent.jsonl"]
    {
        assert_eq!(visitor.get(&format!("/admin/telemetry{part}")).status, 200, "{part}");
    }
    visitor.submit("/account/time-zone", &[("zone", "UTC")]);
    server.stop();
    came(&["installation.started", "auth.login"]);

    // With one purpose goes what was recorded before, so something else has to be made.
    let server = tracker.start();
    let mut visitor = server.sign_in();
    Server::press(&mut visitor, "off", "errors");
    Server::press(&mut visitor, "on", "errors");
    Server::press(&mut visitor, "on", "usage");
    server.sign_in();
    server.stop();
    came(&["auth.login"]);

    let server = tracker.start();
    let mut visitor = server.sign_in();
    Server::press(&mut visitor, "off", "all");
    let at_off = trap.received();
    for part in ["", "/history", "/receipts.jsonl"] {
        assert_eq!(visitor.get(&format!("/admin/telemetry{part}")).status, 200, "{part}");
    }
    server.stop();
    assert!(
        !within(Duration::from_millis(500), || trap.received().is_more_than(at_off)),
        "off was told to somebody: {:?}",
        trap.requests().last()
    );
    // Nor was it on the way there, where a slow machine sends what was recorded before.
    assert_only_of_others(&trap.requests()[before..]);
}

/// Whether what [`work`] does is among these.
fn worked(requests: &[Request]) -> bool {
    names(requests).iter().any(|name| name == "timer.stopped")
}

#[test]
fn a_new_yes_has_nothing_in_common_with_the_old_one() {
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    let mut visitor = server.set_up(&["telemetry_usage"]);
    work(&mut visitor);
    server.stop();
    let first = tracker.delivered(&trap, worked);
    tracker.off();
    let kept = fs::read_to_string(tracker.home.decision().unwrap()).unwrap();
    tracker.agree();
    let server = tracker.start();
    work(&mut server.sign_in());
    server.stop();
    let second = tracker.delivered(&trap, |requests| worked(&requests[first.len()..])).split_off(first.len());

    let of = |requests: &[Request], what: fn(&Value) -> Option<&Value>| -> BTreeSet<String> {
        let events = requests.iter().flat_map(|request| request.json()["batch"].as_array().unwrap().clone());
        events.filter_map(|event| what(&event).map(ToString::to_string)).collect()
    };
    let values: [fn(&Value) -> Option<&Value>; 4] = [
        |event| event.get("distinct_id"),
        |event| event.get("uuid"),
        |event| event["properties"].get("user_id"),
        |event| event["properties"].get("project_id"),
    ];
    for value in values {
        let (before, after) = (of(&first, value), of(&second, value));
        assert!(!before.is_empty() && !after.is_empty());
        assert!(before.is_disjoint(&after), "{before:?} and {after:?}");
        for old in before {
            assert!(!kept.contains(old.trim_matches('"')) || old.len() < 8, "{old} is still stored: {kept}");
        }
    }
    let verified = home::output(&mut tracker.home.command(["telemetry", "receipts", "--verify"]));
    assert!(verified.status.success(), "{verified:?}");
}
