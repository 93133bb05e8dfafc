//! The quickstart program, as somebody who trusts nothing would try it out: what it sends, where, and when not.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use telemetry_core::consent::FaultKind;
use telemetry_core::store::{FileStore, Store as _};

use crate::harness::binaries::{self, KEY, Program};
use crate::harness::home::{output, said, spawn, status};
use crate::harness::quickstart::Quickstart;
use crate::harness::terminal::{Terminal, decide};
use crate::harness::trap::{Manner, Request, Trap};
use crate::harness::{body, eventually, tools};

/// Switches telemetry off for the program while they are set.
const SWITCHES: [(&str, &str); 6] = [
    ("DO_NOT_TRACK", "1"),
    ("DO_NOT_TRACK", "perhaps"),
    ("QUICKSTART_TELEMETRY", "off"),
    ("QUICKSTART_TELEMETRY", "whatever"),
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
];

#[test]
fn without_a_key_telemetry_is_unavailable_and_nothing_is_asked_or_stored() {
    let quickstart = Quickstart::plain();
    Quickstart::works(&mut quickstart.count());
    // At a terminal, where it would ask.
    let (exit, shown) = Terminal::run(&quickstart.count()).end();
    assert!(exit.success());
    assert!(!shown.contains("[y/N]"), "{shown}");
    let (exit, shown) = Terminal::run(&quickstart.telemetry("on")).end();
    assert_eq!(exit.code(), Some(1), "{shown}");
    assert!(!shown.contains("[y/N]"), "{shown}");
    let status = quickstart.home.status();
    assert_eq!(status["state"], "unavailable");
    assert_eq!(status["telemetry_enabled"], false);
    assert_eq!(status["destinations"][0]["key_fingerprint"], serde_json::Value::Null);
    assert_eq!(quickstart.home.files(), ["text"], "the program left something behind");
}

#[test]
fn every_state_but_granted_is_silent() {
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    let silent = |state: &str| {
        Quickstart::works(&mut quickstart.count());
        assert_eq!(quickstart.home.status()["state"], state);
        trap.assert_untouched(state);
    };
    silent("unasked");
    assert_eq!(quickstart.home.files(), ["text"], "nobody was asked, and something was stored");
    // Asked at a terminal without an answer, by the program itself: the window is closed.
    let mut terminal = Terminal::run(&quickstart.count());
    terminal.answer(1, "\u{4}");
    assert!(terminal.end().0.success());
    silent("unasked");
    quickstart.decline();
    silent("denied");
    quickstart.agree();
    quickstart.off();
    silent("withdrawn");
    assert_eq!(said(&quickstart.off()).trim(), "Off. Whatever was unsent is deleted. No request is under way.");
    silent("withdrawn");

    quickstart.agree();
    for (name, value) in SWITCHES {
        Quickstart::works(quickstart.count().env(name, value));
        let status = status(quickstart.home.command(["telemetry", "status", "--json"]).env(name, value));
        assert_eq!((&status["state"], &status["telemetry_enabled"]), (&"suspended".into(), &false.into()), "{name}");
        trap.assert_untouched(name);
        // Nor does the switch erase the decision, which is the person's.
        assert_eq!(quickstart.home.grep(), r#""telemetry_enabled": true"#);
    }
    // All of this would have been heard: with the switches gone, the same work is. And nothing but that.
    let (requests, times) = Quickstart::is_heard(&trap, || drop(Quickstart::works(&mut quickstart.count())));
    let identifiers: BTreeSet<String> =
        requests.iter().flat_map(Request::events).map(|event| event["uuid"].to_string()).collect();
    assert!((1..=times).contains(&identifiers.len()), "done {times} times: {requests:?}");
}

#[test]
fn a_program_that_sends_elsewhere_is_off_until_somebody_agrees_to_that() {
    let (trap, other) = (Trap::accepting(), Trap::accepting());
    let quickstart = Quickstart::keyed(&trap);
    quickstart.agree();
    // Somebody else's build of the same program, over the first one's state.
    let foreign = binaries::keyed(Program::Quickstart).at(other.port(), quickstart.home.work(), "other");
    let mut command = quickstart.home.command_of(foreign, ["words", "text"]);
    fs::write(quickstart.home.path().join("text"), "one two three").unwrap();
    Quickstart::works(&mut command);
    other.assert_untouched("nobody agreed to this destination");
    trap.assert_untouched("the other build does not know this one");
}

#[test]
fn env_cannot_redirect() {
    let (trap, other) = (Trap::accepting(), Trap::accepting());
    let quickstart = Quickstart::keyed(&trap);
    quickstart.agree();
    let (requests, times) =
        Quickstart::is_heard(&trap, || drop(Quickstart::works(body::lure(&mut quickstart.count(), &other))));
    other.assert_untouched("a variable led there");
    // The log holds the bytes that the server got.
    let log = said(&output(&mut quickstart.home.command(["telemetry", "log", "--json"])));
    let entries: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert!(entries.to_string().contains("file.counted"), "{log}");
    let plain = said(&output(&mut quickstart.telemetry("log")));
    for request in &requests {
        body::check(request, &quickstart.home, KEY, trap.port());
        let events = request.events();
        assert!((1..=times).contains(&events.len()), "done {times} times: {request:?}");
        for event in events {
            assert_eq!((&event["event"], &event["properties"]["unit"]), (&"file.counted".into(), &"words".into()));
        }
        let sent = String::from_utf8(request.body.clone()).unwrap();
        assert!(plain.contains(&sent), "the log does not hold what the server got:\n{plain}\n{sent}");
    }

    // And status, asked in the same surroundings, tells the same.
    let mut command = quickstart.home.command(["telemetry", "status", "--json"]);
    let status = status(body::lure(&mut command, &other));
    assert_eq!(status["destinations"][0]["origin"], trap.origin());
    assert_eq!(status["destinations"][0]["key_fingerprint"], body::fingerprint(KEY));
}

#[test]
fn no_variable_is_a_yes() {
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    let yes = [
        ("QUICKSTART_TELEMETRY", "on"),
        ("ENABLE_TELEMETRY", "true"),
        ("TELEMETRY_ENABLED", "true"),
        ("TELEMETRY", "1"),
        ("DO_NOT_TRACK", "0"),
    ];
    Quickstart::works(quickstart.count().envs(yes));
    let status = status(quickstart.home.command(["telemetry", "status", "--json"]).envs(yes));
    assert_eq!(status["state"], "unasked");
    assert!(status["ignored"].to_string().contains("QUICKSTART_TELEMETRY"), "{status}");
    // A script cannot say it either.
    let on = output(&mut quickstart.telemetry("on"));
    assert_eq!(on.status.code(), Some(2), "{on:?}");
    trap.assert_untouched("nobody agreed");
    assert_eq!(quickstart.home.telemetry_files(), Vec::<String>::new());
}

#[test]
fn grep_tells_the_truth() {
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    assert_eq!(quickstart.home.decision(), None, "there is nothing to grep before a decision");
    let is = |truth: bool| {
        assert_eq!(quickstart.home.grep(), format!("\"telemetry_enabled\": {truth}"));
        assert_eq!(quickstart.home.status()["telemetry_enabled"], truth);
    };
    quickstart.decline();
    is(false);
    quickstart.agree();
    is(true);
    quickstart.off();
    is(false);
    quickstart.off();
    is(false);
    quickstart.agree();
    is(true);
    let mode = fs::metadata(quickstart.home.decision().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn deleting_the_decision_is_off() {
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    quickstart.agree();
    fs::remove_dir_all(quickstart.home.decision().unwrap().parent().unwrap()).unwrap();
    Quickstart::works(&mut quickstart.count());
    assert_eq!(quickstart.home.status()["state"], "unasked");
    trap.assert_untouched("the decision is gone");
}

/// Damages the decision of somebody who agreed, in one way, and checks that the program is off, says so, and leaves
/// the file alone.
fn is_off_after(damage: impl FnOnce(&std::path::Path)) {
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    quickstart.agree();
    let file = quickstart.home.decision().unwrap();
    damage(&file);
    let before = look(&file);
    fault_is_off(&quickstart, &trap);
    assert_eq!(look(&file), before, "the file was touched");
    // A person can still turn it off, which sets the file aside, and then decide anew.
    quickstart.off();
    assert_eq!(quickstart.home.status()["telemetry_enabled"], false);
    assert!(quickstart.home.files().iter().any(|path| path.contains("installation.json.unreadable")));
}

fn fault_is_off(quickstart: &Quickstart, trap: &Trap) {
    Quickstart::works(&mut quickstart.count());
    trap.assert_untouched("the decision cannot be read");
    let status = quickstart.home.status();
    assert_eq!((&status["state"], &status["telemetry_enabled"]), (&"fault".into(), &false.into()));
    let shown = said(&output(&mut quickstart.telemetry("status")));
    assert!(shown.starts_with("Off"), "{shown}");
    let remedy = status["reasons"][0]["remedy"].as_str().unwrap();
    assert!(!remedy.is_empty() && shown.contains(remedy), "{shown}");
    // Nobody can agree before it is cleared up: the answer could not be kept.
    let (exit, shown) = Terminal::run(&quickstart.telemetry("on")).end();
    assert_eq!(exit.code(), Some(1), "{shown}");
}

/// What can be seen of a file without following it anywhere.
fn look(path: &std::path::Path) -> String {
    let metadata = fs::symlink_metadata(path).unwrap();
    let content = fs::read(path).unwrap_or_default();
    format!("{:?} {:o} {:?} {content:?}", metadata.file_type(), metadata.permissions().mode(), metadata.modified())
}

#[test]
fn corrupt_file_is_off() {
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    quickstart.agree();
    let file = quickstart.home.decision().unwrap();
    let whole = fs::read(&file).unwrap();
    let store = FileStore::new("quickstart", file.parent().unwrap());
    assert!(store.load().is_ok());
    // The reader that the program uses, at every length; the program itself, at some.
    let mut lengths = vec![0, 1, whole.len() / 4, whole.len() / 2, whole.len() - 2, whole.len() - 1];
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        assert!(store.load().is_err(), "cut at {length} of {}", whole.len());
        if lengths.contains(&length) {
            lengths.retain(|wanted| *wanted != length);
            fault_is_off(&quickstart, &trap);
            assert_eq!(fs::read(&file).unwrap(), &whole[..length], "the file was touched");
        }
    }
    assert_eq!(lengths, Vec::<usize>::new());
    // Whole again, it is the person's yes again: it was the cut that switched it off.
    fs::write(&file, &whole).unwrap();
    Quickstart::is_heard(&trap, || drop(Quickstart::works(&mut quickstart.count())));
}

#[test]
fn a_directory_in_the_place_of_the_decision_is_off() {
    is_off_after(|file| {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
    });
}

#[test]
fn a_decision_that_others_can_write_is_off() {
    is_off_after(|file| fs::set_permissions(file, fs::Permissions::from_mode(0o666)).unwrap());
}

#[test]
fn an_edited_decision_is_off() {
    is_off_after(|file| {
        let text = fs::read_to_string(file).unwrap();
        fs::write(file, text.replace("\"usage\"", "\"errors\"")).unwrap();
    });
}

/// As root, whom a mode does not stop, the file is given to somebody else instead; otherwise it is made unreadable.
#[test]
fn eacces_is_off() {
    is_off_after(|file| {
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(file, Some(65_534), None).unwrap();
            let store = FileStore::new("quickstart", file.parent().unwrap());
            assert_eq!(store.load(), Err(FaultKind::Permissions));
        } else {
            fs::set_permissions(file, fs::Permissions::from_mode(0o000)).unwrap();
        }
    });
}

#[test]
fn non_tty_never_blocks() {
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    // Input that never ends and never says anything: whoever asked would wait for ever.
    let ends = |command: &mut Command| {
        let mut child = spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        let _open = child.stdin.take();
        let mut status = None;
        eventually("the program ends", || {
            status = child.try_wait().unwrap();
            status.is_some()
        });
        let output = child.wait_with_output().unwrap();
        assert!(!said(&output).contains("[y/N]"), "{output:?}");
        status.unwrap().code()
    };
    assert_eq!(ends(&mut quickstart.count()), Some(0), "the work is done, and its exit code is its own");
    assert_eq!(ends(&mut quickstart.telemetry("on")), Some(2));
    for command in ["off", "status", "preview", "log", "receipts", "forget", "help"] {
        assert_eq!(ends(&mut quickstart.telemetry(command)), Some(0), "{command}");
    }
    // A terminal for the output alone is no person either.
    let mut half = quickstart.count();
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &format!("{} </dev/null", shell(&half)), "/dev/null"]);
    if tools::find("script").is_some() {
        let kept: Vec<_> = half.get_envs().map(|(n, v)| (n.to_owned(), v.map(ToOwned::to_owned))).collect();
        terminal.env_clear().envs(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
        assert_eq!(ends(&mut terminal), Some(0));
    }
    // A terminal that calls itself dumb, and a build service.
    for (name, value) in [("TERM", "dumb"), ("CI", "true")] {
        half = quickstart.count();
        let (exit, shown) = Terminal::run(half.env(name, value)).end();
        assert!(exit.success() && !shown.contains("[y/N]"), "{name}: {shown}");
    }
    trap.assert_untouched("nobody was asked");
}

/// A command as the shell reads it. Paths and words of these tests need no quoting.
fn shell(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_slow_server_does_not_hold_the_program_up() {
    let trap = Trap::new(Manner::Hang);
    let quickstart = Quickstart::keyed(&trap);
    quickstart.agree();
    // The program gives telemetry one second at its end, in which the request has to be made; whoever waited for its
    // answer would take ten, each time. On a machine that is busy for a moment it may take as long as it likes.
    eventually("it ends without the answer", || {
        let (begun, before) = (Instant::now(), trap.received().requests);
        Quickstart::works(&mut quickstart.count());
        trap.received().requests > before && begun.elapsed() < Duration::from_secs(8)
    });
    eventually("the connection is closed", || trap.received().open == 0);
}

#[test]
fn the_question_is_asked_once_and_enter_is_no() {
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    let (exit, shown) = decide(&quickstart.count(), "", 1);
    assert!(exit.success());
    // The notice names the recipient before the question.
    let (notice, _) = shown.split_once("[y/N]").unwrap();
    assert!(notice.contains(&format!("127.0.0.1:{}", trap.port())), "{shown}");
    assert_eq!(quickstart.home.status()["state"], "denied");
    let (_, shown) = Terminal::run(&quickstart.count()).end();
    assert!(!shown.contains("[y/N]"), "it was asked again: {shown}");
    trap.assert_untouched("the answer was no");
}
