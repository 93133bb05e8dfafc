//! Processes of one installation beside each other: what becomes of the events of one that ends.

use std::time::Duration;

use telemetry_core::{Outcome, ProgramKind, Telemetry};

use crate::fixture::{Installation, LONG, Tracked, USAGE, eventually, started};

/// A process that has nothing to do, and is told nothing, delivers what another one left.
#[test]
fn a_quiet_process_delivers_what_the_one_beside_it_left() {
    let installation = Installation::new();
    let loud = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    for _ in 0..5 {
        loud.track(started());
    }
    loud.flush(LONG);
    let quiet =
        Telemetry::<Tracked>::builder(ProgramKind::Service, installation.directory(), installation.sink.clone())
            .clock(installation.clock.clone())
            .flush_interval(Duration::from_millis(100))
            .build();
    quiet.flush(LONG);
    // A moment before it looks again it has nothing to do, and the other one still lives.
    installation.clock.advance(Duration::from_millis(59_950));
    quiet.flush(LONG);
    let stats = installation.ended(loud);
    assert_eq!((stats.waiting, quiet.stats().adopted), (5, 0));
    installation.sink.answer(|_| Outcome::Accepted);
    // It sleeps by the real time: nothing but that time wakes it.
    eventually("it delivers all", || {
        installation.clock.advance(Duration::from_millis(1));
        quiet.stats().delivered == 5
    });
    assert_eq!(quiet.stats().adopted, 5);
}
