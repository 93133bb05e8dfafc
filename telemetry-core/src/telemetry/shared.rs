//! What the handle and the worker share: the gate, the queue, and the state behind one lock.
//!
//! Owns the rule that the gate opens only through [`Shared::apply`], which asks
//! [`effective`](crate::consent::effective()) and nothing else.

use core::time::Duration;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, Thread};

use super::closing::Suspended;
use super::crash::CrashSlot;
use super::gate::{Gate, Gatekeeper};
use super::lane::{Lane, Lanes, Which};
#[cfg(feature = "metrics")]
use super::measures::Published;
use super::questions::Questions;
use super::queue::Queue;
use crate::catalogue::coverage::Coverage;
use crate::catalogue::lock::Lock;
use crate::catalogue::{Catalogue, EventSet, Fields, Identity};
use crate::clock::{Time, Timestamp};
use crate::consent::Destinations;
use crate::consent::effective::{Effective, Facts, FaultKind, Process, Scope, effective};
use crate::consent::machine::{Consent, Grant};
use crate::consent::receipt::DestinationShown;
use crate::digest::{head, keyed};
use crate::event::{Covered, Event, Uuid, decode, encode, report};
use crate::kill_switch::{KillSwitches, ProgramKind};
use crate::limits;
use crate::outbox::Waiting;
use crate::pseudonym::Pseudonyms;
use crate::purpose::{Purpose, Purposes};
use crate::report::{Fingerprint, Limiter};
use crate::sink::Sink;
use crate::spool::{StoredEvent, Today};
use crate::stats::{Counters, Loss};
use crate::store::{Store, Stored};
use crate::{Deployment, DropPolicy};

/// The first four are all that `track` looks at, besides the queue that it pushes into. They lie in one line of the
/// processor's cache, and nothing that is often written lies in it: a program that tracks once in a while finds none of
/// them in the cache, and each line that it has to wait for costs more than everything else that a call does.
#[repr(C, align(128))]
pub(crate) struct Shared<C> {
    pub(crate) gate: Gate,
    /// The purposes that the catalogue has events for, as the setup has them.
    pub(crate) purposes: Purposes,
    /// Whether the setup's clock is the system's.
    pub(crate) has_system_clock: bool,
    pub(crate) queue: Queue<C>,
    pub(crate) setup: Setup,
    pub(crate) counters: Counters,
    #[cfg(feature = "metrics")]
    pub(crate) published: Published,
    pub(crate) waker: Mutex<Option<Thread>>,
    /// Counts how often the kill switches were read.
    pub(crate) readings: AtomicU64,
    /// Counts the spools that were opened.
    pub(crate) spools: AtomicU16,
    /// Tells what this process notes from what others do; 0 as long as it needs none.
    pub(crate) number: AtomicU64,
    pub(crate) state: Mutex<State>,
    pub(crate) changed: Condvar,
    /// How often each cause was reported.
    pub(crate) reports: Mutex<Limiter>,
    /// Where the panic hook writes.
    pub(crate) crash: CrashSlot,
}

const _: () = assert!(core::mem::offset_of!(Shared<()>, setup) <= 64);

/// What the builder fixed.
pub(crate) struct Setup {
    pub(crate) store: Box<dyn Store>,
    /// Where each lane ends.
    pub(crate) sinks: Lanes<Arc<dyn Sink>>,
    pub(crate) clock: Time,
    /// When the handle was made, by both clocks.
    pub(crate) began: (Timestamp, Duration),
    /// Holds the directories of the identities' data.
    pub(crate) data: PathBuf,
    pub(crate) deployment: Deployment,
    pub(crate) program: ProgramKind,
    pub(crate) policy_files: Vec<PathBuf>,
    pub(crate) flush_interval: Duration,
    pub(crate) when_full: DropPolicy,
    /// The purposes that the catalogue has events for.
    pub(crate) purposes: Purposes,
    /// The list of events of this build.
    pub(crate) list: Lock,
    /// Held by whoever erases data, which may take its time.
    pub(crate) erasing: Mutex<()>,
    /// How many directories and files of data could not be removed.
    pub(crate) not_erased: AtomicUsize,
}

impl Setup {
    /// What the time of day would be, at `now` by the clock that does not jump, had it not jumped since the beginning.
    pub(crate) fn unjumped(&self, now: Duration) -> Timestamp {
        let (wall, elapsed) = self.began;
        wall.plus(now.saturating_sub(elapsed))
    }

    /// The sink of this purpose.
    pub(crate) fn sink(&self, purpose: Purpose) -> &Arc<dyn Sink> {
        self.sinks.of(self.sinks.which(purpose))
    }

    /// Where this build sends the events of each purpose that it has any of, in the form that receipts hold; a purpose
    /// whose sink has no key is not in it.
    pub(crate) fn destinations(&self) -> Destinations {
        let shown = |purpose: Purpose| {
            let destination = self.sink(purpose).destination();
            let key_fingerprint = destination.key_fingerprint?;
            Some((purpose, DestinationShown { origin: destination.origin.to_owned(), key_fingerprint }))
        };
        self.purposes.iter().filter_map(shown).collect()
    }
}

/// Everything that changes and is not on the hot path.
pub(crate) struct State {
    pub(crate) stored: Result<Stored, FaultKind>,
    /// Opens and closes the gate.
    pub(crate) keeper: Gatekeeper,
    pub(crate) switches: KillSwitches,
    /// The number of the reading that they are from.
    pub(crate) switches_number: u64,
    /// What is open now.
    pub(crate) active: Option<Active>,
    /// What is unsent could not be written to disk lately.
    pub(crate) spool_fails: bool,
    /// Events that stayed on disk when they were suspended, and were not found there again yet.
    pub(crate) suspended: Suspended,
    /// One for each sink.
    pub(crate) lanes: Lanes<Lane>,
    /// Under the id key of what is open.
    pub(crate) pseudonyms: Pseudonyms,
    pub(crate) worker: Option<JoinHandle<()>>,
    pub(crate) flush_wanted: u64,
    pub(crate) flush_done: u64,
    pub(crate) questions: Questions,
}

/// What is open, and under which number.
#[derive(Debug, Clone)]
pub(crate) struct Active {
    pub(crate) scope: Scope,
    pub(crate) grant: Arc<Grant>,
    /// What of this build's list the grant covers.
    pub(crate) coverage: Arc<Coverage>,
    pub(crate) opening: u32,
}

impl State {
    /// Takes over a reading of the kill switches, unless it was begun before the one that is known: two threads read
    /// outside of the lock, and the slower one must not bring back what has changed.
    pub(crate) fn take_switches(&mut self, (number, switches): (u64, KillSwitches)) {
        if number >= self.switches_number {
            (self.switches_number, self.switches) = (number, switches);
        }
    }

    /// How many encoded events wait, those in a request under way included.
    pub(crate) fn waiting(&self) -> usize {
        self.lanes.iter().map(|(_, lane)| lane.waiting()).sum()
    }

    /// Whether a request is under way in any lane.
    pub(crate) fn is_sending(&self) -> bool {
        self.lanes.iter().any(|(_, lane)| lane.in_flight > 0)
    }

    /// The purposes whose server has refused the key.
    pub(crate) fn refused(&self) -> Purposes {
        let refused = self.lanes.iter().filter(|(_, lane)| lane.history.is_key_refused());
        refused.map(|(which, _)| self.lanes.purposes(which)).fold(Purposes::NONE, Purposes::union)
    }

    /// Notes that there is nothing more that a flush could do in this lane.
    pub(crate) fn flushed(&mut self, which: Which) {
        self.flushed_up_to(which, self.flush_wanted);
    }

    /// The same for the flushes that were wanted when the request under way began.
    pub(crate) fn attempted(&mut self, which: Which) {
        self.flushed_up_to(which, self.lanes.of(which).attempt_for);
    }

    fn flushed_up_to(&mut self, which: Which, flush: u64) {
        let lane = self.lanes.of_mut(which);
        lane.flushed = lane.flushed.max(flush);
        self.flush_done = self.lanes.iter().map(|(_, lane)| lane.flushed).min().unwrap_or(self.flush_wanted);
    }
}

impl<C: Catalogue> Shared<C> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under the lock (in a clock or a random source) leaves counts at worst one event apart.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by the clock that does not jump, in milliseconds, for `track`: what the worker found when it looked last,
    /// where that was lately, since to ask the system takes longer than everything else that a call does. A clock that was
    /// given may be moved between two calls, and so is asked each time.
    #[inline]
    pub(crate) fn recent_millis(&self) -> u64 {
        match self.queue.time() {
            Some(time) if self.has_system_clock => time,
            _ => self.millis(),
        }
    }

    /// The same, asked for now.
    #[cold]
    pub(crate) fn millis(&self) -> u64 {
        u64::try_from(self.setup.clock.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A number that tells what this process notes from what others do.
    pub(crate) fn number(&self) -> u64 {
        let random = || random().map_or(0, u64::from_ne_bytes);
        match self.number.load(Ordering::Relaxed) {
            0 => {
                self.number.store(random(), Ordering::Relaxed);
                self.number.load(Ordering::Relaxed)
            }
            number => number,
        }
    }

    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn wake(&self) {
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = waker.as_ref() {
            thread.unpark();
        }
    }

    /// The facts as they are known now.
    pub(crate) fn facts<'a>(&'a self, state: &'a State) -> Facts<'a> {
        let decision = match &state.stored {
            Ok(stored) => Ok((stored.decision.epoch, &stored.decision.consent)),
            Err(kind) => Err(*kind),
        };
        Facts::new(self.setup.destinations(), state.switches, decision, self.setup.purposes, &self.setup.list)
            .in_process(Process {
                held: state.keeper.is_held(),
                finished: state.keeper.is_finished(),
                refused: state.refused(),
            })
    }

    /// Takes over what was read from the store and opens or closes the gate accordingly. The only place that opens
    /// it. Returns whether a worker is needed and not there.
    pub(crate) fn apply(&self, state: &mut State, stored: Result<Stored, FaultKind>) -> bool {
        // Whatever is decided from now on is for the next process.
        if state.keeper.is_finished() {
            return false;
        }
        // Read before somebody else's newer decision was taken over: an old yes must not come back.
        if let Ok(Stored { decision, .. }) = &stored
            && !state.keeper.accepts(decision.epoch, matches!(decision.consent, Consent::Granted(_)))
        {
            return false;
        }
        state.stored = stored;
        let answer = if state.keeper.may_open() { effective(&self.facts(state)) } else { Effective::Off(Vec::new()) };
        let wanted = match (&answer, &state.stored) {
            (Effective::On(scope), Ok(Stored { decision, .. })) => match &decision.consent {
                Consent::Granted(grant) => Some((*scope, grant.clone())),
                _ => None,
            },
            _ => None,
        };
        match wanted {
            None => {
                self.close(state);
                false
            }
            Some((scope, grant)) => {
                match &mut state.active {
                    Some(active) if active.scope == scope && *active.grant == grant => {}
                    // A server has refused the key of its purposes: the others go on as they are.
                    Some(active) if *active.grant == grant && active.scope.is_narrowed_to(scope) => {
                        active.scope = scope;
                        state.keeper.narrow(&self.gate, scope.purposes.bits());
                        self.purge_refused(state);
                    }
                    _ => {
                        self.close(state);
                        self.queue.make();
                        let opening = state.keeper.open(&self.gate, scope.purposes.bits());
                        let coverage = Arc::new(Coverage::of(C::EVENTS, &grant.agreed.list));
                        state.active = Some(Active { scope, grant: Arc::new(grant), coverage, opening });
                    }
                }
                state.worker.is_none()
            }
        }
    }

    /// Whether the store still holds the decision that is open, and no policy denies it in the meantime.
    pub(crate) fn is_stored(&self, active: &Active) -> bool {
        !self.switches().is_off()
            && self.setup.store.load().is_ok_and(|stored| {
                stored.decision.epoch == active.scope.epoch && matches!(stored.decision.consent, Consent::Granted(_))
            })
    }

    /// What the environment and the policy say now.
    pub(crate) fn switches(&self) -> KillSwitches {
        KillSwitches::read(C::SCHEMA.app, self.setup.program, &self.setup.policy_files)
    }

    /// The same, with a number that says when it was read, for [`State::take_switches`].
    pub(crate) fn numbered_switches(&self) -> (u64, KillSwitches) {
        let number = self.readings.fetch_add(1, Ordering::Relaxed);
        (number, self.switches())
    }

    /// Begins the end: nothing is recorded or sent any more. The worker, where there is one, puts what is left on disk
    /// and ends.
    pub(crate) fn end(&self, state: &mut State) {
        state.keeper.finish();
        state.keeper.close(&self.gate);
        if state.worker.is_none() {
            self.close(state);
        }
    }

    /// Waits until something changed, for at most this long.
    pub(crate) fn wait<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, time).map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state)
    }

    /// Encodes what is in the queue for the lanes, as far as what is open now covers it.
    pub(crate) fn drain_queue(&self, state: &mut State) {
        let Some(active) = state.active.clone() else {
            self.purge_closed(state);
            return;
        };
        let (now, wall) = (self.setup.clock.elapsed(), self.setup.clock.now());
        // One random part for all events of this round: see `Uuid::counted`. Where nothing may link the events of two
        // requests, not even that.
        let Some(mut run) = random::<16>() else { return };
        let mut n = 0;
        let pseudonyms = std::mem::take(&mut state.pseudonyms).or_under(&active.grant.identity.id_key);
        // Bounded, so that a look at what waits cannot pile up what the worker does not come to.
        let fresh: usize = state.lanes.iter().map(|(_, lane)| lane.fresh.len()).sum();
        let (mut taken, mut read) = (0, Fields::new());
        let room = limits::QUEUE_EVENTS.saturating_sub(fresh);
        // Most are of this lane, and making room step by step would copy them.
        state.lanes.of_mut(Which::General).fresh.reserve(self.queued().min(room));
        for queued in self.queue.drain().take(room) {
            taken += 1;
            if queued.stamp.opening() != u64::from(active.opening) {
                self.counters.lost(Loss::TurnedOff, 1);
                continue;
            }
            if C::SCHEMA.identity == Identity::None {
                run = random().unwrap_or(run);
            }
            // Counted back from now, so that a correction of the time of day in between corrects these as well.
            let at = wall.minus(now.saturating_sub(queued.stamp.elapsed()));
            match encode_event(&queued.event, at, &active, Uuid::counted(run, n), &pseudonyms, &mut read) {
                Some((_, event)) if !self.may_report(&event, now) => self.counters.lost(Loss::Repeated, 1),
                Some((purpose, event)) => {
                    let lane = state.lanes.of_mut(state.lanes.which(purpose));
                    if now < lane.held_until {
                        self.counters.lost(Loss::Quota, 1);
                        continue;
                    }
                    n += 1;
                    lane.fresh.push(Waiting { event, since: now, age: Duration::ZERO, place: None });
                }
                None => self.counters.lost(Loss::NotCovered, 1),
            }
        }
        self.counters.taken(taken);
        state.pseudonyms = pseudonyms;
        for (_, lane) in state.lanes.iter_mut() {
            let dropped = lane.outbox.expire(now, limits::MAX_AGE);
            self.counters.lost(Loss::TooOld, dropped);
        }
    }
}

impl<C: Catalogue> Shared<C> {
    /// Whether an event may go on: it is no report, or its cause was not reported too often.
    fn may_report(&self, event: &Event, now: Duration) -> bool {
        event.report.as_ref().is_none_or(|report| {
            let cause = Fingerprint::of((event.name, report.code(), report.origin()));
            self.reports.lock().unwrap_or_else(PoisonError::into_inner).admits(cause, now)
        })
    }
}

/// Encodes one event, as far as the scope covers it; and says for which purpose it is. `read` is memory for its values.
pub(crate) fn encode_event<C: Catalogue>(
    event: &C,
    at: Timestamp,
    active: &Active,
    uuid: Uuid,
    pseudonyms: &Pseudonyms,
    read: &mut Fields,
) -> Option<(Purpose, Event)> {
    let position = event.position();
    let schema = C::EVENTS.get(position)?;
    let of_event = active.coverage.event(position)?;
    if !active.scope.purposes.contains(schema.purpose) {
        return None;
    }
    read.clear();
    event.read(read);
    let covered = Covered { of_event, pseudonyms, ids: C::SCHEMA.ids };
    let fields = encode(schema, read, at, covered)?;
    let report = report(schema, C::SCHEMA.crates, read, &fields);
    Some((schema.purpose, Event { uuid, name: schema.name, at: at.coarse(C::SCHEMA.resolution), fields, report }))
}

/// Reads an event that an earlier process stored, as far as the scope covers it; `which` tells the lane of its purpose.
pub(crate) fn decode_event<C: Catalogue>(
    stored: &StoredEvent<'_>,
    active: &Active,
    which: impl FnOnce(Purpose) -> Which,
) -> Today {
    let known = C::EVENTS.iter().zip(0..).find(|(schema, _)| schema.name == stored.event);
    let Some((schema, covered)) = known.and_then(|(schema, at)| Some((schema, active.coverage.event(at)?))) else {
        return Today::NotCovered;
    };
    // What was recorded under another decision is over with that decision, and ids in another form than today's are
    // not what today's documents describe.
    let is_of_now = stored.epoch == active.scope.epoch && stored.ids == C::SCHEMA.ids.name();
    if !is_of_now || !active.grant.agreed.purposes.contains(schema.purpose) {
        return Today::NotCovered;
    }
    if !active.scope.purposes.contains(schema.purpose) {
        return Today::KeptBack;
    }
    let at = stored.at.coarse(C::SCHEMA.resolution);
    let report = stored.report.and_then(|text| serde_json::from_str(text).ok());
    let crates = C::SCHEMA.crates;
    decode(schema, stored.uuid, at, &stored.properties, report.as_ref(), crates, covered)
        .map_or(Today::NotCovered, |event| Today::Covered(which(schema.purpose), event))
}

/// The purpose of an event value.
#[inline]
pub(crate) fn purpose_of<C: EventSet>(event: &C) -> Option<Purpose> {
    C::EVENTS.get(event.position()).map(|schema| schema.purpose)
}

/// What links the events of a request, as far as the catalogue's identity allows.
pub(crate) fn install_id(identity: Identity, grant: &Grant, now: Timestamp) -> Option<Uuid> {
    match identity {
        Identity::None => random().map(Uuid::random),
        Identity::Stable => Some(grant.identity.install_id),
        Identity::Rotating { days } => {
            // A new id for each stretch of days, from the identity's own secret: nothing to store, and the same in
            // every process. Where the stretches begin is from the secret too, and not from a decision, so that
            // agreeing once more does not bring an old id back.
            let step = u64::from(days.max(1)) * 86_400_000;
            let begin = u64::from_be_bytes(head(&keyed(&grant.identity.id_key, &[b"rotation"]))) % step;
            let stretch = (now.millis() + begin) / step;
            Some(Uuid::random(head(&keyed(&grant.identity.id_key, &[b"install-id", &stretch.to_be_bytes()]))))
        }
    }
}

/// Random bytes from the system; `None` if it has none to give.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}
