//! Real crashes of real processes, with personal data in everything that a crash could quote: what is on disk and on the
//! wire afterwards names code, and nothing else.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::harness::binaries::{self, Build};
use crate::harness::home::{Home, output};
use crate::harness::tools;
use crate::harness::trace::{Trace, assert_no_trace_of_telemetry, named};
use crate::harness::trap::Trap;

/// What must be nowhere: parts of what the program is given, of this machine and of the directory it was built in.
const SECRETS: [&str; 5] = [
    "alice@example.com at desk-of-alice",
    "/home/alice/secret-project/diary.db",
    "phx_a_personal_token",
    "Authorization: Bearer eyJhbGciOi",
    "alice-laptop.local",
];

/// Ways to crash that end with one report at least.
const CRASHES: [&str; 8] = ["main", "thread", "other", "task", "twice", "hook", "abort", "deep"];

/// How a process ends that aborts.
const SIGABRT: i32 = 6;

struct Crasher {
    home: Home,
    sink: &'static str,
}

impl Crasher {
    fn new(trap: &Trap, sink: &'static str) -> Self {
        Self::of(&binaries::crash(), trap, sink)
    }

    fn of(build: &Build, trap: &Trap, sink: &'static str) -> Self {
        Self { home: Home::new(|directory| build.at(trap.port(), directory, "crash")), sink }
    }

    fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    fn run(&self, act: &str) -> Output {
        let state = self.state();
        let arguments = [state.to_str().unwrap(), self.sink, act].into_iter().chain(SECRETS);
        output(&mut self.home.command(arguments))
    }

    fn agree(&self) {
        assert!(self.run("on").status.success());
    }

    /// Everything that is on disk, names and contents.
    fn disk(&self) -> Vec<(String, Vec<u8>)> {
        let files = self.home.files().into_iter();
        files.map(|name| (name.clone(), fs::read(self.home.path().join(name)).unwrap_or_default())).collect()
    }
}

fn holds(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

/// Fails if anything of what was given to the program, of where it was built or of the machine is in these bytes.
fn assert_clean(what: &str, bytes: &[u8]) {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let built = binaries::workspace().to_str().unwrap().to_owned();
    let parts = SECRETS.iter().flat_map(|secret| secret.split([' ', '/', '@'])).filter(|part| part.len() > 4);
    let all = SECRETS.into_iter().chain(parts).chain(["could not", "/rustc/", ".cargo", built.as_str(), "payload"]);
    for part in all.chain((host.trim().len() > 4).then_some(host.trim())) {
        assert!(!holds(bytes, part), "{part:?} is in {what}: {}", String::from_utf8_lossy(bytes));
    }
}

/// The reports in what reached the server: the lines of each envelope.
fn envelopes(trap: &Trap) -> Vec<Value> {
    let requests = trap.requests();
    let lines = |body: &[u8]| -> Vec<Value> {
        body.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    };
    requests.iter().map(|request| lines(&request.body).pop().unwrap()).collect()
}

fn check_wire(trap: &Trap) {
    for request in trap.requests() {
        assert_clean("the body", &request.body);
        assert_clean("the head", format!("{} {:?}", request.line, request.headers).as_bytes());
    }
}

#[test]
fn every_crash_is_reported_by_the_next_start_and_quotes_nothing() {
    for manner in CRASHES {
        let trap = Trap::accepting();
        let crasher = Crasher::new(&trap, "sentry");
        crasher.agree();
        let output = crasher.run(manner);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.contains("alice") || matches!(manner, "abort" | "other" | "hook"),
            "{manner}: the program did quote: {said}"
        );
        for (name, bytes) in crasher.disk() {
            assert_clean(&format!("{manner}: {name}"), &bytes);
        }
        assert!(crasher.run("deliver").status.success());
        let reports = envelopes(&trap);
        assert!(!reports.is_empty(), "{manner}: nothing came; {said}");
        check_wire(&trap);
        let first = &reports[0]["exception"]["values"][0];
        assert_eq!((first["type"].as_str(), reports[0]["level"].as_str()), (Some("panic"), Some("fatal")), "{manner}");
        let place = first["value"].as_str().unwrap();
        let is_known = place.starts_with("tests/src/bin/crash.rs:") || place.starts_with("crash::");
        assert!(is_known, "{manner}: {place}");
        let frames = first["stacktrace"]["frames"].as_array().unwrap();
        let names: Vec<&str> = frames.iter().filter_map(|frame| frame["function"].as_str()).collect();
        assert!(names.iter().all(|name| name.starts_with("crash::")), "{manner}: {names:?}");
        // An inner closure goes by its bare name where debug information has line tables only, and is then left out.
        assert!(!names.is_empty() || manner == "other", "{manner}: the functions are named");
        let thread = reports[0]["tags"]["thread"].as_str().unwrap();
        let expected = match manner {
            "thread" | "other" => "other",
            "task" => "worker",
            _ => "main",
        };
        assert_eq!(thread, expected, "{manner}");
        if manner == "deep" {
            // More functions than a record has room for: it is cut at whole names.
            assert!(names.len() > 5 && names.len() <= 24, "{}", names.len());
        }
        if manner == "twice" {
            assert!(reports.len() >= 2, "both panics: {reports:#?}");
        }
        // What was sent is what the person can read, and nothing is left.
        for (name, bytes) in crasher.disk() {
            assert_clean(&format!("{manner}, delivered: {name}"), &bytes);
            assert!(!name.contains(".crash"), "{name}");
        }
    }
}

#[test]
fn the_same_reports_go_to_posthog_by_choosing_the_sink() {
    let trap = Trap::accepting();
    let crasher = Crasher::new(&trap, "posthog");
    crasher.agree();
    crasher.run("thread");
    crasher.run("error");
    assert!(crasher.run("deliver").status.success());
    check_wire(&trap);
    let events: Vec<Value> =
        trap.requests().iter().flat_map(|request| request.json()["batch"].as_array().unwrap().clone()).collect();
    let exceptions: Vec<&Value> = events.iter().map(|event| &event["properties"]["$exception_list"][0]).collect();
    assert_eq!(events.len(), 2, "{events:#?}");
    assert!(events.iter().all(|event| event["event"] == "$exception"), "{events:#?}");
    let mut kinds: Vec<&str> = exceptions.iter().map(|exception| exception["type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["open", "panic"]);
}

#[test]
fn a_panic_without_a_yes_leaves_no_trace() {
    const TEST: &str = "a_panic_without_a_yes_leaves_no_trace";
    let trap = Trap::accepting();
    let crasher = Crasher::new(&trap, "sentry");
    let state = crasher.state();
    let silent = |when: &str| {
        for manner in CRASHES.into_iter().chain(["loop", "error"]) {
            let before = crasher.disk();
            crasher.run(manner);
            assert_eq!(crasher.disk(), before, "{when}: {manner}");
        }
        let arguments = [state.to_str().unwrap(), "sentry", "thread"].into_iter().chain(SECRETS);
        let Some((mut command, trace)) = Trace::of(&crasher.home.command(arguments), crasher.home.work(), TEST) else {
            return;
        };
        assert!(output(&mut command).status.success());
        let calls = trace.calls();
        assert_no_trace_of_telemetry(&calls);
        assert!(named(&calls, &["socket", "connect"]).is_empty(), "{when}");
        fs::remove_file(crasher.home.work().join("trace")).unwrap();
    };
    silent("nobody was asked");
    assert!(!state.exists());
    crasher.agree();
    crasher.run("thread");
    let left = |crasher: &Crasher| crasher.disk().into_iter().any(|(name, _)| name.contains("/data/"));
    assert!(left(&crasher), "the crash waits on disk");
    assert!(crasher.run("off").status.success());
    assert!(!left(&crasher), "turning off erases it");
    silent("it was turned off");
    trap.assert_untouched("no yes, or nobody who delivers");
}

/// In a build whose panics abort. Which `.ci/panic-abort` makes, since it is another build of everything.
#[test]
fn a_build_that_aborts_reports_its_crash_at_the_next_start_and_quotes_nothing() {
    const TEST: &str = "a_build_that_aborts_reports_its_crash_at_the_next_start_and_quotes_nothing";
    let Some(program) = tools::file("PANIC_ABORT_PROGRAM", TEST) else { return };
    let build = Build { bytes: fs::read(program).unwrap() };
    for manner in ["main", "thread", "other", "task", "deep"] {
        let trap = Trap::accepting();
        let crasher = Crasher::of(&build, &trap, "sentry");
        let crash = || {
            let output = crasher.run(manner);
            assert_eq!(output.status.signal(), Some(SIGABRT), "{manner}: the build does not abort: {output:?}");
        };
        let before = crasher.disk();
        crash();
        assert_eq!(crasher.disk(), before, "{manner}: a trace without a yes");

        crasher.agree();
        crash();
        let records: Vec<Vec<u8>> = crasher
            .disk()
            .into_iter()
            .filter(|(name, _)| Path::new(name).extension().is_some_and(|kind| kind == "crash"))
            .map(|(_, bytes)| bytes)
            .collect();
        assert!(records.iter().any(|bytes| !bytes.is_empty()), "{manner}: nothing was written before the end");
        for (name, bytes) in crasher.disk() {
            assert_clean(&format!("{manner}: {name}"), &bytes);
        }
        trap.assert_untouched("a process that ends sends nothing");

        assert!(crasher.run("deliver").status.success());
        let reports = envelopes(&trap);
        assert_eq!(reports.len(), 1, "{manner}: {reports:#?}");
        let exception = &reports[0]["exception"]["values"][0];
        assert_eq!((exception["type"].as_str(), reports[0]["level"].as_str()), (Some("panic"), Some("fatal")));
        let place = exception["value"].as_str().unwrap();
        assert!(place.starts_with("tests/src/bin/crash.rs:") || place.starts_with("crash::"), "{manner}: {place}");
        check_wire(&trap);
        for (name, bytes) in crasher.disk() {
            assert_clean(&format!("{manner}, delivered: {name}"), &bytes);
        }
    }
}

#[test]
fn crashes_in_a_loop_and_at_once_are_counted_to_the_last() {
    let count = |output: &Output, what: &str| -> u64 {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (_, rest) = text.split_once(&format!("{what}: ")).unwrap_or_else(|| panic!("{what} in {text}"));
        rest.split([',', ' ', '}']).next().unwrap().parse().unwrap()
    };
    for (manner, times) in [("loop", 100), ("at-once", 8)] {
        let trap = Trap::accepting();
        let crasher = Crasher::new(&trap, "sentry");
        crasher.agree();
        let output = crasher.run(manner);
        assert_eq!(count(&output, "tracked"), times, "{manner}: every panic is counted");
        let delivered = count(&output, "delivered");
        assert!((1..=5).contains(&delivered), "{manner}: {delivered} of a cause");
        check_wire(&trap);
    }
}
