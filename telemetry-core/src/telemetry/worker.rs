//! The worker: one plain thread that exists while telemetry is on.
//!
//! It encodes, gathers, asks for a permit, and lets the sink carry one request at a time. It must never send without
//! a [`SendPermit`], and never hold the state's lock while it reads a file or the sink works.

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::shared::{Active, Shared, State, install_id, random, sleep};
use crate::catalogue::Catalogue;
use crate::clock::Timestamp;
use crate::consent::machine::Consent;
use crate::event::{Batch, common};
use crate::limits;
use crate::outbox::Parcel;
use crate::permit::SendPermit;
use crate::retry;
use crate::sent_log::SentLog;
use crate::sink::{Delivery, Outcome};
use crate::stats::Loss;

/// Starts the worker. Without a thread to be had, nothing is sent and the queue drops its oldest.
pub(crate) fn start<C: Catalogue>(shared: &Arc<Shared<C>>, state: &mut State) {
    let worker = Worker { shared: Arc::clone(shared), log: None };
    if let Ok(handle) = thread::Builder::new().name("telemetry".into()).spawn(move || worker.run()) {
        *shared.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle.thread().clone());
        state.worker = Some(handle);
    }
}

struct Worker<C> {
    shared: Arc<Shared<C>>,
    /// The log of the identity with this directory name.
    log: Option<(String, SentLog)>,
}

/// What the worker does next.
#[expect(clippy::large_enum_variant, reason = "one of it, on the stack")]
enum Next {
    Send(Parcel, Active),
    Doze(Duration),
    Idle,
    End,
}

impl<C: Catalogue> Worker<C> {
    fn run(mut self) {
        let mut due = self.shared.setup.clock.elapsed() + self.shared.setup.flush_interval;
        loop {
            self.shared.sleep.store(sleep::AWAKE, Ordering::SeqCst);
            // Another process may have changed the decision; what it says is obeyed before anything is encoded.
            let stored = self.shared.setup.store.load();
            let mut state = self.shared.lock();
            if state.keeper.may_open() {
                self.shared.apply(&mut state, stored);
            }
            self.shared.drain_queue(&mut state);
            match self.next(&mut state, &mut due) {
                Next::Send(parcel, active) => {
                    drop(state);
                    self.send(parcel, &active);
                }
                Next::Doze(time) => {
                    drop(state);
                    self.sleep(sleep::DOZING, Some(time));
                }
                Next::Idle => {
                    drop(state);
                    self.sleep(sleep::IDLE, None);
                    // Whatever woke it starts a new interval.
                    due = self.shared.setup.clock.elapsed() + self.shared.setup.flush_interval;
                }
                Next::End => {
                    self.end(state);
                    return;
                }
            }
        }
    }

    fn end(&self, mut state: MutexGuard<'_, State>) {
        *self.shared.waker.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // Dropping the handle of the running thread detaches it; it ends right after this.
        state.worker = None;
        state.flush_done = state.flush_wanted;
        self.shared.changed.notify_all();
    }

    fn next(&self, state: &mut State, due: &mut Duration) -> Next {
        let Some(active) = state.active.clone() else { return Next::End };
        let now = self.shared.setup.clock.elapsed();
        if state.refused {
            let lost = state.outbox.clear();
            self.shared.counters.lost(Loss::Refused, lost);
        }
        let flushing = state.flush_done < state.flush_wanted;
        let paused = now < state.paused_until && (!flushing || state.pause_is_asked);
        if state.outbox.is_empty() || (flushing && paused) {
            // Nothing that a flush could still do.
            state.flush_done = state.flush_wanted;
            self.shared.changed.notify_all();
        }
        if state.outbox.is_empty() {
            return Next::Idle;
        }
        let is_due = flushing || now >= *due || state.outbox.len() >= limits::BATCH_EVENTS;
        if paused {
            return Next::Doze(state.paused_until.saturating_sub(now));
        }
        if !is_due {
            return Next::Doze(due.saturating_sub(now));
        }
        let wall = self.shared.setup.clock.now();
        let Some(fresh) = install_id(C::SCHEMA.identity, &active.grant, wall) else {
            return Next::Doze(limits::FLUSH_INTERVAL);
        };
        match state.outbox.take(|| fresh) {
            Some(parcel) => {
                state.in_flight = parcel.events.len();
                *due = now + self.shared.setup.flush_interval;
                Next::Send(parcel, active)
            }
            None => Next::Idle,
        }
    }

    /// Sleeps unless something came up since the worker looked last.
    ///
    /// `track` pushes and then looks at `sleep`; this stores `sleep` and then looks at the queue, all sequentially
    /// consistent. So one of the two sees the other, and no event is left behind by a sleeping worker.
    fn sleep(&self, how: u8, time: Option<Duration>) {
        self.shared.sleep.store(how, Ordering::SeqCst);
        let backlog = self.shared.queued();
        let wanted = match how {
            sleep::IDLE => backlog > 0,
            _ => backlog >= limits::WAKE_AT,
        };
        if wanted {
            return;
        }
        // Flush, withdrawal and shutdown unpark under no lock that is needed here; an unpark that comes before the
        // park makes it return at once.
        match time {
            Some(time) => thread::park_timeout(time),
            None => thread::park(),
        }
    }

    fn send(&mut self, parcel: Parcel, active: &Active) {
        let delivery = self.attempt(&parcel, active);
        let mut state = self.shared.lock();
        state.keeper.land();
        state.in_flight = 0;
        self.settle(&mut state, parcel, active, delivery);
    }

    /// One request, from the permit to the answer in the sent log.
    fn attempt(&mut self, parcel: &Parcel, active: &Active) -> Delivery {
        let shared = Arc::clone(&self.shared);
        let setup = &shared.setup;
        let failed = Delivery::new(Outcome::Retry { after: None }, None, 0);
        let Ok(guard) = setup.store.share() else { return failed };
        // From here on a withdrawal waits for this request or cancels it. Whether one came before is on disk.
        let still_on = || {
            setup.store.load().is_ok_and(|stored| {
                stored.decision.epoch == active.scope.epoch && matches!(stored.decision.consent, Consent::Granted(_))
            })
        };
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
        let body = setup.sink.body(&batch, at);
        if body.len() > limits::BATCH_BYTES {
            return Delivery::new(Outcome::TooLarge, None, 0);
        }
        let log = self.log(active, at);
        // What cannot be shown to the person is not sent.
        let Ok(entry) = log.sending(&body, at) else { return failed };
        // A panic in a sink ends this attempt, not delivery.
        let delivery = catch_unwind(AssertUnwindSafe(|| setup.sink.deliver(&body, &permit))).unwrap_or(failed);
        // Under the permit still, so that an erased log is not written to. The answer is a comfort, not a promise.
        let _ = log.answered(entry, &delivery);
        drop(permit);
        delivery
    }

    fn log(&mut self, active: &Active, now: Timestamp) -> &mut SentLog {
        let name = active.grant.identity.directory();
        if self.log.as_ref().is_none_or(|(known, _)| *known != name) {
            self.log = None;
        }
        let data = &self.shared.setup.data;
        let (_, log) = self.log.get_or_insert_with(|| {
            let log = SentLog::open(data.join(&name), now);
            (name, log)
        });
        log
    }

    /// Draws the consequences of an attempt.
    fn settle(&self, state: &mut State, parcel: Parcel, active: &Active, delivery: Delivery) {
        let counters = &self.shared.counters;
        let count = parcel.events.len();
        let now = self.shared.setup.clock.elapsed();
        let wall = self.shared.setup.clock.now();
        if delivery.outcome == Outcome::Accepted {
            // The server has them, whatever was decided in the meantime.
            counters.delivered(count);
            state.last_success = Some(wall);
            state.failures = 0;
            state.pause_is_asked = false;
            state.paused_until = Duration::ZERO;
            return;
        }
        if state.active.as_ref().is_none_or(|now| now.opening != active.opening) {
            counters.lost(if state.keeper.is_finished() { Loss::Shutdown } else { Loss::TurnedOff }, count);
            return;
        }
        let mut halve = |parcel: Parcel, cause: Loss| {
            if state.outbox.put_back_halved(parcel).is_err() {
                counters.lost(cause, 1);
            }
        };
        let failure = match delivery.outcome {
            Outcome::Accepted => return,
            Outcome::Discarded { pause } => {
                counters.lost(Loss::Quota, count);
                state.paused_until = now + pause;
                state.pause_is_asked = true;
                "over quota"
            }
            Outcome::TooLarge => {
                halve(parcel, Loss::TooLarge);
                "too large"
            }
            Outcome::Rejected => {
                halve(parcel, Loss::Rejected);
                "rejected"
            }
            Outcome::Refused => {
                counters.lost(Loss::Refused, count);
                state.refused = true;
                "key refused"
            }
            Outcome::Retry { after } => {
                state.outbox.put_back(parcel);
                self.pause(state, now, after);
                "not reached"
            }
            Outcome::Cancelled => {
                state.outbox.put_back(parcel);
                self.pause(state, now, None);
                "cancelled"
            }
        };
        state.last_failure = Some((wall, failure));
    }

    fn pause(&self, state: &mut State, now: Duration, asked: Option<Duration>) {
        state.failures = state.failures.saturating_add(1);
        let random = random().map_or(u32::MAX / 2, u32::from_ne_bytes);
        state.paused_until = now + retry::delay(state.failures, asked, random);
        state.pause_is_asked = asked.is_some();
        // A flush has had its attempt.
        state.flush_done = state.flush_wanted;
        self.shared.changed.notify_all();
    }
}
