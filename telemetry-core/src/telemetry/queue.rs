//! The queue between `track` and the worker.
//!
//! Owns the values as they were tracked. It must never allocate, lock or call the system when something is pushed.
//!
//! It is several queues side by side, since two threads that push into one slow each other down to a fraction. Each
//! handle pushes into one of them and each clone of a handle into the next, so that threads with handles of their own
//! do not meet; where one is full the others take what it cannot.

use core::time::Duration;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_queue::ArrayQueue;

use super::sleep::{Sleep, Until};
use crate::{DropPolicy, limits};

/// Which of the queues a handle pushes into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side(usize);

/// How many there are. More than a program has threads that track without a pause.
const SIDES: usize = 4;

/// What each of them holds.
const SIDE_EVENTS: usize = limits::QUEUE_EVENTS / SIDES;

/// An event as it lies in the queue.
pub(crate) struct Queued<C> {
    /// The value itself.
    pub(crate) event: C,
    /// When it was tracked, and under which opening of the gate.
    pub(crate) stamp: Stamp,
}

/// When an event was tracked, by the clock that does not jump, and the number of the gate's opening, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(u64);

impl Stamp {
    /// Milliseconds for 34 years; the rest is the gate's.
    const TIME_BITS: u32 = 40;

    #[inline]
    pub(crate) fn new(opening: u32, millis: u64) -> Self {
        Self(u64::from(opening) << Self::TIME_BITS | millis & ((1 << Self::TIME_BITS) - 1))
    }

    pub(crate) const fn opening(self) -> u64 {
        self.0 >> Self::TIME_BITS
    }

    pub(crate) const fn elapsed(self) -> Duration {
        Duration::from_millis(self.millis())
    }

    const fn millis(self) -> u64 {
        self.0 & ((1 << Self::TIME_BITS) - 1)
    }
}

/// Bounded, for any number of threads that push and one that takes.
pub(crate) struct Queue<C> {
    /// Made when the gate first opens. Not in here, so that what every push looks at lies together.
    sides: OnceLock<Box<[ArrayQueue<Queued<C>>; SIDES]>>,
    when_full: DropPolicy,
    handles: AtomicUsize,
    sleep: Sleep,
}

impl<C> Queue<C> {
    pub(crate) fn new(when_full: DropPolicy) -> Self {
        Self { sides: OnceLock::new(), when_full, handles: AtomicUsize::new(0), sleep: Sleep::asleep() }
    }

    /// Gets the memory.
    pub(crate) fn make(&self) {
        self.sides.get_or_init(|| Box::new(core::array::from_fn(|_| ArrayQueue::new(SIDE_EVENTS))));
    }

    /// The side for another handle.
    pub(crate) fn another_side(&self) -> Side {
        Side(self.handles.fetch_add(1, Ordering::Relaxed) % SIDES)
    }

    fn sides(&self) -> &[ArrayQueue<Queued<C>>] {
        self.sides.get().map_or(&[], |sides| sides.as_slice())
    }

    /// Puts an event in. Says whether the worker has to be woken for it, and whether there was no room.
    #[inline]
    pub(crate) fn push(&self, side: Side, queued: Queued<C>) -> Pushed {
        let Some(own) = self.sides().get(side.0) else { return Pushed { wakes: false, dropped: false } };
        let now = queued.stamp.millis();
        match own.push(queued) {
            Ok(()) => Pushed { wakes: self.sleep.is_woken_by_event(now), dropped: false },
            // What is left in the others is for the time that the worker needs to wake up.
            Err(queued) => self.push_elsewhere(own, queued, now),
        }
    }

    #[cold]
    fn push_elsewhere(&self, own: &ArrayQueue<Queued<C>>, queued: Queued<C>, now: u64) -> Pushed {
        let left = self.sides().iter().try_fold(queued, |queued, side| match side.push(queued) {
            Ok(()) => Err(()),
            Err(back) => Ok(back),
        });
        let dropped = match (left, self.when_full) {
            (Err(()), _) => false,
            (Ok(queued), DropPolicy::Oldest) => own.force_push(queued).is_some(),
            (Ok(_), DropPolicy::Newest) => true,
        };
        Pushed { wakes: self.sleep.is_woken_by_full_queue(now), dropped }
    }

    /// Takes out what is in, each side in the order in which it was pushed. Bounded, so that a thread that pushes
    /// without a pause neither keeps the worker here nor keeps it from the other sides.
    pub(crate) fn drain(&self) -> impl Iterator<Item = Queued<C>> {
        self.sides().iter().flat_map(|side| core::iter::from_fn(|| side.pop()).take(SIDE_EVENTS))
    }

    pub(crate) fn len(&self) -> usize {
        self.sides().iter().map(ArrayQueue::len).sum()
    }

    /// What time it was when somebody looked last, a second ago at most where the worker gets to run. `None` where that may
    /// be long ago: then a push has to wake the worker anyway.
    #[inline]
    pub(crate) fn time(&self) -> Option<u64> {
        self.sleep.time()
    }

    /// The worker is at work, and this is the time.
    pub(crate) fn wake_up(&self, now: u64) {
        self.sleep.wake_up(now);
    }

    /// The worker is about to sleep; says whether it may.
    #[must_use]
    pub(crate) fn fall_asleep(&self, until: Until, now: u64) -> bool {
        self.sleep.fall_asleep(until, now);
        let enough = match until {
            Until::First => 1,
            Until::Full => SIDE_EVENTS,
        };
        self.sides().iter().all(|side| side.len() < enough)
    }
}

/// What a push did.
#[must_use]
pub(crate) struct Pushed {
    /// The worker has to be woken.
    pub(crate) wakes: bool,
    /// There was no room: another event was dropped for it, or it was not taken.
    pub(crate) dropped: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queued(n: usize) -> Queued<usize> {
        Queued { event: n, stamp: Stamp::new(3, 5) }
    }

    #[test]
    fn one_handle_has_the_whole_queue_and_then_drops_its_oldest() {
        let queue = Queue::new(DropPolicy::Oldest);
        queue.make();
        let side = queue.another_side();
        let dropped = (0..limits::QUEUE_EVENTS).filter(|n| queue.push(side, queued(*n)).dropped).count();
        assert_eq!((dropped, queue.len()), (0, limits::QUEUE_EVENTS));
        assert!(queue.push(side, queued(limits::QUEUE_EVENTS)).dropped);
        let mut left: Vec<usize> = queue.drain().map(|queued| queued.event).collect();
        left.sort_unstable();
        assert_eq!(left, (1..=limits::QUEUE_EVENTS).collect::<Vec<_>>());
    }

    #[test]
    fn the_newest_is_not_taken_where_that_is_wanted() {
        let queue = Queue::new(DropPolicy::Newest);
        queue.make();
        let side = queue.another_side();
        let dropped = (0..limits::QUEUE_EVENTS + 3).filter(|n| queue.push(side, queued(*n)).dropped).count();
        let mut left: Vec<usize> = queue.drain().map(|queued| queued.event).collect();
        left.sort_unstable();
        assert_eq!((dropped, left), (3, (0..limits::QUEUE_EVENTS).collect::<Vec<_>>()));
    }

    #[test]
    fn a_sleeping_worker_is_woken_once_and_for_what_it_sleeps() {
        let queue = Queue::new(DropPolicy::Oldest);
        queue.make();
        let side = queue.another_side();
        queue.wake_up(0);
        assert!(!queue.push(side, queued(0)).wakes, "it is awake");
        assert!(!queue.fall_asleep(Until::First, 0), "something waits");
        assert!(queue.drain().count() == 1 && queue.fall_asleep(Until::First, 0));
        assert!(queue.push(side, queued(0)).wakes);
        assert!(!queue.push(side, queued(1)).wakes, "it was woken");
        assert!(queue.fall_asleep(Until::Full, 0));
        let woken = (2..limits::QUEUE_EVENTS).find(|n| queue.push(side, queued(*n)).wakes);
        assert_eq!(woken, Some(SIDE_EVENTS));
        assert!(!queue.fall_asleep(Until::Full, 0), "one is full");
    }

    #[test]
    fn whoever_pushes_finds_the_time_of_whoever_looked_last() {
        let queue = Queue::new(DropPolicy::Oldest);
        queue.make();
        let side = queue.another_side();
        let at = |millis| Queued { event: 0, stamp: Stamp::new(3, millis) };
        assert_eq!(queue.time(), None, "nobody has looked");
        queue.wake_up(2_000);
        assert_eq!(queue.time(), Some(2_000));
        assert!(queue.fall_asleep(Until::Full, 3_000));
        assert_eq!(queue.time(), Some(3_000));
        assert!(queue.fall_asleep(Until::First, 4_000));
        assert_eq!(queue.time(), None, "that was long ago, perhaps");
        assert!(queue.push(side, at(5_000)).wakes);
        assert_eq!(queue.time(), Some(5_000), "until the worker has looked for itself");
    }

    #[test]
    fn stamps_read_back() {
        let stamp = Stamp::new(0x00ff_ffff, 1_234_567);
        assert_eq!((stamp.opening(), stamp.elapsed()), (0x00ff_ffff, Duration::from_millis(1_234_567)));
    }
}
