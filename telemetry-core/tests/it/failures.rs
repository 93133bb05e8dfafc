//! What fails on this side is told by its own word, says nothing about the server, and costs nothing.

use std::fs;

use telemetry_core::{BreakerState, FailureClass, Outcome, Telemetry};

use crate::fixture::{Installation, LONG, Tracked, USAGE, started};

/// The word for the last attempt, after checking that nobody was blamed for it.
fn class(telemetry: &Telemetry<Tracked>) -> Option<FailureClass> {
    let destination = telemetry.status().destinations.remove(0);
    assert_eq!(destination.breaker, BreakerState::Closed);
    destination.last_failure.map(|failure| failure.class)
}

#[test]
fn a_panic_of_the_sink_is_told_as_one() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| panic!("on purpose"));
    telemetry.track(started());
    // More often than a server may fail before it is left alone.
    for _ in 0..10 {
        assert_eq!(telemetry.flush(LONG).remaining, 1);
        assert_eq!(class(&telemetry), Some(FailureClass::SinkPanicked));
    }
    installation.sink.answer(|_| Outcome::Accepted);
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    assert_eq!(class(&telemetry), Some(FailureClass::SinkPanicked), "the last failure, beside a success");
    assert_eq!(telemetry.stats().failed(FailureClass::SinkPanicked), 10);
}

#[test]
fn what_cannot_be_written_down_first_is_not_sent_and_told_so() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    let mut identities = fs::read_dir(installation.directory().join("data")).unwrap();
    let log = identities.next().unwrap().unwrap().path().join("sent.log");
    // What no right helps against, unlike a mode.
    fs::remove_file(&log).unwrap();
    fs::create_dir(&log).unwrap();
    telemetry.track(started());
    for _ in 0..10 {
        assert_eq!(telemetry.flush(LONG).remaining, 1);
        assert_eq!(class(&telemetry), Some(FailureClass::Disk));
    }
    assert_eq!(installation.sink.requests().len(), 1, "nothing left unseen");
    fs::remove_dir(&log).unwrap();
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    assert_eq!(telemetry.sent_log().len(), 1);
}
