//! The README shows code that is compiled.

use std::fs;

use crate::harness::binaries::workspace;

fn between<'a>(text: &'a str, begin: &str, end: &str, file: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("{file} has no {begin}"));
    let (part, _) = rest.split_once(end).unwrap_or_else(|| panic!("{file} has no {end} after {begin}"));
    part.trim_matches('\n')
}

/// Between these marks the README shows what lies between those of the program.
fn the_same(readme_marks: &str, program_marks: &str) {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let program = fs::read_to_string(workspace().join("examples/quickstart/src/main.rs")).unwrap();
    let mark = |edge: &str| format!("// [{program_marks}:{edge}]");
    let code = between(&program, &mark("begin"), &mark("end"), "the program");
    let mark = |edge: &str| format!("<!-- {readme_marks}:{edge} -->");
    let block = between(&readme, &mark("begin"), &mark("end"), "README.md");
    let shown = between(block, "```rust\n", "```", "README.md");
    assert!(
        shown == code,
        "put this between {} and {} of README.md:\n\n```rust\n{code}\n```\n\ninstead of:\n\n```rust\n{shown}\n```",
        mark("begin"),
        mark("end")
    );
}

#[test]
fn the_quick_start_of_the_readme_is_the_quickstart_program() {
    the_same("uses", "quickstart:uses");
    the_same("quickstart", "quickstart");
}

/// What the README says about dependencies is true of the program, but for where the crates come from.
#[test]
fn the_dependencies_of_the_readme_are_those_of_the_quickstart_program() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let manifest = fs::read_to_string(workspace().join("examples/quickstart/Cargo.toml")).unwrap();
    let block = between(&readme, "<!-- dependencies:begin -->", "<!-- dependencies:end -->", "README.md");
    let names = |text: &str| -> Vec<String> {
        let (_, lines) = text.split_once("[dependencies]\n").unwrap();
        let lines = lines.lines().take_while(|line| line.contains(" = "));
        lines.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(block), names(&manifest));
    assert!(names(block).contains(&"telemetry-core".to_owned()));
    for shown in
        [r#"etcetera = "0.11""#, r#"features = ["cli"]"#, concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"")]
    {
        assert!(block.contains(shown), "README.md does not show {shown}");
    }
}
