//! `prove-off`: runs the program itself where nobody has agreed, and counts what its system calls say.
//!
//! Owns the running and the report. It must never touch the state of the person who calls it, never open a socket,
//! and never call a run silent that it could not see.

mod trace;

use core::fmt;
use core::time::Duration;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use super::Stop;
use super::terminal::Terminal;
use crate::catalogue::Catalogue;
use crate::consent::Reason;
use crate::digest::hex;
use crate::telemetry::Telemetry;
use trace::{Kind, Listener, Observed};

/// How long one operation may take, the tracing included, which slows a program down many times.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a service may take to stop when it is asked to.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How often an operation is looked after. A person waits for it, so not much.
const STEP: Duration = Duration::from_millis(10);

/// So many calls are shown for each operation; more would bury the first.
const SHOWN: usize = 10;

/// One of the main operations of a program, for `prove-off` to run: arguments of the program's own binary.
///
/// ```
/// use telemetry_core::cli::Operation;
///
/// const OPERATIONS: &[Operation] =
///     &[Operation::new(&["words", Operation::PROGRAM]), Operation::new(&["telemetry", "status"])];
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    arguments: &'static [&'static str],
    visit: Option<Visit>,
}

/// Uses a service once, knowing what it prints.
type Visit = fn(&mut dyn BufRead) -> io::Result<()>;

impl Operation {
    /// As an argument, stands for the path of the program's binary: a file that is always there.
    pub const PROGRAM: &'static str = "{program}";

    /// As an argument, stands for the path of the fresh directory that the operation runs in.
    pub const DIRECTORY: &'static str = "{directory}";

    /// An operation that ends by itself, within a minute, with exit code 0, and has no business with the network.
    #[must_use]
    pub const fn new(arguments: &'static [&'static str]) -> Self {
        Self { arguments, visit: None }
    }

    /// A service that waits for clients on one loopback address until it is told to end.
    ///
    /// `visit` is called with what the service prints, finds the address in it, makes a request, and returns; then
    /// the service is asked to end by `SIGTERM`. That one listener is excused, and everything else is counted.
    #[must_use]
    pub const fn service(arguments: &'static [&'static str], visit: fn(&mut dyn BufRead) -> io::Result<()>) -> Self {
        Self { arguments, visit: Some(visit) }
    }

    const fn listener(&self) -> Listener {
        if self.visit.is_some() { Listener::OneOnLoopback } else { Listener::None }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arguments.join(" "))
    }
}

/// Why nothing could be proved.
#[derive(Debug)]
pub(super) enum Obstacle {
    NoOperations,
    NotLinux,
    NoStrace,
    NotPermitted,
    NoDirectory(io::Error),
    NotStarted(io::Error),
}

/// How often something was done that silence forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) sockets: usize,
    pub(super) connections: usize,
    pub(super) look_ups: usize,
    pub(super) files: usize,
}

impl Counts {
    fn of(observed: &Observed) -> Self {
        Self {
            sockets: observed.count(Kind::Socket),
            connections: observed.count(Kind::Connection),
            look_ups: observed.count(Kind::LookUp),
            files: observed.count(Kind::File),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            sockets: self.sockets + other.sockets,
            connections: self.connections + other.connections,
            look_ups: self.look_ups + other.look_ups,
            files: self.files + other.files,
        }
    }
}

pub(super) fn prove_off<C: Catalogue>(
    telemetry: &Telemetry<C>,
    operations: &[Operation],
    terminal: &mut Terminal<'_>,
) -> Result<(), Stop> {
    if operations.is_empty() {
        return Err(Obstacle::NoOperations.into());
    }
    let program = std::env::current_exe().map_err(Obstacle::NotStarted)?;
    let app = C::SCHEMA.app;
    let speech = terminal.speech();
    writeln!(terminal.messages(), "{}", speech.tracing(operations.len(), app))?;
    let (mut total, mut failed, mut listeners) = (Counts::default(), 0, 0);
    for operation in operations {
        let Ran { observed, failure } = run(&program, app, operation)?;
        let counts = Counts::of(&observed);
        total = total.plus(counts);
        listeners += observed.listeners;
        failed += usize::from(failure.is_some());
        writeln!(terminal.output(), "{}", speech.traced(app, operation, counts, failure.as_ref()))?;
        for finding in observed.findings.iter().take(SHOWN) {
            writeln!(terminal.output(), "  {}", finding.call)?;
        }
        if let Some(more) = observed.findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            writeln!(terminal.output(), "  {}", speech.and_more(more))?;
        }
    }
    writeln!(terminal.output(), "{}", speech.in_all(total))?;
    if listeners > 0 {
        writeln!(terminal.output(), "{}", speech.excused(listeners))?;
    }
    let status = telemetry.status_in(terminal.locale());
    for reason in status.reasons.iter().filter(|reason| OTHER_REASONS.contains(&reason.code)) {
        writeln!(terminal.output(), "{}", speech.also_off(&reason.reason))?;
    }
    match failed {
        0 if total == Counts::default() => Ok(()),
        0 => Err(Stop::NotSilent),
        _ => Err(Stop::OperationsFailed(failed)),
    }
}

/// Reasons that hold for the traced runs as well, so that these say less than they could.
const OTHER_REASONS: [&str; 5] = [
    Reason::NoKey.code(),
    Reason::DoNotTrack.code(),
    Reason::AppSwitch.code(),
    Reason::Policy.code(),
    Reason::Ci.code(),
];

/// What a traced operation did.
struct Ran {
    observed: Observed,
    failure: Option<Failure>,
}

/// How an operation did not do its work, so that its silence says nothing.
#[derive(Debug)]
pub(super) enum Failure {
    Ended(ExitStatus),
    TooLong,
    Visit(io::ErrorKind),
}

fn run(program: &Path, app: &str, operation: &Operation) -> Result<Ran, Obstacle> {
    if !cfg!(target_os = "linux") {
        return Err(Obstacle::NotLinux);
    }
    let fresh = Fresh::new(app)?;
    let list = fresh.0.join("calls");
    let mut child = command(program, operation, &fresh.0, &list).spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Obstacle::NoStrace,
        _ => Obstacle::NotStarted(error),
    })?;
    let failure = match operation.visit {
        None => wait(&mut child, PATIENCE).map_or(Some(Failure::TooLong), failed),
        Some(visit) => {
            let visited = visit_within(PATIENCE, visit, &mut child);
            ask_to_end(&list);
            let ended = wait(&mut child, STOP_PATIENCE);
            visited.err().map(Failure::Visit).or_else(|| ended.is_none().then_some(Failure::TooLong))
        }
    };
    end(&mut child, &list);
    let observed = trace::observe(&fs::read_to_string(&list).unwrap_or_default(), operation.listener());
    if observed.has_begun { Ok(Ran { observed, failure }) } else { Err(Obstacle::NotPermitted) }
}

fn failed(status: ExitStatus) -> Option<Failure> {
    (!status.success()).then_some(Failure::Ended(status))
}

/// The operation under `strace`, with a home of its own. Kill switches stay as they are.
fn command(program: &Path, operation: &Operation, directory: &Path, list: &Path) -> Command {
    let argument = |argument: &&str| -> OsString {
        match *argument {
            Operation::PROGRAM => program.into(),
            Operation::DIRECTORY => directory.into(),
            other => other.into(),
        }
    };
    let mut command = Command::new("strace");
    command.args(["-f", "-q", "-s", "256", "-e", trace::CALLS, "-o"]).arg(list).arg("--").arg(program);
    command.args(operation.arguments.iter().map(argument)).current_dir(directory);
    for home in HOMES {
        command.env(home, directory);
    }
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command.stdout(if operation.visit.is_some() { Stdio::piped() } else { Stdio::null() });
    command
}

/// What programs find their directories by.
const HOMES: [&str; 7] =
    ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "TMPDIR"];

/// How a process ended, if it did in time.
fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(STEP),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Lets the application use its service. A visit that waits for words which never come ends with the service.
fn visit_within(patience: Duration, visit: Visit, child: &mut Child) -> Result<(), io::ErrorKind> {
    let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let (sender, receiver) = mpsc::sync_channel(1);
    let visiting = move || {
        let mut output = BufReader::new(output);
        let visited = visit(&mut output).map_err(|error| error.kind());
        // Nobody waits any more if it took too long.
        let _ = sender.send(visited);
        // A service must not fail because nobody reads its last words.
        let _ = io::copy(&mut output, &mut io::sink());
    };
    thread::Builder::new().name("visit".into()).spawn(visiting).map_err(|error| error.kind())?;
    receiver.recv_timeout(patience).unwrap_or(Err(io::ErrorKind::TimedOut))
}

/// Asks the traced process to end: `strace` itself would go on without it, so the signal goes to the process whose
/// number begins the list of calls.
fn ask_to_end(list: &Path) {
    signal(list, "TERM");
}

/// Makes sure that nothing is left running.
fn end(child: &mut Child, list: &Path) {
    if matches!(child.try_wait(), Ok(None)) {
        signal(list, "KILL");
        if wait(child, STOP_PATIENCE).is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a signal by way of the shell, which every system has: the standard library knows only the end of its own
/// child.
fn signal(list: &Path, name: &str) {
    let text = fs::read_to_string(list).unwrap_or_default();
    let process: Option<u32> = text.split_whitespace().next().and_then(|number| number.parse().ok());
    if let Some(process) = process {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "kill -\"$0\" \"$1\"", name]).arg(process.to_string());
        // One that is gone already is no failure.
        let _ = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// A directory that nobody else can read, removed at the end.
struct Fresh(PathBuf);

impl Fresh {
    fn new(app: &str) -> Result<Self, Obstacle> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| Obstacle::NoDirectory(io::ErrorKind::Unsupported.into()))?;
        let path = crate::kill_switch::scratch_directory().join(format!("{app}-prove-off-{}", hex(&random)));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(Obstacle::NoDirectory)?;
        Ok(Self(path))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // What stays is in the system's directory for what may go.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    /// Runs this test program under `strace`, or says that it could not: `TRACE_TESTS=1` makes that a failure.
    fn traced(arguments: &'static [&'static str]) -> Option<Ran> {
        match run(&std::env::current_exe().unwrap(), "tool", &Operation::new(arguments)) {
            Ok(ran) => Some(ran),
            Err(obstacle) => {
                let must_run = crate::kill_switch::is_demanded("TRACE_TESTS");
                assert!(!must_run, "TRACE_TESTS=1, but {obstacle:?}");
                eprintln!("SKIPPED: {obstacle:?}");
                None
            }
        }
    }

    /// A program that is not silent, for the test below; by itself it shows that loopback works.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the program that is to be caught")]
    fn talks_to_itself() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    }

    #[test]
    fn a_silent_program_is_told_from_one_that_connects() {
        let Some(silent) = traced(&["--list"]) else { return };
        assert!(silent.failure.is_none() && silent.observed.findings.is_empty(), "{:?}", silent.observed);
        let ran = traced(&["--exact", "cli::prove::tests::talks_to_itself"]).unwrap();
        assert!(ran.failure.is_none(), "{:?}", ran.failure);
        assert_eq!((ran.observed.count(Kind::Socket), ran.observed.count(Kind::Connection)), (2, 1));
    }

    #[test]
    fn a_program_that_fails_is_not_called_silent() {
        let Some(ran) = traced(&["--no-such-option"]) else { return };
        assert!(matches!(ran.failure, Some(Failure::Ended(_))));
    }

    #[test]
    fn arguments_and_homes_are_those_of_the_operation() {
        let operation = Operation::new(&["words", Operation::PROGRAM, "--in", Operation::DIRECTORY]);
        let command = command("/bin/tool".as_ref(), &operation, "/tmp/x".as_ref(), "/tmp/x/calls".as_ref());
        let arguments: Vec<&OsStr> = command.get_args().collect();
        assert!(arguments.ends_with(&["/bin/tool", "words", "/bin/tool", "--in", "/tmp/x"].map(OsStr::new)));
        for home in HOMES {
            assert!(command.get_envs().any(|(name, value)| name == home && value == Some("/tmp/x".as_ref())), "{home}");
        }
    }
}
