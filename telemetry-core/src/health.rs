//! What the library tells of its own health, to whoever listens in this process.
//!
//! Owns the closed list of what can be told: fixed words and numbers. There is no place for a key, an identifier, an
//! address or an event. Nobody listens unless the feature `tracing` or `metrics` is on and the application has installed
//! something that does; nothing of it is ever sent by this crate.

use core::time::Duration;

use crate::breaker::BreakerState;
use crate::failure::FailureClass;

#[cfg(feature = "metrics")]
pub(crate) mod measured;
#[cfg(feature = "tracing")]
mod traced;

/// Something that happened to the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// The worker is there.
    Started,
    /// The worker is gone.
    Ended,
    /// A batch has arrived.
    Delivered { lane: &'static str, events: usize, bytes: usize },
    /// A request failed. There is a delay where something is tried again later.
    Failed { lane: &'static str, events: usize, class: FailureClass, delay: Option<Duration> },
    /// A circuit breaker is in another state.
    Breaker { lane: &'static str, state: BreakerState },
    /// What is unsent cannot be written to disk.
    SpoolFails,
    /// It can be written again.
    SpoolWorks,
    /// Data of an identity that is over were removed.
    Erased,
}

impl Health {
    /// Tells it. Never under a lock: a listener may look at the handle.
    pub(crate) fn tell(self) {
        #[cfg(feature = "tracing")]
        traced::tell(self);
        #[cfg(not(feature = "tracing"))]
        let _ = self;
    }
}
