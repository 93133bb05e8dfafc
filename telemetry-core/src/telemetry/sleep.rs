//! How the worker sleeps, and when `track` wakes it.
//!
//! Owns the one number that both agree through. It knows nothing of the queue but what it is told, so that
//! `tests/model` can compile this file as it is and try every order of threads. It must never let the worker sleep on
//! while something waits that it would have to be woken for.
//!
//! `track` pushes and then looks at the number; the worker writes the number and then looks at the queue. All four are
//! in one total order (sequentially consistent), so one of the two sees the other.

use crate::sync::{AtomicU32, Ordering};

/// What the worker wants to be woken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Until {
    /// A queue that is full: it will look by itself when its time has passed.
    Full = 1,
    /// Any event: it has nothing to look for.
    First = 2,
}

/// Whether and how the worker sleeps.
#[derive(Debug)]
pub(crate) struct Sleep(AtomicU32);

/// At work: it will look at the queue before it sleeps.
const AWAKE: u32 = 0;

impl Sleep {
    pub(crate) fn awake() -> Self {
        Self(AtomicU32::new(AWAKE))
    }

    /// The worker is at work.
    pub(crate) fn wake_up(&self) {
        self.0.store(AWAKE, Ordering::SeqCst);
    }

    /// The worker is about to sleep. It has to look at the queue after this and before it does.
    pub(crate) fn fall_asleep(&self, until: Until) {
        self.0.store(until as u32, Ordering::SeqCst);
    }

    /// Whether the worker has to be woken after a push into a queue that had room. Of several threads that see it asleep,
    /// one is told so.
    #[inline]
    pub(crate) fn is_woken_by_event(&self) -> bool {
        self.0.load(Ordering::SeqCst) == Until::First as u32 && self.wake(Until::First as u32)
    }

    /// The same after a push that found a queue full.
    pub(crate) fn is_woken_by_full_queue(&self) -> bool {
        let seen = self.0.load(Ordering::SeqCst);
        seen != AWAKE && self.wake(seen)
    }

    fn wake(&self, seen: u32) -> bool {
        self.0.compare_exchange(seen, AWAKE, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}
