//! Commands whose output goes somewhere else: a request for deletion, a comparison, a manifest, a script, a proof.

use super::*;

#[test]
fn forget_turns_off_and_writes_the_request_once() {
    let bench = Bench::new();
    assert_eq!(bench.typing("on", "y\nn\n").exit, Exit::Done);
    let id = bench.telemetry.status().install_id.unwrap();
    let ran = bench.run("forget");
    assert_eq!((ran.exit, bench.telemetry.state()), (Exit::Done, State::Withdrawn));
    assert!(ran.output.contains(&format!("\n  {id}\n")), "{}", ran.output);
    assert!(ran.messages.starts_with("Off. Whatever was unsent is deleted."), "{}", ran.messages);
    assert!(ran.messages.contains("Nothing was sent.") && !ran.messages.contains(&id), "{}", ran.messages);
    assert!(bench.sink.requests().is_empty());
    let files: Vec<_> = fs::read_dir(bench.directory.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.iter().all(|file| !fs::read_to_string(file).unwrap_or_default().contains(&id)), "{files:?}");

    let again = bench.run("forget");
    assert_eq!(again.exit, Exit::Done);
    assert!(again.output.starts_with("There is nothing left to name"), "{}", again.output);
}

#[test]
fn forget_shows_the_request_even_when_the_output_is_gone() {
    let bench = Bench::new();
    assert_eq!(bench.typing("on", "y\nn\n").exit, Exit::Done);
    let id = bench.telemetry.status().install_id.unwrap();
    let mut messages = Vec::new();
    let output = Broken(io::ErrorKind::StorageFull, Rc::default());
    let mut terminal = Terminal::new(io::empty(), output, &mut messages, Person::Absent);
    assert_eq!(run(&bench.telemetry, ["forget"], &mut terminal), Exit::Failed);
    drop(terminal);
    assert!(String::from_utf8(messages).unwrap().contains(&id));
    assert_eq!(bench.telemetry.state(), State::Withdrawn);
}

#[test]
fn forget_leaves_the_request_for_later_when_off_could_not_be_stored() {
    let mut bench = Bench::new();
    let file = bench.write("file", "");
    bench.telemetry = Bench::telemetry(&Path::new(&file).join("below"), &bench.sink);
    let ran = bench.run("forget");
    assert_eq!((ran.exit, ran.output.as_str()), (Exit::Failed, ""));
    assert!(ran.messages.contains("not for good"), "{}", ran.messages);
}

#[test]
fn diff_tells_by_its_exit_code_whether_more_can_be_sent() {
    let bench = Bench::new();
    let now = Lock::of(&Tracked::SCHEMA).to_text();
    let same = bench.write("same", &now);
    let mut smaller: serde_json::Value = serde_json::from_str(&now).unwrap();
    smaller["events"].as_object_mut().unwrap().remove("command.failed");
    let smaller = bench.write("smaller", &smaller.to_string());
    let renamed = bench.write("renamed", &now.replace("\"lines\"", "\"rows\""));

    for (line, exit, said) in [
        (format!("diff {same}"), Exit::Done, "What can be sent is the same."),
        (format!("diff {same} {same}"), Exit::Done, "same: Nothing has changed."),
        (format!("diff {same} {smaller}"), Exit::Done, "narrower: The event `command.failed` is gone."),
        (format!("diff {smaller} {same}"), Exit::Failed, "wider: The event `command.failed` is new"),
        (format!("diff {smaller}"), Exit::Failed, "Before it is released: raise `revision` to 2 and mark event"),
        (format!("diff {same} {renamed}"), Exit::Failed, "breaking: The property `lines` of `command.ran`"),
    ] {
        let ran = bench.run(&line);
        assert_eq!(ran.exit, exit, "{line}: {} {}", ran.output, ran.messages);
        assert!(ran.output.contains(said), "{line}: {}", ran.output);
        assert_eq!(ran.messages.contains("the new list is"), exit == Exit::Failed, "{line}: {}", ran.messages);
    }
    for line in [format!("diff {same} /nowhere/at/all"), format!("diff {}", bench.write("other", "{}"))] {
        let ran = bench.run(&line);
        assert_eq!((ran.exit, ran.output.as_str()), (Exit::Failed, ""));
        assert!(ran.messages.contains("cannot be read"), "{}", ran.messages);
    }
}

#[test]
fn manifest_can_be_kept_and_checked() {
    let bench = Bench::new();
    let ran = bench.run("manifest");
    assert_eq!(ran.exit, Exit::Done);
    let committed = bench.write("committed", &ran.output);
    let checked = bench.run(&format!("events --check {committed}"));
    assert!(
        checked.exit == Exit::Done && checked.output.contains("the manifest of this program"),
        "{}",
        checked.output
    );
    let older = bench.write("older", &ran.output.replace("sink.example", "other.example"));
    assert_eq!(bench.run(&format!("events --check {older}")).exit, Exit::Failed);
}

#[test]
fn completions_are_for_shells_that_are_known() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = bench.run(&format!("completions {shell}"));
        assert!(ran.exit == Exit::Done && ran.output.contains("tool telemetry completions"), "{}", ran.output);
    }
    assert_eq!(bench.run("completions csh").exit, Exit::Usage);
}

#[test]
fn what_names_no_operations_proves_nothing() {
    let ran = Bench::new().run("prove-off");
    assert_eq!((ran.exit, ran.output.as_str()), (Exit::Usage, ""));
    assert!(ran.messages.contains("nothing can be proved here"), "{}", ran.messages);
}

/// What `prove-off` says of operations that are runs of this test program.
fn proved(operations: &'static [Operation]) -> Option<Ran> {
    let bench = Bench::new();
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let mut terminal = Terminal::new(io::empty(), &mut output, &mut messages, Person::Absent);
    let exit = Mount::new().operations(operations).run(&bench.telemetry, ["prove-off"], &mut terminal);
    drop(terminal);
    let ran = Ran { exit, output: String::from_utf8(output).unwrap(), messages: String::from_utf8(messages).unwrap() };
    assert!(bench.has_no_file());
    if ran.exit == Exit::Usage {
        let must_run = crate::kill_switch::is_demanded("TRACE_TESTS");
        assert!(!must_run, "TRACE_TESTS=1, but {}", ran.messages);
        eprintln!("SKIPPED: {}", ran.messages);
        return None;
    }
    Some(ran)
}

#[test]
fn prove_off_counts_what_an_operation_does() {
    const TALKS: &[Operation] =
        &[Operation::new(&["--list"]), Operation::new(&["--exact", "cli::prove::tests::talks_to_itself"])];
    const FAILS: &[Operation] = &[Operation::new(&["--no-such-option"])];
    let Some(ran) = proved(&TALKS[..1]) else { return };
    let nothing = "0 sockets, 0 connections, 0 look-ups and 0 telemetry files";
    assert_eq!((ran.exit, ran.output), (Exit::Done, format!("tool --list: {nothing}\nIn all: {nothing}.\n")));

    let ran = proved(TALKS).unwrap();
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.output.contains("In all: 2 sockets, 1 connection, 0 look-ups and 0 telemetry files."),
        "{}",
        ran.output
    );
    assert!(ran.output.contains("connect(") && ran.messages.contains("is not silent"), "{}", ran.output);

    let ran = proved(FAILS).unwrap();
    assert!(ran.exit == Exit::Failed && ran.output.contains("it failed"), "{}", ran.output);
    assert!(ran.messages.contains("nothing is proved: 1 of the operations failed"), "{}", ran.messages);
}

#[test]
fn manifest_names_every_file_that_is_made() {
    fn walk(directory: &Path, base: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, base, found);
            } else {
                found.push(path.strip_prefix(base).unwrap().to_str().unwrap().to_owned());
            }
        }
    }

    let bench = Bench::new();
    assert_eq!(bench.typing("on", "y\ny\n").exit, Exit::Done);
    bench.telemetry.track(Tracked::CommandFailed);
    let _ = bench.telemetry.flush(Duration::from_secs(30));
    let mut found = Vec::new();
    walk(bench.directory.path(), bench.directory.path(), &mut found);
    assert!(found.iter().any(|path| path.ends_with("sent.log")), "{found:?}");
    // And what is left of a decision that nobody can read: that file, and nothing of what was sent under it.
    fs::write(bench.directory.path().join("installation.json"), "{").unwrap();
    assert_eq!(bench.run("off").exit, Exit::Done);
    let mut left = Vec::new();
    walk(bench.directory.path(), bench.directory.path(), &mut left);
    assert!(left.iter().any(|path| path.ends_with("unreadable-1")), "{left:?}");
    let is_data = |path: &String| path.starts_with("data/");
    assert!(found.iter().any(is_data) && !left.iter().any(is_data), "{found:?}, then {left:?}");
    found.append(&mut left);
    let manifest: serde_json::Value = serde_json::from_str(&bench.run("manifest").output).unwrap();
    for path in found {
        // Directories of identities and files of events have names of digits, the latter's of a time and a random number.
        let is_random =
            |name: &str| name.len() >= 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let parts = path.split('/').map(|part| match part.split_once('.') {
            _ if is_random(part) => "*".to_owned(),
            _ if part.ends_with("unreadable-1") => part.replace("-1", "-*"),
            Some((name, ending)) if is_random(name) => format!("*.{ending}"),
            _ => part.to_owned(),
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let files = manifest["files"].as_array().unwrap();
        assert!(files.iter().any(|file| file["path"] == path), "{path}");
    }
}
