//! When events happened, by the system's clock: the one that real programs have.

use std::time::Duration;

use telemetry_core::{Catalogue, Clock as _, ProgramKind, SystemClock, Telemetry, Timestamp};

use crate::fixture::{Installation, LONG, USAGE, agree};

/// An application whose times are told as finely as any may be.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 1, identity = "stable", resolution = "second")]
enum Timed {
    /// Something happened.
    ///
    /// Why: tells the test when.
    #[event(name = "thing.happened")]
    ThingHappened,
}

/// How often it is tried to find the worker asleep.
const TRIES: u32 = 20;

/// Longer than the worker stays awake for what may come after an event.
const IDLE: Duration = Duration::from_millis(2_100);

fn now() -> Timestamp {
    SystemClock::default().now()
}

/// The second in which a time lies, and which is told of it.
fn second(at: Timestamp) -> u64 {
    at.millis() / 1000
}

fn started(installation: &Installation) -> Telemetry<Timed> {
    let telemetry =
        Telemetry::<Timed>::builder(ProgramKind::Service, installation.directory(), installation.sink.clone()).build();
    agree(&telemetry, USAGE);
    telemetry
}

/// Tracks, delivers, and tells the second in which that happened as the server knows it.
fn told(installation: &Installation, telemetry: &Telemetry<Timed>) -> u64 {
    telemetry.track(Timed::ThingHappened);
    assert_eq!(telemetry.flush(LONG).remaining, 0);
    let requests = installation.sink.requests();
    let body = &requests.last().unwrap().body;
    let (_, rest) = body.split_once("\"at\":\"").unwrap();
    let (at, _) = rest.split_once('"').unwrap();
    second(serde_json::from_str(&format!("\"{at}\"")).unwrap())
}

/// While the worker is awake an event has the time at which it looked last, which no event of later can be before.
#[test]
fn an_event_is_dated_between_the_workers_last_look_and_its_delivery() {
    let installation = Installation::new();
    let telemetry = started(&installation);
    // So that one that does not look soon has not looked for seconds.
    for _ in 0..80 {
        std::thread::sleep(Duration::from_millis(40));
        let before = now();
        // It looks for this.
        telemetry.flush(LONG);
        let told = told(&installation, &telemetry);
        // Two clocks are read one after the other.
        assert!(told + 1 >= second(before) && told <= second(now()) + 1, "{told}, after {before}");
    }
}

/// What comes after hours without any is not dated to their beginning.
#[test]
fn the_first_event_after_a_rest_is_dated_to_the_second() {
    let installation = Installation::new();
    let telemetry = started(&installation);
    told(&installation, &telemetry);
    // A worker that gets no time is not asleep yet, and has looked a while ago: that is tried again.
    let is_exact = (0..TRIES).any(|_| {
        std::thread::sleep(IDLE);
        let before = now();
        told(&installation, &telemetry) >= second(before)
    });
    assert!(is_exact);
}
