//! Builds of one program over one state directory, of which the later can report more: what is sent, what is asked,
//! and what each answer leads to. At a real terminal, against a real server.

use std::collections::HashSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::binaries;
use crate::harness::home::{Home, output, said, status};
use crate::harness::terminal::Terminal;
use crate::harness::trap::Trap;

struct Person {
    trap: Trap,
    home: Home,
}

impl Person {
    fn new() -> Self {
        let trap = Trap::accepting();
        let home = Home::new(|directory| binaries::growing().at(trap.port(), directory, "growing"));
        Self { trap, home }
    }

    fn command(&self, build: &str, act: &[&str]) -> Command {
        let state = self.home.path().join("state");
        let mut command = self.home.command([build]);
        command.arg(state).args(act);
        command
    }

    fn state(&self, build: &str) -> String {
        let status = status(&mut self.command(build, &["telemetry", "status", "--json"]));
        status["state"].as_str().unwrap().to_owned()
    }

    /// Says yes to the first build.
    fn agreed() -> Self {
        Self::agreed_to("first", "usage")
    }

    fn agreed_to(build: &str, purpose: &str) -> Self {
        let person = Self::new();
        let mut terminal = Terminal::run(&person.command(build, &["telemetry", "on"]));
        terminal.answer(1, "y");
        let (exit, shown) = terminal.end();
        assert!(exit.success() && shown.contains(&format!("On for: {purpose}")), "{shown}");
        person
    }

    /// Has the program panic; says whether anything of that is on disk afterwards: its record, or the event that the
    /// worker still made of it.
    fn records_a_panic(&self, build: &str) -> bool {
        let before = self.home.unsent();
        assert_eq!(output(&mut self.command(build, &["panic"])).status.code(), Some(101));
        self.home.unsent().iter().any(|(file, bytes)| before.get(file) != Some(bytes))
    }

    /// How many reports the program's work sends.
    fn reports_sent_by(&self, build: &str) -> usize {
        self.sent_by(build).iter().filter(|(name, _)| name == "$exception").count()
    }

    /// Runs the program's work where nobody sits, and gives what arrived by that: names and own properties.
    fn sent_by(&self, build: &str) -> Vec<(String, Value)> {
        let arrived = || {
            let bodies = self.trap.requests().into_iter().map(|request| request.json());
            bodies.flat_map(|body| body["batch"].as_array().unwrap().clone()).collect::<Vec<_>>()
        };
        // What a process had no time to take off the disk comes once more, under the same identifier.
        let identifier = |event: &Value| event["uuid"].as_str().unwrap().to_owned();
        let mut known: HashSet<String> = arrived().iter().map(identifier).collect();
        assert!(output(&mut self.command(build, &["work"])).status.success());
        let events = arrived().into_iter().filter(|event| known.insert(identifier(event)));
        events
            .map(|event| {
                let own = event["properties"].as_object().unwrap().iter();
                let own = own.filter(|(name, _)| !name.starts_with('$') && !name.ends_with("_revision"));
                let own = own.map(|(name, value)| (name.clone(), value.clone())).collect();
                (event["event"].as_str().unwrap().to_owned(), Value::Object(own))
            })
            .collect()
    }

    /// Answers the question about the longer list that `act` leads to.
    fn answer(&self, build: &str, act: &[&str], line: &str) -> String {
        let mut terminal = Terminal::run(&self.command(build, act));
        terminal.type_after("[K/a/o]", line);
        let (exit, shown) = terminal.end();
        assert!(exit.success(), "{shown}");
        shown
    }
}

/// What the first list covers of one of everything in the later ones: no new event, no new property, no new value.
fn narrow() -> Vec<(String, Value)> {
    vec![("file.read".to_owned(), json!({ "format": "text" })), ("file.read".to_owned(), json!({}))]
}

fn whole() -> Vec<(String, Value)> {
    vec![
        ("file.read".to_owned(), json!({ "format": "text", "packed": true })),
        ("file.read".to_owned(), json!({ "format": "table", "packed": true })),
        ("report.exported".to_owned(), json!({})),
    ]
}

#[test]
fn narrow_grant_strips_fields() {
    let person = Person::agreed();
    assert_eq!(person.sent_by("first"), [("file.read".to_owned(), json!({ "format": "text" }))]);
    assert_eq!(person.state("second"), "granted-narrow");
    assert_eq!(person.sent_by("second"), narrow());
    // Not even when the author forgot to say that the list has grown.
    assert_eq!(person.state("forgetful"), "granted-narrow");
    assert_eq!(person.sent_by("forgetful"), narrow());
    // The build that was agreed to goes on as before.
    assert_eq!(person.state("first"), "granted");
    assert_eq!(person.sent_by("first"), [("file.read".to_owned(), json!({ "format": "text" }))]);
}

/// A report is an event, and a panic is no exception: what the list that was shown has not, is not even written down.
#[test]
fn nobody_agreed_to_panics_by_agreeing_to_a_list_without_them() {
    let person = Person::agreed_to("failing", "errors");
    assert_eq!(person.reports_sent_by("failing"), 1);
    // The event is known, and so is its name; that it reports panics is new, and its author forgot to say so.
    assert_eq!(person.state("panicking"), "granted-narrow");
    assert!(!person.records_a_panic("panicking"));
    assert_eq!(person.reports_sent_by("panicking"), 1, "of the file that was not read");

    let person = Person::agreed_to("panicking", "errors");
    assert!(person.records_a_panic("panicking"));
    // A build whose reports of panics have ended takes away what is there, and sends none of it.
    assert_eq!(person.reports_sent_by("ended"), 1);
    assert!(person.records_a_panic("panicking"));
    assert_eq!(person.reports_sent_by("panicking"), 2, "of the file, and of the latest panic");
}

#[test]
fn a_longer_list_is_asked_about_by_its_difference_alone() {
    let person = Person::agreed();
    let shown = person.answer("second", &["telemetry", "on"], "a");
    for new in ["`packed`", "`table`", "`report.exported`", "You agreed to list 1. List 2 of this build adds:"] {
        assert!(shown.contains(new), "{new} in {shown}");
    }
    for answer in ["Keep list 1", "Agree to list 2", "Turn telemetry off"] {
        assert!(shown.contains(answer), "{answer} in {shown}");
    }
    // What was agreed to is not asked about again, nor is the whole notice shown.
    for old in ["`text`", "IP address", "[y/N]"] {
        assert!(!shown.contains(old), "{old} in {shown}");
    }
    assert_eq!(person.state("second"), "granted");
    assert_eq!(person.sent_by("second"), whole());
    // The receipt tells that this question was shown.
    let receipts = output(&mut person.command("second", &["telemetry", "receipts"]));
    let last: Value = serde_json::from_str(said(&receipts).lines().last().unwrap()).unwrap();
    assert_eq!((&last["act"], &last["notice"]["id"]), (&json!("granted"), &json!("renewal/1")));
    let verified = output(&mut person.command("second", &["telemetry", "receipts", "--verify"]));
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn keeping_the_old_list_is_an_answer_for_good() {
    let person = Person::agreed();
    // The program asks by itself, after its work, and an empty line keeps the list.
    let shown = person.answer("second", &["work"], "");
    assert!(shown.contains("Only list 1 is sent."), "{shown}");
    assert_eq!(person.state("second"), "granted-narrow");
    for _ in 0..2 {
        let (exit, shown) = Terminal::run(&person.command("second", &["work"])).end();
        assert!(exit.success() && shown.is_empty(), "asked again: {shown}");
    }
    assert_eq!(person.sent_by("second"), narrow());
    // Whoever wants to, finds the question where they look for it.
    let shown = person.answer("second", &["telemetry", "on"], "agree");
    assert!(shown.contains("List 2 is sent from now on."), "{shown}");
    assert_eq!(person.sent_by("second"), whole());
}

#[test]
fn a_longer_list_may_be_the_reason_to_turn_it_off() {
    let person = Person::agreed();
    let shown = person.answer("second", &["work"], "o");
    assert!(shown.contains("Off."), "{shown}");
    assert_eq!((person.state("second"), person.state("first")), ("withdrawn".to_owned(), "withdrawn".to_owned()));
    assert_eq!(person.sent_by("second"), []);
}

#[test]
fn no_answer_about_a_longer_list_changes_nothing() {
    let person = Person::agreed();
    for line in ["\u{4}", "perhaps"] {
        let mut terminal = Terminal::run(&person.command("second", &["telemetry", "on"]));
        terminal.type_after("[K/a/o]", line);
        let (exit, shown) = terminal.end();
        assert_eq!(exit.code(), Some(1), "{shown}");
        assert!(shown.contains("no decision was made"), "{shown}");
        assert_eq!(person.state("second"), "granted-narrow");
    }
    // A script is shown the difference and cannot agree.
    let script = output(&mut person.command("second", &["telemetry", "on"]));
    assert_eq!(script.status.code(), Some(2));
    assert!(said(&script).contains("`report.exported`"), "{script:?}");
    assert_eq!(person.sent_by("second"), narrow());
}

#[test]
fn an_explicit_no_is_never_asked_about_again() {
    let person = Person::new();
    let mut terminal = Terminal::run(&person.command("first", &["work"]));
    terminal.answer(1, "n");
    assert!(terminal.end().0.success());
    for build in ["first", "second", "forgetful"] {
        assert_eq!(person.state(build), "denied");
        let (exit, shown) = Terminal::run(&person.command(build, &["work"])).end();
        assert!(exit.success() && shown.is_empty(), "{build} asked again: {shown}");
    }
    person.trap.assert_untouched("after a no");
}

#[test]
fn a_person_is_asked_in_their_language() {
    let person = Person::new();
    let in_german = |build: &str, act: &[&str]| {
        let mut command = person.command(build, act);
        command.env("LANG", "de_DE.UTF-8");
        command
    };
    let mut terminal = Terminal::run(&in_german("first", &["work"]));
    terminal.type_after("[j/N]", "ja");
    let (exit, shown) = terminal.end();
    assert!(exit.success() && shown.contains("An für: Nutzungsstatistik."), "{shown}");
    let mut terminal = Terminal::run(&in_german("second", &["work"]));
    terminal.type_after("[B/z/a]", "zustimmen");
    let (exit, shown) = terminal.end();
    assert!(exit.success() && shown.contains("Das Ereignis `report.exported` ist neu"), "{shown}");
    let receipts = output(&mut person.command("second", &["telemetry", "receipts"]));
    let locales: Vec<Value> = said(&receipts)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["notice"]["locale"].clone())
        .collect();
    assert_eq!(locales, [json!("de"), json!("de")]);
}
