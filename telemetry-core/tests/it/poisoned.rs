//! One event that a server cannot bear, among good ones.

use std::time::Duration;

use telemetry_core::testing::RecordingSink;
use telemetry_core::{
    Batch, CatalogueSchema, Coded, Delivery, Destination, Loss, Outcome, ProgramKind, SendPermit, Sink, Telemetry,
    Timestamp,
};

use crate::fixture::{Installation, LONG, Tracked, USAGE, deliver_all, started};

/// A server that says that it is in trouble, where it says "again".
struct InTrouble(RecordingSink);

impl Sink for InTrouble {
    fn destination(&self) -> Destination {
        self.0.destination()
    }

    fn most_events(&self) -> usize {
        self.0.most_events()
    }

    fn body(&self, batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
        self.0.body(batch, sent_at)
    }

    fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.0.compress(body)
    }

    fn deliver(&self, body: Coded, permit: &SendPermit<'_>) -> Delivery {
        let delivery = self.0.deliver(body, permit);
        match delivery.outcome {
            Outcome::Retry { .. } => Delivery::new(delivery.outcome, Some(500), 0),
            _ => delivery,
        }
    }

    fn body_schema(&self, catalogue: &CatalogueSchema) -> String {
        self.0.body_schema(catalogue)
    }
}

fn start(installation: &Installation) -> Telemetry<Tracked> {
    drop(installation.granted(USAGE));
    let sink = InTrouble(installation.sink.clone());
    let builder = Telemetry::builder(ProgramKind::Service, installation.directory(), sink);
    builder.clock(installation.clock.clone()).build()
}

/// Lets time pass until so many are delivered, and says how much it took.
fn time_until(installation: &Installation, telemetry: &Telemetry<Tracked>, delivered: u64) -> Duration {
    let (step, mut passed) = (Duration::from_secs(2), Duration::ZERO);
    while telemetry.stats().delivered < delivered {
        assert!(passed < Duration::from_secs(3_600), "never: {:?}", telemetry.stats());
        telemetry.flush(LONG);
        installation.clock.advance(step);
        passed += step;
    }
    passed
}

const MINUTE: Duration = Duration::from_secs(60);

fn poisoned(body: &str) -> Outcome {
    if body.contains("timer.stopped") { Outcome::Retry { after: None } } else { Outcome::Accepted }
}

#[test]
fn an_event_that_a_server_cannot_bear_holds_the_others_up_for_minutes_and_is_tried_until_it_is_too_old() {
    for at in [0, 12, 30] {
        let installation = Installation::new();
        let telemetry = start(&installation);
        installation.sink.answer(poisoned);
        for n in 0..31 {
            telemetry.track(if n == at { Tracked::TimerStopped } else { started() });
        }
        let took = time_until(&installation, &telemetry, 30);
        assert!(took < 10 * MINUTE, "{took:?}");
        // What comes later waits for the pause between two tries at most.
        for later in 1..=5 {
            installation.clock.advance(20 * MINUTE);
            telemetry.track(started());
            let took = time_until(&installation, &telemetry, 30 + later);
            assert!(took < 6 * MINUTE, "{took:?}");
        }
        if at != 12 {
            continue;
        }
        // It is tried on, and no more often than a server that is down.
        let before = installation.sink.requests().len();
        for _ in 0..24 * 60 {
            installation.clock.advance(MINUTE);
            telemetry.flush(LONG);
        }
        let tries = installation.sink.requests().len() - before;
        assert!((24..=24 * 60 / 2).contains(&tries), "{tries} tries in a day");
        assert_eq!((telemetry.stats().waiting, telemetry.stats().lost(Loss::TooOld)), (1, 0));
        installation.clock.advance(48 * 60 * MINUTE);
        telemetry.flush(LONG);
        let stats = telemetry.stats();
        assert_eq!((stats.waiting, stats.delivered, stats.lost(Loss::TooOld)), (0, 35, 1), "{stats:?}");
    }
}

/// With something to deliver every half a minute the server is not asked for the poisoned one after each.
#[test]
fn what_rests_is_not_tried_after_each_success() {
    let installation = Installation::new();
    let telemetry = start(&installation);
    installation.sink.answer(poisoned);
    telemetry.track(Tracked::TimerStopped);
    telemetry.flush(LONG);
    for _ in 0..120 {
        telemetry.track(started());
        telemetry.flush(LONG);
        installation.clock.advance(MINUTE / 2);
        telemetry.flush(LONG);
    }
    telemetry.flush(LONG);
    assert_eq!((telemetry.stats().delivered, telemetry.stats().waiting), (120, 1));
    let failed = installation.sink.requests().iter().filter(|request| request.outcome != Outcome::Accepted).count();
    assert!((12..=60).contains(&failed), "{failed} tries in an hour");
}

/// A server that is down, and then works again: all arrive, and what was put aside is not taken apart further.
#[test]
fn an_outage_takes_little_apart() {
    let installation = Installation::new();
    let telemetry = start(&installation);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    for _ in 0..1_000 {
        telemetry.track(started());
    }
    for _ in 0..24 * 30 {
        installation.clock.advance(2 * MINUTE);
        telemetry.flush(LONG);
    }
    let before = installation.sink.requests().len();
    installation.sink.answer(|_| Outcome::Accepted);
    installation.clock.advance(10 * MINUTE);
    assert_eq!(deliver_all(&telemetry), 1_000);
    let requests = installation.sink.requests().len() - before;
    assert!(requests <= 25, "{requests} requests for a thousand events");
}
