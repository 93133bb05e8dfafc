//! The README shows code that is compiled.

use std::fs;

use crate::harness::binaries::workspace;

fn between<'a>(text: &'a str, begin: &str, end: &str, file: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("{file} has no {begin}"));
    let (part, _) = rest.split_once(end).unwrap_or_else(|| panic!("{file} has no {end} after {begin}"));
    part.trim_matches('\n')
}

#[test]
fn the_quick_start_of_the_readme_is_the_quickstart_program() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let program = fs::read_to_string(workspace().join("examples/quickstart/src/main.rs")).unwrap();
    let code = between(&program, "// [quickstart:begin]\n", "// [quickstart:end]", "the program");
    let block = between(&readme, "<!-- quickstart:begin -->", "<!-- quickstart:end -->", "README.md");
    let shown = between(block, "```rust\n", "```", "README.md");
    assert!(
        shown == code,
        "put this between the two marks of README.md:\n\n```rust\n{code}\n```\n\ninstead of:\n\n```rust\n{shown}\n```"
    );
}
