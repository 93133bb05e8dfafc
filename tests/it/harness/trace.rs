//! System calls of a real process, as `strace` writes them down.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools;

/// A call as it began, without what it returned.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// A trace that is written while the process runs.
pub(crate) struct Trace {
    file: PathBuf,
}

impl Trace {
    /// The command under `strace`, or `None` after saying that `test` is skipped.
    ///
    /// Works for commands of a `Home`, whose environment is complete in itself.
    pub(crate) fn of(command: &Command, directory: &Path, test: &str) -> Option<(Command, Self)> {
        let strace = tools::tool("strace", "TRACE_TESTS", test)?;
        let file = directory.join("trace");
        let mut traced = Command::new(strace);
        traced.args(["-f", "-qq", "-s", "256", "-e", "trace=network,%file,clone,clone3,prctl", "-o"]).arg(&file);
        traced.arg(command.get_program()).args(command.get_args()).env_clear();
        traced.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        traced.current_dir(command.get_current_dir().unwrap()).stdin(std::process::Stdio::null());
        Some((traced, Self { file }))
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        // `123 connect(3, {…}, 16) = 0`; what was interrupted comes in two lines, of which the first has everything.
        text.lines()
            .filter_map(|line| {
                let (_, call) = line.split_once(' ')?;
                let (name, arguments) = call.trim_start().split_once('(')?;
                let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                (is_name && !name.is_empty()).then(|| Call { name: name.to_owned(), arguments: arguments.to_owned() })
            })
            .collect()
    }

    /// The number of the traced process itself, once it has begun.
    pub(crate) fn process(&self) -> Option<i32> {
        fs::read_to_string(&self.file).ok()?.split(' ').next()?.parse().ok()
    }
}

/// Calls of these names.
pub(crate) fn named<'a>(calls: &'a [Call], names: &[&str]) -> Vec<&'a Call> {
    calls.iter().filter(|call| names.contains(&call.name.as_str())).collect()
}

/// What no process may do for telemetry without a yes: look a name up, make a file, start the worker.
pub(crate) fn assert_no_trace_of_telemetry(calls: &[Call]) {
    assert!(calls.iter().any(|call| call.name == "execve"), "the trace is empty: {calls:?}");
    for call in calls {
        let is_lookup = ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "nscd"]
            .iter()
            .any(|name| call.arguments.contains(name));
        assert!(!is_lookup, "a name was looked up: {call:?}");
        let makes_files = call.arguments.contains("O_CREAT")
            || [
                "creat",
                "mkdir",
                "mkdirat",
                "rename",
                "renameat",
                "renameat2",
                "link",
                "linkat",
                "symlink",
                "symlinkat",
            ]
            .contains(&call.name.as_str());
        let is_ours =
            ["installation", "receipts", "gate.lock", "/telemetry"].iter().any(|n| call.arguments.contains(n));
        assert!(!(makes_files && is_ours), "a file was made: {call:?}");
        let is_worker = call.name == "prctl" && call.arguments.contains("PR_SET_NAME, \"telemetry");
        assert!(!is_worker, "the worker was started: {call:?}");
    }
}
