//! Building the handle. Never fails: whatever is wrong means "off", and `status` says it.

use core::marker::PhantomData;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex};

use super::closing::Suspended;
use super::crash::CrashSlot;
use super::gate::{Gate, Gatekeeper};
use super::lane::{Lane, Lanes};
#[cfg(feature = "metrics")]
use super::measures::Published;
use super::questions::Questions;
use super::queue::Queue;
use super::shared::{Setup, Shared, State};
use super::{Alive, Telemetry, erase};
use crate::catalogue::Catalogue;
use crate::catalogue::lock::Lock;
use crate::clock::{Clock, SystemClock, Time};
use crate::kill_switch::{KillSwitches, ProgramKind, policy_path};
use crate::limits;
use crate::pseudonym::Pseudonyms;
use crate::purpose::Purpose;
use crate::sink::Sink;
use crate::stats::Counters;
use crate::store::{FileStore, Store, Stored};
use crate::{Deployment, DropPolicy};

/// Sets a [`Telemetry`] up.
///
/// Nothing in here can name a key, a destination or a property value.
#[must_use]
pub struct Builder<C> {
    directory: PathBuf,
    sink: Arc<dyn Sink>,
    errors_sink: Option<Arc<dyn Sink>>,
    program: ProgramKind,
    store: Option<Box<dyn Store>>,
    clock: Time,
    deployment: Deployment,
    flush_interval: Duration,
    when_full: DropPolicy,
    policy_file: Option<PathBuf>,
    catalogue: PhantomData<fn() -> C>,
}

impl<C: Catalogue> Telemetry<C> {
    /// Starts to set telemetry up for a program of this kind, which keeps its decision and its data in `directory`
    /// and sends through `sink`. The directory is one of its own, and is made with the first decision.
    pub fn builder(program: ProgramKind, directory: impl Into<PathBuf>, sink: impl Sink) -> Builder<C> {
        Builder {
            directory: directory.into(),
            sink: Arc::new(sink),
            errors_sink: None,
            program,
            store: None,
            clock: Time::System(SystemClock::default()),
            deployment: Deployment::Unknown,
            flush_interval: limits::FLUSH_INTERVAL,
            when_full: DropPolicy::Oldest,
            policy_file: None,
            catalogue: PhantomData,
        }
    }
}

impl<C: Catalogue> Builder<C> {
    /// Keeps the decision in this store instead of in files of the directory.
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Sends the events of the purpose [`Errors`](Purpose::Errors) through this sink, and everything else through the
    /// first.
    ///
    /// What goes to one of them waits, pauses and fails by itself. A sink without a key makes its own purpose
    /// unavailable and not the other.
    ///
    /// # Privacy
    ///
    /// A person agrees to one destination for each purpose. Where this one moves, error reports stop until a person
    /// agrees again, and nothing else does.
    pub fn errors_sink(mut self, sink: impl Sink) -> Self {
        self.errors_sink = Some(Arc::new(sink));
        self
    }

    /// Takes the time from this clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Time::Given(Box::new(clock));
        self
    }

    /// Says how the application was installed.
    pub fn deployment(mut self, deployment: Deployment) -> Self {
        self.deployment = deployment;
        self
    }

    /// Gathers events for this long before they are sent; 30 s unless set. At least 100 ms.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.flush_interval = interval.max(Duration::from_millis(100));
        self
    }

    /// Says which event is lost when there is no room for another; the oldest unless set.
    pub fn when_full(mut self, policy: DropPolicy) -> Self {
        self.when_full = policy;
        self
    }

    /// Reads the machine's policy from this file besides the usual one; both can only deny.
    pub fn policy_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.policy_file = Some(path.into());
        self
    }

    /// Makes the handle. Reads the stored decision, the policy and the environment; starts the worker only if a
    /// person has agreed.
    #[must_use]
    pub fn build(self) -> Telemetry<C> {
        const {
            assert!(!core::mem::needs_drop::<C>(), "an event must be plain data");
            assert!(size_of::<C>() <= crate::catalogue::MAX_EVENT_BYTES, "an event may have at most 64 bytes");
        }
        let schema = C::SCHEMA;
        let policy_files: Vec<PathBuf> = [policy_path(schema.app)].into_iter().chain(self.policy_file).collect();
        let switches = KillSwitches::read(schema.app, self.program, &policy_files);
        let setup = Setup {
            store: self.store.unwrap_or_else(|| Box::new(FileStore::new(schema.app, &self.directory))),
            sinks: Lanes::new(self.sink, self.errors_sink),
            began: (self.clock.now(), self.clock.elapsed()),
            clock: self.clock,
            data: self.directory.join("data"),
            deployment: self.deployment,
            program: self.program,
            policy_files,
            flush_interval: self.flush_interval,
            when_full: self.when_full,
            purposes: Purpose::ALL.into_iter().filter(|purpose| schema.has_purpose(*purpose)).collect(),
            list: Lock::of(&schema),
            erasing: Mutex::new(()),
            not_erased: AtomicUsize::new(0),
        };
        let lanes = setup.sinks.map(|_| Lane::default());
        let shared = Arc::new(Shared {
            gate: Gate::closed(),
            purposes: setup.purposes,
            has_system_clock: setup.clock.is_system(),
            queue: Queue::new(setup.when_full),
            counters: Counters::default(),
            #[cfg(feature = "metrics")]
            published: Published::default(),
            setup,
            waker: Mutex::new(None),
            readings: AtomicU64::new(1),
            spools: AtomicU16::new(0),
            number: AtomicU64::new(0),
            state: Mutex::new(State {
                stored: Ok(Stored::UNASKED),
                keeper: Gatekeeper::default(),
                switches,
                switches_number: 0,
                active: None,
                spool_fails: false,
                suspended: Suspended::default(),
                lanes,
                pseudonyms: Pseudonyms::default(),
                worker: None,
                flush_wanted: 0,
                flush_done: 0,
                questions: Questions::default(),
            }),
            changed: Condvar::new(),
            reports: Mutex::default(),
            crash: CrashSlot::default(),
        });
        let telemetry =
            Telemetry { alive: Arc::new(Alive(Arc::clone(&shared))), side: shared.queue.another_side(), shared };
        erase::all_but_current(&telemetry.shared.setup);
        telemetry.refresh();
        telemetry
    }
}
