//! Every subcommand at a terminal of the test's making.

use core::time::Duration;
use std::cell::RefCell;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use tempfile::TempDir;

use super::*;
use crate::catalogue::lock::Lock;
use crate::consent::State;
use crate::kill_switch::ProgramKind;
use crate::purpose::{Purpose, Purposes};
use crate::sink::Destination;
use crate::testing::{ManualClock, RecordingSink};
use crate::{CountBucket, EventSet};

mod growing;
mod languages;
mod requests;

/// What the tests can report.
#[derive(crate::Catalogue)]
#[catalogue(app = "tool", revision = 1, identity = "stable", crate = crate)]
enum Tracked {
    /// A command ran.
    ///
    /// Why: shows which commands are used.
    #[event(name = "command.ran")]
    CommandRan {
        /// How many lines it read.
        lines: CountBucket,
    },
    /// A command stopped by mistake.
    ///
    /// Why: shows what has to be repaired.
    #[event(name = "command.failed", purpose = "errors")]
    CommandFailed,
}

struct Bench {
    directory: TempDir,
    sink: RecordingSink,
    telemetry: Telemetry<Tracked>,
}

/// What a command left behind.
struct Ran {
    exit: Exit,
    output: String,
    messages: String,
}

impl Bench {
    fn new() -> Self {
        Self::with(RecordingSink::default())
    }

    fn without_key() -> Self {
        Self::with(RecordingSink::default().with_destination(Destination::new("https://a.example", "a", None, None)))
    }

    fn with(sink: RecordingSink) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { telemetry: Self::telemetry(directory.path(), &sink), directory, sink }
    }

    fn telemetry(directory: &Path, sink: &RecordingSink) -> Telemetry<Tracked> {
        // A service, so that the tests also pass where they run automatically.
        let builder = Telemetry::<Tracked>::builder(ProgramKind::Service, directory, sink.clone());
        builder.clock(ManualClock::default()).build()
    }

    fn run_as(&self, person: Person, line: &str, typed: &str) -> Ran {
        self.run_in(Locale::English, person, line, typed)
    }

    fn run_in(&self, locale: Locale, person: Person, line: &str, typed: &str) -> Ran {
        let (mut output, mut messages) = (Vec::new(), Vec::new());
        let mut terminal = Terminal::new(typed.as_bytes(), &mut output, &mut messages, person).in_locale(locale);
        let exit = run(&self.telemetry, line.split_whitespace(), &mut terminal);
        drop(terminal);
        Ran { exit, output: String::from_utf8(output).unwrap(), messages: String::from_utf8(messages).unwrap() }
    }

    /// Runs a command where nobody can be asked.
    fn run(&self, line: &str) -> Ran {
        self.run_as(Person::Absent, line, "")
    }

    /// Runs a command at a terminal where a person types.
    fn typing(&self, line: &str, typed: &str) -> Ran {
        self.run_as(Person::Present, line, typed)
    }

    fn ask(&self, person: Person, typed: &str) -> (Asked, String) {
        let mut messages = Vec::new();
        let asked = ask_once(&self.telemetry, &mut Terminal::new(typed.as_bytes(), io::sink(), &mut messages, person));
        (asked, String::from_utf8(messages).unwrap())
    }

    fn has_no_file(&self) -> bool {
        fs::read_dir(self.directory.path()).unwrap().next().is_none()
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// Text without its line breaks.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn only(purpose: Purpose) -> Purposes {
    Purposes::NONE.with(purpose)
}

#[test]
fn a_script_cannot_agree() {
    let bench = Bench::new();
    let ran = bench.run_as(Person::Absent, "on", "y\ny\n");
    assert_eq!(ran.exit, Exit::Usage);
    assert!(flat(&ran.messages).contains("IP address") && ran.messages.contains("only a person"), "{}", ran.messages);
    assert!(!ran.messages.contains("[y/N]"), "{}", ran.messages);
    assert!(bench.has_no_file() && bench.telemetry.state() == State::Unasked);
}

#[test]
fn on_grants_exactly_what_was_answered() {
    for (typed, granted) in [
        ("y\nn\n", only(Purpose::Usage)),
        ("\nyes\n", only(Purpose::Errors)),
        ("Y\nYES\n", only(Purpose::Usage).with(Purpose::Errors)),
    ] {
        for person in [Person::Present, Person::AtDumbTerminal] {
            let bench = Bench::new();
            let ran = bench.run_as(person, "on", typed);
            assert_eq!(ran.exit, Exit::Done, "{}", ran.messages);
            assert_eq!(bench.telemetry.status().purposes, granted, "{typed:?}");
            assert!(ran.messages.ends_with(&format!("On for: {granted}. Change it with: tool telemetry off\n")));
        }
    }
}

#[test]
fn on_answered_with_no_is_a_no() {
    let bench = Bench::new();
    let ran = bench.typing("on", "\nno\n");
    assert_eq!((ran.exit, bench.telemetry.state()), (Exit::Done, State::Denied));
    assert!(ran.messages.ends_with("Off. Change it with: tool telemetry on\n"), "{}", ran.messages);
}

#[test]
fn half_an_answer_is_none() {
    for typed in ["", "y", "y\n", "y\nperhaps\n", "ok\ny\n"] {
        let bench = Bench::new();
        let ran = bench.typing("on", typed);
        assert_eq!(ran.exit, Exit::Failed, "{typed:?}");
        assert!(ran.messages.ends_with("no decision was made; nothing was changed\n"), "{}", ran.messages);
        assert!(bench.has_no_file() && bench.telemetry.state() == State::Unasked, "{typed:?}");
    }
}

#[test]
fn on_is_refused_with_its_reason_where_it_cannot_be() {
    let bench = Bench::without_key();
    let ran = bench.typing("on", "y\ny\n");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.messages.contains("no analytics key") && ran.messages.contains("telemetry explain no-key"));
    assert!(!ran.messages.contains("[y/N]") && bench.has_no_file());

    let bench = Bench::new();
    bench.write("installation.json", "{");
    let ran = bench.typing("on", "y\ny\n");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.messages.contains("damaged") && ran.messages.contains("explain fault-damaged"), "{}", ran.messages);
    assert!(ran.messages.contains("turn telemetry off"), "{}", ran.messages);
    assert!(!ran.messages.contains("[y/N]"), "{}", ran.messages);
    assert_eq!(bench.run("off").exit, Exit::Done);
    assert_eq!(bench.typing("on", "y\ny\n").exit, Exit::Done);
}

#[test]
fn on_again_asks_only_for_more() {
    let bench = Bench::new();
    assert_eq!(bench.typing("on", "y\nn\n").exit, Exit::Done);
    let ran = bench.typing("on", "y\ny\n");
    assert!(ran.messages.contains("On since 2026-11-23 for: usage statistics. This asks anew."), "{}", ran.messages);
    let ran = bench.typing("on", "");
    assert_eq!(
        (ran.exit, ran.output.as_str()),
        (Exit::Done, "On since 2026-11-23 for: usage statistics and error reports.\n")
    );
}

#[test]
fn no_turns_off_what_was_on() {
    let bench = Bench::new();
    assert_eq!(bench.typing("on", "y\nn\n").exit, Exit::Done);
    assert_eq!(bench.typing("on", "").exit, Exit::Failed);
    assert!(bench.telemetry.is_on(), "no answer changes nothing");
    assert_eq!(bench.typing("on", "n\nn\n").exit, Exit::Done);
    assert_eq!(bench.telemetry.state(), State::Withdrawn);
}

#[test]
fn double_off_stays_off() {
    let bench = Bench::new();
    assert_eq!(bench.typing("on", "y\ny\n").exit, Exit::Done);
    for _ in 0..2 {
        let ran = bench.run("off");
        assert_eq!(ran.exit, Exit::Done);
        assert_eq!(ran.output, "Off. Whatever was unsent is deleted. No request is under way.\n");
        assert_eq!(bench.telemetry.state(), State::Withdrawn);
    }
    let bench = Bench::without_key();
    assert_eq!(bench.run("off").exit, Exit::Done);
}

#[test]
fn off_says_when_it_could_not_be_stored() {
    let mut bench = Bench::new();
    let file = bench.write("file", "");
    bench.telemetry = Bench::telemetry(&Path::new(&file).join("below"), &bench.sink);
    let ran = bench.run("off");
    assert_eq!((ran.exit, ran.output.as_str()), (Exit::Failed, ""));
    assert!(ran.messages.contains("off in this process, but not for good"), "{}", ran.messages);
}

#[test]
fn another_destination_is_asked_for_anew() {
    for (typed, state) in [("y\nn\n", State::Granted), ("\n\n", State::Withdrawn)] {
        let mut bench = Bench::new();
        assert_eq!(bench.typing("on", "y\ny\n").exit, Exit::Done);
        let elsewhere = Destination::new("https://b.example", "b", None, Some("0123abcd".to_owned()));
        bench.telemetry = Bench::telemetry(bench.directory.path(), &bench.sink.clone().with_destination(elsewhere));
        let ran = bench.run("status");
        assert!(ran.output.contains("turn it on") && ran.output.contains("destination-changed"), "{}", ran.output);
        let ran = bench.typing("on", typed);
        assert_eq!((ran.exit, bench.telemetry.state()), (Exit::Done, state), "{}", ran.messages);
    }
}

#[test]
fn status_tells_and_never_fails() {
    let bench = Bench::new();
    for line in ["", "status"] {
        let ran = bench.run(line);
        assert_eq!(ran.exit, Exit::Done);
        assert!(ran.output.starts_with("Off: nobody has agreed."), "{}", ran.output);
        assert!(ran.output.contains("turn it on: tool telemetry on\n"), "{}", ran.output);
        assert!(ran.output.contains("what this means: tool telemetry explain unasked\n"), "{}", ran.output);
    }
    assert!(bench.has_no_file());
    let ran = Bench::without_key().run("status");
    assert_eq!(ran.exit, Exit::Done);
    assert!(!ran.output.contains("turn it on") && ran.output.contains("explain no-key"), "{}", ran.output);

    assert_eq!(bench.typing("on", "y\ny\n").exit, Exit::Done);
    assert!(bench.run("status").output.contains("turn it off: tool telemetry off\n"));
    let ran = bench.run("status --json");
    let json: serde_json::Value = serde_json::from_str(&ran.output).unwrap();
    assert_eq!((json["state"].as_str(), json["telemetry_enabled"].as_bool()), (Some("granted"), Some(true)));
}

#[test]
fn preview_is_the_sinks_body() {
    let bench = Bench::new();
    let bodies: Vec<String> = bench.telemetry.examples().map(|(_, body)| body + "\n").collect();
    assert_eq!(bodies.len(), Tracked::EVENTS.len());
    let ran = bench.run("preview");
    assert_eq!((ran.exit, ran.output), (Exit::Done, bodies.concat()));
    let ran = bench.run("preview command.failed");
    assert_eq!((ran.exit, &ran.output), (Exit::Done, &bodies[1]));
    let ran = bench.run("preview command.failed --pretty");
    assert!(ran.output.lines().count() > 5, "{}", ran.output);
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(squeezed(&ran.output), squeezed(&bodies[1]));

    let ran = bench.run("preview command.walked");
    assert_eq!((ran.exit, ran.output.as_str()), (Exit::Usage, ""));
    assert!(ran.messages.contains("the events are: command.ran, command.failed"), "{}", ran.messages);
}

#[test]
fn log_equals_wire() {
    let bench = Bench::new();
    assert_eq!(bench.run("waiting").messages, "Nothing is waiting to be sent.\n");
    assert!(bench.run("log").messages.starts_with("The log is empty"));
    assert_eq!(bench.run("log --json").output, "");

    assert_eq!(bench.typing("on", "y\ny\n").exit, Exit::Done);
    bench.telemetry.track(Tracked::CommandRan { lines: CountBucket::of(7) });
    bench.telemetry.track(Tracked::CommandFailed);
    let waiting = bench.run("waiting");
    assert_eq!(waiting.exit, Exit::Done);
    assert!(waiting.output.contains("\"command.ran\""), "{}", waiting.output);

    let _ = bench.telemetry.flush(Duration::from_secs(30));
    let bodies: Vec<String> = bench.sink.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 1);
    let log = bench.run("log");
    let expected =
        format!("# 2026-11-23 10:00:00 UTC to https://sink.example: accepted, 0 bytes on the wire\n{}\n", bodies[0]);
    assert_eq!((log.exit, log.output), (Exit::Done, expected));
    let line: serde_json::Value = serde_json::from_str(&bench.run("log --json").output).unwrap();
    assert_eq!(line["body"].as_str(), Some(bodies[0].as_str()));
    assert_eq!(line["answer"]["outcome"], "accepted");

    assert_eq!(bench.run("log --clear").exit, Exit::Done);
    assert!(bench.run("log").messages.starts_with("The log is empty"));
}

#[test]
fn events_prints_and_checks_the_catalogue() {
    let bench = Bench::new();
    for (option, part) in [
        ("", "command.ran (usage statistics, since revision 1;"),
        ("--json", "\"generated_by\": \"tool telemetry events --json\""),
        ("--markdown", "`tool telemetry events --markdown`"),
        ("--schema", "true\n"),
        ("--lock", &Lock::of(&Tracked::SCHEMA).to_text()),
    ] {
        let ran = bench.run(&format!("events {option}"));
        assert_eq!(ran.exit, Exit::Done);
        assert!(ran.output.contains(part) && ran.output.ends_with('\n'), "{option}: {}", ran.output);
        if !["", "--schema"].contains(&option) {
            let file = bench.write("committed", &ran.output);
            let checked = bench.run(&format!("events --check {file}"));
            assert_eq!(checked.exit, Exit::Done, "{}", checked.messages);
            assert!(checked.output.contains(&Lock::of(&Tracked::SCHEMA).digest()), "{}", checked.output);
        }
    }
    let file = bench.write("committed", &bench.run("events --lock").output.replace("command.ran", "command.run"));
    let checked = bench.run(&format!("events --check {file}"));
    assert_eq!((checked.exit, checked.output.as_str()), (Exit::Failed, ""));
    assert!(checked.messages.contains("command.ran"), "{}", checked.messages);
    let checked = bench.run("events --check /nowhere/at/all");
    assert_eq!(checked.exit, Exit::Failed);
    assert!(checked.messages.contains("cannot be read"), "{}", checked.messages);
}

#[test]
fn receipts_are_shown_and_verified() {
    let bench = Bench::new();
    assert!(bench.run("receipts").messages.starts_with("There are no receipts"));
    assert_eq!(bench.run("receipts --verify").output, "0 receipts; none was changed, lost or moved.\n");
    assert_eq!(bench.typing("on", "y\nn\n").exit, Exit::Done);
    assert_eq!(bench.run("off").exit, Exit::Done);
    let ran = bench.run("receipts");
    let acts: Vec<String> = ran
        .output
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|receipt| format!("{} {}", receipt["act"], receipt["surface"]))
        .collect();
    assert_eq!(acts, [r#""granted" "terminal""#, r#""withdrawn" "terminal""#]);
    assert_eq!(bench.run("receipts --verify").output, "2 receipts; none was changed, lost or moved.\n");

    let path = bench.directory.path().join("receipts.jsonl");
    let changed = fs::read_to_string(&path).unwrap().replace("granted", "denied");
    fs::write(&path, changed).unwrap();
    let ran = bench.run("receipts --verify");
    assert_eq!((ran.exit, ran.output.as_str()), (Exit::Failed, ""));
    assert!(ran.messages.contains("receipt 1 was changed"), "{}", ran.messages);
}

#[test]
fn reset_id_needs_a_grant() {
    let bench = Bench::new();
    let ran = bench.run("reset-id");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.messages.contains("telemetry is not on") && bench.has_no_file(), "{}", ran.messages);
    assert_eq!(bench.typing("on", "y\nn\n").exit, Exit::Done);
    let before = bench.telemetry.status().install_id;
    assert_eq!(bench.run("reset-id").exit, Exit::Done);
    let after = bench.telemetry.status().install_id;
    assert!(before.is_some() && after.is_some() && before != after);
}

#[test]
fn explain_knows_every_reason() {
    let bench = Bench::new();
    for reason in explain::all() {
        let ran = bench.run(&format!("explain {}", reason.code()));
        assert_eq!(ran.exit, Exit::Done);
        assert!(ran.output.starts_with(&format!("{}: {reason}.\n", reason.code())), "{}", ran.output);
    }
    let ran = bench.run("explain weather");
    assert_eq!(ran.exit, Exit::Usage);
    assert!(explain::all().all(|reason| ran.messages.contains(reason.code())), "{}", ran.messages);
}

#[test]
fn mistakes_are_told_where_help_is() {
    let bench = Bench::new();
    let ran = bench.run("enable");
    assert_eq!((ran.exit, ran.output.as_str()), (Exit::Usage, ""));
    assert!(ran.messages.starts_with("tool telemetry: unknown command `enable`; the commands are: status, on,"));
    assert!(ran.messages.ends_with("see: tool telemetry help\n"), "{}", ran.messages);
    let help = bench.run("help");
    assert_eq!((help.exit, help.messages.as_str()), (Exit::Done, ""));
    assert!(help.output.lines().all(|line| line.len() <= 80), "{}", help.output);
    insta::assert_snapshot!(help.output);
}

#[test]
fn asked_once_and_only_a_person() {
    for person in [Person::Absent, Person::AtDumbTerminal] {
        let bench = Bench::new();
        assert_eq!(bench.ask(person, "y\ny\n"), (Asked::NotAsked, String::new()));
        assert!(bench.has_no_file());
    }
    let bench = Bench::without_key();
    assert_eq!(bench.ask(Person::Present, "y\ny\n"), (Asked::NotAsked, String::new()));

    let bench = Bench::new();
    for nothing in ["", "y", "y\n", "what\n"] {
        let (asked, messages) = bench.ask(Person::Present, nothing);
        assert_eq!(asked, Asked::NoAnswer, "{nothing:?}");
        assert!(flat(&messages).contains("IP address") && messages.contains("[y/N]"), "{messages}");
        assert!(bench.has_no_file());
    }
    let (asked, messages) = bench.ask(Person::Present, "\n\n");
    assert_eq!((asked, bench.telemetry.state()), (Asked::Declined, State::Denied));
    assert!(messages.ends_with("Off. Change it with: tool telemetry on\n"), "{messages}");
    assert_eq!(bench.ask(Person::Present, "y\ny\n"), (Asked::NotAsked, String::new()));

    let bench = Bench::new();
    let agreed = only(Purpose::Errors);
    assert_eq!(bench.ask(Person::Present, "n\ny\n").0, Asked::Agreed(agreed));
    assert_eq!(bench.telemetry.status().purposes, agreed);
    assert_eq!(bench.ask(Person::Present, "y\ny\n"), (Asked::NotAsked, String::new()));
}

/// Fails as a pipe does whose reader has gone, or as a full disk does.
struct Broken(io::ErrorKind, Rc<RefCell<u32>>);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        *self.1.borrow_mut() += 1;
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let bench = Bench::new();
    for (kind, exit, is_told) in
        [(io::ErrorKind::BrokenPipe, Exit::Done, false), (io::ErrorKind::StorageFull, Exit::Failed, true)]
    {
        for line in ["help", "status", "preview", "events", "events --json", "explain ci", "off"] {
            let (mut messages, writes) = (Vec::new(), Rc::new(RefCell::new(0)));
            let output = Broken(kind, Rc::clone(&writes));
            let mut terminal = Terminal::new(io::empty(), output, &mut messages, Person::Absent);
            assert_eq!(run(&bench.telemetry, line.split_whitespace(), &mut terminal), exit, "{line}");
            drop(terminal);
            assert!(*writes.borrow() == 1 && messages.is_empty() != is_told, "{line}");
        }
    }
}

#[test]
fn a_question_nobody_can_see_grants_nothing() {
    let bench = Bench::new();
    let broken = || Broken(io::ErrorKind::BrokenPipe, Rc::default());
    let mut terminal = Terminal::new("y\ny\n".as_bytes(), io::sink(), broken(), Person::Present);
    assert_eq!(ask_once(&bench.telemetry, &mut terminal), Asked::NoAnswer);
    let _ = run(&bench.telemetry, ["on"], &mut terminal);
    assert!(bench.has_no_file());
}

#[test]
fn sinks_are_never_called_by_showing() {
    let bench = Bench::new();
    let shown = ["status", "preview", "waiting", "events", "manifest", "log", "receipts", "explain ci", "help"];
    for line in shown.into_iter().chain(["reset-id", "completions bash", "prove-off"]) {
        let _ = bench.run(line);
    }
    assert!(bench.sink.requests().is_empty() && bench.has_no_file());
}
