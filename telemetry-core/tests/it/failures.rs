//! What fails on this side is told by its own word, says nothing about the server, and costs nothing.

use std::fs;
use std::time::Duration;

use telemetry_core::testing::RecordingSink;
use telemetry_core::{
    Batch, BreakerState, CatalogueSchema, Coded, Delivery, Destination, FailureClass, Outcome, ProgramKind, SendPermit,
    Sink, Telemetry, Timestamp,
};

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

/// Makes bodies of which a request holds three events at most.
struct Bulky(RecordingSink);

impl Sink for Bulky {
    fn destination(&self) -> Destination {
        self.0.destination()
    }

    fn most_events(&self) -> usize {
        self.0.most_events()
    }

    fn body(&self, batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
        let mut body = self.0.body(batch, sent_at);
        body.resize(body.len() + batch.events.len() * 300_000, b' ');
        body
    }

    fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.0.compress(body)
    }

    fn deliver(&self, body: Coded, permit: &SendPermit<'_>) -> Delivery {
        self.0.deliver(body, permit)
    }

    fn body_schema(&self, catalogue: &CatalogueSchema) -> String {
        self.0.body_schema(catalogue)
    }
}

/// A body that this side finds too large says nothing about a server that was not asked.
#[test]
fn a_body_that_is_too_large_to_be_sent_is_no_failure_of_the_server() {
    let installation = Installation::new();
    drop(installation.granted(USAGE));
    let sink = Bulky(installation.sink.clone());
    let builder = Telemetry::<Tracked>::builder(ProgramKind::Service, installation.directory(), sink);
    let telemetry = builder.clock(installation.clock.clone()).build();
    // Over its quota twice in a row.
    let lost = Outcome::Discarded { pause: Duration::from_secs(60) };
    installation.sink.answer(move |_| lost);
    for pause in [61, 121] {
        telemetry.track(started());
        telemetry.flush(LONG);
        installation.clock.advance(Duration::from_secs(pause));
    }
    assert_eq!(installation.sink.requests().len(), 2);
    // Nine are too many for a body, and so are the first four of them.
    for _ in 0..9 {
        telemetry.track(started());
    }
    telemetry.flush(LONG);
    assert_eq!(installation.sink.requests().len(), 3, "two halves were made of what is not sent");
    let pause = telemetry.status().destinations[0].pause.unwrap();
    let left = pause.until.millis() - telemetry_core::Clock::now(&installation.clock).millis();
    assert_eq!(left, 240_000, "the third time in a row");
    installation.sink.answer(|_| Outcome::Accepted);
    installation.clock.advance(Duration::from_secs(241));
    assert_eq!(telemetry.flush(LONG).remaining, 0);
    assert_eq!(telemetry.stats().failed(FailureClass::TooLarge), 0);
    assert_eq!(class(&telemetry), Some(FailureClass::Quota));
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
