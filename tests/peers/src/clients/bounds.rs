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

    fn shutdown(self, _: Duration) {}
}

/// As many as our queue has.
const SLOTS: usize = 4096;

/// A bounded queue with one that empties it every millisecond.
pub struct Drained<T> {
    queue: Arc<ArrayQueue<T>>,
    _end: Arc<End>,
}

/// Ends the thread that empties the queue.
struct End(Arc<AtomicBool>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<T: Send + 'static> Drained<T> {
    fn new() -> Self {
        let queue = Arc::new(ArrayQueue::new(SLOTS));
        let ended = Arc::new(AtomicBool::new(false));
        let (from, until) = (Arc::clone(&queue), Arc::clone(&ended));
        thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                while from.pop().is_some() {}
                thread::sleep(Duration::from_millis(1));
            }
        });
        Self { queue, _end: Arc::new(End(ended)) }
    }

    fn another(&self) -> Self {
        Self { queue: Arc::clone(&self.queue), _end: Arc::clone(&self._end) }
    }
}

/// The push of 64 bytes.
pub struct Queue(Drained<[i64; 8]>);

impl Client for Queue {
    const NAME: &'static str = "queue";

    fn on(_: Setup) -> Self {
        Self(Drained::new())
    }

    fn off() -> Self {
        Self::on(super::DEFAULT)
    }

    fn another(&self) -> Self {
        Self(self.0.another())
    }

    #[inline]
    fn track(&self, n: i64) {
        let _ = black_box(self.0.queue.push([n; 8]));
    }

    fn flush(&self, _: Duration) {}

    fn shutdown(self, _: Duration) {}
}

/// The push of 64 bytes, one word of which is the time of the coarse clock.
pub struct QueueAndClock(Drained<[u64; 8]>);

impl Client for QueueAndClock {
    const NAME: &'static str = "queue-clock";

    fn on(_: Setup) -> Self {
        Self(Drained::new())
    }

    fn off() -> Self {
        Self::on(super::DEFAULT)
    }

    fn another(&self) -> Self {
        Self(self.0.another())
    }

    #[inline]
    fn track(&self, n: i64) {
        let mut value = [n.cast_unsigned(); 8];
        value[0] = coarsetime::Instant::now().as_ticks();
        let _ = black_box(self.0.queue.push(value));
    }

    fn flush(&self, _: Duration) {}

    fn shutdown(self, _: Duration) {}
}
