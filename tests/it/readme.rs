//! The quick start of the README is what it says: short, with true dependencies, and a program that does what it
//! promises. That it compiles as it stands there is a doc test of this package's library.

use std::fs;

use crate::harness::binaries::{self, Program, workspace};
use crate::harness::home::{Home, output, said};
use crate::harness::quickstart::Quickstart;
use crate::harness::terminal::Terminal;
use crate::harness::trap::{Request, Trap};

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("README.md has no {begin}"));
    let (part, _) = rest.split_once(end).unwrap_or_else(|| panic!("README.md has no {end} after {begin}"));
    part.trim_matches('\n')
}

/// The code that the README shows.
fn quick_start(readme: &str) -> &str {
    let block = between(readme, "<!-- quickstart:begin -->", "<!-- quickstart:end -->");
    between(block, "```rust,no_run\n", "```")
}

/// As many as a list of events, a handle, an event, the question and the commands take: a program that asks and has no
/// command to change one's mind with would be shorter.
#[test]
fn the_quick_start_has_twenty_five_lines() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let code = quick_start(&readme);
    let lines = code.lines().filter(|line| !line.is_empty()).count();
    assert!(code.contains("fn main()") && lines <= 25, "{lines} lines");
}

#[test]
fn the_quick_start_is_the_program_that_is_tried() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let program = fs::read_to_string(workspace().join("tests/src/bin/hello.rs")).unwrap();
    let (_, code) = program.split_once("\n\n").unwrap();
    assert_eq!(
        code.trim(),
        quick_start(&readme),
        "tests/src/bin/hello.rs is its first paragraph and the README's code"
    );
}

/// Somebody who tries it out: the question comes once, the yes is one, and what is said about turning it off is true.
#[test]
fn the_quick_start_asks_sends_and_turns_off_as_it_says() {
    let trap = Trap::accepting();
    let home = Home::new(|directory| binaries::keyed(Program::Hello).at(trap.port(), directory, "hello"));
    let mut terminal = Terminal::run(&home.command([] as [&str; 0]));
    terminal.answer(1, "y");
    let (status, shown) = terminal.end();
    assert!(status.success() && shown.contains("hello telemetry off"), "{shown}");
    assert_eq!(home.status()["state"], "granted", "{shown}");
    assert!(home.path().join("hello-telemetry").is_dir(), "below the current directory, as the README says");
    trap.assert_untouched("what was before the yes stays unsaid");

    let (requests, _) = Quickstart::is_heard(&trap, || {
        let (status, shown) = Terminal::run(&home.command([] as [&str; 0])).end();
        assert!(status.success() && !shown.contains("[y/N]"), "asked twice: {shown}");
    });
    assert!(requests.iter().flat_map(Request::events).all(|event| event["event"] == "file.counted"), "{requests:?}");

    let off = output(&mut home.command(["telemetry", "off"]));
    assert!(off.status.success() && said(&off).starts_with("Off."), "{off:?}");
    assert_eq!((&home.status()["state"], home.grep().as_str()), (&"withdrawn".into(), "\"telemetry_enabled\": false"));
    let before = trap.received();
    let (status, shown) = Terminal::run(&home.command([] as [&str; 0])).end();
    assert!(status.success() && !shown.contains("[y/N]"), "asked after a no: {shown}");
    assert!(!trap.received().is_more_than(before), "nothing comes after off");
}

/// What the README says about dependencies is how the quickstart program depends on the crates, but for where they
/// come from.
#[test]
fn the_dependencies_of_the_readme_are_those_of_the_quickstart_program() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let manifest = fs::read_to_string(workspace().join("examples/quickstart/Cargo.toml")).unwrap();
    let block = between(&readme, "<!-- dependencies:begin -->", "<!-- dependencies:end -->");
    let names = |text: &str| -> Vec<String> {
        let (_, lines) = text.split_once("[dependencies]\n").unwrap();
        let lines = lines.lines().take_while(|line| line.contains(" = "));
        lines.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(block), ["telemetry-core", "telemetry-posthog"]);
    let used = names(&manifest.replace(".workspace", " "));
    assert!(names(block).iter().all(|name| used.contains(name)), "{used:?}");
    for shown in [r#"features = ["cli"]"#, concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"")] {
        assert!(block.contains(shown), "README.md does not show {shown}");
    }
}
