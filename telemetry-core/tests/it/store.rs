//! The file store, from outside: modes, owners, damage, two writers.

use std::fs;

use telemetry_core::Surface;
use telemetry_core::consent::{FaultKind, State};
use telemetry_core::store::{FileStore, Store, Stored};

use crate::fixture::{Installation, LONG, USAGE, agree, started};

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

#[test]
fn concurrent_writers_leave_a_whole_chain() {
    let installation = Installation::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let telemetry = installation.start();
                for _ in 0..10 {
                    agree(&telemetry, USAGE);
                    telemetry.withdraw(Surface::Dashboard).unwrap();
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
