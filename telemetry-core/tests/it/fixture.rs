//! A small catalogue and an application's set-up around it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use telemetry_core::testing::{ManualClock, RecordingSink};
use telemetry_core::{
    Catalogue, Entity, FlushEnd, Id, ProgramKind, Property, Purpose, Purposes, Stats, Surface, Telemetry,
};

/// A person with an account.
#[derive(Entity)]
pub(crate) struct User;

/// Which front end asked.
#[derive(Property)]
pub(crate) enum Source {
    /// The page.
    Web,
    /// The programming interface.
    #[property(since = 2)]
    Api,
}

/// Everything that the test application can report.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 2, identity = "stable", context(app_version))]
pub(crate) enum Tracked {
    /// A timer was started.
    ///
    /// Why: shows what is used.
    #[event(name = "timer.started")]
    TimerStarted {
        /// Who started it.
        user_id: Id<User>,
        /// Which front end asked.
        source: Source,
        /// Whether it is billable.
        #[property(since = 2)]
        billable: bool,
    },
    /// A timer was stopped.
    ///
    /// Why: shows what is used.
    #[event(name = "timer.stopped")]
    TimerStopped,
    /// A report was exported.
    ///
    /// Why: shows what is used.
    #[event(name = "report.exported", since = 2)]
    ReportExported,
    /// Something broke.
    ///
    /// Why: shows what to mend.
    #[event(name = "handler.failed", purpose = "errors")]
    HandlerFailed,
}

/// The same application one revision earlier.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 1, identity = "stable", context(app_version))]
pub(crate) enum Earlier {
    /// A timer was started.
    ///
    /// Why: shows what is used.
    #[event(name = "timer.started")]
    #[expect(dead_code, reason = "only the grant is made under this catalogue")]
    TimerStarted {
        /// Who started it.
        user_id: Id<User>,
    },
}

/// An application whose requests nothing links.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 1, identity = "none")]
pub(crate) enum Unlinked {
    /// A timer was stopped.
    ///
    /// Why: shows what is used.
    #[event(name = "timer.stopped")]
    TimerStopped,
}

pub(crate) const USAGE: Purposes = Purposes::NONE.with(Purpose::Usage);
pub(crate) const BOTH: Purposes = USAGE.with(Purpose::Errors);

/// An installation: a directory and a sink, which any number of "processes" can share.
pub(crate) struct Installation {
    directory: tempfile::TempDir,
    pub(crate) sink: RecordingSink,
    pub(crate) clock: ManualClock,
}

impl Installation {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), sink: RecordingSink::default(), clock: ManualClock::default() }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.directory().join("installation.json")
    }

    /// Starts the application once more.
    pub(crate) fn start(&self) -> Telemetry<Tracked> {
        self.start_as()
    }

    pub(crate) fn start_as<C: Catalogue>(&self) -> Telemetry<C> {
        Telemetry::<C>::builder(ProgramKind::Service, self.directory(), self.sink.clone())
            .clock(self.clock.clone())
            .policy_file(self.directory.path().join("telemetry.policy"))
            .build()
    }

    /// Starts it and has a person agree.
    pub(crate) fn granted(&self, purposes: Purposes) -> Telemetry<Tracked> {
        let telemetry = self.start();
        agree(&telemetry, purposes);
        telemetry
    }

    /// Everything below the state directory.
    pub(crate) fn files(&self) -> Vec<String> {
        fn walk(directory: &Path, base: &Path, found: &mut Vec<String>) {
            let Ok(entries) = std::fs::read_dir(directory) else { return };
            for entry in entries.flatten() {
                found.push(entry.path().strip_prefix(base).unwrap().display().to_string());
                walk(&entry.path(), base, found);
            }
        }
        let mut found = Vec::new();
        walk(&self.directory(), &self.directory(), &mut found);
        found.sort();
        found
    }

    /// Those of them that some process has: what it has not delivered, and the turn to send.
    pub(crate) fn held(&self) -> Vec<String> {
        let mut files = self.files();
        files.retain(|name| {
            let kind = Path::new(name).extension().unwrap_or_default();
            if kind != "spool" && kind != "crash" && !name.ends_with("/sender.lock") {
                return false;
            }
            // What is gone is nobody's.
            let Ok(file) = File::open(self.directory().join(name)) else { return false };
            let is_held = file.try_lock().is_err();
            // By word: a child that another test starts may have a copy of the handle for a moment.
            let _ = file.unlock();
            is_held
        });
        files
    }

    /// Ends the application in order, and its process with it: whoever looks afterwards finds what it left. Its worker may
    /// be late, and has what is its own for so long. Returns what became of its events.
    pub(crate) fn ended<C: Catalogue>(&self, telemetry: Telemetry<C>) -> Stats {
        self.ended_beside(telemetry, &[])
    }

    /// The same beside a process that goes on and has these files.
    pub(crate) fn ended_beside<C: Catalogue>(&self, telemetry: Telemetry<C>, others: &[String]) -> Stats {
        telemetry.shutdown(LONG);
        let stats = telemetry.stats();
        drop(telemetry);
        eventually("its worker has let go", || self.held().iter().all(|file| others.contains(file)));
        stats
    }
}

/// Delivers everything, and says how much that is since the start: some of it may be on its way before anybody flushes.
pub(crate) fn deliver_all<C: Catalogue>(telemetry: &Telemetry<C>) -> u64 {
    let report = telemetry.flush(LONG);
    assert_eq!((report.remaining, report.ended), (0, FlushEnd::Finished), "{:?}", telemetry.stats());
    telemetry.stats().delivered
}

pub(crate) fn agree<C: Catalogue>(telemetry: &Telemetry<C>, purposes: Purposes) {
    let question = telemetry.present(Surface::Dashboard).expect("the question may be asked");
    telemetry.grant(question.ticket(), purposes).expect("the yes is stored");
}

pub(crate) fn started() -> Tracked {
    Tracked::TimerStarted { user_id: Id::new(5), source: Source::Web, billable: true }
}

pub(crate) fn from_api() -> Tracked {
    Tracked::TimerStarted { user_id: Id::new(5), source: Source::Api, billable: false }
}

/// Long enough for anything that ends by itself, on a machine that has much else to do.
pub(crate) const LONG: Duration = Duration::from_secs(300);

/// Waits for something that another thread does.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < until, "never: {what}");
        // Whoever it waits for may need the processor, and the lock that a look takes.
        std::thread::sleep(Duration::from_millis(1));
    }
}
