//! The sink in the hands of core: from the consent to the last byte.

use std::io::Read as _;
use std::sync::mpsc::channel;
use std::thread::spawn;
use std::time::Duration;

use telemetry_core::{ProgramKind, Purpose, Purposes, Surface, Telemetry, Withdrawal};
use telemetry_posthog::Posthog;

use crate::catalogue::Tracked;
use crate::support::{OK, PATIENCE, answer, check, listen, read_request, sink};

/// A handle, as each process of an application would have one.
fn handle(directory: &tempfile::TempDir, sink: Posthog) -> Telemetry<Tracked> {
    Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path(), sink)
        .flush_interval(Duration::from_millis(100))
        .build()
}

fn agree(telemetry: &Telemetry<Tracked>) {
    let question = telemetry.present(Surface::Dashboard).expect("the environment of the test denies telemetry");
    telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).unwrap();
}

#[test]
fn what_is_tracked_arrives() {
    let sink = sink!("http://127.0.0.1:24180");
    let listener = listen(&sink);
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let received = read_request(&mut stream);
        answer(&mut stream, OK);
        received.body
    });
    let directory = tempfile::tempdir().unwrap();
    let telemetry = handle(&directory, sink);
    telemetry.track(Tracked::AppStarted);
    agree(&telemetry);
    telemetry.track(Tracked::AppStarted);
    telemetry.flush(PATIENCE);
    let body = server.join().unwrap();
    check(&body);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["batch"].as_array().unwrap().len(), 1);
    let logged = telemetry.sent_log();
    assert_eq!(logged.len(), 1);
    assert_eq!(telemetry.stats().delivered, 1);
}

#[test]
fn turning_off_elsewhere_ends_a_request_under_way() {
    let sink = sink!("http://127.0.0.1:24181");
    let listener = listen(&sink);
    let (started, is_started) = channel();
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        started.send(()).unwrap();
        // Never answers; ends when the other side does.
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.read(&mut [0]).unwrap()
    });
    let directory = tempfile::tempdir().unwrap();
    let (sender, other) = (handle(&directory, sink), handle(&directory, sink!("http://127.0.0.1:24181")));
    agree(&sender);
    sender.track(Tracked::AppStarted);
    is_started.recv_timeout(PATIENCE).unwrap();
    // Says so when a request has outlasted its patience, which is shorter than the time of a request.
    assert!(matches!(other.withdraw(Surface::Dashboard).unwrap(), Withdrawal::Done { .. }));
    assert_eq!(server.join().unwrap(), 0);
}
