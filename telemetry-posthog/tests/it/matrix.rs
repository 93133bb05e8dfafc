//! Every fault of a server, from every sort of program: what arrived, what was counted, and how long the application was
//! held. The figures are in `docs/fault-matrix.md`, which this test compares and writes:
//!
//! ```text
//! FAULT_MATRIX=write cargo test -p telemetry-posthog --test it matrix
//! ```

mod meanwhile;
mod server;
mod way;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use telemetry_core::testing::ManualClock;
use telemetry_core::{
    CountBucket, FlushEnd, Loss, ProgramKind, Purpose, Purposes, Stats, Surface, Telemetry, embedded_host,
};

use self::meanwhile::Meanwhile;
use self::server::{Manner, Server};
use self::way::{Hosts, Way};
use crate::catalogue::Tracked;
use crate::support::PATIENCE;

/// How long the application waits at most where nothing else would end it; elsewhere [`PATIENCE`].
const FLUSH: Duration = Duration::from_millis(300);
const SHUTDOWN: Duration = Duration::from_millis(200);

/// More than a call with one of these deadlines takes on the busiest machine, and half of what a request may take: who
/// waits for the request instead of the deadline is beyond it.
const SOON: Duration = Duration::from_secs(5);

/// More than lies between two looks for what an ended process left.
const AGAIN: Duration = Duration::from_secs(60);

/// How many events are tracked before the flush, unless the fault is about their number. One more follows it.
const EVENTS: u64 = 5;

/// More than memory and disk have room for.
const FLOOD: u64 = 1_000_000;

/// In hours.
const DAY: i64 = 24;

/// All of them.
const ALL: u64 = EVENTS + 1;

/// What becomes of the events of one row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Fate {
    /// In a request that the server answered with success.
    arrived: u64,
    lost: Vec<(Loss, u64)>,
    /// On disk, after the shutdown.
    kept: u64,
    /// What of that arrives in the next process, once the server is well.
    later: u64,
}

impl Row {
    /// Whether only the application's own deadline ends a request.
    const fn hangs(&self) -> bool {
        matches!(self.manner, Some(Manner::Hang | Manner::Drip)) || matches!(self.way, Way::NeverResolved)
    }

    /// How long flush and shutdown may take. After a night's sleep the server is well, and there is something to wait for.
    fn deadlines(&self) -> (Duration, Duration) {
        match self.meanwhile {
            Meanwhile::Flood => (FLUSH, SHUTDOWN),
            Meanwhile::Suspended => (FLUSH, PATIENCE),
            _ if self.hangs() => (FLUSH, SHUTDOWN),
            _ => (PATIENCE, PATIENCE),
        }
    }

    /// Whether these are reasons for a flush and a shutdown under this fault to come back.
    fn ends(&self, flush: FlushEnd, shutdown: FlushEnd) -> bool {
        let [flush_late, end_late] = [flush, shutdown].map(|end| end == FlushEnd::Deadline);
        match self.meanwhile {
            // On a fast machine it may all be tried in time.
            Meanwhile::Flood => true,
            Meanwhile::Suspended => flush_late && !end_late,
            _ => flush_late == self.hangs() && end_late == self.hangs(),
        }
    }

    /// Whether a request is under way when the handle is dropped instead.
    fn is_dropped(&self) -> bool {
        self.hangs() && self.meanwhile == Meanwhile::Nothing
    }

    /// Whether telemetry is off afterwards.
    fn refuses_the_key(&self) -> bool {
        matches!(self.manner, Some(Manner::Answer(line, _)) if line.starts_with("401") || line.starts_with("403"))
    }
}

impl Fate {
    const fn arrives(count: u64) -> Self {
        Self { arrived: count, lost: Vec::new(), kept: 0, later: 0 }
    }

    const fn waits(count: u64) -> Self {
        Self { arrived: 0, lost: Vec::new(), kept: count, later: count }
    }

    fn lost(cause: Loss, count: u64) -> Self {
        Self { lost: vec![(cause, count)], ..Self::default() }
    }
}

/// One row of the matrix.
struct Row {
    name: &'static str,
    /// `None`: nobody listens.
    manner: Option<Manner>,
    way: Way,
    events: u64,
    /// What happens to the machine or the application beside it.
    meanwhile: Meanwhile,
    fate: Fate,
}

fn row(name: &'static str, manner: Manner, fate: Fate) -> Row {
    Row { name, manner: Some(manner), way: Way::Plain, events: EVENTS, meanwhile: Meanwhile::Nothing, fate }
}

fn status(name: &'static str, line: &'static str, headers: &'static str, fate: Fate) -> Row {
    row(name, Manner::Answer(line, headers), fate)
}

fn rows() -> Vec<Row> {
    let waits = || Fate::waits(ALL);
    let way = |name, way, manner| Row { way, ..row(name, manner, waits()) };
    let clock = |name, manner, set, fate| Row { meanwhile: Meanwhile::ClockSet(set), ..row(name, manner, fate) };
    let unwell = Manner::Answer("503 Service Unavailable", "");
    vec![
        row("none", Manner::Accept, Fate::arrives(ALL)),
        Row { manner: None, ..row("connection refused", Manner::Accept, waits()) },
        row("accepts, never answers", Manner::Hang, waits()),
        row("answers one byte a second", Manner::Drip, waits()),
        row("resets the connection at once", Manner::Reset, waits()),
        row("resets it within the request", Manner::ResetWithin, waits()),
        row("closes without an answer", Manner::Silent, waits()),
        row("breaks off within the answer's head", Manner::CutAnswer, waits()),
        row("answers what is no HTTP", Manner::Garbage, waits()),
        way("name is never resolved", Way::NeverResolved, Manner::Accept),
        way("no such name", Way::NoSuchName, Manner::Accept),
        way("certificate nobody vouches for", Way::Distrusted, Manner::Accept),
        way("no TLS where there should be", Way::NoTls, Manner::Blurt),
        way("accepts, never answers the TLS handshake", Way::NoTls, Manner::Hang),
        status("301", "301 Moved Permanently", "Location: http://127.0.0.1:9/\r\n", waits()),
        row(
            "400, for one of five events",
            Manner::Poisoned("report.exported"),
            Fate { arrived: ALL - 1, ..Fate::lost(Loss::Rejected, 1) },
        ),
        status("400, whatever is sent", "400 Bad Request", "", Fate::lost(Loss::Rejected, ALL)),
        status("401", "401 Unauthorized", "", Fate::waits(EVENTS)),
        status("403", "403 Forbidden", "", Fate::waits(EVENTS)),
        status("408", "408 Request Timeout", "", waits()),
        Row { events: 1, ..status("413, one event", "413 Payload Too Large", "", Fate::lost(Loss::TooLarge, 2)) },
        Row { events: 8, ..row("413 above three events", Manner::AtMost(3), Fate::arrives(9)) },
        status("429", "429 Too Many Requests", "", waits()),
        status("429, Retry-After: 600", "429 Too Many Requests", "Retry-After: 600\r\n", waits()),
        status("500", "500 Internal Server Error", "", waits()),
        status("501", "501 Not Implemented", "", waits()),
        status("502", "502 Bad Gateway", "", waits()),
        status("503", "503 Service Unavailable", "", waits()),
        status("503, Retry-After: 600", "503 Service Unavailable", "Retry-After: 600\r\n", waits()),
        status("504", "504 Gateway Timeout", "", waits()),
        row("200, over quota", Manner::Quota, Fate { lost: vec![(Loss::Quota, EVENTS)], ..Fate::waits(1) }),
        clock("the clock is set a day ahead", Manner::Accept, DAY, Fate::arrives(ALL)),
        clock("the clock is set a day back", Manner::Accept, -DAY, Fate::arrives(ALL)),
        clock("503, and the clock is set a day ahead", unwell, DAY, waits()),
        clock("503, and the clock is set a day back", unwell, -DAY, waits()),
        Row {
            meanwhile: Meanwhile::Suspended,
            ..row("the machine sleeps for a night within a request", Manner::Hang, Fate::arrives(ALL))
        },
        Row {
            manner: None,
            events: 24_000,
            meanwhile: Meanwhile::DayPasses,
            ..row("24 hours without a network", Manner::Accept, Fate::waits(24_001))
        },
        // How many are lost depends on the machine: not compared, but added up.
        Row {
            events: FLOOD,
            meanwhile: Meanwhile::Flood,
            ..row("10⁶ events at once", Manner::Accept, Fate::default())
        },
    ]
}

/// How long the application was held.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    track: Duration,
    flush: Duration,
    shutdown: Duration,
    /// Dropping the handle, with a request under way.
    drop: Duration,
}

impl Held {
    fn longest(self, other: Self) -> Self {
        Self {
            track: self.track.max(other.track),
            flush: self.flush.max(other.flush),
            shutdown: self.shutdown.max(other.shutdown),
            drop: self.drop.max(other.drop),
        }
    }
}

/// How the application ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Shutdown,
    /// Without a word: the handle is dropped. Tried where a request is under way then.
    Drop,
}

/// A sort of program: how the application's code is run, and which hosts it was built with.
#[derive(Clone, Copy)]
struct Program {
    name: &'static str,
    hosts: Hosts,
    run: fn(&mut (dyn FnMut() + Send)),
}

/// An application's hosts are embedded when it is built, hence the literals.
macro_rules! hosts {
    ($port:literal, $plain:literal, $name:literal, $tls:literal) => {
        Hosts {
            port: $port,
            plain: embedded_host!(= $plain),
            name: embedded_host!(= $name),
            tls: embedded_host!(= $tls),
        }
    };
}

const PROGRAMS: [Program; 3] = [
    Program {
        name: "without a runtime",
        hosts: hosts!(24190, "http://127.0.0.1:24190", "http://localhost:24190", "https://127.0.0.1:24190"),
        run: |act| act(),
    },
    Program {
        name: "tokio, several threads",
        hosts: hosts!(24191, "http://127.0.0.1:24191", "http://localhost:24191", "https://127.0.0.1:24191"),
        run: |act| tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(async { act() }),
    },
    Program {
        name: "tokio, one thread",
        hosts: hosts!(24192, "http://127.0.0.1:24192", "http://localhost:24192", "https://127.0.0.1:24192"),
        run: |act| tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async { act() }),
    },
];

fn start(directory: &tempfile::TempDir, way: Way, hosts: Hosts, clock: &ManualClock) -> Telemetry<Tracked> {
    Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path().join("state"), way.sink(hosts))
        .clock(clock.clone())
        .build()
}

fn timed<T>(longest: &mut Duration, act: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = act();
    *longest = begun.elapsed().max(*longest);
    done
}

/// Waits until the worker has taken the queue over.
fn taken_over(telemetry: &Telemetry<Tracked>) {
    let until = Instant::now() + PATIENCE;
    while telemetry.stats().queued > 0 {
        assert!(Instant::now() < until, "never: {:?}", telemetry.stats());
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn assert_conserved(stats: &Stats, what: &str) {
    let lost: u64 = stats.losses().map(|(_, count)| count).sum();
    let accounted = stats.delivered + lost + stats.queued + stats.waiting;
    assert_eq!(stats.tracked + stats.adopted, accounted, "{what}: {stats:?}");
}

/// One row in one program: an application that meets the fault and ends, and the next one, after it.
fn lived(row: &Row, program: Program, ending: Ending) -> (Fate, Held) {
    let what = format!("{}, {}, {ending:?}", row.name, program.name);
    let directory = tempfile::tempdir().unwrap();
    let clock = ManualClock::default();
    let server = |way: Way, manner| Server::start(program.hosts.port, manner, way.server());
    let first = row.manner.map(|manner| server(row.way, manner));

    let (flush, shutdown) = row.deadlines();
    let (mut held, mut fate) = (Held::default(), Fate::default());
    (program.run)(&mut || {
        let telemetry = start(&directory, row.way, program.hosts, &clock);
        let question = telemetry.present(Surface::Dashboard).expect("the environment of the test denies telemetry");
        telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).unwrap();
        for n in 0..row.events {
            let event = if n == 2 { Tracked::ReportExported { rows: CountBucket::of(7) } } else { Tracked::AppStarted };
            timed(&mut held.track, || telemetry.track(event));
            row.meanwhile.after_event(n, &telemetry, &clock);
        }
        let flushed = timed(&mut held.flush, || telemetry.flush(flush));
        // A refused key turns telemetry off, a moment after the flush.
        while row.refuses_the_key() && telemetry.is_on() {
            std::thread::yield_now();
        }
        timed(&mut held.track, || telemetry.track(Tracked::AppStarted));
        row.meanwhile.before_the_end(&clock, first.as_ref());
        if ending == Ending::Shutdown && shutdown == SHUTDOWN {
            // So little time is for what the worker has seen: how soon it sees anything is the machine's affair.
            taken_over(&telemetry);
        }
        if ending == Ending::Drop {
            assert_eq!(flushed.ended, FlushEnd::Deadline, "{what}: no request is under way");
            timed(&mut held.drop, || drop(telemetry));
            fate = Fate { later: 0, ..row.fate.clone() };
            return;
        }
        let last = timed(&mut held.shutdown, || telemetry.shutdown(shutdown));
        assert!(row.ends(flushed.ended, last.ended), "{what}: {flushed:?}, {last:?}");
        let stats = telemetry.stats();
        assert_conserved(&stats, &what);
        fate = Fate { arrived: stats.delivered, lost: stats.losses().collect(), kept: stats.waiting, later: 0 };
    });
    let arrived = first.as_ref().map_or(0, |server| server.arrived().uuids.len() as u64);
    if row.meanwhile == Meanwhile::Flood {
        // What was on its way when the time was over may have arrived. Delivering the rest would take this test minutes:
        // that all of it arrives is shown by a test of core, without a server.
        assert!(arrived >= fate.arrived, "{what}");
        return (fate, held);
    }
    assert_eq!(arrived, fate.arrived, "{what}: what counts as delivered is what arrived");

    // The server is well again, an hour later, and the application is started once more.
    let mended = row.way.mended();
    let same = row.way.server().is_some() == mended.server().is_some() && first.is_some();
    let second = match first {
        Some(server) if same => server,
        // Another port would be another destination: the old server has to go first.
        gone => {
            drop(gone);
            server(mended, Manner::Accept)
        }
    };
    second.becomes(Manner::Accept);
    clock.advance(Duration::from_secs(3600));
    (program.run)(&mut || {
        let telemetry = start(&directory, mended, program.hosts, &clock);
        let until = Instant::now() + PATIENCE;
        while telemetry.stats().delivered < fate.kept && Instant::now() < until {
            telemetry.flush(FLUSH);
            // The worker of a handle that was dropped may still be about to leave its files, which are looked for now and
            // then.
            clock.advance(AGAIN);
        }
        let stats = telemetry.stats();
        assert_conserved(&stats, &what);
        fate.later = stats.delivered;
        telemetry.shutdown(SHUTDOWN);
    });
    let arrived = second.arrived();
    assert_eq!(arrived.uuids.len() as u64, fate.arrived + fate.later, "{what}: nothing comes under another identifier");
    // A server that hung may read, once it is well, what was given up long ago. That is what identifiers are for.
    assert!(arrived.again == 0 || row.hangs(), "{what}: {} came twice", arrived.again);
    drop(arrived);
    (fate, held)
}

/// The same row with each ending that means something there.
fn lives(row: &Row, program: Program) -> (Fate, Held) {
    let (fate, held) = lived(row, program, Ending::Shutdown);
    let (flush, shutdown) = row.deadlines();
    let within = |time: Duration, deadline: Duration| time < deadline.max(SOON);
    assert!(
        within(held.track, SOON) && within(held.flush, flush) && within(held.shutdown, shutdown),
        "{}, {}: {held:?}",
        row.name,
        program.name
    );
    if !row.is_dropped() {
        return (fate, held);
    }
    let (after, dropped) = lived(row, program, Ending::Drop);
    assert_eq!(after, fate, "{}, {}: what was left by dropping the handle", row.name, program.name);
    assert!(within(dropped.drop, SOON), "{}, {}: {dropped:?}", row.name, program.name);
    (fate, held.longest(dropped))
}

#[test]
fn every_fault_from_every_program() {
    let lives = std::thread::scope(|scope| {
        let running = PROGRAMS.map(|program| {
            scope.spawn(move || rows().iter().map(|row| lives(row, program)).collect::<Vec<(Fate, Held)>>())
        });
        running.map(|program| program.join().unwrap())
    });
    let mut table = String::new();
    for (n, row) in rows().iter().enumerate() {
        let mut held = Held::default();
        for (program, lives) in PROGRAMS.iter().zip(&lives) {
            if row.meanwhile == Meanwhile::Flood {
                assert_only_room_was_wanting(&lives[n].0, *program);
            } else {
                assert_eq!(lives[n].0, row.fate, "{}, {}", row.name, program.name);
            }
            held = held.longest(lives[n].1);
        }
        let _ = writeln!(table, "{}", line(row, &lives[0][n].0, held));
    }
    document(&table);
}

fn assert_only_room_was_wanting(fate: &Fate, program: Program) {
    let lost: u64 = fate.lost.iter().map(|(_, count)| count).sum();
    assert_eq!(fate.arrived + lost + fate.kept, FLOOD + 1, "{}: {fate:?}", program.name);
    let is_room = |cause: &Loss| matches!(cause, Loss::QueueFull | Loss::SpoolFull);
    assert!(fate.lost.iter().all(|(cause, _)| is_room(cause)), "{}: {fate:?}", program.name);
}

/// A row of the document. The times come last, so that all before them can be compared.
fn line(row: &Row, fate: &Fate, held: Held) -> String {
    let lost: Vec<String> = fate.lost.iter().map(|(cause, count)| format!("{count} `{cause}`")).collect();
    let lost = if lost.is_empty() { "–".to_owned() } else { lost.join(", ") };
    let Fate { arrived, kept, later, .. } = fate;
    let later = if row.meanwhile == Meanwhile::Flood { "–".to_owned() } else { later.to_string() };
    let class = |time: Duration| match time.as_millis() {
        0 => "< 1 ms".to_owned(),
        millis => format!("{millis} ms"),
    };
    let name = match row.deadlines() {
        (FLUSH, SHUTDOWN) => format!("{} \\*", row.name),
        (FLUSH, _) => format!("{} \\*\\*", row.name),
        _ => row.name.to_owned(),
    };
    let dropped = if row.is_dropped() { class(held.drop) } else { "–".to_owned() };
    format!(
        "| {name} | {arrived} | {lost} | {kept} | {later} | {} | {} | {} | {dropped} |",
        class(held.track),
        class(held.flush),
        class(held.shutdown)
    )
}

const BEGIN: &str = "<!-- every_fault_from_every_program -->\n";
const RULE: &str = "|---|---|---|---|---|---|---|---|---|\n";
const END: &str = "<!-- end -->";

/// Compares the table in the document, without the times, or writes it.
fn document(table: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/fault-matrix.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let (head, old) = rest.split_once(RULE).unwrap();
    #[expect(clippy::disallowed_methods, reason = "whether this test writes its document, and nothing else")]
    let writes = std::env::var_os("FAULT_MATRIX").is_some_and(|value| value == "write");
    if writes {
        let made = format!("{before}{BEGIN}{head}{RULE}{table}{END}{after}");
        fs::write(&path, made).unwrap();
        return;
    }
    let untimed = |table: &str| -> Vec<String> {
        let lines = table.lines().take_while(|line| line.starts_with('|'));
        let figures = |line: &str| if line.starts_with("| 10⁶") { 2 } else { 6 };
        lines.map(|line| line.split('|').take(figures(line)).collect::<Vec<_>>().join("|")).collect()
    };
    assert_eq!(
        untimed(old),
        untimed(table),
        "the document is out of date: FAULT_MATRIX=write cargo test -p telemetry-posthog --test it matrix"
    );
}
