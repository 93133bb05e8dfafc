//! What no client can be cheaper than.

use core::hint::black_box;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use crossbeam_queue::ArrayQueue;

use super::{Client, Setup};

/// One relaxed load and a branch.
pub struct Load(Arc<AtomicU32>);

impl Client for Load {
    const NAME: &'static str = "load";

    fn on(_: Setup) -> Self {
        Self(Arc::new(AtomicU32::new(1)))
    }

    fn off() -> Self {
        Self(Arc::new(AtomicU32::new(0)))
    }

    fn another(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    #[inline]
    fn track(&self, n: i64) {
        if self.0.load(Ordering::Relaxed) != 0 {
            black_box(n);
        }
    }

    fn flush(&self, _: Duration) {}

    fn shutdown(self, _: Duration) -> Option<u64> {
        None
    }
}

/// As many as our queue has.
const SLOTS: usize = 4096;

/// The push of 64 bytes into a bounded queue, which a thread empties every millisecond.
pub type Push = Queue<false>;

/// The same, one word of which is the time of the coarse clock.
pub type PushAndClock = Queue<true>;

/// A bounded queue and the thread that empties it.
pub struct Queue<const CLOCK: bool> {
    slots: Arc<ArrayQueue<[u64; 8]>>,
    end: Arc<End>,
}

/// Ends the thread that empties the queue.
struct End(Arc<AtomicBool>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<const CLOCK: bool> Client for Queue<CLOCK> {
    const NAME: &'static str = if CLOCK { "queue-clock" } else { "queue" };

    fn on(_: Setup) -> Self {
        let slots = Arc::new(ArrayQueue::new(SLOTS));
        let ended = Arc::new(AtomicBool::new(false));
        let (from, until) = (Arc::clone(&slots), Arc::clone(&ended));
        thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                while from.pop().is_some() {}
                thread::sleep(Duration::from_millis(1));
            }
        });
        Self { slots, end: Arc::new(End(ended)) }
    }

    fn off() -> Self {
        Self::on(super::DEFAULT)
    }

    fn another(&self) -> Self {
        Self { slots: Arc::clone(&self.slots), end: Arc::clone(&self.end) }
    }

    #[inline]
    fn track(&self, n: i64) {
        let mut value = [n.cast_unsigned(); 8];
        if CLOCK {
            value[0] = coarsetime::Instant::now().as_ticks();
        }
        let _ = black_box(self.slots.push(value));
    }

    fn flush(&self, _: Duration) {}

    fn shutdown(self, _: Duration) -> Option<u64> {
        None
    }
}
