//! The worker: one plain thread that exists while telemetry is on.
//!
//! It encodes, puts on disk, gathers, asks for a permit, and lets the sink carry one request at a time. It must never send without
//! a [`SendPermit`], and never hold the state's lock while it reads a file or the sink works.

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::destination::FailedAttempt;
use super::disk::Disk;
use super::erase;
use super::lane::Which;
use super::shared::{Active, Shared, State, install_id, random};
use super::sleep::Until;
use super::turn::Whose;
use crate::FailureClass;
use crate::catalogue::{Catalogue, Identity};
use crate::clock::Timestamp;
use crate::event::{Batch, common};
use crate::health::Health;
use crate::limits;
use crate::outbox::{Parcel, Waiting};
use crate::permit::SendPermit;
use crate::retry::{Fate, History, Ready, Urgency, decide};
use crate::sink::{Delivery, Outcome};
use crate::spool::Place;
use crate::stats::Loss;

/// Starts the worker. Without a thread to be had, nothing is sent and the queue drops its oldest.
pub(crate) fn start<C: Catalogue>(shared: &Arc<Shared<C>>, state: &mut State) {
    let worker = Worker {
        shared: Arc::clone(shared),
        disk: None,
        served: Which::General,
        before: History::default(),
        looked: 0,
    };
    let run = move || {
        let shared = Arc::clone(&worker.shared);
        Health::Started.tell();
        // A panic in a store, a clock or a sink must not leave a worker behind that only seems to be there.
        if catch_unwind(AssertUnwindSafe(|| worker.run())).is_err() {
            Worker {
                shared: Arc::clone(&shared),
                disk: None,
                served: Which::General,
                before: History::default(),
                looked: 0,
            }
            .end(shared.lock());
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
    /// The lane of the last request.
    served: Which,
    /// What was known of its destination before the request.
    before: History,
    /// The flush for which the queue was looked at once more.
    looked: u64,
}

/// What there is to do in one lane.
enum Step {
    Send(Parcel),
    Wait(Duration),
    Nothing,
}

/// What the worker does next.
enum Next {
    Send(Which, Parcel, Active),
    /// Something came in since the queue was taken over.
    Again,
    Wait(Duration),
    Idle,
    End,
}

impl<C: Catalogue> Worker<C> {
    fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        loop {
            shared.queue.wake_up();
            // Another process may have changed the decision; what it says is obeyed before anything is encoded.
            let (switches, stored) = (shared.numbered_switches(), shared.setup.store.load());
            let mut state = shared.lock();
            state.take_switches(switches);
            if state.keeper.may_open() {
                shared.apply(&mut state, stored);
            }
            shared.drain_queue(&mut state);
            let active = state.active.clone();
            let now = shared.setup.clock.elapsed();
            let is_last = state.keeper.is_finished();
            let retries = self.disk.as_ref().is_some_and(|(_, disk)| disk.retries(now));
            let retries = state.spool_fails && (retries || is_last);
            let (mut fresh, mut gone) = (Vec::new(), Vec::new());
            for (which, lane) in state.lanes.iter_mut() {
                let mut events = if retries { lane.outbox.take_unspooled() } else { Vec::new() };
                events.append(&mut lane.fresh);
                lane.in_hand = events.len();
                fresh.push((which, events));
                gone.append(&mut lane.outbox.take_gone());
            }
            drop(state);
            let is_busy = fresh.iter().any(|(_, events)| !events.is_empty());
            self.sync(active.as_ref(), fresh, &gone);
            shared.publish();
            let mut state = shared.lock();
            match self.next(&mut state) {
                Next::Send(which, parcel, active) => {
                    drop(state);
                    self.send(which, parcel, &active);
                }
                Next::Again => drop(state),
                // Right after an event there are likely to be more: they are taken together, a little later. With
                // nothing new, the next event wakes the worker, so that it gets to the disk.
                Next::Wait(time) if is_busy => {
                    drop(state);
                    self.pass_turn();
                    self.sleep(Until::HalfFull, Some(time.min(limits::SPOOL_INTERVAL)));
                }
                Next::Wait(time) => {
                    drop(state);
                    self.pass_turn();
                    self.sleep(Until::First, Some(time));
                }
                Next::Idle => {
                    drop(state);
                    self.pass_turn();
                    self.sleep(Until::First, None);
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
        *self.shared.waker.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // Dropping the handle of the running thread detaches it; it ends right after this.
        state.worker = None;
        state.flush_done = state.flush_wanted;
        self.shared.changed.notify_all();
    }

    fn next(&mut self, state: &mut State) -> Next {
        if state.keeper.is_finished() {
            if state.active.is_some() && self.shared.queued() > 0 {
                // Tracked before the end, and after the queue was taken over: it belongs on disk as well.
                return Next::Again;
            }
            self.shared.close(state);
        }
        let Some(active) = state.active.clone() else { return Next::End };
        let now = self.shared.setup.clock.elapsed();
        let flushing = state.flush_done < state.flush_wanted;
        if flushing && self.looked != state.flush_wanted && self.shared.queued() > 0 {
            // Tracked before the flush was asked for, perhaps. Once is enough: what comes later is not part of it.
            self.looked = state.flush_wanted;
            return Next::Again;
        }
        // A lane that fails comes after one that does not, and two that work take turns: a server that hangs costs the
        // other lane the time of its first request only.
        let mut order: Vec<Which> = state.lanes.iter().map(|(which, _)| which).collect();
        order.sort_by_key(|which| (state.lanes.of(*which).history.is_failing(), *which == self.served));
        let mut wait: Option<Duration> = None;
        for which in order {
            match self.step(state, which, &active, now) {
                Step::Send(parcel) => return Next::Send(which, parcel, active),
                Step::Wait(time) => wait = Some(wait.map_or(time, |sooner| sooner.min(time))),
                Step::Nothing => {}
            }
        }
        wait.map_or(Next::Idle, Next::Wait)
    }

    fn step(&mut self, state: &mut State, which: Which, active: &Active, now: Duration) -> Step {
        let setup = &self.shared.setup;
        let flushing = state.lanes.of(which).flushed < state.flush_wanted;
        let lane = state.lanes.of_mut(which);
        if lane.outbox.is_empty() {
            lane.due = None;
            state.flushed(which);
            self.shared.changed.notify_all();
            return Step::Nothing;
        }
        if let Some(left) = lane.held_until.checked_sub(now).filter(|left| !left.is_zero()) {
            state.flushed(which);
            self.shared.changed.notify_all();
            return Step::Wait(left);
        }
        let due = *lane.due.get_or_insert(now + setup.flush_interval);
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
        let most = most.min(setup.sinks.of(which).most_events()).min(limits::BATCH_EVENTS);
        match lane.outbox.take(most, || fresh) {
            Some(parcel) => {
                self.before = lane.history;
                lane.history = self.before.begun(now);
                lane.in_flight = parcel.events.len();
                lane.due = None;
                Step::Send(parcel)
            }
            None => Step::Nothing,
        }
    }

    /// Brings memory and disk up to date, outside of the state's lock.
    fn sync(&mut self, active: Option<&Active>, fresh: Vec<(Which, Vec<Waiting>)>, gone: &[Place]) {
        let shared = Arc::clone(&self.shared);
        let Some(active) = active else {
            if let Some((_, mut disk)) = self.disk.take() {
                // What was turned off is erased or about to be; a file that stays is removed at the next start.
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

    /// What is on disk for the identity of the grant.
    fn disk(&mut self, active: &Active, now: Timestamp) -> &mut Disk {
        let name = active.grant.identity.directory();
        if self.disk.as_ref().is_none_or(|(known, _)| *known != name) {
            self.disk = None;
        }
        let directory = self.shared.setup.data.join(&name);
        let (_, disk) = self.disk.get_or_insert_with(|| (name, Disk::open(&directory, now)));
        disk
    }

    /// Sleeps unless something came up since the worker looked last.
    fn sleep(&self, until: Until, time: Option<Duration>) {
        if !self.shared.queue.fall_asleep(until) {
            return;
        }
        // Flush, withdrawal and shutdown unpark under no lock that is needed here; an unpark that comes before the
        // park makes it return at once.
        match time {
            Some(time) => thread::park_timeout(time),
            None => thread::park(),
        }
    }

    /// Lets another process send.
    fn pass_turn(&mut self) {
        if let Some((_, disk)) = &mut self.disk {
            disk.turn.pass();
        }
    }

    fn send(&mut self, which: Which, mut parcel: Parcel, active: &Active) {
        self.served = which;
        let delivery = self.attempt(which, &mut parcel, active);
        let mut state = self.shared.lock();
        state.keeper.land();
        state.lanes.of_mut(which).in_flight = 0;
        let Some(delivery) = delivery else {
            // Not its turn: as if it had not been taken.
            let delivery = Delivery::new(Outcome::Cancelled, None, 0);
            if state.keeper.is_finished() || state.active.as_ref().is_none_or(|now| now.opening != active.opening) {
                self.settle(&mut state, which, parcel, active, delivery);
            } else {
                let lane = state.lanes.of_mut(which);
                lane.history = self.before;
                lane.outbox.put_back(parcel);
            }
            return;
        };
        let (events, before) = (parcel.events.len(), state.lanes.of(which).history.breaker());
        let settled = self.settle(&mut state, which, parcel, active, delivery);
        let history = state.lanes.of(which).history;
        drop(state);
        self.shared.tell(which, events, &delivery, before, history);
        if let Some((_, disk)) = &mut self.disk {
            // What cannot be taken out of the spool is sent once more after a crash, with the same identifiers.
            let _ = disk.settle(&settled);
            disk.give_way();
        }
    }

    /// One request, from the permit to the answer in the sent log; nothing where it is another process's turn.
    fn attempt(&mut self, which: Which, parcel: &mut Parcel, active: &Active) -> Option<Delivery> {
        let shared = Arc::clone(&self.shared);
        let setup = &shared.setup;
        let sink = setup.sinks.of(which);
        let failed = |class| Delivery::new(Outcome::Retry { after: None }, None, 0).because(class);
        let Ok(guard) = setup.store.share() else { return Some(failed(FailureClass::Disk)) };
        // From here on a withdrawal waits for this request or cancels it. Whether one came before is on disk.
        let still_on = || shared.is_stored(active);
        // A withdrawal in this process raises the signal from here on; one before it has closed the gate, or, in
        // another process, is on disk.
        let signal = shared.lock().keeper.take_off(active.opening);
        let Some(signal) = signal.filter(|_| still_on()) else {
            return Some(Delivery::new(Outcome::Cancelled, None, 0));
        };
        let at = setup.clock.now();
        let disk = self.disk(active, at);
        let chance = random().map_or(u32::MAX / 2, u32::from_ne_bytes);
        if disk.turn.take(chance) == Whose::AnotherProcess {
            return None;
        }
        if C::SCHEMA.identity != Identity::Stable && !parcel.is_noted {
            let places: Vec<Place> = parcel.events.iter().filter_map(|waiting| waiting.place).collect();
            // What cannot be noted is sent all the same; after a crash it would be under another install id.
            parcel.is_noted = disk.note_parcel(&places, parcel.install_id).is_ok();
        }
        let permit = SendPermit::new(&signal, Instant::now() + limits::REQUEST_TIMEOUT, guard, &still_on);
        let batch = Batch {
            install_id: parcel.install_id,
            common: common(&C::SCHEMA, setup.deployment, active.scope.revision),
            events: parcel.events.iter().map(|waiting| waiting.event.clone()).collect(),
        };
        // A panic in a sink ends this attempt, not delivery.
        let Ok(body) = catch_unwind(AssertUnwindSafe(|| sink.body(&batch, at))) else {
            return Some(failed(FailureClass::SinkPanicked));
        };
        if body.len() > limits::BATCH_BYTES {
            return Some(Delivery::new(Outcome::TooLarge, None, 0));
        }
        let log = &mut disk.log;
        // What cannot be shown to the person is not sent.
        let Ok(entry) = log.sending(sink.destination().origin, &body, at) else {
            return Some(failed(FailureClass::Disk));
        };
        let delivered = catch_unwind(AssertUnwindSafe(|| sink.deliver(&body, &permit)));
        let mut delivery = delivered.unwrap_or_else(|_| failed(FailureClass::SinkPanicked));
        if delivery.outcome == Outcome::Cancelled && !signal.is_raised() {
            // Nobody took the permit away: its time was over.
            let outcome = Outcome::Retry { after: None };
            delivery = Delivery::new(outcome, None, delivery.wire_bytes).because(FailureClass::Timeout);
        }
        // Under the permit still, so that an erased log is not written to. The answer is a comfort, not a promise.
        let _ = log.answered(entry, &delivery);
        drop(permit);
        Some(delivery)
    }

    /// Draws the consequences of an attempt; gives the places of the events whose fate is known.
    fn settle(
        &self,
        state: &mut State,
        which: Which,
        parcel: Parcel,
        active: &Active,
        delivery: Delivery,
    ) -> Vec<Place> {
        let counters = &self.shared.counters;
        let count = parcel.events.len();
        let places: Vec<Place> = parcel.events.iter().filter_map(|waiting| waiting.place).collect();
        let now = self.shared.setup.clock.elapsed();
        let wall = self.shared.setup.clock.now();
        let before = state.lanes.of(which).history;
        let random = random().map_or(u32::MAX / 2, u32::from_ne_bytes);
        let decision = decide(&delivery, count, before, now, random);
        let lane = state.lanes.of_mut(which);
        if let Some(hold) = delivery.hold {
            lane.held_until = now + hold;
        }
        if decision.events == Fate::Delivered {
            // The server has them, whatever was decided in the meantime.
            counters.delivered(count);
            (lane.last_success, lane.history) = (Some(wall), decision.destination);
            return places;
        }
        if state.keeper.is_finished() {
            counters.kept(places.len());
            counters.lost(Loss::Shutdown, count - places.len());
            return Vec::new();
        }
        if state.active.as_ref().is_none_or(|now| now.opening != active.opening) {
            counters.lost(Loss::TurnedOff, count);
            return places;
        }
        let lane = state.lanes.of_mut(which);
        lane.history = decision.destination;
        if let Some(class) = delivery.failure() {
            counters.failed(class);
        }
        lane.last_failure = delivery.failure().map(|class| FailedAttempt { at: wall, class });
        let settled = match decision.events {
            Fate::Delivered => places,
            Fate::Dropped(cause) => {
                counters.lost(cause, count);
                places
            }
            Fate::PutBack => {
                lane.outbox.put_back(parcel);
                Vec::new()
            }
            Fate::Halved => {
                lane.outbox.put_back_halved(parcel);
                Vec::new()
            }
        };
        if decision.events == Fate::PutBack || decision.destination.pause().is_some() {
            // A flush has had its attempt.
            state.flushed(which);
        }
        self.shared.changed.notify_all();
        settled
    }
}
