//! The conservation law: what was tracked is delivered, lost for a counted cause, or waiting; whatever happens. And in the
//! end, with a server that is well and a disk that works, nothing waits.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use telemetry_core::{Catalogue, Clock, Entity, FlushEnd, Id, Outcome, Stats, Surface, Telemetry, Timestamp};

use crate::fixture::{Installation, LONG, USAGE, agree};

/// A yes of a person.
#[derive(Entity)]
struct Grant;

/// Events that say under which yes they were recorded.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 1, identity = "stable", ids = "raw")]
enum Numbered {
    /// Something happened.
    ///
    /// Why: tells the test which yes it belongs to.
    #[event(name = "thing.happened")]
    ThingHappened {
        /// The number of the last yes.
        grant_id: Id<Grant>,
    },
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Longer than anything may wait.
const TOO_LONG: Duration = Duration::from_secs(73 * 3600);

/// Time for a request to begin, while it hangs, and not for more.
const SHORT: Duration = Duration::from_millis(20);

/// More than lies between two looks for what an ended process left.
const AGAIN: Duration = Duration::from_secs(61);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Track(u16),
    Flush,
    /// A flush whose request hangs beyond its deadline, and is answered afterwards.
    FlushInVain,
    Withdraw,
    Agree,
    Answer(u8),
    Pass(u16),
    /// More time than an event may wait.
    Age,
    /// The time of day jumps, by a day.
    JumpForward,
    JumpBack,
    /// What is on disk cannot be reached, and nothing new can be put there.
    DiskFails,
    DiskMends,
    /// The program ends in order, and is started again.
    Restart,
    /// The program is started again, and then the handle of the old one is dropped without a shutdown: for a moment there
    /// are two. What it had in memory gets to the disk, or is lost there, when nobody looks.
    Replace,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (1_u16..40).prop_map(Step::Track),
        1 => (1000_u16..9000).prop_map(Step::Track),
        3 => Just(Step::Flush),
        1 => Just(Step::FlushInVain),
        1 => Just(Step::Withdraw),
        1 => Just(Step::Agree),
        3 => (0_u8..9).prop_map(Step::Answer),
        2 => any::<u16>().prop_map(Step::Pass),
        1 => Just(Step::Age),
        1 => Just(Step::JumpForward),
        1 => Just(Step::JumpBack),
        1 => Just(Step::DiskFails),
        1 => Just(Step::DiskMends),
        1 => Just(Step::Restart),
        1 => Just(Step::Replace),
    ]
}

fn answer(choice: u8) -> Outcome {
    match choice {
        0 | 1 => Outcome::Accepted,
        2 => Outcome::Retry { after: None },
        3 => Outcome::Retry { after: Some(Duration::from_secs(30)) },
        4 => Outcome::TooLarge,
        5 => Outcome::Rejected,
        6 => Outcome::Discarded { pause: Duration::from_secs(60) },
        7 => Outcome::Refused,
        _ => Outcome::Cancelled,
    }
}

fn holds(stats: &Stats) -> bool {
    let lost: u64 = stats.losses().map(|(_, count)| count).sum();
    stats.tracked + stats.adopted == stats.delivered + lost + stats.queued + stats.waiting
}

/// What stands behind each `mark` in the bodies, up to the first character that is none of a number or an identifier.
fn behind<'a>(bodies: &[&'a str], mark: &str) -> Vec<&'a str> {
    bodies
        .iter()
        .flat_map(|body| body.split(mark).skip(1))
        .map(|rest| rest.split([',', '}', '"']).next().unwrap_or_default())
        .collect()
}

/// One installation through everything that happens to it.
struct Life {
    installation: Installation,
    telemetry: Telemetry<Numbered>,
    /// Whether the last decision is a yes.
    on: bool,
    /// Events that this process was given while it was on.
    offered: u64,
    /// The number of the last yes, which its events carry.
    grant: i64,
    /// Events that were tracked under it, by any process.
    under_grant: usize,
    /// Whether the disk failed at any time.
    disk_failed: bool,
    /// Requests that had been answered when the last decision was made.
    before: usize,
}

impl Life {
    fn new() -> Self {
        let installation = Installation::new();
        let telemetry = installation.start_as();
        agree(&telemetry, USAGE);
        Self { installation, telemetry, on: true, offered: 0, grant: 0, under_grant: 0, disk_failed: false, before: 0 }
    }

    fn take(&mut self, step: Step) {
        let (sink, clock) = (&self.installation.sink, &self.installation.clock);
        match step {
            Step::Track(count) => self.track(count),
            Step::Flush => {
                self.telemetry.flush(LONG);
            }
            Step::FlushInVain => {
                sink.hang(true);
                self.telemetry.flush(SHORT);
                sink.hang(false);
            }
            Step::Withdraw => {
                self.telemetry.withdraw(Surface::Dashboard).unwrap();
                self.on = false;
                self.decided();
            }
            Step::Agree => {
                // Where the key was refused there is nothing to ask about.
                let Some(question) = self.telemetry.present(Surface::Dashboard) else { return };
                self.telemetry.grant(question.ticket(), USAGE).unwrap();
                // A yes under a running grant is a new decision: what waits for delivery belongs to the old one.
                (self.on, self.grant) = (true, self.grant + 1);
                self.decided();
            }
            Step::Answer(choice) => sink.answer(move |_| answer(choice)),
            Step::Pass(seconds) => clock.advance(Duration::from_secs(seconds.into())),
            Step::Age => clock.advance(TOO_LONG),
            Step::JumpForward => clock.jump_to(clock.now().plus(DAY)),
            Step::JumpBack => clock.jump_to(Timestamp::from_millis(clock.now().millis() - 86_400_000)),
            Step::DiskFails => {
                self.disk_failed = true;
                self.disk(Self::fail);
            }
            Step::DiskMends => self.disk(Self::mend),
            Step::Restart => {
                self.telemetry.shutdown(LONG);
                let stats = self.telemetry.stats();
                assert!(holds(&stats) && stats.queued == 0, "{stats:?}");
                self.start();
            }
            Step::Replace => self.start(),
        }
    }

    fn track(&mut self, count: u16) {
        let (was_on, before) = (self.telemetry.is_on(), self.telemetry.stats().tracked);
        for _ in 0..count {
            self.telemetry.track(Numbered::ThingHappened { grant_id: Id::new(self.grant) });
        }
        // The answer to a request may turn it off at any moment, and nothing but a person turns it on.
        let (is_on, tracked) = (self.telemetry.is_on(), self.telemetry.stats().tracked - before);
        assert!(tracked <= u64::from(count) && (was_on || tracked == 0), "{tracked} of {count}");
        assert!(!is_on || tracked == u64::from(count), "{tracked} of {count}");
        assert!(!was_on || self.on, "it is on after a no");
        self.offered += tracked;
        self.under_grant += usize::try_from(tracked).unwrap();
    }

    fn decided(&mut self) {
        (self.under_grant, self.before) = (0, self.installation.sink.requests().len());
    }

    fn start(&mut self) {
        self.telemetry = self.installation.start_as();
        self.offered = 0;
        assert_eq!(self.telemetry.is_on(), self.on);
    }

    /// The spool of each identity, with the place where it is put while the disk fails.
    fn disk(&self, change: fn(spool: &std::path::Path, aside: &std::path::Path)) {
        for identity in fs::read_dir(self.installation.directory().join("data")).into_iter().flatten().flatten() {
            change(&identity.path().join("spool"), &identity.path().join("aside"));
        }
    }

    fn fail(spool: &std::path::Path, aside: &std::path::Path) {
        if spool.is_dir() && !aside.exists() {
            fs::rename(spool, aside).unwrap();
        }
        // No directory can be made where a file is. Where the identity is being erased there is nothing to break.
        if !spool.exists() {
            let _ = fs::write(spool, "");
        }
    }

    fn mend(spool: &std::path::Path, aside: &std::path::Path) {
        if spool.is_file() {
            fs::remove_file(spool).unwrap();
        }
        // The worker may have made the directory anew by now, with files of other names.
        for entry in fs::read_dir(aside).into_iter().flatten().map(Result::unwrap) {
            fs::create_dir_all(spool).unwrap();
            fs::rename(entry.path(), spool.join(entry.file_name())).unwrap();
        }
        if aside.exists() {
            fs::remove_dir(aside).unwrap();
        }
    }

    /// Nothing has arrived since the last decision that it does not allow: nothing after a no, and after a yes what was
    /// recorded under that one, and not more often than it was recorded.
    fn assert_allowed(&self, after: Step) {
        let requests = self.installation.sink.requests();
        let accepted = requests.iter().skip(self.before).filter(|request| request.outcome == Outcome::Accepted);
        let bodies: Vec<&str> = accepted.map(|request| request.body.as_str()).collect();
        let grants = behind(&bodies, "\"grant_id\":");
        assert!(self.on || grants.is_empty(), "{} events after a no, {after:?}", grants.len());
        let grant = self.grant.to_string();
        assert!(
            grants.iter().all(|number| *number == grant),
            "of another yes than {grant} after {after:?}: {grants:?}"
        );
        let distinct = behind(&bodies, "\"uuid\":\"").into_iter().collect::<HashSet<_>>().len();
        assert!(distinct <= self.under_grant, "{distinct} of {} after {after:?}", self.under_grant);
    }

    /// Everything is well again, and two hours have passed: then one flush leaves nothing behind, in memory or on disk. Or
    /// the second does, another two hours later: where the clock was set back between two processes, a pause that one has
    /// noted begins anew when the other reads of it, which it does when it has something to send.
    fn assert_nothing_waits(&mut self) {
        self.installation.sink.answer(|_| Outcome::Accepted);
        self.disk(Self::mend);
        self.installation.clock.advance(2 * HOUR);
        if !self.telemetry.is_on() {
            return;
        }
        let until = Instant::now() + LONG;
        let mut may_learn = true;
        loop {
            let flushed = self.telemetry.flush(LONG);
            let stats = self.telemetry.stats();
            if !self.telemetry.is_on() {
                // An older answer has turned it off meanwhile; whoever calls looks whether that may be.
                return;
            }
            assert!(holds(&stats), "{stats:?}");
            if flushed.remaining > 0 && core::mem::take(&mut may_learn) {
                self.installation.clock.advance(2 * HOUR);
                continue;
            }
            assert_eq!((flushed.ended, flushed.remaining), (FlushEnd::Finished, 0), "it waits for ever: {stats:?}");
            // A process that goes on keeps the file that it writes to.
            if self.offered > 0
                || !self
                    .installation
                    .files()
                    .iter()
                    .any(|file| Path::new(file).extension().is_some_and(|kind| kind == "spool"))
            {
                return;
            }
            assert!(Instant::now() < until, "nobody reads what is on disk: {:?}", self.installation.files());
            // What the process before is about to leave is looked for now and then.
            self.installation.clock.advance(AGAIN);
        }
    }
}

/// `tracked + adopted == delivered + lost + queued + waiting`, whatever happens in between; what is counted as
/// delivered is what the server has; nothing is delivered that the last decision forbids; and nothing waits for ever.
fn assert_conserved(steps: &[Step], in_the_end: Step) {
    let mut life = Life::new();
    for step in steps {
        life.take(*step);
        life.assert_allowed(*step);
    }
    life.telemetry.flush(LONG);
    let stats = life.telemetry.stats();
    assert_eq!(stats.tracked, life.offered);
    assert!(holds(&stats), "{stats:?}");
    if in_the_end == Step::Flush {
        life.assert_nothing_waits();
    }
    life.telemetry.shutdown(LONG);
    let stats = life.telemetry.stats();
    assert!(holds(&stats) && stats.queued == 0, "{stats:?}");
    life.installation.sink.answer(|_| Outcome::Accepted);
    life.start();
    life.assert_nothing_waits();
    assert_eq!(life.telemetry.is_on(), life.on);
    life.assert_allowed(Step::Restart);

    // Each event arrived once, over all processes; where it could not be noted that it had, under the same identifier.
    let requests = life.installation.sink.requests();
    let accepted = requests.iter().filter(|request| request.outcome == Outcome::Accepted);
    let bodies: Vec<&str> = accepted.map(|request| request.body.as_str()).collect();
    let uuids = behind(&bodies, "\"uuid\":\"");
    let distinct: HashSet<&str> = uuids.iter().copied().collect();
    assert!(distinct.len() == uuids.len() || life.disk_failed, "{} of {}", distinct.len(), uuids.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_time: 60_000, ..ProptestConfig::default() })]

    #[test]
    fn conservation_law(
        steps in prop::collection::vec(step(), 1..40),
        in_the_end in prop_oneof![Just(Step::Flush), Just(Step::Restart)],
    ) {
        assert_conserved(&steps, in_the_end);
    }
}

/// A pause is noted, the clock is set back, and the next process finds what waits, and with it the note, only when the
/// disk works again.
#[test]
fn a_pause_that_is_read_late_ends() {
    use Step::{Answer, DiskFails, Flush, JumpBack, Restart, Track};
    assert_conserved(&[Answer(3), Track(34), Flush, DiskFails, JumpBack, Flush, Restart], Flush);
}
