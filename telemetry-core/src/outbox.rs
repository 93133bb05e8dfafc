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
    /// By themselves, as a sink is given them: they are many, and not moved about for it.
    pub(crate) events: Vec<Event>,
    /// What is known of each of them besides.
    rest: Vec<Rest>,
    /// Whether the spool knows the install id.
    pub(crate) is_noted: bool,
    /// Whether the server failed with it so often that it was put aside.
    pub(crate) is_aside: bool,
}

impl Parcel {
    fn new(install_id: Uuid, waiting: impl Iterator<Item = Waiting>, is_noted: bool) -> Self {
        let (events, rest) = waiting.map(Waiting::apart).unzip();
        Self { install_id, events, rest, is_noted, is_aside: false }
    }

    fn push(&mut self, waiting: Waiting) {
        let (event, rest) = waiting.apart();
        self.events.push(event);
        self.rest.push(rest);
    }

    /// All of it; what is left is empty.
    pub(crate) fn take(&mut self) -> Self {
        let (events, rest) = (core::mem::take(&mut self.events), core::mem::take(&mut self.rest));
        Self { events, rest, ..*self }
    }

    /// The events from this one on.
    fn split_off(&mut self, at: usize) -> Self {
        let (events, rest) = (self.events.split_off(at), self.rest.split_off(at));
        Self { events, rest, ..*self }
    }

    /// Drops the first event of some.
    fn remove_first(&mut self) -> Rest {
        self.events.remove(0);
        self.rest.remove(0)
    }

    fn retain(&mut self, stays: impl FnMut(Rest) -> bool) {
        let stays: Vec<bool> = self.rest.iter().copied().map(stays).collect();
        let (mut of_event, mut of_rest) = (stays.iter(), stays.iter());
        self.events.retain(|_| of_event.next() == Some(&true));
        self.rest.retain(|_| of_rest.next() == Some(&true));
    }

    /// Where its events are on disk, as far as they are.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        self.rest.iter().filter_map(|rest| rest.place)
    }
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
#[derive(Debug, Clone, Copy)]
struct Rest {
    since: Duration,
    age: Duration,
    place: Option<Place>,
}

impl Waiting {
    const fn rest(&self) -> Rest {
        Rest { since: self.since, age: self.age, place: self.place }
    }

    fn apart(self) -> (Event, Rest) {
        let rest = self.rest();
        (self.event, rest)
    }
}

/// What waits, all from one epoch.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    parcels: VecDeque<Parcel>,
    loose: VecDeque<Waiting>,
    /// Parcels that are tried after all others; see [`aside`](crate::aside).
    aside: VecDeque<Parcel>,
    /// Events that left; the spool still has to forget them.
    gone: Vec<Place>,
    /// No event that waits came in before this, nor was older than this when it did: while an event of both would still
    /// be young, none needs a look.
    bounds: (Duration, Duration),
}

impl Outbox {
    /// How many events wait.
    pub(crate) fn len(&self) -> usize {
        self.loose.len() + self.tried().map(|parcel| parcel.events.len()).sum::<usize>()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.loose.is_empty() && self.tried().next().is_none()
    }

    /// Whether nothing waits but what was put aside.
    pub(crate) fn is_all_aside(&self) -> bool {
        self.loose.is_empty() && self.parcels.is_empty() && !self.aside.is_empty()
    }

    /// What was tried before.
    fn tried(&self) -> impl Iterator<Item = &Parcel> {
        self.parcels.iter().chain(&self.aside)
    }

    /// Whether what comes next was tried before.
    pub(crate) fn has_tried(&self) -> bool {
        !self.parcels.is_empty() || self.is_all_aside()
    }

    /// How many events in memory are on disk as well.
    pub(crate) fn spooled(&self) -> usize {
        let tried = self.tried().flat_map(Parcel::places).count();
        tried + self.loose.iter().filter(|waiting| waiting.place.is_some()).count()
    }

    /// Whether there is no room for another event.
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= limits::OUTBOX_EVENTS
    }

    /// Counts events that are about to be added into the bounds.
    fn bound(&mut self, rests: &[Rest]) {
        let mut is_first = self.is_empty();
        for rest in rests {
            let (since, age) = if is_first { (rest.since, rest.age) } else { self.bounds };
            self.bounds = (since.min(rest.since), age.max(rest.age));
            is_first = false;
        }
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, waiting: Waiting) {
        self.bound(&[waiting.rest()]);
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
        self.bound(&[waiting.rest()]);
        match self.parcels.back_mut() {
            Some(parcel) if parcel.install_id == install_id => parcel.push(waiting),
            _ => self.parcels.push_back(Parcel::new(install_id, [waiting].into_iter(), true)),
        }
    }

    fn drop_oldest(&mut self) -> usize {
        // What was put aside is the oldest, and the least likely to arrive.
        let tried = if self.aside.is_empty() { &mut self.parcels } else { &mut self.aside };
        let dropped = match tried.front_mut() {
            Some(parcel) if !parcel.events.is_empty() => Some(parcel.remove_first()),
            _ => self.loose.pop_front().map(|waiting| waiting.rest()),
        };
        if tried.front().is_some_and(|parcel| parcel.events.is_empty()) {
            tried.pop_front();
        }
        self.gone.extend(dropped.iter().filter_map(|rest| rest.place));
        usize::from(dropped.is_some())
    }

    /// Drops the events of a segment that is gone; returns how many.
    pub(crate) fn drop_segment(&mut self, segment: u32) -> usize {
        let before = self.len();
        self.retain(|rest| rest.place.is_none_or(|place| place.segment() != segment));
        before - self.len()
    }

    fn retain(&mut self, mut stays: impl FnMut(Rest) -> bool) {
        for tried in [&mut self.parcels, &mut self.aside] {
            for parcel in tried.iter_mut() {
                parcel.retain(&mut stays);
            }
            tried.retain(|parcel| !parcel.events.is_empty());
        }
        self.loose.retain(|waiting| stays(waiting.rest()));
    }

    /// Drops what is older than `age`; returns how many.
    pub(crate) fn expire(&mut self, now: Duration, age: Duration) -> usize {
        let (since, oldest) = self.bounds;
        if self.is_empty() || now.saturating_sub(since).saturating_add(oldest) <= age {
            return 0;
        }
        let before = self.len();
        let mut gone = Vec::new();
        self.retain(|rest| {
            let young = now.saturating_sub(rest.since).saturating_add(rest.age) <= age;
            if !young {
                gone.extend(rest.place);
            }
            young
        });
        self.gone.append(&mut gone);
        let tried = || self.tried().flat_map(|parcel| &parcel.rest).copied();
        let left = || tried().chain(self.loose.iter().map(Waiting::rest));
        let since = left().map(|rest| rest.since).min().unwrap_or_default();
        self.bounds = (since, left().map(|rest| rest.age).max().unwrap_or_default());
        before - self.len()
    }

    /// The next request's events, at most so many. A parcel that was tried before comes first, and one that was put aside
    /// last; `install_id` is asked for a new one.
    pub(crate) fn take(&mut self, most: usize, install_id: impl FnOnce() -> Uuid) -> Option<Parcel> {
        let most = most.max(1);
        let tried = if self.is_all_aside() { &mut self.aside } else { &mut self.parcels };
        if let Some(mut parcel) = tried.pop_front() {
            if parcel.events.len() > most {
                tried.push_front(parcel.split_off(most));
            }
            return Some(parcel);
        }
        if self.loose.is_empty() {
            return None;
        }
        let count = self.loose.len().min(most);
        Some(Parcel::new(install_id(), self.loose.drain(..count), false))
    }

    /// Where a parcel is put back.
    fn of(&mut self, parcel: &Parcel) -> &mut VecDeque<Parcel> {
        if parcel.is_aside { &mut self.aside } else { &mut self.parcels }
    }

    /// Puts a parcel back to be tried again before all others of its kind.
    pub(crate) fn put_back(&mut self, parcel: Parcel) {
        self.bound(&parcel.rest);
        self.of(&parcel).push_front(parcel);
    }

    /// Puts a parcel back to be tried again after all others.
    pub(crate) fn put_aside(&mut self, parcel: Parcel) {
        self.bound(&parcel.rest);
        self.aside.push_back(Parcel { is_aside: true, ..parcel });
    }

    /// Puts a parcel back to be tried after what was tried before it.
    pub(crate) fn put_back_last(&mut self, parcel: Parcel) {
        self.bound(&parcel.rest);
        self.parcels.push_back(parcel);
    }

    /// Puts a parcel back as two halves.
    pub(crate) fn put_back_halved(&mut self, mut parcel: Parcel) {
        self.bound(&parcel.rest);
        let later = parcel.split_off(parcel.events.len() / 2);
        let tried = self.of(&parcel);
        tried.push_front(later);
        tried.push_front(parcel);
    }

    /// Empties the outbox and has the spool forget what was in it; returns how many events there were.
    pub(crate) fn clear(&mut self) -> usize {
        let rests: Vec<Rest> = self.drain().collect();
        self.gone.extend(rests.iter().filter_map(|rest| rest.place));
        rests.len()
    }

    /// Empties the outbox and leaves to the spool what it has; returns how many events it has, and how many it has not.
    pub(crate) fn leave(&mut self) -> (usize, usize) {
        let (spooled, lost): (Vec<Rest>, Vec<Rest>) = self.drain().partition(|rest| rest.place.is_some());
        (spooled.len(), lost.len())
    }

    fn drain(&mut self) -> impl Iterator<Item = Rest> {
        let tried = self.parcels.drain(..).chain(self.aside.drain(..)).flat_map(|parcel| parcel.rest);
        tried.chain(self.loose.drain(..).map(|waiting| waiting.rest()))
    }

    /// Whether there are events that are not on disk and were not tried yet.
    pub(crate) fn has_unspooled(&self) -> bool {
        self.loose.iter().any(|waiting| waiting.place.is_none())
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
        let tried = self.parcels.iter_mut().chain(&mut self.aside);
        tried.flat_map(|parcel| &mut parcel.rest).for_each(|rest| rest.place = None);
        self.loose.iter_mut().for_each(|waiting| waiting.place = None);
    }

    /// Has the spool forget these: their fate is known.
    pub(crate) fn forget(&mut self, places: &[Place]) {
        self.gone.extend_from_slice(places);
    }

    /// What the spool has to forget, since the last call.
    pub(crate) fn take_gone(&mut self) -> Vec<Place> {
        core::mem::take(&mut self.gone)
    }

    /// Everything that waits, in the order in which it is tried, for the person to look at.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        let [first, last] = [&self.parcels, &self.aside].map(|tried| tried.iter().flat_map(|parcel| &parcel.events));
        first.chain(self.loose.iter().map(|waiting| &waiting.event)).chain(last)
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

    #[test]
    fn what_was_put_aside_comes_last_and_makes_room_first() {
        let mut outbox = Outbox::default();
        (0..4).for_each(|n| outbox.push(waiting(n)));
        let parcel = outbox.take(3, id).unwrap();
        outbox.put_aside(parcel);
        assert!(!outbox.has_tried() && !outbox.is_all_aside() && outbox.len() == 4);
        let other = outbox.take(3, || Uuid::random([9; 16])).unwrap();
        assert_eq!((other.events.len(), other.is_aside), (1, false));
        assert!(outbox.has_tried() && outbox.is_all_aside());
        outbox.put_back(other);
        assert!(outbox.has_tried() && !outbox.is_all_aside());
        assert_eq!(outbox.drop_oldest(), 1);
        outbox.take(3, id).unwrap();
        // A part of it stays what it is, and halves stay in order.
        let part = outbox.take(1, id).unwrap();
        assert!(part.is_aside && outbox.is_all_aside());
        outbox.put_back(part);
        assert_eq!(outbox.expire(Duration::from_secs(11), Duration::from_secs(9)), 1);
        let last = outbox.take(3, id).unwrap();
        assert_eq!((last.events.len(), last.install_id, outbox.is_empty()), (1, id(), true));
        outbox.put_aside(last);
        assert_eq!(outbox.clear(), 1);
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

    /// Events of a parcel and what is known of each lie apart.
    #[test]
    fn what_goes_from_a_parcel_takes_what_is_known_of_it_along() {
        let mut outbox = Outbox::default();
        for since in [30, 10, 40, 20] {
            outbox.push(waiting(since));
        }
        let parcel = outbox.take(usize::MAX, id).unwrap();
        outbox.put_back(parcel);
        let left = |outbox: &Outbox| outbox.events().map(|event| event.uuid).collect::<Vec<_>>();
        let limit = Duration::from_secs(5);
        for (now, stays) in [(16, &[30, 40, 20][..]), (26, &[30, 40]), (36, &[40]), (46, &[])] {
            assert_eq!(outbox.expire(Duration::from_secs(now), limit), 1);
            assert_eq!(left(&outbox), stays.iter().map(|n| Uuid::counted([0; 16], *n)).collect::<Vec<_>>());
        }
        assert!(outbox.is_empty(), "not even an empty parcel is left");
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
