//! A clock that moves when it is told to.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Timestamp};

/// A clock for tests: both of its times move only by [`advance`](Self::advance) and [`jump_to`](Self::jump_to).
///
/// Clones are the same clock. Starts at 2026-11-23 10:00:00 UTC.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<(Timestamp, Duration)>>);

impl Default for ManualClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new((Timestamp::from_millis(1_795_428_000_000), Duration::from_secs(1_000)))))
    }
}

impl ManualClock {
    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.0 = times.0.plus(by);
        times.1 += by;
    }

    /// Sets the time of day, as a correction of the system's clock does; the other time goes on undisturbed.
    pub fn jump_to(&self, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}
