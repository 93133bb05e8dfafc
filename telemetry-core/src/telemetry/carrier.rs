//! Carriers: the threads that take requests to the servers, one for each lane, while there is something to send.
//!
//! They make a body, ask for a permit and wait for the answer, so that the worker does not have to: what comes in
//! meanwhile gets to the disk in time, and a server that hangs holds its own lane only. Under a backlog a carrier gets the
//! events of the next request while it waits for the answer, and goes on without a word to the worker if that is good.
//! They must never send without a [`SendPermit`], each request with one of its own, and never hold the state's lock while
//! the sink works.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, SendError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::destination::FailedAttempt;
use super::lane::{Lanes, Which};
use super::shared::{Active, Shared, State, random};
use crate::FailureClass;
use crate::aside::Sent;
use crate::catalogue::Catalogue;
use crate::coding::Coded;
use crate::event::{Batch, common};
use crate::limits;
use crate::outbox::Parcel;
use crate::permit::SendPermit;
use crate::retry::{Fate, Pause, PauseReason, Ready, Urgency, decide};
use crate::sent_log::SentLog;
use crate::signal::Signal;
use crate::sink::{Delivery, Outcome};
use crate::spool::Place;
use crate::stats::Loss;
use crate::store::StoreError;

/// One request to make.
pub(super) struct Job {
    pub(super) which: Which,
    pub(super) parcel: Parcel,
    pub(super) active: Active,
    pub(super) log: Arc<Mutex<SentLog>>,
    pub(super) order: Order,
}

/// Whether a request is the first, or was handed over while another one was under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    First,
    /// It is made if the one before it went well, and otherwise waits with the others.
    Next,
}

/// The carriers that are there.
pub(super) struct Carriers(Lanes<Option<Sender<Job>>>);

impl Carriers {
    /// None yet.
    pub(super) const fn none() -> Self {
        Self(Lanes::new(None, Some(None)))
    }

    /// Has a request made, by the lane's carrier, after those that it has already. Without a thread to be had it is made
    /// here.
    pub(super) fn carry<C: Catalogue>(&mut self, shared: &Arc<Shared<C>>, job: Job) {
        let carrier = self.0.of_mut(job.which);
        let left = match carrier.as_ref() {
            Some(known) => known.send(job).err().map(|SendError(job)| job),
            None => Some(job),
        };
        if let Some(job) = left {
            Self::start(carrier, shared, job);
        }
    }

    fn start<C: Catalogue>(carrier: &mut Option<Sender<Job>>, shared: &Arc<Shared<C>>, job: Job) {
        let (sender, jobs) = mpsc::channel();
        let theirs = Arc::clone(shared);
        let run = move || jobs.iter().for_each(|job| carry(&theirs, job));
        match thread::Builder::new().name("telemetry-send".into()).spawn(run) {
            Ok(_) => match sender.send(job) {
                Ok(()) => *carrier = Some(sender),
                Err(SendError(job)) => carry(shared, job),
            },
            Err(_) => carry(shared, job),
        }
    }

    /// Lets them go when they have done what they are at.
    pub(super) fn dismiss(&mut self) {
        for (_, carrier) in self.0.iter_mut() {
            *carrier = None;
        }
    }
}

fn carry<C: Catalogue>(shared: &Shared<C>, job: Job) {
    let Job { which, mut parcel, active, log, order } = job;
    if order == Order::Next {
        let mut state = shared.lock();
        if !follows(shared, &mut state, which, &parcel) {
            give_back(shared, &mut state, which, parcel, &active, order);
            drop(state);
            shared.changed.notify_all();
            shared.wake();
            return;
        }
    }
    // A panic in a store or a clock must not leave a request behind that only seems to be under way.
    let attempt = AssertUnwindSafe(|| attempt(shared, which, &mut parcel, &active, &log));
    let attempted = catch_unwind(attempt).unwrap_or_else(|_| Some(failed(FailureClass::SinkPanicked)));
    let Some(delivery) = attempted else {
        let mut state = shared.lock();
        wait_for_others(shared, &mut state, which);
        give_back(shared, &mut state, which, parcel, &active, Order::First);
        drop(state);
        shared.changed.notify_all();
        shared.wake();
        return;
    };
    let mut state = shared.lock();
    let (events, before) = (parcel.events.len(), state.lanes.of(which).history.breaker());
    land(&mut state, which, events);
    settle(shared, &mut state, which, &mut parcel, &active, delivery);
    let history = state.lanes.of(which).history;
    drop(state);
    // What was delivered takes as long to free as a lock should not be held.
    drop(parcel);
    shared.changed.notify_all();
    shared.wake();
    shared.tell(which, events, &delivery, before, history);
}

/// Somebody is changing the decision right now, or erases what was recorded under it: that is no failure, and takes a
/// moment.
fn wait_for_others<C: Catalogue>(shared: &Shared<C>, state: &mut State, which: Which) {
    let until = shared.setup.clock.elapsed().saturating_add(4 * limits::RECHECK);
    let lane = state.lanes.of_mut(which);
    lane.history = lane.history.learned(Pause { until, why: PauseReason::Failed });
    state.attempted(which);
}

/// These events are with the carrier no more.
fn land(state: &mut State, which: Which, events: usize) {
    let lane = state.lanes.of_mut(which);
    lane.in_flight = lane.in_flight.saturating_sub(events);
}

/// Whether a request that was handed over during another one may be made, and begins it if so: only after one that went
/// well, since what was known then does not hold any more otherwise.
fn follows<C: Catalogue>(shared: &Shared<C>, state: &mut State, which: Which, parcel: &Parcel) -> bool {
    let now = shared.setup.clock.elapsed();
    let wanted = state.flush_wanted;
    let lane = state.lanes.of_mut(which);
    lane.has_next = false;
    let may = matches!(lane.history.ready(now, Urgency::Ordinary), Ready::Send { most } if most >= parcel.events.len());
    if !may || now < lane.held_until || lane.outbox.has_tried() {
        return false;
    }
    lane.history = lane.history.begun(now);
    lane.attempt_for = wanted;
    true
}

/// Puts events that were not tried where they wait.
pub(super) fn give_back<C: Catalogue>(
    shared: &Shared<C>,
    state: &mut State,
    which: Which,
    mut parcel: Parcel,
    active: &Active,
    order: Order,
) {
    land(state, which, parcel.events.len());
    let is_open = state.active.as_ref().is_some_and(|now| now.opening == active.opening);
    if is_open && !state.keeper.is_finished() {
        let outbox = &mut state.lanes.of_mut(which).outbox;
        match order {
            Order::First => outbox.put_back(parcel),
            Order::Next => outbox.put_back_last(parcel),
        }
    } else {
        settle(shared, state, which, &mut parcel, active, Delivery::new(Outcome::Cancelled, None, 0));
    }
}

const fn failed(class: FailureClass) -> Delivery {
    Delivery::new(Outcome::Retry { after: None }, None, 0).because(class)
}

/// One request, from the lock to the answer in the sent log; nothing where the lock cannot be had now.
fn attempt<C: Catalogue>(
    shared: &Shared<C>,
    which: Which,
    parcel: &mut Parcel,
    active: &Active,
    log: &Mutex<SentLog>,
) -> Option<Delivery> {
    let guard = match shared.setup.store.share() {
        Ok(guard) => guard,
        Err(StoreError::Busy) => return None,
        Err(_) => return Some(failed(FailureClass::Disk)),
    };
    // From here on a withdrawal waits for this request or cancels it. Whether one came before is on disk: a withdrawal
    // in this process raises the signal from here on; one before it has closed the gate, or, in another process, has
    // stored its no.
    let still_on = || shared.is_stored(active);
    let Some(signal) = shared.lock().keeper.take_off(active.opening) else {
        return Some(Delivery::new(Outcome::Cancelled, None, 0));
    };
    let delivery = if still_on() {
        let permit = SendPermit::new(&signal, Instant::now() + limits::REQUEST_TIMEOUT, guard, &still_on);
        request(shared, which, parcel, active, log, &permit, &signal)
    } else {
        Delivery::new(Outcome::Cancelled, None, 0)
    };
    shared.lock().keeper.land(&signal);
    Some(delivery)
}

fn request<C: Catalogue>(
    shared: &Shared<C>,
    which: Which,
    parcel: &mut Parcel,
    active: &Active,
    log: &Mutex<SentLog>,
    permit: &SendPermit<'_>,
    signal: &Signal,
) -> Delivery {
    let setup = &shared.setup;
    let sink = setup.sinks.of(which);
    let at = setup.clock.now();
    let common = common(&C::SCHEMA, setup.deployment, active.scope.revision);
    // Lent to the batch, and not copied: they are many. Nothing may panic before they are back.
    let events = core::mem::take(&mut parcel.events);
    let batch = Batch { install_id: parcel.install_id, common, events };
    // A panic in a sink ends this attempt, not delivery.
    let made = catch_unwind(AssertUnwindSafe(|| {
        let body = sink.body(&batch, at);
        let compressed = if body.len() > limits::BATCH_BYTES { None } else { sink.compress(&body) };
        (body, compressed)
    }));
    parcel.events = batch.events;
    let Ok((body, compressed)) = made else { return failed(FailureClass::SinkPanicked) };
    if body.len() > limits::BATCH_BYTES {
        return Delivery::too_large_to_send();
    }
    if signal.is_raised() {
        return Delivery::new(Outcome::Cancelled, None, 0);
    }
    let log = || log.lock().unwrap_or_else(PoisonError::into_inner);
    // What cannot be shown to the person is not sent.
    let entry = log().sending(sink.destination().origin, &body, compressed.as_deref(), at);
    let Ok(entry) = entry else { return failed(FailureClass::Disk) };
    // From here on there is one form of the body only, whose size is the smaller one.
    let coded = match compressed {
        Some(bytes) => {
            drop(body);
            Coded::gzip(bytes)
        }
        None => Coded::plain(body),
    };
    let delivered = catch_unwind(AssertUnwindSafe(|| sink.deliver(coded, permit)));
    let mut delivery = delivered.unwrap_or_else(|_| failed(FailureClass::SinkPanicked));
    if delivery.outcome == Outcome::Cancelled && !signal.is_raised() {
        // Nobody took the permit away: its time was over.
        let outcome = Outcome::Retry { after: None };
        delivery = Delivery::new(outcome, None, delivery.wire_bytes).because(FailureClass::Timeout);
    }
    // Under the permit still, so that an erased log is not written to. The answer is a comfort, not a promise.
    let _ = log().answered(entry, &delivery);
    delivery
}

/// Draws the consequences of an attempt. What does not wait again is left in the parcel.
pub(super) fn settle<C: Catalogue>(
    shared: &Shared<C>,
    state: &mut State,
    which: Which,
    parcel: &mut Parcel,
    active: &Active,
    delivery: Delivery,
) {
    let counters = &shared.counters;
    let count = parcel.events.len();
    let places: Vec<Place> = parcel.places().collect();
    let now = shared.setup.clock.elapsed();
    let wall = shared.setup.clock.now();
    let before = state.lanes.of(which).history;
    let random = random().map_or(u32::MAX / 2, u32::from_ne_bytes);
    let sent = Sent { events: count, is_aside: parcel.is_aside };
    let decision = decide(&delivery, sent, before, now, random);
    let is_open = state.active.as_ref().is_some_and(|now| now.opening == active.opening);
    let (is_finished, is_undecided) = (state.keeper.is_finished(), state.is_undecided(active));
    let lane = state.lanes.of_mut(which);
    if let Some(hold) = delivery.hold {
        lane.held_until = now.saturating_add(hold);
    }
    if decision.events == Fate::Delivered {
        // The server has them, whatever was decided in the meantime.
        counters.delivered(count);
        (lane.last.success, lane.history) = (Some(wall), decision.destination);
        lane.outbox.forget(&places);
        return;
    }
    if (is_finished || !is_open) && delivery.outcome != Outcome::Cancelled {
        // What a server asks for holds, whatever was decided in the meantime, and for whoever sends next.
        lane.history = if is_open { decision.destination } else { decision.destination.redecided() };
    }
    if is_finished {
        counters.kept(places.len());
        counters.lost(Loss::Shutdown, count - places.len());
        return;
    }
    if !is_open && is_undecided {
        counters.kept(places.len());
        counters.lost(Loss::TurnedOff, count - places.len());
        state.set_aside(active, places.len());
        return;
    }
    if !is_open {
        counters.lost(Loss::TurnedOff, count);
        lane.outbox.forget(&places);
        return;
    }
    lane.history = decision.destination;
    if let Some(class) = delivery.failure().filter(|_| !delivery.is_unasked()) {
        counters.failed(class);
        lane.last.failure = Some(FailedAttempt { at: wall, class });
    }
    match decision.events {
        Fate::Delivered => {}
        Fate::Dropped(cause) => {
            counters.lost(cause, count);
            lane.outbox.forget(&places);
        }
        Fate::PutBack => lane.outbox.put_back(parcel.take()),
        Fate::PutAside => lane.outbox.put_aside(parcel.take()),
        Fate::Halved => lane.outbox.put_back_halved(parcel.take()),
    }
    // What was under way could not grow too old; now it can, before anybody takes it for something that still waits.
    counters.lost(Loss::TooOld, lane.outbox.expire(now, limits::MAX_AGE));
    if matches!(decision.events, Fate::PutBack | Fate::PutAside)
        || decision.destination.pause().is_some_and(|pause| pause.until > now)
    {
        // A flush has had its attempt, if it was asked for before the attempt.
        state.attempted(which);
    }
}
