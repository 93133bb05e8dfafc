//! The bridge to the facade `metrics`.

use metrics::{counter, describe_counter, describe_gauge, gauge};

use crate::breaker::BreakerState;
use crate::stats::Stats;

const TRACKED: &str = "telemetry_events_tracked_total";
const ADOPTED: &str = "telemetry_events_adopted_total";
const DELIVERED: &str = "telemetry_events_delivered_total";
const LOST: &str = "telemetry_events_lost_total";
const FAILED: &str = "telemetry_requests_failed_total";
const QUEUED: &str = "telemetry_events_queued";
const WAITING: &str = "telemetry_events_waiting";
const SPOOLED: &str = "telemetry_events_spooled";
const BREAKER: &str = "telemetry_breaker_state";

/// What is measured of a lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneMeasures {
    pub(crate) lane: &'static str,
    pub(crate) waiting: usize,
    pub(crate) spooled: usize,
    pub(crate) breaker: BreakerState,
}

/// Says what the names mean.
pub(crate) fn describe() {
    describe_counter!(TRACKED, "Events that were tracked while telemetry was on.");
    describe_counter!(ADOPTED, "Events that earlier processes had left on disk.");
    describe_counter!(DELIVERED, "Events that the server has.");
    describe_counter!(LOST, "Events that were lost, by cause.");
    describe_counter!(FAILED, "Requests that failed, by class.");
    describe_gauge!(QUEUED, "Events in memory that the worker has not seen yet.");
    describe_gauge!(WAITING, "Encoded events that wait for delivery.");
    describe_gauge!(SPOOLED, "Those of them that are on disk as well.");
    describe_gauge!(BREAKER, "State of the circuit breaker: 0 closed, 1 open, 2 half open.");
}

/// Brings the counters from where they were `before` to `now`. In steps, so that several handles of a process add up.
pub(crate) fn publish(before: &Stats, now: &Stats, lanes: impl IntoIterator<Item = LaneMeasures>) {
    let more = |before: u64, now: u64| now.saturating_sub(before);
    counter!(TRACKED).increment(more(before.tracked, now.tracked));
    counter!(ADOPTED).increment(more(before.adopted, now.adopted));
    counter!(DELIVERED).increment(more(before.delivered, now.delivered));
    for (cause, count) in now.losses() {
        counter!(LOST, "cause" => cause.name()).increment(more(before.lost(cause), count));
    }
    for (class, count) in now.failures() {
        counter!(FAILED, "class" => class.name()).increment(more(before.failed(class), count));
    }
    gauge!(QUEUED).set(level(usize::try_from(now.queued).unwrap_or(usize::MAX)));
    for LaneMeasures { lane, waiting, spooled, breaker } in lanes {
        gauge!(WAITING, "lane" => lane).set(level(waiting));
        gauge!(SPOOLED, "lane" => lane).set(level(spooled));
        gauge!(BREAKER, "lane" => lane).set(level(breaker as usize));
    }
}

/// Gauges are floating-point numbers; beyond this nothing waits.
fn level(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicU64, Ordering};
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

    use super::*;
    use crate::FailureClass;
    use crate::stats::{Counters, Loss};

    #[derive(Default)]
    struct Sum(AtomicU64);

    impl CounterFn for Sum {
        fn increment(&self, by: u64) {
            self.0.fetch_add(by, Ordering::Relaxed);
        }

        fn absolute(&self, _: u64) {}
    }

    #[derive(Default)]
    struct Sums(Mutex<BTreeMap<String, Arc<Sum>>>);

    impl Recorder for Sums {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            let parts: Vec<&str> =
                core::iter::once(key.name()).chain(key.labels().map(metrics::Label::value)).collect();
            Counter::from_arc(Arc::clone(self.0.lock().unwrap().entry(parts.join(" ")).or_default()))
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn counters_end_where_the_stats_are_in_however_many_steps() {
        let (sums, counters) = (Sums::default(), Counters::default());
        let mut before = Stats::default();
        for _ in 0..3 {
            counters.taken(5);
            counters.delivered(2);
            counters.lost(Loss::Quota, 3);
            counters.failed(FailureClass::Quota);
            let now = counters.snapshot(0, 0);
            metrics::with_local_recorder(&sums, || publish(&before, &now, []));
            before = now;
        }
        let sums = sums.0.lock().unwrap();
        let sum = |name: &str| sums[name].0.load(Ordering::Relaxed);
        assert_eq!((sum(TRACKED), sum(DELIVERED), sum(ADOPTED)), (15, 6, 0));
        assert_eq!((sum("telemetry_events_lost_total quota"), sum("telemetry_requests_failed_total quota")), (9, 3));
    }
}
