//! What became of every event, by count. Local only: no counter is ever sent.

use core::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::failure::FailureClass;

/// Why an event was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// The queue in memory was full; the oldest event made room.
    QueueFull,
    /// Too many events that could not be written to disk waited for delivery; the oldest made room.
    OutboxFull,
    /// The spool was full; the oldest events on disk made room.
    SpoolFull,
    /// The event waited too long for delivery.
    TooOld,
    /// The grant does not cover the event, or its time is over.
    NotCovered,
    /// Telemetry was turned off before the event was sent.
    TurnedOff,
    /// The server refused the event.
    Rejected,
    /// The event alone was too large for the server.
    TooLarge,
    /// The server was over its quota and dropped the event.
    Quota,
    /// The server refused the key.
    Refused,
    /// The program ended before the event was sent or written to disk.
    Shutdown,
    /// Its record on disk was damaged or removed.
    Damaged,
    /// The same error was reported often enough within the hour.
    Repeated,
    /// A panic could not be written down: another one was being written, or there was no room.
    Unrecorded,
}

impl Loss {
    /// Every cause, in the order in which it is shown.
    pub const ALL: [Self; 14] = [
        Self::QueueFull,
        Self::OutboxFull,
        Self::SpoolFull,
        Self::TooOld,
        Self::NotCovered,
        Self::TurnedOff,
        Self::Rejected,
        Self::TooLarge,
        Self::Quota,
        Self::Refused,
        Self::Shutdown,
        Self::Damaged,
        Self::Repeated,
        Self::Unrecorded,
    ];

    /// The word that commands, pages and metrics use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::OutboxFull => "outbox_full",
            Self::SpoolFull => "spool_full",
            Self::TooOld => "too_old",
            Self::NotCovered => "not_covered",
            Self::TurnedOff => "turned_off",
            Self::Rejected => "rejected",
            Self::TooLarge => "too_large",
            Self::Quota => "quota",
            Self::Refused => "refused",
            Self::Shutdown => "shutdown",
            Self::Damaged => "damaged",
            Self::Repeated => "repeated",
            Self::Unrecorded => "unrecorded",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What became of every event that was tracked by this process while telemetry was on.
///
/// Whenever nothing is moving, `tracked + adopted == delivered + all of lost + queued + waiting`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Events that were tracked while telemetry was on.
    pub tracked: u64,
    /// Events that processes before this one had left on disk.
    pub adopted: u64,
    /// Events that the server has.
    pub delivered: u64,
    /// Events in memory that the worker has not seen yet.
    pub queued: u64,
    /// Encoded events that wait for delivery; after a shutdown, those that were left on disk for the next process.
    pub waiting: u64,
    /// Reports of panics that had to leave functions out.
    pub shortened: u64,
    /// Events that were lost, by cause.
    lost: [u64; Loss::ALL.len()],
    /// Requests that failed, by class.
    failed: [u64; FailureClass::ALL.len()],
}

impl Stats {
    /// How many requests failed in this way. Their events are lost only where a cause says so.
    #[must_use]
    pub fn failed(&self, class: FailureClass) -> u64 {
        self.failed.get(class as usize).copied().unwrap_or(0)
    }

    /// How many requests failed, and in which ways; only ways that occurred.
    pub fn failures(&self) -> impl Iterator<Item = (FailureClass, u64)> {
        FailureClass::ALL.into_iter().zip(self.failed).filter(|(_, count)| *count > 0)
    }

    /// How many events were lost for this cause.
    #[must_use]
    pub fn lost(&self, cause: Loss) -> u64 {
        self.lost.get(cause as usize).copied().unwrap_or(0)
    }

    /// How many events were lost, and for which causes; only causes that occurred.
    pub fn losses(&self) -> impl Iterator<Item = (Loss, u64)> {
        Loss::ALL.into_iter().zip(self.lost).filter(|(_, count)| *count > 0)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Events that were taken out of the queue. Counting there, and not where they are tracked, keeps an atomic
    /// addition off the caller's thread: what was tracked is what was taken, dropped for lack of room, or is still in.
    taken: AtomicU64,
    adopted: AtomicU64,
    /// Events that a shutdown left on disk.
    kept: AtomicU64,
    delivered: AtomicU64,
    shortened: AtomicU64,
    lost: [AtomicU64; Loss::ALL.len()],
    failed: [AtomicU64; FailureClass::ALL.len()],
}

// Relaxed throughout: the counters order nothing else.
impl Counters {
    pub(crate) fn taken(&self, count: usize) {
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn adopted(&self, count: usize) {
        self.adopted.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// A report of a panic had to leave functions out.
    pub(crate) fn shortened(&self) {
        self.shortened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn kept(&self, count: usize) {
        self.kept.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Events that were kept are with this process again.
    pub(crate) fn found_again(&self, count: usize) {
        self.kept.fetch_sub(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn delivered(&self, count: usize) {
        self.delivered.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn lost(&self, cause: Loss, count: usize) {
        if let Some(counter) = self.lost.get(cause as usize) {
            counter.fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    pub(crate) fn failed(&self, class: FailureClass) {
        if let Some(counter) = self.failed.get(class as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn delivered_so_far(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    pub(crate) fn snapshot(&self, queued: usize, waiting: usize) -> Stats {
        let lost = core::array::from_fn(|i| self.lost.get(i).map_or(0, |counter| counter.load(Ordering::Relaxed)));
        let failed = core::array::from_fn(|i| self.failed.get(i).map_or(0, |counter| counter.load(Ordering::Relaxed)));
        let mut stats = Stats {
            tracked: 0,
            adopted: self.adopted.load(Ordering::Relaxed),
            delivered: self.delivered.load(Ordering::Relaxed),
            queued: queued as u64,
            shortened: self.shortened.load(Ordering::Relaxed),
            waiting: waiting as u64 + self.kept.load(Ordering::Relaxed),
            lost,
            failed,
        };
        stats.tracked = self.taken.load(Ordering::Relaxed) + stats.lost(Loss::QueueFull) + stats.queued;
        stats
    }
}
