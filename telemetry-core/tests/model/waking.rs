//! Pushing against falling asleep: what is in `src/telemetry/sleep.rs`, around a queue that is a number.

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Notify};
use loom::thread;

use crate::every_order;
use crate::telemetry::sleep::{Sleep, Until};

/// As many are in the queue when it is full.
const FULL: usize = 1;

/// Time stands still here.
const NOW: u64 = 1;

struct Waking {
    sleep: Sleep,
    /// Like the end of the real queue, moved by one operation in the total order.
    queued: AtomicUsize,
    /// Like a thread's token: a wake-up that comes before the sleep is not lost.
    parked: Notify,
    wakes: AtomicUsize,
}

impl Waking {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            sleep: Sleep::asleep(),
            queued: AtomicUsize::new(0),
            parked: Notify::new(),
            wakes: AtomicUsize::new(0),
        })
    }

    /// As in `track`.
    fn push(&self) {
        let had_room = self.queued.fetch_add(1, Ordering::SeqCst) < FULL;
        let now = self.sleep.time().unwrap_or(NOW);
        assert_eq!(now, NOW, "nobody is told what time it was long ago");
        let wakes = if had_room { self.sleep.is_woken_by_event(now) } else { self.sleep.is_woken_by_full_queue(now) };
        if wakes {
            self.wakes.fetch_add(1, Ordering::Relaxed);
            self.parked.notify();
        }
    }

    /// As the worker, until it has taken so many. That nobody wakes it is a deadlock, which the model finds.
    fn take(&self, events: usize, until: Until, enough: usize) {
        let mut taken = 0;
        loop {
            self.sleep.wake_up(NOW);
            taken += self.queued.swap(0, Ordering::SeqCst);
            if taken == events {
                return;
            }
            self.sleep.fall_asleep(until, NOW);
            if self.queued.load(Ordering::SeqCst) < enough {
                self.parked.wait();
            }
        }
    }
}

/// An idle worker gets every event, whenever it falls asleep.
#[test]
fn no_event_is_left_behind_by_an_idle_worker() {
    every_order(|| {
        let waking = Waking::new();
        let pushing = {
            let waking = Arc::clone(&waking);
            thread::spawn(move || {
                waking.push();
                waking.push();
            })
        };
        waking.take(2, Until::First, 1);
        pushing.join().unwrap();
    });
}

/// A worker that waits for its time is woken when a thread finds the queue full, by one that does.
#[test]
fn a_full_queue_wakes_a_worker_that_waits_for_its_time() {
    every_order(|| {
        let waking = Waking::new();
        waking.sleep.fall_asleep(Until::Full, NOW);
        let pushing = {
            let waking = Arc::clone(&waking);
            thread::spawn(move || waking.push())
        };
        waking.push();
        // The model also tries that a sleep ends by itself.
        while waking.queued.load(Ordering::SeqCst) <= FULL {
            waking.parked.wait();
        }
        pushing.join().unwrap();
        assert_eq!(waking.wakes.load(Ordering::Relaxed), 1);
    });
}
