//! How the worker sleeps, when `track` wakes it, and what time it is for `track`.
//!
//! Owns the one number that both agree through. It knows nothing of the queue and of clocks but what it is told, so that
//! `tests/model` can compile this file as it is and try every order of threads. It must never let the worker sleep on
//! while something waits that it would have to be woken for, nor tell a time at which nobody looked at the clock lately.
//!
//! `track` pushes and then looks at the number; the worker writes the number and then looks at the queue. All four are
//! in one total order (sequentially consistent), so one of the two sees the other.
//!
//! Times are milliseconds by the clock that does not jump. Whoever writes the number has just read it, and a worker that
//! does not sleep for good writes it once a second at least.

use crate::sync::{AtomicU64, Ordering};

/// What the worker wants to be woken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Until {
    /// A queue that is full: it will look by itself when its time has passed, in a second at most.
    Full = 1,
    /// Any event: it has nothing to look for, or is not there any more.
    First = 2,
}

/// Whether and how the worker sleeps, in the lowest bits, and above them when that was so.
#[derive(Debug)]
pub(crate) struct Sleep(AtomicU64);

/// At work: it will look at the queue before it sleeps.
const AWAKE: u64 = 0;

/// How many bits say how it sleeps.
const MANNER_BITS: u32 = 2;

const fn manner(seen: u64) -> u64 {
    seen & ((1 << MANNER_BITS) - 1)
}

const fn at(seen: u64) -> u64 {
    seen >> MANNER_BITS
}

impl Sleep {
    /// There is no worker yet: whoever tracks now asks for the time itself.
    pub(crate) fn asleep() -> Self {
        Self(AtomicU64::new(Until::First as u64))
    }

    /// The worker is at work.
    pub(crate) fn wake_up(&self, now: u64) {
        self.0.store(now << MANNER_BITS | AWAKE, Ordering::SeqCst);
    }

    /// The worker is about to sleep. It has to look at the queue after this and before it does.
    pub(crate) fn fall_asleep(&self, until: Until, now: u64) {
        self.0.store(now << MANNER_BITS | until as u64, Ordering::SeqCst);
    }

    /// What time it was a moment ago: not before the worker looked last. `None` where that may be long ago.
    #[inline]
    pub(crate) fn time(&self) -> Option<u64> {
        let seen = self.0.load(Ordering::Relaxed);
        (manner(seen) != Until::First as u64).then_some(at(seen))
    }

    /// Whether the worker has to be woken after a push at `now` into a queue that had room. Of several threads that see it
    /// asleep, one is told so.
    #[inline]
    pub(crate) fn is_woken_by_event(&self, now: u64) -> bool {
        let seen = self.0.load(Ordering::SeqCst);
        manner(seen) == Until::First as u64 && self.wake(seen, now)
    }

    /// The same after a push that found a queue full.
    pub(crate) fn is_woken_by_full_queue(&self, now: u64) -> bool {
        let seen = self.0.load(Ordering::SeqCst);
        manner(seen) != AWAKE && self.wake(seen, now)
    }

    /// Until the worker gets to write its own time, others find this one.
    #[cold]
    fn wake(&self, seen: u64, now: u64) -> bool {
        let awake = now.max(at(seen)) << MANNER_BITS | AWAKE;
        self.0.compare_exchange(seen, awake, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}
