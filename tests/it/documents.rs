//! The committed documents say what the built program says.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::binaries::{self, Program, workspace};
use crate::harness::home::{Home, output, said};

/// The command that writes all of them anew.
const REGENERATE: &str = "cargo run -p time-tracker -- telemetry events --write .";

/// What a reader is promised to find.
const PROMISED: [&str; 5] = [
    "docs/all_tracked_events.md",
    "docs/telemetry_transparency.md",
    "docs/privacy.md",
    "docs/telemetry_policy.md",
    "docs/catalogue.schema.json",
];

fn files(directory: &Path, base: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, base, found);
        } else {
            found.push(path.strip_prefix(base).unwrap().to_owned());
        }
    }
}

#[test]
fn docs_match_catalogue() {
    let home = Home::new(|directory| binaries::plain(Program::TimeTracker).copy(directory, "time-tracker"));
    let written = home.work().join("written");
    let output =
        output(&mut home.command(["telemetry".as_ref(), "events".as_ref(), "--write".as_ref(), written.as_os_str()]));
    assert!(output.status.success(), "{}", said(&output));
    let mut found = Vec::new();
    files(&written, &written, &mut found);
    for promised in PROMISED {
        assert!(found.iter().any(|path| path == Path::new(promised)), "{promised} is not written: {found:?}");
    }
    let stale: Vec<&PathBuf> = found
        .iter()
        .filter(|path| fs::read(workspace().join(path)).ok() != Some(fs::read(written.join(path)).unwrap()))
        .collect();
    assert!(stale.is_empty(), "not what the program writes: {stale:?}\nwrite them anew with\n    {REGENERATE}");
}

#[test]
fn a_committed_list_can_be_checked_against_a_program() {
    let home = Home::new(|directory| binaries::plain(Program::TimeTracker).copy(directory, "time-tracker"));
    let check = |path: &Path| {
        output(&mut home.command(["telemetry".as_ref(), "events".as_ref(), "--check".as_ref(), path.as_os_str()]))
    };
    let committed = workspace().join("docs/all_tracked_events.md");
    let agreed = check(&committed);
    assert!(agreed.status.success(), "{}", said(&agreed));
    // One word less, as if the program reported something that the list does not say.
    let text = fs::read_to_string(&committed).unwrap();
    let other = home.work().join("all_tracked_events.md");
    fs::write(&other, text.replacen("timer.started", "timer.begun", 1)).unwrap();
    let refused = check(&other);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
}

#[test]
fn committed_lock_files_are_those_of_the_programs() {
    for program in Program::EXAMPLES {
        let home = Home::new(|directory| binaries::plain(program).copy(directory, program.name()));
        let printed = output(&mut home.command(["telemetry", "events", "--lock"]));
        assert!(printed.status.success(), "{}", said(&printed));
        let (name, file) = (program.name(), format!("examples/{}/catalogue.lock", program.name()));
        assert!(
            fs::read(workspace().join(&file)).ok() == Some(printed.stdout),
            "{file} is not what the program prints: read what has changed, raise the revision where it is wider, then\n    \
             cargo run -p {name} -- telemetry events --lock > {file}"
        );
    }
}
