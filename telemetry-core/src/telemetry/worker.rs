//! The worker: one plain thread that exists while telemetry is on.
//!
//! It encodes, puts on disk, gathers, and hands one request at a time to the carrier of each lane. It must never hold
//! the state's lock while it reads or writes a file.

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::carrier::{Carriers, Job, Order, give_back};
use super::disk::Disk;
use super::doze::Doze;
use super::erase;
use super::lane::{Lane, Which};
use super::note::{self, Known};
use super::panics::Panics;
use super::shared::{Active, Shared, State, install_id, random};
use super::sleep::Until;
use super::turn::Whose;
use crate::catalogue::{Catalogue, Identity};
use crate::clock::Timestamp;
use crate::health::Health;
use crate::limits;
use crate::outbox::{Parcel, Waiting};
use crate::retry::{History, Ready, Urgency};
use crate::sent_log::SentLog;
use crate::spool::Place;
use crate::store::StoreError;

/// Starts the worker. Without a thread to be had, nothing is sent and the queue drops its oldest.
pub(crate) fn start<C: Catalogue>(shared: &Arc<Shared<C>>, state: &mut State) {
    let worker = Worker::new(Arc::clone(shared));
    let run = move || {
        let shared = Arc::clone(&worker.shared);
        Health::Started.tell();
        // A panic in a store, a clock or a sink must not leave a worker behind that only seems to be there.
        if catch_unwind(AssertUnwindSafe(|| worker.run())).is_err() {
            Worker::new(Arc::clone(&shared)).end(shared.lock());
        }
        shared.publish();
        Health::Ended.tell();
    };
    if let Ok(handle) = thread::Builder::new().name("telemetry".into()).spawn(run) {
        *shared.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle.thread().clone());
        state.worker = Some(handle);
    }
}

struct Worker<C> {
    shared: Arc<Shared<C>>,
    /// What is on disk for the identity with this directory name.
    disk: Option<(String, Disk)>,
    carriers: Carriers,
    /// When records of panics are looked for.
    panics: Panics,
    /// The lane of the last request.
    served: Which,
    /// What was known of its destination before the request.
    before: History,
    /// What was noted last for the other processes.
    noted: Vec<(Which, Known)>,
    /// The flush for which the queue was looked at once more.
    looked: u64,
    doze: Doze,
}

/// What there is to do in one lane.
enum Step {
    Send(Parcel, Order),
    Wait(Duration),
    Nothing,
    /// A request is under way.
    Busy,
    /// More waits on disk alone.
    Load,
}

/// What the worker does next.
enum Next {
    Send(Which, Parcel, Order, Active),
    /// Something came in since the queue was taken over, or more is to be read back.
    Again,
    /// A request is under way; something else may be due in this time.
    Busy(Option<Duration>),
    Wait(Duration),
    Idle,
    End,
}

impl<C: Catalogue> Worker<C> {
    fn new(shared: Arc<Shared<C>>) -> Self {
        let carriers = Carriers::none();
        let (served, before, noted) = (Which::General, History::default(), Vec::new());
        let (panics, doze) = (Panics::default(), Doze::default());
        Self { shared, disk: None, carriers, panics, served, before, noted, looked: 0, doze }
    }

    fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        loop {
            shared.queue.wake_up(shared.millis());
            // Another process may have changed the decision; what it says is obeyed before anything is encoded.
            let (switches, stored) = (shared.numbered_switches(), shared.setup.store.load());
            let panics = self.panics.look(&shared);
            let mut state = shared.lock();
            state.take_switches(switches);
            if state.keeper.may_open() {
                shared.apply(&mut state, stored);
            }
            shared.drain_queue(&mut state);
            let active = state.active.clone();
            let goes_on = active.as_ref().is_some_and(|active| self.goes_on(active));
            if !goes_on && state.is_sending() {
                // What was cancelled ends in a moment; until then its events are nobody's. The queue may be full by now,
                // and a sink that does not give up must not keep this thread busy.
                drop(state);
                thread::park_timeout(limits::RECHECK);
                continue;
            }
            // What was closed in the meantime leaves the records where they are, or has erased them.
            let panics = panics.filter(|found| found.is_of(active.as_ref()));
            if let Some(found) = &panics {
                found.take(&shared, &mut state);
            }
            let now = shared.setup.clock.elapsed();
            let is_last = state.keeper.is_finished();
            let retries = self.disk.as_ref().is_some_and(|(_, disk)| disk.retries(now));
            let retries = state.spool_fails && (retries || is_last);
            let (mut fresh, mut gone) = (Vec::new(), Vec::new());
            for (which, lane) in state.lanes.iter_mut() {
                let mut events = core::mem::take(&mut lane.fresh);
                if retries {
                    events.splice(..0, lane.outbox.take_unspooled());
                }
                lane.in_hand = events.len();
                fresh.push((which, events));
                gone.append(&mut lane.outbox.take_gone());
            }
            drop(state);
            let came = fresh.iter().map(|(_, events)| events.len()).sum();
            self.sync(active.as_ref(), fresh, &gone);
            self.leave_note();
            shared.publish();
            if let Some(found) = panics {
                found.settle(&shared);
            }
            let mut state = shared.lock();
            match self.next(&mut state) {
                Next::Send(which, parcel, order, active) => {
                    drop(state);
                    self.send(which, parcel, order, active);
                }
                Next::Again => drop(state),
                Next::Busy(time) => {
                    drop(state);
                    self.doze(came, time);
                }
                Next::Wait(time) => {
                    drop(state);
                    self.pass_turn();
                    self.doze(came, Some(time));
                }
                Next::Idle => {
                    drop(state);
                    self.pass_turn();
                    self.doze(came, None);
                }
                Next::End => {
                    self.end(state);
                    return;
                }
            }
        }
    }

    fn end(&mut self, mut state: MutexGuard<'_, State>) {
        if let Some((_, disk)) = &mut self.disk {
            disk.leave();
        }
        // Nobody is left who looks at the clock; there is nobody to be woken either.
        let _ = self.shared.queue.fall_asleep(Until::First, self.shared.millis());
        *self.shared.waker.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // Dropping the handle of the running thread detaches it; it ends right after this.
        state.worker = None;
        state.flush_done = state.flush_wanted;
        self.shared.changed.notify_all();
    }

    fn next(&mut self, state: &mut State) -> Next {
        if state.keeper.is_finished() && state.active.is_some() {
            // What was tracked before the end, and after the queue was taken over, belongs on disk as well.
            if self.shared.queued() == 0 {
                self.shared.close(state);
            }
            // What was under way may have arrived: once that is known, and taken off the disk, is the end.
            return Next::Again;
        }
        let Some(active) = state.active.clone() else { return Next::End };
        let now = self.shared.setup.clock.elapsed();
        let flushing = state.flush_done < state.flush_wanted;
        let has_more = self.shared.queued() > 0
            || self.shared.crash.is_written()
            || state.lanes.iter().any(|(_, lane)| !lane.fresh.is_empty());
        if flushing && self.looked != state.flush_wanted && has_more {
            // Tracked, or written by the panic hook, before the flush was asked for, perhaps. Once is enough: what comes
            // later is not part of it.
            self.looked = state.flush_wanted;
            return Next::Again;
        }
        if !state.is_sending()
            && let Some((_, disk)) = &mut self.disk
        {
            disk.give_way();
        }
        let mut order: Vec<Which> = state.lanes.iter().map(|(which, _)| which).collect();
        order.sort_by_key(|which| *which == self.served);
        let (mut wait, mut is_busy, mut loads): (Option<Duration>, bool, bool) = (None, false, false);
        for which in order {
            match self.step(state, which, &active, now) {
                Step::Send(parcel, order) => return Next::Send(which, parcel, order, active),
                Step::Wait(time) => wait = Some(wait.map_or(time, |sooner| sooner.min(time))),
                Step::Nothing => {}
                Step::Busy => is_busy = true,
                Step::Load => loads = true,
            }
        }
        if loads {
            return Next::Again;
        }
        let unadopted = self.disk.as_ref().and_then(|(_, disk)| disk.adopts_in(now));
        if let Some(left) = unadopted {
            wait = Some(wait.map_or(left, |sooner| sooner.min(left)));
        }
        if state.spool_fails && (is_busy || wait.is_some()) {
            // What did not get to the disk is tried again, whether more comes in or not.
            wait = Some(wait.map_or(limits::SPOOL_INTERVAL, |sooner| sooner.min(limits::SPOOL_INTERVAL)));
        }
        if is_busy { Next::Busy(wait) } else { wait.map_or(Next::Idle, Next::Wait) }
    }

    fn step(&mut self, state: &mut State, which: Which, active: &Active, now: Duration) -> Step {
        let setup = &self.shared.setup;
        let flushing = state.lanes.of(which).flushed < state.flush_wanted;
        let wanted = state.flush_wanted;
        let lane = state.lanes.of_mut(which);
        if lane.in_flight > 0 {
            return self.step_ahead(lane, which, active, now);
        }
        let rests = lane.history.aside_rests(now).filter(|_| lane.outbox.is_all_aside());
        if lane.outbox.is_empty() || rests.is_some() {
            lane.due = None;
            // What was read back may all have been too old: what is young waits behind it. Each round reads some, so this
            // ends; and what cannot be read now is no reason to go on at once.
            let unread = lane.loads().then(|| lane.load_at.saturating_sub(now));
            if unread.is_some_and(|left| left.is_zero()) {
                return Step::Load;
            }
            state.flushed(which);
            self.shared.changed.notify_all();
            return [unread, rests].into_iter().flatten().min().map_or(Step::Nothing, Step::Wait);
        }
        if let Some(left) = lane.held_until.checked_sub(now).filter(|left| !left.is_zero()) {
            state.flushed(which);
            self.shared.changed.notify_all();
            return Step::Wait(left);
        }
        let due = *lane.due.get_or_insert(now.saturating_add(setup.flush_interval));
        let most = match lane.history.ready(now, if flushing { Urgency::Flush } else { Urgency::Ordinary }) {
            Ready::Send { most } => most,
            unready => {
                // Nothing that a flush could still do.
                state.flushed(which);
                self.shared.changed.notify_all();
                return match unready {
                    Ready::Wait(pause) => Step::Wait(pause.until.saturating_sub(now)),
                    Ready::Send { .. } | Ready::Never => Step::Nothing,
                };
            }
        };
        // What was tried before has waited for its interval already, and for its pause.
        if !flushing && now < due && lane.outbox.len() < limits::BATCH_EVENTS && !lane.outbox.has_tried() {
            return Step::Wait(due.saturating_sub(now));
        }
        let Some(fresh) = install_id(C::SCHEMA.identity, &active.grant, setup.clock.now()) else {
            return Step::Wait(limits::FLUSH_INTERVAL);
        };
        if let Some(left) = self.disk.as_ref().and_then(|(_, disk)| disk.turn.ask_in()) {
            return Step::Wait(left);
        }
        let most = most.min(setup.sinks.of(which).most_events());
        let most = most.min(match lane.outbox.len() {
            // Under a backlog fewer and larger requests cost both sides less.
            backlog if backlog >= limits::BACKLOG_EVENTS => limits::BACKLOG_EVENTS,
            _ => limits::BATCH_EVENTS,
        });
        match lane.outbox.take(most, || fresh) {
            Some(parcel) => {
                self.before = lane.history;
                lane.history = self.before.begun(now);
                lane.in_flight = parcel.events.len();
                lane.attempt_for = wanted;
                lane.due = None;
                Step::Send(parcel, Order::First)
            }
            None => Step::Nothing,
        }
    }

    /// What there is to do in a lane with a request under way: the next one is handed over as well where nothing has to
    /// be decided before it, so that the carrier need not wait for this thread.
    fn step_ahead(&self, lane: &mut Lane, which: Which, active: &Active, now: Duration) -> Step {
        let setup = &self.shared.setup;
        let most = limits::BACKLOG_EVENTS.min(setup.sinks.of(which).most_events());
        let is_well = matches!(lane.history.ready(now, Urgency::Ordinary), Ready::Send { most: usize::MAX });
        let goes_on = is_well && !lane.has_next && !lane.outbox.has_tried() && now >= lane.held_until;
        if !goes_on || lane.outbox.len() < limits::BACKLOG_EVENTS {
            return Step::Busy;
        }
        // Whoever has to give way to other processes lets the requests end first.
        if !self.disk.as_ref().is_some_and(|(_, disk)| disk.keeps_turn()) {
            return Step::Busy;
        }
        let Some(fresh) = install_id(C::SCHEMA.identity, &active.grant, setup.clock.now()) else { return Step::Busy };
        let Some(parcel) = lane.outbox.take(most, || fresh) else { return Step::Busy };
        lane.in_flight += parcel.events.len();
        (lane.has_next, lane.due) = (true, None);
        Step::Send(parcel, Order::Next)
    }

    /// Brings memory and disk up to date, outside of the state's lock.
    fn sync(&mut self, active: Option<&Active>, fresh: Vec<(Which, Vec<Waiting>)>, gone: &[Place]) {
        let shared = Arc::clone(&self.shared);
        let Some(active) = active else {
            if shared.lock().keeper.is_finished() {
                self.leave_note();
            }
            if let Some((_, mut disk)) = self.disk.take() {
                // What was turned off is erased or about to be; a file that stays is removed at the next start. What was
                // suspended is taken over again by the opening after that, here or in another process.
                let _ = disk.settle(gone);
                disk.leave();
            }
            // Whoever said no may have said it on another machine, which cannot erase what is here.
            erase::all_but_current(&shared.setup);
            return;
        };
        let wall = shared.setup.clock.now();
        self.disk(active, wall).sync(&shared, active, fresh, gone);
    }

    /// Whether this opening may use the disk. After a suspension it may not as long as a request of before is under way:
    /// what that one delivers must not be found on disk as if it waited.
    fn goes_on(&self, active: &Active) -> bool {
        let same = self.disk.as_ref().filter(|(known, _)| *known == active.grant.identity.directory());
        same.is_none_or(|(_, disk)| !disk.is_reopened(active))
    }

    /// What is on disk for the identity of the grant.
    fn disk(&mut self, active: &Active, now: Timestamp) -> &mut Disk {
        let name = active.grant.identity.directory();
        if self.disk.as_ref().is_none_or(|(known, _)| *known != name) {
            self.disk = None;
        }
        let directory = self.shared.setup.data.join(&name);
        let spools = &self.shared.spools;
        let (_, disk) = self.disk.get_or_insert_with(|| (name, Disk::open(&directory, now, spools)));
        disk
    }

    /// Sleeps until something is due or comes in.
    fn doze(&mut self, came: usize, due: Option<Duration>) {
        let (until, time) = self.doze.after(came, due, Instant::now());
        self.sleep(until, time);
    }

    /// Sleeps unless something came up since the worker looked last.
    fn sleep(&self, until: Until, time: Option<Duration>) {
        if !self.shared.queue.fall_asleep(until, self.shared.millis()) {
            return;
        }
        // Flush, withdrawal and shutdown unpark under no lock that is needed here; an unpark that comes before the
        // park makes it return at once.
        match time {
            Some(time) => thread::park_timeout(time),
            None => thread::park(),
        }
    }

    /// There is nothing to send: lets the carriers go, and another process send.
    fn pass_turn(&mut self) {
        self.carriers.dismiss();
        // An answer may have come after the last time.
        self.leave_note();
        if let Some((_, disk)) = &mut self.disk {
            disk.turn.pass();
        }
    }

    /// Hands a request to the lane's carrier, if it is this process's turn.
    fn send(&mut self, which: Which, mut parcel: Parcel, order: Order, active: Active) {
        self.served = which;
        // A panic in a store must not leave events behind that only seem to be under way.
        let prepared = catch_unwind(AssertUnwindSafe(|| self.prepare(&mut parcel, &active)));
        if let Ok(Some(log)) = prepared {
            // A request to a server that was left alone is a probe. What came of it is told when it has ended.
            let begun = self.before.begun(self.shared.setup.clock.elapsed()).breaker();
            if matches!(order, Order::First) && begun != self.before.breaker() {
                Health::Breaker { lane: which.name(), state: begun }.tell();
            }
            self.carriers.carry(&self.shared, Job { which, parcel, active, log, order });
            return;
        }
        let panicked = prepared.is_err();
        if let Some((_, disk)) = self.disk.as_mut().filter(|_| panicked) {
            disk.turn.ask_later(u32::MAX);
        }
        let mut state = self.shared.lock();
        let lane = state.lanes.of_mut(which);
        match order {
            Order::First => lane.history = self.before,
            Order::Next => lane.has_next = false,
        }
        let disk = self.disk.as_mut();
        for (which, pause) in disk.map(|(_, disk)| core::mem::take(&mut disk.learned)).unwrap_or_default() {
            let lane = state.lanes.of_mut(which);
            lane.history = lane.history.learned(pause);
        }
        // As if it had not been taken.
        give_back(&self.shared, &mut state, which, parcel, &active, order);
    }

    /// Notes what is known of the destinations for the other processes, while this one has the turn.
    fn leave_note(&mut self) {
        let Some((_, disk)) = self.disk.as_mut().filter(|(_, disk)| disk.turn.is_ours()) else { return };
        let (now, wall) = (self.shared.setup.clock.elapsed(), self.shared.setup.clock.now());
        let state = self.shared.lock();
        let known = |lane: &Lane| {
            let pause = lane.history.pause().filter(|pause| pause.until > now);
            Known { pause, last: lane.last }
        };
        let all = state.lanes.iter().map(|(which, lane)| (which, known(lane)));
        let all: Vec<_> = all.filter(|(_, known)| *known != Known::default()).collect();
        drop(state);
        // What cannot be noted the others find out by themselves.
        if all != self.noted
            && disk.turn.note(&note::write(&self.shared.setup, self.shared.number(), &all, now, wall)).is_ok()
        {
            self.noted = all;
        }
    }

    /// Takes the turn, and notes what has to be on disk before the request; gives the log for it, or nothing where it
    /// cannot be made now.
    fn prepare(&mut self, parcel: &mut Parcel, active: &Active) -> Option<Arc<Mutex<SentLog>>> {
        let shared = Arc::clone(&self.shared);
        let number = shared.number();
        let disk = self.disk(active, shared.setup.clock.now());
        let notes = C::SCHEMA.identity != Identity::Stable && !parcel.is_noted;
        if !disk.turn.is_ours() || notes {
            let chance = random().map_or(u32::MAX / 2, u32::from_ne_bytes);
            // As for a request: nothing is written down after a withdrawal has returned.
            let guard = shared.setup.store.share();
            if matches!(guard, Err(StoreError::Write)) {
                // Waiting would not help. The attempt meets the same, and says so.
                return Some(Arc::clone(&disk.log));
            }
            if guard.is_err() || !shared.is_stored(active) {
                disk.turn.ask_later(chance);
                return None;
            }
            let had_it = disk.turn.is_ours();
            if disk.turn.take(chance) == Whose::AnotherProcess {
                return None;
            }
            if !had_it && let Some(text) = disk.turn.noted() {
                let clock = &shared.setup.clock;
                let known = note::read(&shared.setup, number, &text, clock.elapsed(), clock.now());
                let mut state = shared.lock();
                for (which, known) in &known {
                    let lane = state.lanes.of_mut(*which);
                    lane.last = lane.last.and(known.last);
                }
                drop(state);
                disk.learned = known.into_iter().filter_map(|(which, known)| Some((which, known.pause?))).collect();
                if !disk.learned.is_empty() {
                    // Looked at once more with what is known now.
                    return None;
                }
            }
            if notes {
                let places: Vec<Place> = parcel.places().collect();
                // What cannot be noted is sent all the same; after a crash it would be under another install id.
                parcel.is_noted = disk.note_parcel(&places, parcel.install_id).is_ok();
            }
        }
        Some(Arc::clone(&disk.log))
    }
}
