//! What `track` must never do to its caller.

use allocation_counter::measure;
use telemetry_core::Loss;

use crate::fixture::{Installation, LONG, USAGE, started};

/// More than the queue holds.
const MANY: usize = 10_000;

#[test]
fn track_allocates_nothing() {
    let installation = Installation::new();
    let telemetry = installation.start();
    let track = |telemetry: &telemetry_core::Telemetry<_>, count: usize| {
        measure(|| (0..count).for_each(|_| telemetry.track(started()))).count_total
    };
    assert_eq!(track(&telemetry, MANY), 0, "before a yes");
    crate::fixture::agree(&telemetry, USAGE);
    // The sink holds the worker, so that the queue runs full and drops.
    installation.sink.hang(true);
    telemetry.track(started());
    let clone = telemetry.clone();
    assert_eq!(track(&telemetry, 1), 0, "after a yes");
    assert_eq!(track(&telemetry, MANY) + track(&clone, MANY), 0, "with a full queue");
    assert!(measure(|| drop(vec![1_u8; 9])).count_total > 0, "the counter counts");
    installation.sink.hang(false);
    telemetry.shutdown(LONG);
    let stats = telemetry.stats();
    assert_eq!(stats.tracked, 2 * MANY as u64 + 2);
    let settled = stats.delivered + stats.waiting + stats.queued + stats.losses().map(|(_, count)| count).sum::<u64>();
    assert_eq!(settled, stats.tracked, "{stats:?}, {}", stats.lost(Loss::QueueFull));
}
