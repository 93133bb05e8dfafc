//! The tables of `docs/consent.md` about the environment, the policy and what is stored, held against real processes.
//!
//! The tables are read from the page, so a row that is wrong there fails here. Variables belong to a process, so each
//! combination of them has one: this binary once more, with nothing else in its environment.

#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use telemetry_core::testing::RecordingSink;
use telemetry_core::{Destination, ProgramKind, Surface, Telemetry};

use crate::fixture::{LONG, Tracked, USAGE, agree, started};

/// Tells a child where it finds its files; without it, it is no child.
const CHILD: &str = "ENVIRONMENT_TEST_DIRECTORY";

/// Names the directories of policy files that a child looks at.
const POLICIES: &str = "ENVIRONMENT_TEST_POLICIES";

/// What a child's lines begin with, since the test harness writes lines of its own.
const LINE: &str = "found ";

/// What stands for "anything else".
const ELSE: [&str; 3] = ["please", "2", "allowed"];

const POLICY: &str = "policy file";
const KEY: &str = "embedded key";

fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/consent.md")).unwrap()
}

/// The rows of the table between two markers, without its head.
fn table(name: &str) -> Vec<Vec<String>> {
    let page = page();
    let after = page.split(&format!("<!-- table: {name} -->")).nth(1).expect("the table's first marker");
    let table = after.split("<!-- end of table -->").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The words in backquotes.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// One row: what may be set to what, and what follows.
#[derive(Debug, Clone)]
struct Row {
    inputs: Vec<String>,
    /// Counts for command-line programs only.
    command_line: bool,
    /// `None` is "not set" or "not there".
    values: Vec<Option<String>>,
    /// The reason for "off".
    reason: Option<String>,
    /// Whether `status` says that it was ignored.
    said: bool,
}

fn rows() -> Vec<Row> {
    let rows = table("switches").into_iter().map(|cells| {
        let [inputs, program, values, effect] = cells.try_into().expect("four columns");
        let names = quoted(&inputs).into_iter().map(|name| name.replace("<APP>", "TEST_APP")).collect::<Vec<_>>();
        Row {
            inputs: if names.is_empty() { vec![inputs] } else { names },
            command_line: match program.as_str() {
                "every program" => false,
                "command-line programs" => true,
                other => panic!("{other}"),
            },
            values: values.split(", ").flat_map(value).collect(),
            reason: match effect.split_once("off: ") {
                Some(("", reason)) => Some(quoted(reason).remove(0)),
                _ => None,
            },
            said: match effect.as_str() {
                "none; `status` says that it is ignored" => true,
                "none" => false,
                effect => {
                    assert!(effect.starts_with("off: `"), "{effect}");
                    false
                }
            },
        }
    });
    rows.collect()
}

fn value(word: &str) -> Vec<Option<String>> {
    match word {
        "not set" | "not there" => vec![None],
        "empty" => vec![Some(String::new())],
        "there" | "not readable" => vec![Some(word.to_owned())],
        "anything else" => ELSE.map(|word| Some(word.to_owned())).to_vec(),
        quoted_word => {
            let word = quoted(quoted_word).remove(0);
            // Case and surrounding space do not matter.
            vec![Some(word.clone()), Some(format!(" {}", word.to_uppercase()))]
        }
    }
}

/// A value of an input, with its row.
#[derive(Clone)]
struct Choice {
    input: String,
    value: Option<String>,
    row: Row,
}

/// Every input with its rows.
fn inputs(rows: &[Row]) -> BTreeMap<String, Vec<Row>> {
    let mut inputs = BTreeMap::<_, Vec<Row>>::new();
    for row in rows {
        for input in &row.inputs {
            inputs.entry(input.clone()).or_default().push(row.clone());
        }
    }
    inputs
}

fn choices(input: &str, rows: &[Row]) -> Vec<Choice> {
    let choice =
        |row: &Row, value: &Option<String>| Choice { input: input.to_owned(), value: value.clone(), row: row.clone() };
    rows.iter().flat_map(|row| row.values.iter().map(move |value| choice(row, value))).collect()
}

/// Which variables a process has, as choices; a variable without one is not set.
fn processes(inputs: &BTreeMap<String, Vec<Row>>) -> Vec<Vec<Choice>> {
    let variables = inputs.iter().filter(|(input, _)| ![POLICY, KEY].contains(&input.as_str()));
    let mut processes = Vec::new();
    // Every value of every variable, by itself; of rows that many variables share, the values take turns.
    for (turn, (input, rows)) in variables.enumerate() {
        for row in rows {
            let all = choices(input, std::slice::from_ref(row));
            let first = if row.inputs.len() > 1 { turn % all.len() } else { 0 };
            let count = if row.inputs.len() > 1 { 1 } else { all.len() };
            processes.extend(all.into_iter().skip(first).take(count).map(|choice| vec![choice]));
        }
    }
    // Every combination of rows of the variables that have a meaning of their own, and of one that names a build
    // service; the values of a row take turns.
    let mut combinations: Vec<Vec<Choice>> = vec![Vec::new()];
    for name in ["DO_NOT_TRACK", "TEST_APP_TELEMETRY", "CI", "GITHUB_ACTIONS"] {
        let mut turn = 0;
        let mut next = Vec::new();
        for combination in combinations {
            for row in &inputs[name] {
                turn += 1;
                let value = row.values[turn % row.values.len()].clone();
                let choice = Choice { input: name.to_owned(), value, row: row.clone() };
                next.push(combination.iter().cloned().chain([choice]).collect());
            }
        }
        combinations = next;
    }
    processes.extend(combinations);
    processes
}

/// The decisions of the second table, made by the acts that lead to them.
const STORED: [&str; 7] = [
    "nothing",
    "a yes",
    "a no",
    "a yes, then off",
    "a yes to another destination",
    "a yes, in another installation",
    "damaged",
];

fn store(name: &str, directory: &Path) {
    let sink = |origin| {
        RecordingSink::default().with_destination(Destination::new(origin, "a test", None, Some("0123abcd".into())))
    };
    let start = |origin| Telemetry::<Tracked>::builder(ProgramKind::Service, directory, sink(origin)).build();
    let telemetry: Telemetry<Tracked> = start(if name == "a yes to another destination" {
        "https://elsewhere.example"
    } else {
        "https://sink.example"
    });
    match name {
        "nothing" => {}
        "a no" => telemetry.decline(Surface::Dashboard).unwrap(),
        _ => agree(&telemetry, USAGE),
    }
    if name == "a yes, then off" {
        telemetry.withdraw(Surface::Dashboard).unwrap();
    }
    drop(telemetry);
    if name == "a yes, in another installation" {
        let original = directory.with_file_name("original");
        fs::rename(directory, &original).unwrap();
        fs::create_dir(directory).unwrap();
        for entry in fs::read_dir(original).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            fs::copy(entry.path(), directory.join(entry.file_name())).unwrap();
        }
    }
    if name == "damaged" {
        let file = directory.join("installation.json");
        let whole = fs::read(&file).unwrap();
        fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    }
}

/// Puts a policy file where the child finds it, as the choice says.
fn policy(value: Option<&str>, path: &Path) {
    match value {
        None => {}
        Some("not readable") => fs::create_dir(path).unwrap(),
        Some(text) => fs::write(path, text).unwrap(),
    }
}

/// Every combination of what is not a variable, in one process: looks, tracks, and prints what came of it.
///
/// Does nothing by itself; `documented_table_holds_for_every_combination` starts it.
#[test]
fn child() {
    #[expect(clippy::disallowed_methods, reason = "a child is told by its parent where its files are")]
    let told = |name| std::env::var(name);
    let (Ok(base), Ok(policies)) = (told(CHILD).map(PathBuf::from), told(POLICIES)) else { return };
    for stored in STORED {
        for policy in policies.split(',') {
            for (kind, program) in [("service", ProgramKind::Service), ("command-line", ProgramKind::CommandLine)] {
                for key in [Some("0123abcd".to_owned()), None] {
                    let keyed = key.is_some();
                    let sink = RecordingSink::default();
                    let sink = sink.with_destination(Destination::new("https://sink.example", "a test", None, key));
                    let directory = base.join("stored").join(stored);
                    let telemetry: Telemetry<Tracked> = Telemetry::<Tracked>::builder(program, directory, sink.clone())
                        .policy_file(base.join("policies").join(policy).join("telemetry.policy"))
                        .build();
                    telemetry.track(started());
                    telemetry.flush(LONG);
                    let asked = telemetry.present(Surface::Terminal).is_some();
                    let status = telemetry.status();
                    let shown: serde_json::Value = serde_json::from_str(&status.to_json()).unwrap();
                    let found = serde_json::json!({
                        "stored": stored, "policy": policy, "kind": kind, "key": keyed, "asked": asked,
                        "tracked": status.stats.tracked, "requests": sink.requests().len(),
                        "state": shown["state"], "on": shown["telemetry_enabled"],
                        "reasons": status.reasons.iter().map(|reason| reason.code).collect::<Vec<_>>(),
                        "said": status.ignored.len(),
                    });
                    println!("{LINE}{found}");
                }
            }
        }
    }
}

/// Runs the child with these variables and nothing else, over these policies.
fn run(base: &Path, process: &[Choice], policies: &[usize]) -> Vec<serde_json::Value> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "environment::child", "--nocapture", "--test-threads=1"]).env_clear().env(CHILD, base);
    command.env(POLICIES, policies.iter().map(usize::to_string).collect::<Vec<_>>().join(","));
    for choice in process {
        if let Some(value) = &choice.value {
            command.env(&choice.input, value);
        }
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    // The harness writes the name of the test in front of the first line.
    let lines = text.lines().filter_map(|line| line.split_once(LINE));
    lines.map(|(_, json)| serde_json::from_str(json).unwrap()).collect()
}

#[test]
fn documented_table_holds_for_every_combination() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let rows = rows();
    let inputs = inputs(&rows);
    let stored: BTreeMap<String, (String, Vec<String>)> =
        table("stored").into_iter().map(|row| (row[0].clone(), (quoted(&row[1]).remove(0), quoted(&row[2])))).collect();
    assert!(stored.keys().map(String::as_str).collect::<BTreeSet<_>>() == BTreeSet::from(STORED), "{stored:?}");
    for name in STORED {
        store(name, &base.join("stored").join(name));
    }
    let policies = choices(POLICY, &inputs[POLICY]);
    for (n, choice) in policies.iter().enumerate() {
        let directory = base.join("policies").join(n.to_string());
        fs::create_dir_all(&directory).unwrap();
        policy(choice.value.as_deref(), &directory.join("telemetry.policy"));
    }

    let check = |turn: usize, process: &[Choice]| {
        // Where no variable is set, every policy; elsewhere one of each row, whose values take turns.
        let looked_at: Vec<usize> = if process.iter().all(|choice| choice.value.is_none()) {
            (0..policies.len()).collect()
        } else {
            let (silent, deny): (Vec<_>, Vec<_>) = (0..policies.len()).partition(|n| policies[*n].row.reason.is_none());
            vec![silent[turn % silent.len()], deny[turn % deny.len()]]
        };
        let found = run(base, process, &looked_at);
        assert_eq!(found.len(), STORED.len() * looked_at.len() * 2 * 2);
        let mut on = 0;
        for found in &found {
            let name = found["stored"].as_str().unwrap();
            let policy = &policies[found["policy"].as_str().unwrap().parse::<usize>().unwrap()];
            let keyed = found["key"] == true;
            let key = inputs[KEY].iter().find(|row| row.values.contains(&keyed.then(|| "there".to_owned()))).unwrap();
            let counting = |row: &&Row| !row.command_line || found["kind"] == "command-line";
            let in_effect = process.iter().map(|choice| &choice.row).chain([&policy.row, key]);
            let in_effect: Vec<&Row> = in_effect.filter(counting).collect();
            let obstacles: BTreeSet<&str> = in_effect.iter().filter_map(|row| row.reason.as_deref()).collect();
            let (state, reasons) = &stored[name];
            // A build without a destination cannot tell that it has changed.
            let mut reasons: BTreeSet<&str> = reasons.iter().map(String::as_str).collect();
            let mut state = state.as_str();
            if !keyed {
                reasons.remove("destination-changed");
                state = "unavailable";
            } else if !obstacles.is_empty() && state == "granted" {
                state = "suspended";
            }
            let expected: BTreeSet<&str> = obstacles.union(&reasons).copied().collect();
            let variables: Vec<_> = process.iter().map(|choice| (&choice.input, &choice.value)).collect();
            let told = format!("{variables:?}, policy {:?}: {found}", policy.value);
            let shown = found["reasons"].as_array().unwrap().iter().map(|code| code.as_str().unwrap());
            assert_eq!(shown.collect::<BTreeSet<_>>(), expected, "{told}");
            assert_eq!(found["state"], state, "{told}");
            let is_on = state == "granted";
            assert_eq!(found["on"], is_on, "{told}");
            assert_eq!(found["tracked"], u64::from(is_on), "{told}");
            assert_eq!(found["requests"] != 0, is_on, "{told}");
            let may_be_asked = obstacles.is_empty() && found["stored"] != "damaged";
            assert_eq!(found["asked"], may_be_asked, "no obstacle, and only then, may be asked: {told}");
            assert_eq!(found["said"], in_effect.iter().filter(|row| row.said).count(), "{told}");
            on += usize::from(is_on);
        }
        (found.len(), on)
    };
    let processes = processes(&inputs);
    let (next, all, on) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from).min(8) {
            scope.spawn(|| {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    let Some(process) = processes.get(turn) else { break };
                    let (looked_at, was_on) = check(turn, process);
                    all.fetch_add(looked_at, Ordering::Relaxed);
                    on.fetch_add(was_on, Ordering::Relaxed);
                }
            });
        }
    });
    let (all, on) = (all.into_inner(), on.into_inner());
    println!("{} processes, {all} combinations, {on} of them on", processes.len());
    assert!(on > 0 && on < all / 10, "{on} of {all}");
}

/// Every variable that the program looks at is in the table.
#[test]
fn documented_table_names_every_variable() {
    let source = include_str!("../../src/kill_switch.rs");
    let vendors = source.split("const CI_VENDORS").nth(1).and_then(|rest| rest.split("];").next()).unwrap();
    let vendors = vendors.split('"').skip(1).step_by(2).map(str::to_owned);
    let others = ["DO_NOT_TRACK", "TEST_APP_TELEMETRY", "CI", POLICY, KEY].map(str::to_owned);
    let expected: BTreeSet<String> = vendors.chain(others).collect();
    assert_eq!(inputs(&rows()).into_keys().collect::<BTreeSet<_>>(), expected);
}
