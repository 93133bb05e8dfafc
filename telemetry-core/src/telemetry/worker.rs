//! The worker: one plain thread that exists while telemetry is on.
//!
//! It encodes, puts on disk, gathers, asks for a permit, and lets the sink carry one request at a time. It must never send without
//! a [`SendPermit`], and never hold the state's lock while it reads a file or the sink works.

use core::time::Duration;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::destination::FailedAttempt;
use super::erase;
use super::lane::Which;
use super::shared::{Active, Shared, State, decode_event, install_id, random};
use super::sleep::Until;
use crate::catalogue::Catalogue;
use crate::clock::Timestamp;
use crate::digest::hex;
use crate::event::{Batch, Uuid, common};
use crate::limits;
use crate::outbox::{Parcel, Waiting};
use crate::permit::SendPermit;
use crate::retry::{Fate, Ready, Urgency, decide};
use crate::sent_log::SentLog;
use crate::sink::{Delivery, Outcome};
use crate::spool::{self, Spool, Under};
use crate::stats::Loss;
use crate::{FailureClass, Purpose};

/// Starts the worker. Without a thread to be had, nothing is sent and the queue drops its oldest.
pub(crate) fn start<C: Catalogue>(shared: &Arc<Shared<C>>, state: &mut State) {
    let worker = Worker { shared: Arc::clone(shared), disk: None, served: Which::General, looked: 0 };
    let run = move || {
        let shared = Arc::clone(&worker.shared);
        // A panic in a store, a clock or a sink must not leave a worker behind that only seems to be there.
        if catch_unwind(AssertUnwindSafe(|| worker.run())).is_err() {
            Worker { shared: Arc::clone(&shared), disk: None, served: Which::General, looked: 0 }.end(shared.lock());
        }
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
    /// The flush for which the queue was looked at once more.
    looked: u64,
}

/// What is on disk for one identity.
struct Disk {
    log: SentLog,
    spool: Spool,
    /// When files of processes that ended are looked for again.
    adopt_at: Duration,
}

/// What there is to do in one lane.
enum Step {
    Send(Parcel),
    Wait(Duration),
    Nothing,
}

/// What the worker does next.
#[expect(clippy::large_enum_variant, reason = "one of it, on the stack")]
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
            let (mut fresh, mut gone) = (Vec::new(), Vec::new());
            for (_, lane) in state.lanes.iter_mut() {
                fresh.extend(lane.outbox.unspooled());
                gone.append(&mut lane.outbox.take_gone());
            }
            drop(state);
            let is_busy = !fresh.is_empty();
            self.spool(active.as_ref(), &fresh, &gone);
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
                    self.sleep(Until::HalfFull, Some(time.min(limits::SPOOL_INTERVAL)));
                }
                Next::Wait(time) => {
                    drop(state);
                    self.sleep(Until::First, Some(time));
                }
                Next::Idle => {
                    drop(state);
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
            disk.spool.leave();
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

    fn step(&self, state: &mut State, which: Which, active: &Active, now: Duration) -> Step {
        let setup = &self.shared.setup;
        let flushing = state.lanes.of(which).flushed < state.flush_wanted;
        let lane = state.lanes.of_mut(which);
        if lane.outbox.is_empty() {
            lane.due = None;
            state.flushed(which);
            self.shared.changed.notify_all();
            return Step::Nothing;
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
        let most = most.min(setup.sinks.of(which).most_events()).min(limits::BATCH_EVENTS);
        match lane.outbox.take(most, || fresh) {
            Some(parcel) => {
                lane.history = lane.history.begun(now);
                lane.in_flight = parcel.events.len();
                lane.due = None;
                Step::Send(parcel)
            }
            None => Step::Nothing,
        }
    }

    /// Brings the spool up to date: takes out what is settled, takes over what ended processes left, and writes down
    /// what is new. Outside of the state's lock, since it waits for the disk.
    fn spool(&mut self, active: Option<&Active>, fresh: &[Waiting], gone: &[Uuid]) {
        let shared = Arc::clone(&self.shared);
        let Some(active) = active else {
            if let Some((_, mut disk)) = self.disk.take() {
                // What was turned off is erased or about to be; a file that stays is removed at the next start.
                let _ = disk.spool.settle(gone);
                disk.spool.leave();
            }
            // Whoever said no may have said it on another machine, which cannot erase what is here.
            erase::all_but_current(&shared.setup);
            return;
        };
        let (now, wall) = (shared.setup.clock.elapsed(), shared.setup.clock.now());
        let disk = self.disk(active, wall);
        let settled = disk.spool.settle(gone);
        let adopts = now >= disk.adopt_at;
        if fresh.is_empty() && !adopts {
            return;
        }
        // As for a request: nothing is written down after a withdrawal has returned.
        let Ok(_guard) = shared.setup.store.share() else { return };
        if !shared.is_stored(active) {
            return;
        }
        let adopted = if adopts { disk.adopt(&shared, active, now, wall) } else { Ok(()) };
        let under = Under { epoch: active.scope.epoch, ids: C::SCHEMA.ids };
        let appended = disk.spool.append(fresh, under, new_name);
        let mut state = shared.lock();
        if appended.is_ok() {
            for (_, lane) in state.lanes.iter_mut() {
                lane.outbox.mark_spooled(fresh);
            }
        }
        let rewritten = if disk.spool.wants_rewrite() {
            let all: Vec<Waiting> = state.lanes.iter().flat_map(|(_, lane)| lane.outbox.all().cloned()).collect();
            drop(state);
            let rewritten = disk.spool.rewrite(&all, under, new_name);
            state = shared.lock();
            rewritten
        } else {
            Ok(())
        };
        state.spool_fails = [settled, adopted, appended, rewritten].iter().any(Result::is_err);
    }

    /// What is on disk for the identity of the grant.
    fn disk(&mut self, active: &Active, now: Timestamp) -> &mut Disk {
        let name = active.grant.identity.directory();
        if self.disk.as_ref().is_none_or(|(known, _)| *known != name) {
            self.disk = None;
        }
        let directory = self.shared.setup.data.join(&name);
        let (_, disk) = self.disk.get_or_insert_with(|| {
            let spool = Spool::new(spool::directory(&directory));
            (name, Disk { log: SentLog::open(directory, now), spool, adopt_at: Duration::ZERO })
        });
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

    fn send(&mut self, which: Which, parcel: Parcel, active: &Active) {
        self.served = which;
        let delivery = self.attempt(which, &parcel, active);
        let mut state = self.shared.lock();
        state.keeper.land();
        state.lanes.of_mut(which).in_flight = 0;
        let settled = self.settle(&mut state, which, parcel, active, delivery);
        drop(state);
        if let Some((_, disk)) = &mut self.disk {
            // What cannot be taken out of the spool is sent once more after a crash, with the same identifiers.
            let _ = disk.spool.settle(&settled);
        }
    }

    /// One request, from the permit to the answer in the sent log.
    fn attempt(&mut self, which: Which, parcel: &Parcel, active: &Active) -> Delivery {
        let shared = Arc::clone(&self.shared);
        let setup = &shared.setup;
        let sink = setup.sinks.of(which);
        let failed = |class| Delivery::new(Outcome::Retry { after: None }, None, 0).because(class);
        let Ok(guard) = setup.store.share() else { return failed(FailureClass::Disk) };
        // From here on a withdrawal waits for this request or cancels it. Whether one came before is on disk.
        let still_on = || shared.is_stored(active);
        // A withdrawal in this process raises the signal from here on; one before it has closed the gate, or, in
        // another process, is on disk.
        let signal = shared.lock().keeper.take_off(active.opening);
        let Some(signal) = signal.filter(|_| still_on()) else {
            return Delivery::new(Outcome::Cancelled, None, 0);
        };
        let permit = SendPermit::new(&signal, Instant::now() + limits::REQUEST_TIMEOUT, guard, &still_on);
        let batch = Batch {
            install_id: parcel.install_id,
            common: common(&C::SCHEMA, setup.deployment, active.scope.revision),
            events: parcel.events.iter().map(|waiting| waiting.event.clone()).collect(),
        };
        let at = setup.clock.now();
        // A panic in a sink ends this attempt, not delivery.
        let Ok(body) = catch_unwind(AssertUnwindSafe(|| sink.body(&batch, at))) else {
            return failed(FailureClass::SinkPanicked);
        };
        if body.len() > limits::BATCH_BYTES {
            return Delivery::new(Outcome::TooLarge, None, 0);
        }
        let log = &mut self.disk(active, at).log;
        // What cannot be shown to the person is not sent.
        let Ok(entry) = log.sending(sink.destination().origin, &body, at) else {
            return failed(FailureClass::Disk);
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
        delivery
    }

    /// Draws the consequences of an attempt; gives the events whose fate is known.
    fn settle(
        &self,
        state: &mut State,
        which: Which,
        parcel: Parcel,
        active: &Active,
        delivery: Delivery,
    ) -> Vec<Uuid> {
        let counters = &self.shared.counters;
        let count = parcel.events.len();
        let uuids: Vec<Uuid> = parcel.events.iter().map(|waiting| waiting.event.uuid).collect();
        let now = self.shared.setup.clock.elapsed();
        let wall = self.shared.setup.clock.now();
        let before = state.lanes.of(which).history;
        let random = random().map_or(u32::MAX / 2, u32::from_ne_bytes);
        let decision = decide(&delivery, count, before, now, random);
        let lane = state.lanes.of_mut(which);
        if decision.events == Fate::Delivered {
            // The server has them, whatever was decided in the meantime.
            counters.delivered(count);
            (lane.last_success, lane.history) = (Some(wall), decision.destination);
            return uuids;
        }
        if state.keeper.is_finished() {
            let spooled = parcel.events.iter().filter(|waiting| waiting.spooled).count();
            counters.kept(spooled);
            counters.lost(Loss::Shutdown, count - spooled);
            return Vec::new();
        }
        if state.active.as_ref().is_none_or(|now| now.opening != active.opening) {
            counters.lost(Loss::TurnedOff, count);
            return uuids;
        }
        let lane = state.lanes.of_mut(which);
        lane.history = decision.destination;
        lane.last_failure = delivery.failure().map(|class| FailedAttempt { at: wall, class });
        let settled = match decision.events {
            Fate::Delivered => uuids,
            Fate::Dropped(cause) => {
                counters.lost(cause, count);
                uuids
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

impl Disk {
    /// Takes over what processes that ended left behind.
    fn adopt<C: Catalogue>(
        &mut self,
        shared: &Shared<C>,
        active: &Active,
        now: Duration,
        wall: Timestamp,
    ) -> io::Result<()> {
        self.adopt_at = now + limits::ADOPT_INTERVAL;
        let adopted = self.spool.adopt();
        let found = adopted.events.len();
        let (purposes, waiting): (Vec<Purpose>, Vec<Waiting>) = adopted
            .events
            .iter()
            .filter_map(|stored| {
                let (purpose, event) = decode_event::<C>(stored, active)?;
                // A clock that was set back makes nothing younger than new.
                let age = wall.since(stored.stored);
                Some((purpose, Waiting { event, since: now, age, stored: stored.stored, spooled: true }))
            })
            .unzip();
        // Into this process's own file first: until then the old files are what holds them.
        self.spool.append(&waiting, Under { epoch: active.scope.epoch, ids: C::SCHEMA.ids }, new_name)?;
        shared.counters.adopted(found + adopted.torn);
        shared.counters.lost(Loss::Damaged, adopted.torn);
        shared.counters.lost(Loss::NotCovered, found - waiting.len());
        adopted.remove();
        let mut state = shared.lock();
        if state.active.as_ref().is_none_or(|now| now.opening != active.opening) {
            // Turned off in the meantime, and whatever is open now is another decision.
            shared.counters.lost(Loss::TurnedOff, waiting.len());
            drop(state);
            let uuids: Vec<Uuid> = waiting.iter().map(|waiting| waiting.event.uuid).collect();
            return self.spool.settle(&uuids);
        }
        for (purpose, waiting) in purposes.into_iter().zip(waiting) {
            let which = state.lanes.which(purpose);
            let dropped = state.lanes.of_mut(which).outbox.push(waiting);
            shared.counters.lost(Loss::OutboxFull, dropped);
        }
        for (_, lane) in state.lanes.iter_mut() {
            let dropped = lane.outbox.expire(now, limits::MAX_AGE);
            shared.counters.lost(Loss::TooOld, dropped);
        }
        Ok(())
    }
}

/// The name of a new spool file.
fn new_name() -> Option<String> {
    random::<8>().map(|bytes| hex(&bytes))
}
