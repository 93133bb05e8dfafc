//! A copy of the state directory is another installation: it carries no yes, and no identity.

use std::fs;

use telemetry_core::consent::{FaultKind, State};
use telemetry_core::store::{FileStore, Store};
use telemetry_core::{Surface, Telemetry};

use crate::conformance::copy_directory;
use crate::fixture::{Installation, LONG, Tracked, USAGE, agree, started};

/// A second installation with a copy of the state directory of the first.
fn copy_of(installation: &Installation) -> Installation {
    let copy = Installation::new();
    copy_directory(&installation.directory(), &copy.directory());
    copy
}

/// What the installation calls itself in what it sends.
fn install_id(installation: &Installation, telemetry: &Telemetry<Tracked>) -> String {
    telemetry.track(started());
    telemetry.flush(LONG);
    let body = installation.sink.requests().last().expect("a request was made").body.clone();
    body.split("\"install_id\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("it names the id").to_owned()
}

fn mark(installation: &Installation) -> std::path::PathBuf {
    installation.directory().join("installation.mark")
}

#[test]
fn a_copied_yes_is_not_a_yes() {
    let original = Installation::new();
    let first = original.granted(USAGE);
    let id = install_id(&original, &first);

    let copy = copy_of(&original);
    let telemetry = copy.start();
    assert_eq!(telemetry.state(), State::AskAgain);
    assert_eq!(telemetry.status().reasons.iter().map(|reason| reason.code).collect::<Vec<_>>(), ["copied"]);
    telemetry.track(started());
    telemetry.flush(LONG);
    assert_eq!(copy.sink.requests(), []);
    assert!(telemetry.sent_log().is_empty(), "the log of the other installation is not shown as this one's");

    agree(&telemetry, USAGE);
    assert_eq!(telemetry.state(), State::Granted);
    assert_ne!(install_id(&copy, &telemetry), id);
    assert!(!fs::read_to_string(copy.file()).unwrap().contains(&id), "the other's id is gone");
    assert_eq!(telemetry.verify_receipts(), Ok(2));
    // The original goes on as if nothing had happened.
    assert_eq!(original.start().state(), State::Granted);
    assert_eq!(install_id(&original, &first), id);
}

#[test]
fn a_copied_yes_can_be_answered_with_no() {
    let original = Installation::new();
    let running = original.granted(USAGE);
    install_id(&original, &running);
    for off in [false, true] {
        let copy = copy_of(&original);
        let telemetry = copy.start();
        if off {
            telemetry.withdraw(Surface::Dashboard).unwrap();
        } else {
            telemetry.decline(Surface::Dashboard).unwrap();
        }
        assert!(!copy.files().iter().any(|file| file.contains("data")), "nobody agreed to keep it: {:?}", copy.files());
        assert_eq!(copy.start().state(), State::Denied);
        assert!(!fs::read_to_string(copy.file()).unwrap().contains("install_id"));
    }
}

#[test]
fn a_copied_no_stays_a_no() {
    let denied = Installation::new();
    denied.start().decline(Surface::SetupPage).unwrap();
    assert_eq!(copy_of(&denied).start().state(), State::Denied);

    let withdrawn = Installation::new();
    withdrawn.granted(USAGE).withdraw(Surface::Dashboard).unwrap();
    assert!(!mark(&withdrawn).exists(), "the mark goes with the yes");
    assert_eq!(copy_of(&withdrawn).start().state(), State::Withdrawn);
}

#[test]
fn moving_and_starting_again_are_no_copies() {
    let installation = Installation::new();
    let id = install_id(&installation, &installation.granted(USAGE));
    let moved = Installation::new();
    fs::rename(installation.directory(), moved.directory()).unwrap();
    for _ in 0..2 {
        let telemetry = moved.start();
        assert_eq!(telemetry.state(), State::Granted);
        assert_eq!(install_id(&moved, &telemetry), id);
    }
    // What a running container's entry point likes to do to a volume.
    #[cfg(unix)]
    for name in ["installation.mark", "installation.json"] {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(moved.directory().join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(moved.start().state(), State::Granted);
}

#[test]
fn a_running_program_notices_that_its_state_was_replaced_by_a_copy() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    let backup = copy_of(&installation);
    fs::rename(installation.directory(), installation.directory().with_extension("before")).unwrap();
    copy_directory(&backup.directory(), &installation.directory());
    telemetry.track(started());
    telemetry.flush(LONG);
    assert_eq!(installation.sink.requests(), []);
    assert_eq!(telemetry.state(), State::AskAgain);
}

#[test]
fn a_crash_between_mark_and_decision_grants_nothing() {
    // The mark is made first. A crash after it leaves a mark beside whatever was decided before.
    let unasked = Installation::new();
    let granted = Installation::new();
    let _running = granted.granted(USAGE);
    let bytes = fs::read(mark(&granted)).unwrap();
    fs::create_dir_all(unasked.directory()).unwrap();
    fs::write(mark(&unasked), &bytes).unwrap();
    assert_eq!(unasked.start().state(), State::Unasked);

    let denied = Installation::new();
    denied.start().decline(Surface::SetupPage).unwrap();
    fs::write(mark(&denied), &bytes).unwrap();
    assert_eq!(denied.start().state(), State::Denied);

    let copy = copy_of(&granted);
    fs::remove_file(mark(&copy)).unwrap();
    fs::write(mark(&copy), "another nonce of thirty-two bytes").unwrap();
    assert_eq!(copy.start().state(), State::AskAgain);
    // And a left-over of the writing itself hinders nobody.
    fs::write(copy.directory().join("installation.mark.new"), "half").unwrap();
    agree(&copy.start(), USAGE);
    assert_eq!(copy.start().state(), State::Granted);
}

#[test]
fn whatever_is_wrong_with_the_mark_is_off() {
    let installation = Installation::new();
    let _running = installation.granted(USAGE);
    let store = FileStore::new("test-app", installation.directory());
    let nonce = fs::read(mark(&installation)).unwrap();
    fs::write(mark(&installation), "x").unwrap();
    assert_eq!(store.load(), Err(FaultKind::Copied), "another content");
    fs::write(mark(&installation), [&nonce[..], b"0"].concat()).unwrap();
    assert_eq!(store.load(), Err(FaultKind::Copied), "more content");
    fs::write(mark(&installation), &nonce).unwrap();
    assert!(store.load().is_ok(), "the same file with the same content");
    fs::rename(mark(&installation), installation.directory().join("elsewhere")).unwrap();
    assert_eq!(store.load(), Err(FaultKind::Copied), "no mark");
    fs::write(mark(&installation), &nonce).unwrap();
    assert_eq!(store.load(), Err(FaultKind::Copied), "the same content in another file");

    let text = fs::read_to_string(installation.file()).unwrap();
    let from = text.find(",\n    \"mark\"").expect("a grant names its mark");
    let to = from + text[from..].find("\n    }").expect("the mark is an object of its own") + "\n    }".len();
    fs::write(installation.file(), format!("{}{}", &text[..from], &text[to..])).unwrap();
    assert_eq!(store.load(), Err(FaultKind::Copied), "a yes that names no mark");
}
