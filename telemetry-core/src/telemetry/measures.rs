//! What a handle tells of itself: what happened, and, for the facade `metrics`, how much.

use super::lane::Which;
use super::shared::Shared;
use crate::breaker::BreakerState;
use crate::catalogue::Catalogue;
use crate::health::Health;
use crate::retry::History;
use crate::sink::Delivery;

/// What was published last.
#[cfg(feature = "metrics")]
#[derive(Debug, Default)]
pub(crate) struct Published(std::sync::Mutex<Option<crate::Stats>>);

impl<C: Catalogue> Shared<C> {
    /// Tells of a request that has ended: what the breaker was during it, and what is known of the destination now.
    pub(crate) fn tell(&self, to: Which, events: usize, delivery: &Delivery, before: BreakerState, now: History) {
        let lane = to.name();
        match delivery.failure() {
            None => Health::Delivered { lane, events, bytes: delivery.wire_bytes }.tell(),
            // Nothing but the loss of what is too large by itself is to be told, and that is counted.
            Some(_) if delivery.is_unasked() => {}
            Some(class) => {
                let elapsed = self.setup.clock.elapsed();
                let delay = now.pause().map(|pause| pause.until.saturating_sub(elapsed));
                Health::Failed { lane, events, class, delay }.tell();
            }
        }
        if now.breaker() != before {
            Health::Breaker { lane, state: now.breaker() }.tell();
        }
        self.publish();
    }

    /// Notes whether what is unsent gets to the disk.
    pub(crate) fn note_spool(&self, fails: bool) {
        let mut state = self.lock();
        // As long as something waits that could not be written, it is to be tried again, whatever else fits by then.
        let waits = || state.lanes.iter().any(|(_, lane)| lane.outbox.has_unspooled());
        let fails = fails || (state.spool_fails && waits());
        let failed = core::mem::replace(&mut state.spool_fails, fails);
        drop(state);
        match (failed, fails) {
            (false, true) => Health::SpoolFails.tell(),
            (true, false) => Health::SpoolWorks.tell(),
            _ => {}
        }
    }

    /// Brings the measures up to date. Never under the lock of the state.
    #[cfg(feature = "metrics")]
    pub(crate) fn publish(&self) {
        use std::sync::PoisonError;

        use crate::health::measured::{LaneMeasures, describe, publish};

        // Held throughout, so that no step is counted twice.
        let mut published = self.published.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, lanes) = {
            let state = self.lock();
            let lanes = state.lanes.iter().map(|(which, lane)| LaneMeasures {
                lane: which.name(),
                waiting: lane.waiting(),
                spooled: lane.spooled(),
                breaker: lane.history.breaker(),
            });
            (self.counters.snapshot(self.queued(), state.waiting()), lanes.collect::<Vec<_>>())
        };
        let before = published.take().unwrap_or_else(|| {
            describe();
            crate::Stats::default()
        });
        publish(&before, &now, lanes);
        *published = Some(now);
    }

    #[cfg(not(feature = "metrics"))]
    pub(crate) fn publish(&self) {
        let _ = self;
    }
}
