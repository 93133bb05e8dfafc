//! What the gate hangs in, as small as it gets: a store, a queue, a worker, and the wire.

use std::collections::VecDeque;

use loom::sync::RwLock;

use crate::signal::Signal;
use crate::sync::{Arc, Mutex, MutexGuard};
use crate::telemetry::gate::{Gate, Gatekeeper};

/// The purposes of every yes.
const PURPOSES: u8 = 1;

/// In place of the files: the decision, and the lock that senders share.
pub(crate) struct Store {
    decision: Mutex<Decision>,
    gate_lock: RwLock<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decision {
    epoch: u64,
    is_grant: bool,
}

impl Store {
    pub(crate) fn granted(epoch: u64) -> Self {
        Self { decision: Mutex::new(Decision { epoch, is_grant: true }), gate_lock: RwLock::new(()) }
    }

    fn load(&self) -> Decision {
        *self.decision.lock().unwrap()
    }

    /// Stores a smaller yes, unless a no is stored. Returns the epoch that is stored then.
    fn narrow(&self, epoch: u64) -> u64 {
        let mut decision = self.decision.lock().unwrap();
        if decision.is_grant {
            decision.epoch = epoch.max(decision.epoch + 1);
        }
        decision.epoch
    }

    /// Stores a no, unless one is stored already. Returns the epoch of the one that is stored then.
    pub(crate) fn refuse(&self, epoch: u64) -> u64 {
        let mut decision = self.decision.lock().unwrap();
        if decision.is_grant {
            *decision = Decision { epoch: epoch.max(decision.epoch + 1), is_grant: false };
        }
        decision.epoch
    }

    /// Stores a yes, also over another one.
    fn agree(&self, epoch: u64) {
        *self.decision.lock().unwrap() = Decision { epoch, is_grant: true };
    }

    /// Waits until nobody sends any more.
    pub(crate) fn drain(&self) {
        drop(self.gate_lock.write().unwrap());
    }
}

/// The requests that completed. Once closed, none may.
#[derive(Default)]
pub(crate) struct Wire(std::sync::Mutex<(bool, Vec<&'static str>)>);

impl Wire {
    /// Turning off has returned.
    pub(crate) fn close(&self) {
        self.0.lock().unwrap().0 = true;
    }

    pub(crate) fn sent(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().1.clone()
    }

    fn complete(&self, event: &'static str) {
        let mut wire = self.0.lock().unwrap();
        assert!(!wire.0, "`{event}` was sent after off had returned");
        wire.1.push(event);
    }
}

/// One process.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) store: Arc<Store>,
    pub(crate) wire: std::sync::Arc<Wire>,
    gate: Arc<Gate>,
    state: Arc<Mutex<State>>,
    queue: Arc<Mutex<VecDeque<Queued>>>,
    last_seen: std::sync::Arc<std::sync::Mutex<u32>>,
}

#[derive(Default)]
struct State {
    keeper: Gatekeeper,
    active: Option<Active>,
    openings: u32,
    /// How many have turned off everything since the last yes.
    refusing: u32,
}

/// What carries a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sink {
    /// Answers.
    Answers,
    /// Waits for its signal, for ever if need be.
    Hangs,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Active {
    epoch: u64,
    opening: u32,
}

struct Queued {
    event: &'static str,
    opening: u32,
}

impl Process {
    pub(crate) fn start(store: Store) -> Self {
        let process = Self {
            store: Arc::new(store),
            wire: std::sync::Arc::default(),
            gate: Arc::new(Gate::closed()),
            state: Arc::new(Mutex::new(State::default())),
            queue: Arc::new(Mutex::new(VecDeque::new())),
            last_seen: std::sync::Arc::default(),
        };
        process.refresh();
        process
    }

    /// `Telemetry::track`.
    pub(crate) fn track(&self, event: &'static str) {
        let seen = self.gate.look();
        if seen != 0 {
            assert_eq!(Gate::purposes(seen), PURPOSES);
            *self.last_seen.lock().unwrap() = Gate::opening(seen);
            self.queue.lock().unwrap().push_back(Queued { event, opening: Gate::opening(seen) });
        }
    }

    /// `Telemetry::refresh`: the decision is read without a lock, and taken over under it.
    pub(crate) fn refresh(&self) {
        let stored = self.store.load();
        self.apply(&mut self.lock(), stored);
    }

    /// `Telemetry::withdraw`.
    pub(crate) fn withdraw(&self, epoch: u64) {
        self.turn_off(1, 0, || self.store.refuse(epoch));
    }

    /// `Telemetry::withdraw_purposes`, with some left on.
    pub(crate) fn withdraw_purpose(&self, epoch: u64) {
        self.turn_off(0, PURPOSES, || self.store.narrow(epoch));
    }

    fn turn_off(&self, refusing: u32, left: u8, store: impl FnOnce() -> u64) {
        {
            let mut state = self.lock();
            state.refusing += refusing;
            state.keeper.withdraw();
            self.close(&mut state);
        }
        let epoch = store();
        self.store.drain();
        self.lock().keeper.withdrawn(epoch, left);
        self.refresh();
    }

    /// `Telemetry::withdraw` where the no cannot be written.
    pub(crate) fn withdraw_in_vain(&self) {
        {
            let mut state = self.lock();
            state.keeper.withdraw();
            self.close(&mut state);
        }
        self.lock().keeper.not_withdrawn(PURPOSES);
        assert!(self.lock().keeper.is_held());
    }

    /// `Shared::end`, while there is a worker: it comes after the flush of a shutdown, and with the last handle.
    pub(crate) fn shutdown(&self) {
        let mut state = self.lock();
        state.keeper.finish();
        state.keeper.close(&self.gate);
    }

    /// `Telemetry::grant`, of which only what the gate sees.
    pub(crate) fn grant(&self, epoch: u64) {
        self.lock().refusing = 0;
        self.store.agree(epoch);
        self.lock().keeper.granted();
        self.refresh();
    }

    /// One round of `Worker::run`.
    pub(crate) fn worker_round(&self, sink: Sink) {
        let stored = self.store.load();
        let (parcel, active) = {
            let mut state = self.lock();
            if state.keeper.may_open() {
                self.apply(&mut state, stored);
            }
            let Some(active) = state.active else { return };
            let mut queue = self.queue.lock().unwrap();
            let taken = queue.drain(..).filter(|queued| queued.opening == active.opening);
            let parcel: Vec<_> = taken.map(|queued| queued.event).collect();
            drop(queue);
            if state.keeper.is_finished() {
                // What is left goes to disk, and the worker ends.
                self.close(&mut state);
                return;
            }
            (parcel, active)
        };
        if !parcel.is_empty() {
            self.attempt(&parcel, active, sink);
        }
    }

    /// What the carrier of another lane does meanwhile.
    pub(crate) fn carry(&self, event: &'static str, sink: Sink) {
        let Some(active) = self.lock().active else { return };
        self.attempt(&[event], active, sink);
    }

    /// `carrier::attempt`.
    fn attempt(&self, parcel: &[&'static str], active: Active, sink: Sink) {
        let Ok(guard) = self.store.gate_lock.try_read() else { return };
        let still_on = || self.store.load() == Decision { epoch: active.epoch, is_grant: true };
        let Some(signal) = self.lock().keeper.take_off(active.opening) else { return };
        if still_on() {
            self.request(parcel, sink, &signal);
        }
        drop(guard);
        self.lock().keeper.land(&signal);
    }

    /// `carrier::request`.
    fn request(&self, parcel: &[&'static str], sink: Sink, signal: &Signal) {
        while sink == Sink::Hangs && !signal.is_raised() {
            loom::thread::yield_now();
        }
        if signal.is_raised() {
            return;
        }
        // The bytes are on their way: nothing calls them back, so turning off has to wait for what follows.
        loom::thread::yield_now();
        for event in parcel {
            self.wire.complete(event);
        }
    }

    /// `Shared::apply`.
    fn apply(&self, state: &mut State, stored: Decision) {
        if state.keeper.is_finished() || !state.keeper.accepts(stored.epoch, stored.is_grant) {
            return;
        }
        if !(stored.is_grant && state.keeper.may_open()) {
            self.close(state);
        } else if state.active.is_none_or(|active| active.epoch != stored.epoch) {
            assert_eq!(state.refusing, 0, "opened after somebody began to turn everything off");
            self.close(state);
            let opening = state.keeper.open(&self.gate, PURPOSES);
            state.active = Some(Active { epoch: stored.epoch, opening });
            state.openings += 1;
        }
    }

    /// `Shared::close`.
    fn close(&self, state: &mut State) {
        state.active = None;
        if state.keeper.close(&self.gate) {
            self.queue.lock().unwrap().clear();
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.gate.look() != 0
    }

    /// How often the gate was opened.
    pub(crate) fn openings(&self) -> u32 {
        self.lock().openings
    }

    /// The opening that the last `track` saw.
    pub(crate) fn last_seen(&self) -> u32 {
        *self.last_seen.lock().unwrap()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with the lock held")
    }
}
