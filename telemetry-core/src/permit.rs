//! The permit to send: proof that the decision was read, under the lock, for exactly this request.
//!
//! Owns cancellation of the request in flight. A permit can only be made by the worker, and holding it is what
//! keeps a withdrawal from returning before the request has ended.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::limits;
use crate::signal::Signal;
use crate::store::SendGuard;

/// The right to carry one request to the destination.
///
/// While it lives, this process holds the shared lock under which the decision was read. A withdrawal, here or in
/// another process, cancels it or waits for it to end.
pub struct SendPermit<'a> {
    signal: &'a Signal,
    deadline: Instant,
    recheck: Recheck<'a>,
    /// Held, never read: dropping it lets a waiting withdrawal go on.
    _guard: Box<dyn SendGuard + 'a>,
}

impl<'a> SendPermit<'a> {
    /// `still_on` reads the decision from the store; it is asked at most every [`limits::RECHECK`].
    pub(crate) fn new(
        signal: &'a Signal,
        deadline: Instant,
        guard: Box<dyn SendGuard + 'a>,
        still_on: &'a (dyn Fn() -> bool + Sync),
    ) -> Self {
        Self { signal, deadline, recheck: Recheck { still_on, last: Mutex::new(Instant::now()) }, _guard: guard }
    }

    /// Whether the request must stop now, without another byte.
    ///
    /// Looks at the stored decision again when that is due, so that a withdrawal in another process ends the request
    /// too: a sink asks at least every [`recheck_every`](Self::recheck_every) while a request is under way.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.signal.is_raised() || self.time_left().is_zero() || self.recheck.says_off(self.signal)
    }

    /// How often a sink shall ask [`is_cancelled`](Self::is_cancelled) while a request is under way.
    #[must_use]
    pub fn recheck_every(&self) -> Duration {
        limits::RECHECK
    }

    /// How long the request may still take, measured absolutely from when the permit was made.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Completes when the permit is cancelled by this process. **A withdrawal in another process is noticed only by
    /// asking [`is_cancelled`](Self::is_cancelled)**, which then completes this too. It does not complete at the deadline: pair it with a timer of
    /// [`time_left`](Self::time_left).
    #[must_use]
    pub fn cancelled(&self) -> Cancelled {
        Cancelled { signal: self.signal.clone() }
    }
}

struct Recheck<'a> {
    still_on: &'a (dyn Fn() -> bool + Sync),
    last: Mutex<Instant>,
}

impl Recheck<'_> {
    fn says_off(&self, signal: &Signal) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() < limits::RECHECK {
            return false;
        }
        *last = Instant::now();
        let off = !(self.still_on)();
        if off {
            signal.raise();
        }
        off
    }
}

impl fmt::Debug for SendPermit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendPermit")
            .field("is_cancelled", &self.signal.is_raised())
            .field("time_left", &self.time_left())
            .finish()
    }
}

/// A future that completes when a [`SendPermit`] is cancelled. Needs no particular runtime.
#[derive(Debug)]
pub struct Cancelled {
    signal: Signal,
}

impl Future for Cancelled {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.signal.raised_or_wake(context.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::{Wake, Waker};
    use std::thread;

    use super::*;

    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    #[test]
    fn raising_wakes_a_waiting_task() {
        let signal = Signal::default();
        let mut cancelled = Cancelled { signal: signal.clone() };
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        assert_eq!(Pin::new(&mut cancelled).poll(&mut context), Poll::Pending);
        let raiser = thread::spawn(move || signal.raise());
        while Pin::new(&mut cancelled).poll(&mut context) == Poll::Pending {
            thread::park();
        }
        raiser.join().unwrap();
    }
}
