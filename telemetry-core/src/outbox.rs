//! Encoded events that wait for delivery, in memory, in the order in which they happened; the spool holds the same on
//! disk.

use core::time::Duration;
use std::collections::{HashSet, VecDeque};

use crate::clock::Timestamp;
use crate::event::{Event, Uuid};
use crate::limits;

/// Events that were put together for one request. They stay together over all attempts, so that a batch whose
/// answer was lost is sent again with the same identifiers.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) install_id: Uuid,
    pub(crate) events: Vec<Waiting>,
}

/// An encoded event and when it came in, by the clock that does not jump.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) event: Event,
    pub(crate) since: Duration,
    /// How old it was then: that clock does not know of the time before this process.
    pub(crate) age: Duration,
    /// When it came in by the time of day, which is what is left of it after a restart.
    pub(crate) stored: Timestamp,
    /// Whether it is on disk as well.
    pub(crate) spooled: bool,
}

/// What waits, all from one epoch.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    parcels: VecDeque<Parcel>,
    loose: VecDeque<Waiting>,
    /// Events that left by being dropped; the spool still has to forget them.
    gone: Vec<Uuid>,
}

impl Outbox {
    /// How many events wait.
    pub(crate) fn len(&self) -> usize {
        self.loose.len() + self.parcels.iter().map(|parcel| parcel.events.len()).sum::<usize>()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.loose.is_empty() && self.parcels.is_empty()
    }

    /// Whether what comes next was tried before.
    pub(crate) fn has_tried(&self) -> bool {
        !self.parcels.is_empty()
    }

    /// How many events are on disk as well.
    pub(crate) fn spooled(&self) -> usize {
        self.all().filter(|waiting| waiting.spooled).count()
    }

    /// Adds an event; returns how many older ones made room for it.
    pub(crate) fn push(&mut self, waiting: Waiting) -> usize {
        self.loose.push_back(waiting);
        let mut dropped = 0;
        while self.len() > limits::OUTBOX_EVENTS {
            dropped += self.drop_oldest();
        }
        dropped
    }

    fn drop_oldest(&mut self) -> usize {
        let dropped = match self.parcels.pop_front() {
            Some(parcel) => parcel.events,
            None => self.loose.pop_front().into_iter().collect(),
        };
        self.gone.extend(dropped.iter().map(|waiting| waiting.event.uuid));
        dropped.len()
    }

    /// Drops what is older than `age`; returns how many.
    pub(crate) fn expire(&mut self, now: Duration, age: Duration) -> usize {
        let before = self.len();
        let gone = &mut self.gone;
        let mut is_young = |waiting: &Waiting| {
            let young = now.saturating_sub(waiting.since).saturating_add(waiting.age) <= age;
            if !young {
                gone.push(waiting.event.uuid);
            }
            young
        };
        for parcel in &mut self.parcels {
            parcel.events.retain(&mut is_young);
        }
        self.parcels.retain(|parcel| !parcel.events.is_empty());
        self.loose.retain(&mut is_young);
        before - self.len()
    }

    /// The next request's events, at most so many. A parcel that was tried before comes first; `install_id` is asked
    /// for a new one.
    pub(crate) fn take(&mut self, most: usize, install_id: impl FnOnce() -> Uuid) -> Option<Parcel> {
        let most = most.max(1);
        if let Some(mut parcel) = self.parcels.pop_front() {
            if parcel.events.len() > most {
                let later = parcel.events.split_off(most);
                self.parcels.push_front(Parcel { install_id: parcel.install_id, events: later });
            }
            return Some(parcel);
        }
        if self.loose.is_empty() {
            return None;
        }
        let count = self.loose.len().min(most);
        Some(Parcel { install_id: install_id(), events: self.loose.drain(..count).collect() })
    }

    /// Puts a parcel back to be tried again before all others.
    pub(crate) fn put_back(&mut self, parcel: Parcel) {
        self.parcels.push_front(parcel);
    }

    /// Puts a parcel back as two halves.
    pub(crate) fn put_back_halved(&mut self, mut parcel: Parcel) {
        let later = parcel.events.split_off(parcel.events.len() / 2);
        self.parcels.push_front(Parcel { install_id: parcel.install_id, events: later });
        self.parcels.push_front(parcel);
    }

    /// Empties the outbox and has the spool forget what was in it; returns how many events there were.
    pub(crate) fn clear(&mut self) -> usize {
        let waiting: Vec<Waiting> = self.drain().collect();
        self.gone.extend(waiting.iter().map(|waiting| waiting.event.uuid));
        waiting.len()
    }

    /// Empties the outbox and leaves to the spool what it has; returns how many events it has, and how many it has not.
    pub(crate) fn leave(&mut self) -> (usize, usize) {
        let (spooled, lost): (Vec<Waiting>, Vec<Waiting>) = self.drain().partition(|waiting| waiting.spooled);
        (spooled.len(), lost.len())
    }

    fn drain(&mut self) -> impl Iterator<Item = Waiting> {
        self.parcels.drain(..).flat_map(|parcel| parcel.events).chain(self.loose.drain(..))
    }

    /// Events that are not on disk yet.
    pub(crate) fn unspooled(&self) -> Vec<Waiting> {
        self.all().filter(|waiting| !waiting.spooled).cloned().collect()
    }

    /// Notes that these are on disk.
    pub(crate) fn mark_spooled(&mut self, stored: &[Waiting]) {
        let uuids: HashSet<Uuid> = stored.iter().map(|waiting| waiting.event.uuid).collect();
        let tried = self.parcels.iter_mut().flat_map(|parcel| &mut parcel.events);
        for waiting in tried.chain(&mut self.loose).filter(|waiting| uuids.contains(&waiting.event.uuid)) {
            waiting.spooled = true;
        }
    }

    /// Everything that waits, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Waiting> {
        self.parcels.iter().flat_map(|parcel| &parcel.events).chain(&self.loose)
    }

    /// What was dropped since the last call.
    pub(crate) fn take_gone(&mut self) -> Vec<Uuid> {
        std::mem::take(&mut self.gone)
    }

    /// Everything that waits, oldest first, for the person to look at.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.all().map(|waiting| &waiting.event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(n: u32) -> Waiting {
        let event = Event {
            uuid: Uuid::counted([0; 16], n),
            name: "a.b",
            at: Timestamp::from_millis(0),
            fields: vec![],
            report: None,
        };
        Waiting {
            event,
            since: Duration::from_secs(u64::from(n)),
            age: Duration::ZERO,
            stored: Timestamp::from_millis(0),
            spooled: false,
        }
    }

    fn id() -> Uuid {
        Uuid::random([1; 16])
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut outbox = Outbox::default();
        let limit = u32::try_from(limits::OUTBOX_EVENTS).unwrap();
        let dropped: usize = (0..limit + 5).map(|n| outbox.push(waiting(n))).sum();
        assert_eq!((dropped, outbox.len()), (5, limits::OUTBOX_EVENTS));
        assert_eq!(outbox.events().next().map(|event| event.uuid), Some(Uuid::counted([0; 16], 5)));
    }

    #[test]
    fn halves_keep_order_and_identifiers() {
        let mut outbox = Outbox::default();
        for n in 0..5 {
            outbox.push(waiting(n));
        }
        let parcel = outbox.take(limits::BATCH_EVENTS, id).unwrap();
        outbox.put_back_halved(parcel);
        let order: Vec<_> = outbox.events().map(|event| event.uuid).collect();
        assert_eq!(order, (0..5).map(|n| Uuid::counted([0; 16], n)).collect::<Vec<_>>());
        let first = outbox.take(limits::BATCH_EVENTS, || Uuid::random([9; 16])).unwrap();
        assert_eq!((first.events.len(), first.install_id), (2, id()));
    }

    #[test]
    fn a_probe_takes_a_part_of_what_was_tried_together() {
        let mut outbox = Outbox::default();
        for n in 0..5 {
            outbox.push(waiting(n));
        }
        let parcel = outbox.take(usize::MAX, id).unwrap();
        outbox.put_back(parcel);
        let probe = outbox.take(2, || Uuid::random([9; 16])).unwrap();
        let rest = outbox.take(usize::MAX, || Uuid::random([9; 16])).unwrap();
        assert_eq!((probe.events.len(), rest.events.len()), (2, 3));
        assert_eq!((probe.install_id, rest.install_id), (id(), id()), "under the id that they were tried with");
    }

    #[test]
    fn age_is_measured_from_arrival() {
        let mut outbox = Outbox::default();
        for n in 0..10 {
            outbox.push(waiting(n));
        }
        assert_eq!(outbox.expire(Duration::from_secs(10), Duration::from_secs(5)), 5);
        assert_eq!(outbox.len(), 5);
    }
}
