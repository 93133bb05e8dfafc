//! The built program is silent where nobody has agreed, by its own account.

use std::env;
use std::process::Command;

#[test]
fn prove_off_finds_nothing() {
    let directory = env::temp_dir().join(format!("quickstart-test-{}", std::process::id()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command.args(["telemetry", "prove-off"]).env("HOME", &directory).env("XDG_STATE_HOME", &directory);
    let output = command.output().unwrap();
    let (said, messages) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!directory.exists(), "the caller's own state is left alone");
    if output.status.code() == Some(2) {
        assert!(env::var_os("TRACE_TESTS").is_none_or(|value| value != "1"), "TRACE_TESTS=1, but {messages}");
        eprintln!("SKIPPED: {messages}");
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{said}{messages}");
    assert!(said.contains("In all: 0 sockets, 0 connections, 0 look-ups and 0 telemetry files."), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("quickstart ")).count(), 2, "{said}");
}
