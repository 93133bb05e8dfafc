//! The handle: the one value that an application owns and tracks events with.

mod builder;
mod carrier;
mod change;
mod closing;
mod crash;
mod describe;
mod destination;
mod disk;
mod doze;
mod erase;
mod forget;
mod gate;
pub(crate) mod lane;
mod language;
mod measures;
mod note;
mod panic_hook;
mod panics;
mod questions;
mod queue;
mod renewal;
mod shared;
mod sleep;
mod status;
mod turn;
mod withdrawal;
mod worker;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

pub use builder::Builder;
pub use change::{GrantError, Question};
pub use destination::{DestinationStatus, FailedAttempt, PauseStatus};
pub use forget::{DeletionRequest, Forgotten, NothingToName};
pub use renewal::{Offer, Renewal, RenewalQuestion};
pub use status::{Status, StatusReason};
pub use withdrawal::Withdrawal;

use crate::catalogue::coverage::EventCoverage;
use crate::catalogue::{Catalogue, EventSchema, Fields};
use crate::clock::Timestamp;
use crate::consent::effective::State as ConsentState;
use crate::consent::machine::{Consent, Grant};
use crate::event::{Batch, Covered, Event, Uuid, common, encode, report};
use crate::limits;
use crate::property::{Kind, Repr};
use crate::pseudonym::Pseudonyms;
use crate::sent_log::{SentEntry, SentLog};
use crate::stats::{Loss, Stats};
use gate::Gate;
use lane::Which;
use queue::{Queued, Side, Stamp};
use shared::{Shared, encode_event, install_id, purpose_of};

/// Consented telemetry for the events of the catalogue `C`.
///
/// Cheap to clone; all clones are one, and threads that track at the same time do it fastest with a clone each. Nothing happens before a person has agreed: no thread, no socket, no look-up,
/// no file besides reading the stored decision and the machine's policy. Dropping the last clone returns at once and
/// sends nothing; call [`shutdown`](Self::shutdown) to deliver what is queued.
///
/// [`track`](Self::track), [`is_on`](Self::is_on) and [`stats`](Self::stats) are for any thread. Everything that reads or
/// changes the decision, shows what is on disk, or delivers, reads and writes files and may wait: for a store, for two
/// seconds until no other process sends any more, for a deadline that it is given. In an asynchronous program call it
/// from a thread for blocking work, with a clone of the handle.
pub struct Telemetry<C: Catalogue> {
    shared: Arc<Shared<C>>,
    alive: Arc<Alive<C>>,
    side: Side,
}

/// Dropped with the last handle; the worker does not hold it.
struct Alive<C: Catalogue>(Arc<Shared<C>>);

impl<C: Catalogue> Drop for Alive<C> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        // The worker, which nobody waits for, puts what is left on disk if it still gets the time.
        self.0.end(&mut state);
        drop(state);
        self.0.wake();
    }
}

impl<C: Catalogue> Clone for Telemetry<C> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            alive: Arc::clone(&self.alive),
            side: self.shared.queue.another_side(),
        }
    }
}

impl<C: Catalogue> fmt::Debug for Telemetry<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("app", &C::SCHEMA.app).field("is_on", &self.is_on()).finish_non_exhaustive()
    }
}

impl<C: Catalogue> Telemetry<C> {
    /// Records one event, if a person agreed to it.
    ///
    /// Never blocks, never allocates, never fails. While telemetry is off this is one atomic load. While it is on,
    /// the value is pushed into a bounded queue; when that is full the oldest event makes room and is counted.
    ///
    /// # Privacy
    ///
    /// Only what [`Catalogue`] can describe can be recorded, and nothing is recorded before a grant.
    #[inline]
    pub fn track(&self, event: C) {
        let gate = self.shared.gate.look();
        if gate != 0 {
            self.record(gate, event);
        }
    }

    /// Records the event that `event` makes, which is called only while telemetry is on.
    #[inline]
    pub fn track_with(&self, event: impl FnOnce() -> C) {
        let gate = self.shared.gate.look();
        if gate != 0 {
            self.record(gate, event());
        }
    }

    fn record(&self, gate: u32, event: C) {
        let shared = &*self.shared;
        let purposes = crate::Purposes::from_bits(Gate::purposes(gate));
        if purposes != shared.purposes && !purpose_of(&event).is_some_and(|purpose| purposes.contains(purpose)) {
            return;
        }
        let stamp = Stamp::new(Gate::opening(gate), shared.recent_millis());
        let pushed = shared.queue.push(self.side, Queued { event, stamp });
        if pushed.dropped {
            shared.counters.lost(Loss::QueueFull, 1);
        }
        if pushed.wakes {
            shared.wake();
        }
    }

    /// Whether events are being recorded right now, by this process's knowledge; [`status`](Self::status) reads the
    /// stored decision again.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.shared.gate.look() != 0
    }

    /// Whether this build has a key for any purpose. Without one telemetry is unavailable and the question is not shown.
    #[must_use]
    pub fn has_analytics_configured(&self) -> bool {
        !self.shared.setup.destinations().is_empty()
    }

    /// What became of the events so far, in this process.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let state = self.shared.lock();
        self.shared.counters.snapshot(self.shared.queued(), state.waiting())
    }

    /// Reads the stored decision, the environment and the policy again, and opens or closes the gate accordingly.
    ///
    /// The sending side does this by itself. A service that runs in several processes calls it now and then (per
    /// request is fine, it reads one small file), so that a yes in one process starts recording in the others.
    pub fn refresh(&self) {
        let switches = self.shared.numbered_switches();
        let stored = self.shared.setup.store.load();
        let before = self.shared.gate.look();
        let mut state = self.shared.lock();
        state.take_switches(switches);
        if self.shared.apply(&mut state, stored) {
            worker::start(&self.shared, &mut state);
        }
        drop(state);
        self.shared.crash.sweep();
        // A worker whose gate has closed must end; one with nothing new to see sleeps on.
        if self.shared.gate.look() != before {
            self.shared.wake();
        }
    }

    /// Delivers what is queued, for at most `deadline`.
    ///
    /// Makes one attempt per batch and comes back early when there is nothing more to do. The deadline is absolute,
    /// the request under way included; what was not delivered stays queued.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn flush(&self, deadline: Duration) -> FlushReport {
        let until = Instant::now() + deadline.min(limits::LONGEST_WAIT);
        let before = self.shared.counters.delivered_so_far();
        let mut state = self.shared.lock();
        let mut ended = FlushEnd::Off;
        if state.worker.is_some() {
            state.flush_wanted += 1;
            let ticket = state.flush_wanted;
            self.shared.wake();
            ended = FlushEnd::Finished;
            while state.flush_done < ticket {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    ended = FlushEnd::Deadline;
                    break;
                }
                state = self.shared.wait(state, left);
            }
        }
        let remaining = self.shared.queued() + state.waiting();
        FlushReport { delivered: self.shared.counters.delivered_so_far() - before, remaining: remaining as u64, ended }
    }

    /// Delivers what is queued for at most `deadline`, and then stops for good, in all clones.
    ///
    /// Bounded absolutely: at the deadline the request under way is cancelled. What was not delivered stays on disk for
    /// the next process; what could not be written there is counted as lost to the shutdown.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn shutdown(&self, deadline: Duration) -> FlushReport {
        let report = self.flush(deadline);
        let until = Instant::now() + limits::LAST_SPOOLING;
        let mut state = self.shared.lock();
        self.shared.end(&mut state);
        self.shared.wake();
        while state.worker.is_some() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // A sink that does not let go. What is on disk stays there.
                self.shared.close(&mut state);
                break;
            }
            state = self.shared.wait(state, left);
        }
        report
    }

    /// The exact body that `event` would be sent in, by itself, right now.
    ///
    /// Works in every state and in memory only. Under a grant the identifiers are the real ones and the event is
    /// stripped to what was agreed to (`None` if nothing of it was); before, they are zeros and nothing is stripped.
    #[must_use]
    pub fn preview(&self, event: &C) -> Option<String> {
        let now = self.shared.setup.clock.now();
        let state = self.shared.lock();
        let (encoded, install_id, revision) = if let Some(active) = &state.active {
            let pseudonyms = Pseudonyms::under(active.grant.identity.id_key);
            let (_, encoded) =
                encode_event(event, now, active, Uuid::random([0; 16]), &pseudonyms, &mut Fields::new())?;
            (encoded, install_id(C::SCHEMA.identity, &active.grant, now)?, active.scope.revision)
        } else {
            let schema = C::EVENTS.get(event.position())?;
            let mut read = Fields::new();
            event.read(&mut read);
            (unstripped::<C>(schema, &read, now)?, Uuid::random([0; 16]), C::SCHEMA.revision)
        };
        drop(state);
        let which = self.shared.setup.sinks.which(purpose_of(event)?);
        Some(self.body(which, vec![encoded], install_id, revision))
    }

    /// The exact body of an example of each event, by name, as [`preview`](Self::preview) would show it before a
    /// grant. Each closed property has its first value and each id is zero.
    pub fn examples(&self) -> impl Iterator<Item = (&'static str, String)> {
        let now = self.shared.setup.clock.now();
        C::EVENTS.iter().filter_map(move |schema| {
            let first = Fields::of(schema.properties.iter().map(|property| match property.domain.kind() {
                Kind::Id(_) => Repr::Row(0),
                Kind::Boolean | Kind::Closed(_) => Repr::Position(0),
            }));
            let event = unstripped::<C>(schema, &first, now)?;
            let which = self.shared.setup.sinks.which(schema.purpose);
            Some((schema.name, self.body(which, vec![event], Uuid::random([0; 16]), C::SCHEMA.revision)))
        })
    }

    /// The exact bodies of everything in memory that waits to be sent, up to one request's worth of identifiers: one for each
    /// sink that anything waits for, or as many as a sink needs that holds fewer events in one.
    #[must_use]
    pub fn waiting(&self) -> Vec<String> {
        let now = self.shared.setup.clock.now();
        let until = Instant::now() + limits::IN_HAND;
        let mut state = self.shared.lock();
        // What the worker is putting on disk can be seen a moment later.
        while state.lanes.iter().any(|(_, lane)| lane.in_hand > 0) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.shared.wait(state, left);
        }
        self.shared.drain_queue(&mut state);
        let active = state.active.clone();
        let lanes = state.lanes.map(|lane| lane.events().cloned().collect::<Vec<Event>>());
        drop(state);
        // What was taken out of the queue here is the worker's to send.
        self.shared.wake();
        let Some(active) = active else { return Vec::new() };
        let Some(install_id) = install_id(C::SCHEMA.identity, &active.grant, now) else { return Vec::new() };
        let bodies = lanes.iter().flat_map(|(which, events)| {
            let most = self.shared.setup.sinks.of(which).most_events().max(1);
            events.chunks(most).map(move |events| (which, events.to_vec()))
        });
        bodies.map(|(which, events)| self.body(which, events, install_id, active.scope.revision)).collect()
    }

    fn body(&self, which: Which, events: Vec<Event>, install_id: Uuid, revision: u32) -> String {
        let setup = &self.shared.setup;
        let batch = Batch { install_id, common: common(&C::SCHEMA, setup.deployment, revision), events };
        let body = setup.sinks.of(which).body(&batch, setup.clock.now());
        String::from_utf8_lossy(&body).into_owned()
    }

    /// The requests of the running grant with their exact bytes, oldest first: the newest, as far as the log's bounds of size
    /// and age go. Empty after a withdrawal: the log goes
    /// with the identity.
    #[must_use]
    pub fn sent_log(&self) -> Vec<SentEntry> {
        let setup = &self.shared.setup;
        let read = |grant: Grant| SentLog::read(&setup.data.join(grant.identity.directory()), setup.clock.now());
        self.stored_grant().map_or_else(Vec::new, read)
    }

    /// Removes the entries of the sent log.
    ///
    /// # Errors
    ///
    /// A file could not be removed.
    pub fn clear_sent_log(&self) -> std::io::Result<()> {
        self.stored_grant()
            .map_or(Ok(()), |grant| SentLog::clear(&self.shared.setup.data.join(grant.identity.directory())))
    }

    fn stored_grant(&self) -> Option<Grant> {
        match self.shared.setup.store.load().ok()?.decision.consent {
            Consent::Granted(grant) => Some(grant),
            _ => None,
        }
    }

    /// The state as a person is shown it; the same facts as the gate's.
    #[must_use]
    pub fn state(&self) -> ConsentState {
        self.status().state
    }
}

/// An event by itself, outside of any grant: nothing is stripped, and ids are pseudonyms under a key of zeros.
fn unstripped<C: Catalogue>(schema: &'static EventSchema, read: &Fields, at: Timestamp) -> Option<Event> {
    let covered = Covered { of_event: &EventCoverage::WHOLE, pseudonyms: &Pseudonyms::default(), ids: C::SCHEMA.ids };
    let fields = encode(schema, read, at, covered)?;
    let report = report(schema, C::SCHEMA.crates, read, &fields);
    Some(Event { uuid: Uuid::random([0; 16]), name: schema.name, at: at.coarse(C::SCHEMA.resolution), fields, report })
}

/// What a flush did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushReport {
    /// Events that were delivered in the meantime.
    pub delivered: u64,
    /// Events that still wait.
    pub remaining: u64,
    /// Why it came back.
    pub ended: FlushEnd,
}

/// Why a flush came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushEnd {
    /// Telemetry is off: there was nothing to do.
    Off,
    /// All was tried once; what remains could not be delivered now.
    Finished,
    /// The deadline passed.
    Deadline,
}
