//! The file store, from outside: modes, owners, damage, two writers.

use std::fs;
use std::io::Write as _;
use std::time::Instant;

use telemetry_core::consent::{Consent, FaultKind, State};
use telemetry_core::store::{FileStore, Store, StoreError, Stored};
use telemetry_core::{GrantError, Surface};

use crate::fixture::{Installation, LONG, USAGE, started};

#[cfg(unix)]
#[test]
fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    telemetry.track(started());
    telemetry.flush(LONG);
    for name in installation.files() {
        let path = installation.directory().join(name);
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    fs::set_permissions(installation.file(), fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(installation.start().state(), State::Fault);
}

#[test]
fn only_not_found_is_unasked() {
    let installation = Installation::new();
    let store = FileStore::new("test-app", installation.directory());
    assert_eq!(store.load(), Ok(Stored::UNASKED));
    fs::create_dir_all(installation.file()).unwrap();
    assert_eq!(store.load(), Err(FaultKind::Unreadable), "a directory in its place");
    fs::remove_dir(installation.file()).unwrap();
    fs::write(installation.file(), [0xff, 0xfe]).unwrap();
    assert_eq!(store.load(), Err(FaultKind::Damaged));
    fs::remove_file(installation.file()).unwrap();
    // A file where the directory should be is not "not found" either.
    fs::remove_dir_all(installation.directory()).unwrap();
    fs::write(installation.directory(), "").unwrap();
    assert_eq!(store.load(), Err(FaultKind::Unreadable));
}

/// What was read is remembered, and no change is missed for that: not one that leaves length and times as they were.
#[test]
fn a_change_is_seen_whatever_the_file_says_of_itself() {
    let installation = Installation::new();
    drop(installation.granted(USAGE));
    let store = FileStore::new("test-app", installation.directory());
    let yes = fs::read(installation.file()).unwrap();
    let modified = fs::metadata(installation.file()).unwrap().modified().unwrap();
    let write = |bytes: &[u8]| {
        let file = fs::File::options().write(true).open(installation.file()).unwrap();
        (&file).write_all(bytes).unwrap();
        file.set_modified(modified).unwrap();
    };
    let granted = store.load().unwrap();
    assert!(matches!(granted.decision.consent, Consent::Granted(_)));
    let edited = String::from_utf8(yes.clone()).unwrap().replace("\"granted\"", "\"dranteg\"");
    write(edited.as_bytes());
    assert_eq!(store.load(), Err(FaultKind::Damaged));
    write(&yes);
    assert_eq!(store.load(), Ok(granted));
    fs::remove_file(installation.directory().join("installation.mark")).unwrap();
    assert_eq!(store.load(), Err(FaultKind::Copied), "what proves a yes is looked at each time");
    fs::remove_file(installation.file()).unwrap();
    assert_eq!(store.load(), Ok(Stored::UNASKED));
}

#[test]
fn an_unrelated_write_never_brings_a_yes_back() {
    let installation = Installation::new();
    let one = installation.granted(USAGE);
    let two = installation.start();
    one.withdraw(Surface::Dashboard).unwrap();
    // The other process still believes in the grant and writes for reasons of its own.
    assert_eq!(two.reset_id(Surface::Dashboard), Ok(false));
    two.decline(Surface::Dashboard).unwrap();
    assert_eq!(installation.start().state(), State::Withdrawn);
}

/// Tries again while others have the lock for longer than anybody waits for it.
fn unless_busy<T>(act: impl Fn() -> Result<T, StoreError>) -> T {
    let until = Instant::now() + LONG;
    loop {
        match act() {
            Err(StoreError::Busy) if Instant::now() < until => {}
            done => return done.unwrap(),
        }
    }
}

#[test]
fn concurrent_writers_leave_a_whole_chain() {
    let installation = Installation::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let telemetry = installation.start();
                for _ in 0..10 {
                    unless_busy(|| {
                        let question = telemetry.present(Surface::Dashboard).expect("the question may be asked");
                        match telemetry.grant(question.ticket(), USAGE) {
                            Err(GrantError::Store(error)) => Err(error),
                            granted => {
                                granted.unwrap();
                                Ok(())
                            }
                        }
                    });
                    unless_busy(|| telemetry.withdraw(Surface::Dashboard));
                }
            });
        }
    });
    let telemetry = installation.start();
    assert_eq!(telemetry.state(), State::Withdrawn);
    let receipts = telemetry.verify_receipts().unwrap();
    assert!(receipts >= 40, "{receipts}");
}

#[test]
fn a_lost_receipt_line_is_made_up_for() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    // As after a crash between the decision and its receipt.
    fs::remove_file(installation.directory().join("receipts.jsonl")).unwrap();
    assert!(telemetry.verify_receipts().is_err());
    telemetry.withdraw(Surface::Dashboard).unwrap();
    assert_eq!(telemetry.verify_receipts(), Ok(2));
}
