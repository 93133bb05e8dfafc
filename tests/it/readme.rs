//! The quick start of the README is what it says: short, and with true dependencies. That it compiles is a doc test of
//! this package's library.

use std::fs;

use crate::harness::binaries::workspace;

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("README.md has no {begin}"));
    let (part, _) = rest.split_once(end).unwrap_or_else(|| panic!("README.md has no {end} after {begin}"));
    part.trim_matches('\n')
}

#[test]
fn the_quick_start_has_twenty_lines() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let block = between(&readme, "<!-- quickstart:begin -->", "<!-- quickstart:end -->");
    let code = between(block, "```rust,no_run\n", "```");
    let lines = code.lines().filter(|line| !line.is_empty()).count();
    assert!(code.contains("fn main()") && lines <= 20, "{lines} lines");
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
