//! The signal that ends the request under way.
//!
//! It is raised once and stays raised. It must never be lowered: the next request has a signal of its own.

use core::fmt;
use core::task::Waker;
use std::sync::PoisonError;

use crate::sync::{Arc, Mutex, MutexGuard};

/// A flag that is raised once and wakes the tasks that wait for it.
#[derive(Clone, Default)]
pub(crate) struct Signal(Arc<Mutex<SignalState>>);

#[derive(Default)]
struct SignalState {
    raised: bool,
    wakers: Vec<Waker>,
}

impl Signal {
    pub(crate) fn raise(&self) {
        let wakers = {
            let mut state = self.state();
            state.raised = true;
            std::mem::take(&mut state.wakers)
        };
        for waker in wakers {
            waker.wake();
        }
    }

    /// Whether both are the same signal.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.state().raised
    }

    pub(crate) fn raised_or_wake(&self, waker: &Waker) -> bool {
        let mut state = self.state();
        if !state.raised && !state.wakers.iter().any(|known| known.will_wake(waker)) {
            state.wakers.push(waker.clone());
        }
        state.raised
    }

    // A panic while the lock is held cannot leave the two fields in a state that matters.
    fn state(&self) -> MutexGuard<'_, SignalState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signal").field(&self.is_raised()).finish()
    }
}
