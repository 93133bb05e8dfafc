//! A program that crashes in every way, with personal data in whatever a crash could quote.
//!
//! `crash DIRECTORY SINK on|off|deliver|MANNER SECRETS…`, where SINK is `sentry` or `posthog` and a MANNER is one of
//! [`MANNERS`]. What comes after it is used as payloads, arguments and names of threads.

#![forbid(unsafe_code)]
#![expect(clippy::panic, clippy::unwrap_used, reason = "it crashes on purpose")]

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use telemetry_core::{
    Catalogue, Dsn, EmbeddedHost, EmbeddedKey, ErrorReport, PanicReport, ProgramKind, Purpose, Purposes, Report, Sink,
    Surface, Telemetry, embedded_host, embedded_key,
};
use telemetry_posthog::Posthog;
use telemetry_sentry::Sentry;
use telemetry_tests::{LONG, SHORT};

/// The destinations. The tests replace the port in a copy of the binary by their server's.
const DSN: EmbeddedKey<Dsn> = embedded_key!(= "http://0123456789abcdef0123456789abcdef@127.0.0.1:59999/1");
const KEY: EmbeddedKey = embedded_key!(= "phc_crash_test_key");
const HOST: EmbeddedHost = embedded_host!(= "http://127.0.0.1:59999");

/// How deep the calls of a deep crash are.
const DEPTH: u32 = 400;

/// How often a crash in a loop happens.
const TIMES: u32 = 100;

/// Why something failed.
#[derive(Debug, ErrorReport)]
enum Failure {
    /// The file could not be opened.
    Open(#[expect(dead_code, reason = "what nobody may read")] String),
}

/// Everything that it can report.
#[derive(Catalogue)]
#[catalogue(app = "crash", revision = 1, identity = "stable", context(app_version, os_family, arch), crates(tests))]
enum Tracked {
    /// It panicked.
    ///
    /// Why: gives the tests something to look at.
    #[event(name = "program.panicked", purpose = "errors")]
    #[expect(dead_code, reason = "only the hook makes one")]
    Panicked {
        /// Where.
        panic: PanicReport,
    },
    /// A file could not be opened.
    ///
    /// Why: gives the tests something to look at.
    #[event(name = "file.failed", purpose = "errors")]
    FileFailed {
        /// Why, and where.
        failure: Report<Failure>,
    },
}

type Crash = fn(&Telemetry<Tracked>, &[String]);

/// The ways to crash.
const MANNERS: [(&str, Crash); 11] = [
    ("main", |_, secrets| fail(secrets)),
    ("thread", |_, secrets| in_thread(secrets)),
    ("other", |_, secrets| in_other_code(secrets)),
    ("task", |_, secrets| in_task(secrets)),
    ("twice", |_, secrets| while_panicking(secrets)),
    ("hook", |telemetry, secrets| in_hook(telemetry, secrets)),
    ("abort", |telemetry, secrets| in_abort(telemetry, secrets)),
    ("deep", |_, secrets| deep(DEPTH, secrets)),
    ("loop", |telemetry, secrets| in_loop(telemetry, secrets)),
    ("at-once", |telemetry, secrets| at_once(telemetry, secrets)),
    ("error", |telemetry, secrets| error(telemetry, secrets)),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, sink, act, secrets @ ..] = &arguments[..] else { return ExitCode::from(2) };
    // What crashes leaves that to the next start, however long its end takes.
    let interval = if act == "deliver" { SHORT } else { LONG };
    match sink.as_str() {
        "sentry" => run(&telemetry(directory, Sentry::new(DSN), interval), act, secrets),
        "posthog" => run(&telemetry(directory, Posthog::new(KEY, HOST), interval), act, secrets),
        _ => ExitCode::from(2),
    }
}

fn telemetry(directory: &str, sink: impl Sink, interval: Duration) -> Telemetry<Tracked> {
    Telemetry::<Tracked>::builder(ProgramKind::Service, directory, sink).flush_interval(interval).build()
}

fn run(telemetry: &Telemetry<Tracked>, act: &str, secrets: &[String]) -> ExitCode {
    let done = match act {
        "on" => on(telemetry),
        "off" => telemetry.withdraw(Surface::Terminal).ok().map(drop),
        "deliver" => deliver(telemetry),
        _ => MANNERS.iter().find(|(name, _)| *name == act).map(|(name, crash)| {
            if !matches!(*name, "hook" | "abort") {
                telemetry.report_panics();
            }
            crash(telemetry, secrets);
        }),
    };
    if done.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn on(telemetry: &Telemetry<Tracked>) -> Option<()> {
    let question = telemetry.present(Surface::Terminal)?;
    telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Errors)).ok()
}

/// Delivers what others left, and says what it counted.
fn deliver(telemetry: &Telemetry<Tracked>) -> Option<()> {
    // What ended processes left is taken over by the worker's first look, which comes with a flush at the latest.
    for _ in 0..200 {
        let report = telemetry.flush(Duration::from_mins(1));
        if report.remaining == 0 && telemetry.stats().adopted > 0 {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    say(&format!("{:?}", telemetry.stats()))
}

fn say(text: &str) -> Option<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).ok()
}

#[inline(never)]
fn fail(secrets: &[String]) {
    panic!("could not open {secrets:?}");
}

fn in_thread(secrets: &[String]) {
    let (name, secrets) = (secrets.first().cloned().unwrap_or_default(), secrets.to_vec());
    let thread = thread::Builder::new().name(name).spawn(move || fail(&secrets)).unwrap();
    assert!(thread.join().is_err(), "it panics");
}

/// The place of the panic is not in this program's code; the functions that led there are.
fn in_other_code(secrets: &[String]) {
    let thread = thread::scope(|scope| {
        scope
            .spawn(|| {
                let text = format!("\u{e9} {secrets:?}");
                // Cuts a letter in two, about which the standard library panics, quoting the text.
                assert!(text[..1].is_empty(), "never comes to this");
            })
            .join()
    });
    assert!(thread.is_err(), "it panics");
}

fn in_task(secrets: &[String]) {
    let secrets = secrets.to_vec();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let task = runtime.spawn(async move { fail(&secrets) });
    assert!(runtime.block_on(task).is_err(), "it panics");
}

/// Panics when it is dropped by a panic, which ends the process.
struct Bomb<'a>(&'a [String]);

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        panic!("could not close {:?}", self.0);
    }
}

fn while_panicking(secrets: &[String]) {
    let _bomb = Bomb(secrets);
    fail(secrets);
}

/// The hook before ours panics, which ends the process.
fn in_hook(telemetry: &Telemetry<Tracked>, secrets: &[String]) {
    let for_hook = secrets.to_vec();
    std::panic::set_hook(Box::new(move |_| panic!("could not report {for_hook:?}")));
    telemetry.report_panics();
    fail(secrets);
}

/// The hook before ours aborts, as `panic = "abort"` does after all hooks.
fn in_abort(telemetry: &Telemetry<Tracked>, secrets: &[String]) {
    std::panic::set_hook(Box::new(|_| std::process::abort()));
    telemetry.report_panics();
    fail(secrets);
}

#[inline(never)]
fn deep(depth: u32, secrets: &[String]) {
    if depth == 0 {
        fail(secrets);
    } else {
        deep_function_with_a_name_that_is_as_long_as_names_get_in_a_program_of_some_size(depth - 1, secrets);
    }
}

#[inline(never)]
fn deep_function_with_a_name_that_is_as_long_as_names_get_in_a_program_of_some_size(depth: u32, secrets: &[String]) {
    deep(depth, secrets);
    // Not a tail call.
    assert!(depth <= DEPTH, "too deep");
}

fn in_loop(telemetry: &Telemetry<Tracked>, secrets: &[String]) {
    for _ in 0..TIMES {
        in_thread(secrets);
    }
    say_stats(telemetry);
}

/// Many threads at the same moment.
fn at_once(telemetry: &Telemetry<Tracked>, secrets: &[String]) {
    let start = std::sync::Barrier::new(8);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    fail(secrets);
                })
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().is_err()), "all panic");
    });
    say_stats(telemetry);
}

fn say_stats(telemetry: &Telemetry<Tracked>) {
    // Takes over what the hook has written.
    telemetry.flush(Duration::from_mins(1));
    let _ = say(&format!("{:?}", telemetry.stats()));
}

fn error(telemetry: &Telemetry<Tracked>, secrets: &[String]) {
    let failure = Failure::Open(format!("{secrets:?}"));
    telemetry.track(Tracked::FileFailed { failure: failure.report() });
    telemetry.flush(Duration::from_mins(1));
    telemetry.shutdown(Duration::from_mins(1));
}
