//! Encoded events that wait for delivery, in memory, in the order in which they happened; the spool holds the same on
//! disk.

use core::time::Duration;
use std::collections::VecDeque;

use crate::event::{Event, Uuid};
use crate::spool::Place;
use crate::{DropPolicy, limits};

/// Events that were put together for one request. They stay together over all attempts, so that a batch whose
/// answer was lost is sent again with the same identifiers.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) install_id: Uuid,
    pub(crate) events: Vec<Waiting>,
    /// Whether the spool knows the install id.
    pub(crate) is_noted: bool,
}

/// An encoded event and when it came in, by the clock that does not jump.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) event: Event,
    pub(crate) since: Duration,
    /// How old it was then: that clock does not know of the time before this process.
    pub(crate) age: Duration,
    /// Where it is on disk, if it is there as well.
    pub(crate) place: Option<Place>,
}

/// What is known of a waiting event besides itself.
pub(crate) struct Rest {
    since: Duration,
    age: Duration,
    place: Option<Place>,
}

impl Waiting {
    /// Takes the event out.
    pub(crate) fn apart(self) -> (Event, Rest) {
        (self.event, Rest { since: self.since, age: self.age, place: self.place })
    }
}

impl Rest {
    /// Puts the event back.
    pub(crate) fn with(self, event: Event) -> Waiting {
        Waiting { event, since: self.since, age: self.age, place: self.place }
    }
}

/// What waits, all from one epoch.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    parcels: VecDeque<Parcel>,
    loose: VecDeque<Waiting>,
    /// Events that left; the spool still has to forget them.
    gone: Vec<Place>,
    /// No event that waits came in before this, nor was older than this when it did: while an event of both would still
    /// be young, none needs a look.
    bounds: (Duration, Duration),
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

    /// How many events in memory are on disk as well.
    pub(crate) fn spooled(&self) -> usize {
        let tried = self.parcels.iter().flat_map(|parcel| &parcel.events);
        tried.chain(&self.loose).filter(|waiting| waiting.place.is_some()).count()
    }

    /// Whether there is no room for another event.
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= limits::OUTBOX_EVENTS
    }

    /// Counts an event that is added into the bounds.
    fn bound(&mut self, waiting: &Waiting) {
        let (since, age) = if self.is_empty() { (waiting.since, waiting.age) } else { self.bounds };
        self.bounds = (since.min(waiting.since), age.max(waiting.age));
    }

    fn bound_all(&mut self, parcel: &Parcel) {
        parcel.events.iter().for_each(|waiting| self.bound(waiting));
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, waiting: Waiting) {
        self.bound(&waiting);
        self.loose.push_back(waiting);
    }

    /// Adds an event that is in no other place than here; returns how many are lost for lack of room, older ones or it.
    pub(crate) fn squeeze_in(&mut self, waiting: Waiting, when_full: DropPolicy) -> usize {
        if when_full == DropPolicy::Newest && self.is_full() {
            return 1;
        }
        self.push(waiting);
        let mut dropped = 0;
        while self.len() > limits::OUTBOX_EVENTS {
            dropped += self.drop_oldest();
        }
        dropped
    }

    /// Adds an event that was put into a request before; it goes with the others of that request.
    pub(crate) fn push_tried(&mut self, waiting: Waiting, install_id: Uuid) {
        self.bound(&waiting);
        match self.parcels.back_mut() {
            Some(parcel) if parcel.install_id == install_id => parcel.events.push(waiting),
            _ => self.parcels.push_back(Parcel { install_id, events: vec![waiting], is_noted: true }),
        }
    }

    fn drop_oldest(&mut self) -> usize {
        let dropped = match self.parcels.front_mut() {
            Some(parcel) if !parcel.events.is_empty() => Some(parcel.events.remove(0)),
            _ => self.loose.pop_front(),
        };
        if self.parcels.front().is_some_and(|parcel| parcel.events.is_empty()) {
            self.parcels.pop_front();
        }
        self.gone.extend(dropped.iter().filter_map(|waiting| waiting.place));
        usize::from(dropped.is_some())
    }

    /// Drops the events of a segment that is gone; returns how many.
    pub(crate) fn drop_segment(&mut self, segment: u32) -> usize {
        let before = self.len();
        let stays = |waiting: &Waiting| waiting.place.is_none_or(|place| place.segment() != segment);
        self.retain(stays);
        before - self.len()
    }

    fn retain(&mut self, mut stays: impl FnMut(&Waiting) -> bool) {
        for parcel in &mut self.parcels {
            parcel.events.retain(&mut stays);
        }
        self.parcels.retain(|parcel| !parcel.events.is_empty());
        self.loose.retain(&mut stays);
    }

    /// Drops what is older than `age`; returns how many.
    pub(crate) fn expire(&mut self, now: Duration, age: Duration) -> usize {
        let (since, oldest) = self.bounds;
        if self.is_empty() || now.saturating_sub(since).saturating_add(oldest) <= age {
            return 0;
        }
        let before = self.len();
        let mut gone = Vec::new();
        self.retain(|waiting| {
            let young = now.saturating_sub(waiting.since).saturating_add(waiting.age) <= age;
            if !young {
                gone.extend(waiting.place);
            }
            young
        });
        self.gone.append(&mut gone);
        let left = || self.parcels.iter().flat_map(|parcel| &parcel.events).chain(&self.loose);
        let since = left().map(|waiting| waiting.since).min().unwrap_or_default();
        self.bounds = (since, left().map(|waiting| waiting.age).max().unwrap_or_default());
        before - self.len()
    }

    /// The next request's events, at most so many. A parcel that was tried before comes first; `install_id` is asked
    /// for a new one.
    pub(crate) fn take(&mut self, most: usize, install_id: impl FnOnce() -> Uuid) -> Option<Parcel> {
        let most = most.max(1);
        if let Some(mut parcel) = self.parcels.pop_front() {
            if parcel.events.len() > most {
                let later = parcel.events.split_off(most);
                let later = Parcel { install_id: parcel.install_id, events: later, is_noted: parcel.is_noted };
                self.parcels.push_front(later);
            }
            return Some(parcel);
        }
        if self.loose.is_empty() {
            return None;
        }
        let count = self.loose.len().min(most);
        let events = self.loose.drain(..count).collect();
        Some(Parcel { install_id: install_id(), events, is_noted: false })
    }

    /// Puts a parcel back to be tried again before all others.
    pub(crate) fn put_back(&mut self, parcel: Parcel) {
        self.bound_all(&parcel);
        self.parcels.push_front(parcel);
    }

    /// Puts a parcel back to be tried after what was tried before it.
    pub(crate) fn put_back_last(&mut self, parcel: Parcel) {
        self.bound_all(&parcel);
        self.parcels.push_back(parcel);
    }

    /// Puts a parcel back as two halves.
    pub(crate) fn put_back_halved(&mut self, mut parcel: Parcel) {
        self.bound_all(&parcel);
        let later = parcel.events.split_off(parcel.events.len() / 2);
        let later = Parcel { install_id: parcel.install_id, events: later, is_noted: parcel.is_noted };
        self.parcels.push_front(later);
        self.parcels.push_front(parcel);
    }

    /// Empties the outbox and has the spool forget what was in it; returns how many events there were.
    pub(crate) fn clear(&mut self) -> usize {
        let waiting: Vec<Waiting> = self.drain().collect();
        self.gone.extend(waiting.iter().filter_map(|waiting| waiting.place));
        waiting.len()
    }

    /// Empties the outbox and leaves to the spool what it has; returns how many events it has, and how many it has not.
    pub(crate) fn leave(&mut self) -> (usize, usize) {
        let (spooled, lost): (Vec<Waiting>, Vec<Waiting>) = self.drain().partition(|waiting| waiting.place.is_some());
        (spooled.len(), lost.len())
    }

    fn drain(&mut self) -> impl Iterator<Item = Waiting> {
        self.parcels.drain(..).flat_map(|parcel| parcel.events).chain(self.loose.drain(..))
    }

    /// Takes out the events that are not on disk and were not tried yet, so that they can be written.
    pub(crate) fn take_unspooled(&mut self) -> Vec<Waiting> {
        let (spooled, unspooled): (VecDeque<_>, VecDeque<_>) =
            self.loose.drain(..).partition(|waiting| waiting.place.is_some());
        self.loose = spooled;
        unspooled.into()
    }

    /// What was on disk is there no more: the events are in memory alone.
    pub(crate) fn forget_places(&mut self) {
        self.gone.clear();
        let tried = self.parcels.iter_mut().flat_map(|parcel| &mut parcel.events);
        tried.chain(&mut self.loose).for_each(|waiting| waiting.place = None);
    }

    /// Has the spool forget these: their fate is known.
    pub(crate) fn forget(&mut self, places: &[Place]) {
        self.gone.extend_from_slice(places);
    }

    /// What the spool has to forget, since the last call.
    pub(crate) fn take_gone(&mut self) -> Vec<Place> {
        core::mem::take(&mut self.gone)
    }

    /// Everything that waits, oldest first, for the person to look at.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.parcels.iter().flat_map(|parcel| &parcel.events).chain(&self.loose).map(|waiting| &waiting.event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    fn waiting(n: u32) -> Waiting {
        let event = Event {
            uuid: Uuid::counted([0; 16], n),
            name: "a.b",
            at: Timestamp::from_millis(0),
            fields: vec![],
            report: None,
        };
        Waiting { event, since: Duration::from_secs(u64::from(n)), age: Duration::ZERO, place: None }
    }

    fn id() -> Uuid {
        Uuid::random([1; 16])
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut outbox = Outbox::default();
        let limit = u32::try_from(limits::OUTBOX_EVENTS).unwrap();
        let dropped: usize = (0..limit + 5).map(|n| outbox.squeeze_in(waiting(n), DropPolicy::Oldest)).sum();
        assert_eq!((dropped, outbox.len()), (5, limits::OUTBOX_EVENTS));
        assert_eq!(outbox.events().next().map(|event| event.uuid), Some(Uuid::counted([0; 16], 5)));
    }

    /// What was tried before is older than the rest, and no more of it goes than has to.
    #[test]
    fn room_for_one_costs_one_also_of_what_was_tried() {
        let mut outbox = Outbox::default();
        let limit = u32::try_from(limits::OUTBOX_EVENTS).unwrap();
        (0..limit).for_each(|n| outbox.push(waiting(n)));
        let parcel = outbox.take(limits::BACKLOG_EVENTS, id).unwrap();
        outbox.put_back(parcel);
        let before: Vec<Uuid> = outbox.events().map(|event| event.uuid).collect();
        assert_eq!(outbox.squeeze_in(waiting(limit), DropPolicy::Oldest), 1);
        let after: Vec<Uuid> = outbox.events().map(|event| event.uuid).collect();
        assert_eq!(after[..after.len() - 1], before[1..]);
        // A parcel of which nothing is left is none.
        (1..1_000).for_each(|n| assert_eq!(outbox.squeeze_in(waiting(limit + n), DropPolicy::Oldest), 1));
        assert!(!outbox.has_tried() && outbox.len() == limits::OUTBOX_EVENTS);
    }

    #[test]
    fn the_newest_is_not_taken_where_that_is_wanted() {
        let mut outbox = Outbox::default();
        let limit = u32::try_from(limits::OUTBOX_EVENTS).unwrap();
        let lost: usize = (0..limit + 5).map(|n| outbox.squeeze_in(waiting(n), DropPolicy::Newest)).sum();
        assert_eq!((lost, outbox.len()), (5, limits::OUTBOX_EVENTS));
        assert_eq!(outbox.events().next().map(|event| event.uuid), Some(Uuid::counted([0; 16], 0)));
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

    /// What came in late and old, or was put back, is found as well.
    #[test]
    fn no_order_hides_what_is_too_old() {
        let limit = Duration::from_secs(100);
        let mut outbox = Outbox::default();
        outbox.push(waiting(50));
        outbox.push(Waiting { age: Duration::from_secs(90), ..waiting(55) });
        assert_eq!(outbox.expire(Duration::from_secs(65), limit), 0);
        assert_eq!((outbox.expire(Duration::from_secs(66), limit), outbox.len()), (1, 1));
        let parcel = outbox.take(1, id).unwrap();
        assert_eq!(outbox.expire(Duration::from_secs(140), limit), 0, "nothing waits");
        outbox.push(waiting(140));
        outbox.put_back_last(parcel);
        assert_eq!((outbox.expire(Duration::from_secs(151), limit), outbox.len()), (1, 1));
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
