//! What the worker keeps on disk for one identity: the sent log, the spool, and the turn to send.
//!
//! Owns the way of an encoded event to the disk and into memory, and back. It must never hold the state's lock while it
//! reads or writes a file, and so looks again whether its opening still lasts whenever it takes the lock.

use core::time::Duration;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::lane::{Lane, Which};
use super::shared::{Active, Shared, State, decode_event, random};
use super::turn::Turn;
use crate::catalogue::Catalogue;
use crate::clock::Timestamp;
use crate::digest::hex;
use crate::event::Uuid;
use crate::outbox::Waiting;
use crate::retry::Pause;
use crate::sent_log::SentLog;
use crate::spool::{self, Place, Spool, StoredEvent, Today, Under};
use crate::stats::Loss;
use crate::{DropPolicy, limits};

/// What is on disk for one identity.
pub(super) struct Disk {
    pub(super) log: Arc<Mutex<SentLog>>,
    pub(super) turn: Turn,
    /// Pauses that other processes noted, as far as they are not taken over yet.
    pub(super) learned: Vec<(Which, Pause)>,
    spool: Spool,
    /// When segments of processes that ended are looked for again.
    adopt_at: Duration,
    /// Whether they were looked for under this opening.
    has_adopted: bool,
    /// When what could not be written is tried again.
    retry_at: Duration,
    /// Under which opening of the gate, and which decision, the spool was used last.
    used_under: Option<(u32, u64)>,
}

impl Disk {
    /// Uses what there is in the identity's directory.
    pub(super) fn open(directory: &Path, now: Timestamp, spools: &AtomicU16) -> Self {
        let spool = Spool::new(spool::directory(directory), spools.fetch_add(1, Ordering::Relaxed));
        let log = Arc::new(Mutex::new(SentLog::open(directory.to_owned(), now)));
        Self {
            log,
            turn: Turn::new(directory),
            learned: Vec::new(),
            spool,
            adopt_at: Duration::ZERO,
            has_adopted: false,
            retry_at: Duration::ZERO,
            used_under: None,
        }
    }

    /// Starts over where the gate was closed in the meantime: what this process knew of its segments was counted when it
    /// closed. What was recorded under another decision goes; the rest is found again like that of an ended process.
    fn change_opening(&mut self, active: &Active) {
        let (opening, epoch) = (active.opening, active.scope.epoch);
        let Some((opening_before, epoch_before)) = self.used_under.replace((opening, epoch)) else { return };
        if opening_before == opening {
            return;
        }
        if epoch_before == epoch {
            self.spool.leave();
        } else {
            self.spool.drop_all();
        }
        (self.adopt_at, self.has_adopted) = (Duration::ZERO, false);
    }

    /// Whether the gate was closed and opened again, under the same decision, since the spool was used last.
    pub(super) fn is_reopened(&self, active: &Active) -> bool {
        self.used_under.is_some_and(|(opening, epoch)| opening != active.opening && epoch == active.scope.epoch)
    }

    /// In what time segments of processes that ended are looked for once more: if that could not be done yet, or if there
    /// were others that may have ended since. A process that is alone is not woken for it.
    pub(super) fn adopts_in(&self, now: Duration) -> Option<Duration> {
        (!self.has_adopted || self.spool.has_company()).then(|| self.adopt_at.saturating_sub(now))
    }

    /// Whether it is time to try again what could not be written.
    pub(super) fn retries(&self, now: Duration) -> bool {
        now >= self.retry_at
    }

    /// Takes settled events out of the spool.
    pub(super) fn settle(&mut self, places: &[Place]) -> io::Result<()> {
        self.spool.settle(places)
    }

    /// Notes under which install id events are put into a request.
    pub(super) fn note_parcel(&mut self, places: &[Place], install_id: Uuid) -> io::Result<()> {
        self.spool.note_parcel(places, install_id)
    }

    /// Whether this process has the turn and need not give it up soon.
    pub(super) fn keeps_turn(&self) -> bool {
        self.turn.is_ours() && !(self.spool.has_company() && self.turn.is_overdue())
    }

    /// Lets other processes send now and then, if there are any.
    pub(super) fn give_way(&mut self) {
        if self.spool.has_company() {
            self.turn.give_way();
        }
    }

    /// Ends the use: what waits is left to whoever comes next.
    pub(super) fn leave(&mut self) {
        self.spool.leave();
        self.turn.pass();
    }

    /// Brings everything up to date: takes out what is gone, takes over what ended processes left, writes down what is
    /// fresh, and fills the memory from the disk.
    pub(super) fn sync<C: Catalogue>(
        &mut self,
        shared: &Shared<C>,
        active: &Active,
        mut fresh: Vec<(Which, Vec<Waiting>)>,
        gone: &[Place],
    ) {
        // First, so that nothing of it is found again by the next opening.
        let settled = self.spool.settle(gone);
        self.change_opening(active);
        let now = shared.setup.clock.elapsed();
        let adopts = now >= self.adopt_at;
        if adopts || fresh.iter().any(|(_, events)| !events.is_empty()) {
            // As for a request: nothing is written down after a withdrawal has returned. Who cannot have the lock now
            // tries again with the next events.
            if let Ok(_guard) = shared.setup.store.share()
                && shared.is_stored(active)
            {
                if adopts {
                    (self.adopt_at, self.has_adopted) = (now.saturating_add(limits::ADOPT_INTERVAL), true);
                    self.adopt(shared, active);
                    let wall = shared.setup.clock.now();
                    self.log.lock().unwrap_or_else(PoisonError::into_inner).forget_old_daily(wall);
                }
                let appended = self.append(shared, active, &mut fresh);
                if let Err(error) = &appended {
                    self.retry_at = now.saturating_add(limits::SPOOL_INTERVAL);
                    if error.kind() == io::ErrorKind::NotFound {
                        self.vanished(shared, active);
                    }
                }
                shared.note_spool(settled.and(appended).is_err());
            } else {
                // What did not get to the disk is tried again a little later, whether more comes in or not; and so is
                // looking for what others left.
                self.retry_at = now.saturating_add(limits::SPOOL_INTERVAL);
                if adopts {
                    self.adopt_at = self.retry_at;
                }
                if settled.is_err() || fresh.iter().any(|(_, events)| !events.is_empty()) {
                    shared.note_spool(true);
                }
            }
        }
        self.admit(shared, active, fresh);
        self.load(shared, active);
    }

    /// Writes down what is fresh. Where there is no room for it, the oldest goes or what is fresh does.
    fn append<C: Catalogue>(
        &mut self,
        shared: &Shared<C>,
        active: &Active,
        fresh: &mut [(Which, Vec<Waiting>)],
    ) -> io::Result<()> {
        let under = Under { epoch: active.scope.epoch, ids: C::SCHEMA.ids };
        let (now, wall) = (shared.setup.clock.elapsed(), shared.setup.clock.now());
        let mut appended = Ok(());
        for (which, events) in fresh {
            let Some(oldest) = events.first() else { continue };
            let age = now.saturating_sub(oldest.since).saturating_add(oldest.age).as_millis();
            let stored = wall.millis().saturating_sub(u64::try_from(age).unwrap_or(u64::MAX));
            let stored = Timestamp::from_millis(stored);
            let written = loop {
                match self.spool.append(events, under, stored, new_name) {
                    Err(error) if error.kind() == io::ErrorKind::QuotaExceeded => match shared.setup.when_full {
                        DropPolicy::Newest => {
                            turn_away(shared, *which, events);
                            break Ok(());
                        }
                        DropPolicy::Oldest if self.make_room(shared, active) => {}
                        // Other processes have all the room there is.
                        DropPolicy::Oldest => break Err(error),
                    },
                    written => break written,
                }
            };
            // The other lane's events are tried all the same.
            appended = written.and(appended);
        }
        appended
    }

    /// Puts what is written, or could not be, where it waits for delivery.
    fn admit<C: Catalogue>(&mut self, shared: &Shared<C>, active: &Active, fresh: Vec<(Which, Vec<Waiting>)>) {
        let now = shared.setup.clock.elapsed();
        let mut state = shared.lock();
        let (is_open, is_finished) = (is_open(&state, active), state.keeper.is_finished());
        let is_undecided = state.is_undecided(active);
        let (mut over, mut left) = (Vec::new(), 0);
        for (which, events) in fresh {
            let lane = state.lanes.of_mut(which);
            lane.in_hand = 0;
            let cause = match () {
                () if is_finished => Some(Loss::Shutdown),
                () if !is_open => Some(Loss::TurnedOff),
                () if lane.history.is_key_refused() => Some(Loss::Refused),
                () => None,
            };
            let Some(cause) = cause else {
                self.admit_to(shared, which, lane, events);
                shared.counters.lost(Loss::TooOld, lane.outbox.expire(now, limits::MAX_AGE));
                continue;
            };
            let places: Vec<Place> = events.iter().filter_map(|waiting| waiting.place).collect();
            if cause == Loss::TurnedOff && !is_undecided {
                shared.counters.lost(cause, events.len());
                over.extend(places);
            } else {
                // Another process may still deliver what is on disk, or this one later on.
                shared.counters.kept(places.len());
                shared.counters.lost(cause, events.len() - places.len());
                left += if cause == Loss::TurnedOff { places.len() } else { 0 };
            }
        }
        state.set_aside(active, left);
        drop(state);
        shared.changed.notify_all();
        // Erased or about to be; what is left is not of today's decision, and covered no more.
        let _ = self.spool.settle(&over);
    }

    fn admit_to<C: Catalogue>(&mut self, shared: &Shared<C>, which: Which, lane: &mut Lane, events: Vec<Waiting>) {
        for waiting in events {
            match waiting.place {
                // In the order in which they happened: nothing new overtakes what is on disk.
                Some(place) if lane.unloaded > 0 || lane.outbox.is_full() => {
                    self.spool.unload(place, which);
                    lane.unloaded += 1;
                }
                Some(_) => lane.outbox.push(waiting),
                None => shared.counters.lost(Loss::OutboxFull, lane.outbox.squeeze_in(waiting, shared.setup.when_full)),
            }
        }
    }

    fn adopt<C: Catalogue>(&mut self, shared: &Shared<C>, active: &Active) {
        let adopted = self.spool.adopt(&decoder(shared, active));
        let (found, counters) = (adopted.found.len(), &shared.counters);
        let all = found + adopted.not_covered + adopted.damaged;
        let mut state = shared.lock();
        let own = state.found_again(all);
        counters.found_again(own);
        counters.adopted(all - own);
        counters.lost(Loss::NotCovered, adopted.not_covered);
        counters.lost(Loss::Damaged, adopted.damaged);
        if !is_open(&state, active) {
            // They stay where they are; whether they go is for whoever has decided.
            if state.is_undecided(active) {
                counters.kept(found);
                state.set_aside(active, found);
            } else {
                counters.lost(Loss::TurnedOff, found);
            }
            return;
        }
        for which in adopted.found {
            state.lanes.of_mut(which).unloaded += 1;
        }
    }

    /// Says whether there is room now that was not there.
    fn make_room<C: Catalogue>(&mut self, shared: &Shared<C>, active: &Active) -> bool {
        let made = self.spool.make_room();
        let has_made = !made.is_empty();
        for dropped in made {
            let mut state = shared.lock();
            if !is_open(&state, active) {
                continue;
            }
            // Nobody has counted these here before.
            shared.counters.adopted(dropped.kept_back);
            let mut lost = dropped.kept_back;
            for (which, unloaded) in dropped.unloaded {
                let lane = state.lanes.of_mut(which);
                // What was left on disk for other processes, when the key was refused, was counted then.
                let unloaded = unloaded.min(lane.unloaded);
                lane.unloaded -= unloaded;
                lost += unloaded + lane.outbox.drop_segment(dropped.segment);
            }
            shared.counters.lost(Loss::SpoolFull, lost);
        }
        has_made
    }

    /// Somebody removed the files: what is in memory is all that is left.
    fn vanished<C: Catalogue>(&mut self, shared: &Shared<C>, active: &Active) {
        self.retry_at = Duration::ZERO;
        let mut state = shared.lock();
        if is_open(&state, active) {
            for (_, lane) in state.lanes.iter_mut() {
                lane.outbox.forget_places();
                shared.counters.lost(Loss::Damaged, core::mem::take(&mut lane.unloaded));
            }
        }
    }

    /// Reads back what is on disk alone, where there is room for it.
    fn load<C: Catalogue>(&mut self, shared: &Shared<C>, active: &Active) {
        let state = shared.lock();
        let lanes = state.lanes.iter().filter(|(_, lane)| lane.loads());
        let wanted: Vec<_> = lanes.map(|(which, _)| (which, limits::LOAD_EVENTS)).collect();
        drop(state);
        for (which, room) in wanted {
            let read = self.spool.load(which, room, &decoder(shared, active));
            let (now, wall) = (shared.setup.clock.elapsed(), shared.setup.clock.now());
            let mut state = shared.lock();
            if !is_open(&state, active) {
                // Whoever closed has counted them.
                return;
            }
            let lane = state.lanes.of_mut(which);
            let settled = read.loaded.len() + read.not_covered + read.missing;
            lane.unloaded = lane.unloaded.saturating_sub(settled);
            if settled == 0 {
                lane.load_at = now.saturating_add(limits::SPOOL_INTERVAL);
            }
            shared.counters.lost(Loss::NotCovered, read.not_covered);
            shared.counters.lost(Loss::Damaged, read.missing);
            for loaded in read.loaded {
                let age = age(loaded.stored, wall, shared.setup.unjumped(now));
                let waiting = Waiting { event: loaded.event, since: now, age, place: Some(loaded.place) };
                match loaded.install_id {
                    Some(install_id) => lane.outbox.push_tried(waiting, install_id),
                    None => lane.outbox.push(waiting),
                }
            }
            shared.counters.lost(Loss::TooOld, lane.outbox.expire(now, limits::MAX_AGE));
        }
    }
}

/// How old what was stored then is. `wall` is the time of day, and `unjumped` what it would be if it had not jumped since
/// this process began.
///
/// A clock that was set forward makes nothing older, as long as this process may have stored it before: then the shorter
/// time counts. What was stored later than the clock would be by now is from after a jump, or of another process, and the
/// time of day is all there is. A clock that was set back makes nothing younger than new.
fn age(stored: Timestamp, wall: Timestamp, unjumped: Timestamp) -> Duration {
    let by_day = wall.since(stored);
    if unjumped < stored { by_day } else { by_day.min(unjumped.since(stored)) }
}

/// Drops what found no room on disk.
fn turn_away<C: Catalogue>(shared: &Shared<C>, which: Which, events: &mut Vec<Waiting>) {
    let mut state = shared.lock();
    let before = events.len();
    events.retain(|waiting| waiting.place.is_some());
    state.lanes.of_mut(which).in_hand = events.len();
    shared.counters.lost(Loss::SpoolFull, before - events.len());
}

fn is_open(state: &State, active: &Active) -> bool {
    state.active.as_ref().is_some_and(|now| now.opening == active.opening)
}

/// Reads what was stored, as far as what is open now covers it.
fn decoder<C: Catalogue>(shared: &Shared<C>, active: &Active) -> impl Fn(&StoredEvent<'_>) -> Today {
    |stored| decode_event::<C>(stored, active, |purpose| shared.setup.sinks.which(purpose))
}

/// The name of a new segment.
fn new_name(now: Timestamp) -> Option<String> {
    random::<8>().map(|bytes| format!("{:012x}-{}", now.millis(), hex(&bytes)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_a_process_that_has_company_is_woken_to_look_for_what_others_left() {
        let directory = tempfile::tempdir().unwrap();
        let other = spool::directory(directory.path()).join("000000000000-other.spool");
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        let file = fs::File::create(&other).unwrap();
        file.lock().unwrap();
        let now = Timestamp::from_millis(0);
        let mut disk = Disk::open(directory.path(), now, &AtomicU16::new(0));
        let second = Duration::from_secs(1);
        assert_eq!(disk.adopts_in(second), Some(Duration::ZERO), "not looked yet");
        let look = |disk: &mut Disk| {
            disk.spool.adopt(&|_| Today::NotCovered);
            (disk.adopt_at, disk.has_adopted) = (limits::ADOPT_INTERVAL, true);
        };
        look(&mut disk);
        assert_eq!(disk.adopts_in(second), limits::ADOPT_INTERVAL.checked_sub(second), "somebody else is there");
        file.unlock().unwrap();
        look(&mut disk);
        assert!(!other.exists());
        assert_eq!(disk.adopts_in(second), None, "alone");
    }

    #[test]
    fn no_jump_of_the_clock_makes_anything_older() {
        let at = |hours: u64| Timestamp::from_millis(hours * 3_600_000);
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        // No jump.
        assert_eq!(age(at(10), at(15), at(15)), hours(5));
        // Set forward, far: what was stored before ages by the clock that did not jump, what was stored after by the day.
        assert_eq!(age(at(1), at(490_000), at(4)), hours(3));
        assert_eq!(age(at(489_998), at(490_000), at(4)), hours(2));
        // Set back: nothing is younger than new, and what was stored after it is as old as it is.
        assert_eq!(age(at(100), at(50), at(103)), hours(0));
        assert_eq!(age(at(48), at(50), at(103)), hours(2));
        // Of a process before this one.
        assert_eq!(age(at(10), at(90), at(90)), hours(80));
    }
}
