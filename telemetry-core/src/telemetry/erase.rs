//! Erasing the data of identities that are over: what was sent, and what was not.
//!
//! A directory is renamed first, so that nothing finds it any more, and then removed; what a crash interrupts is
//! finished later. Nothing is touched but directories with names that only this crate gives, so an application that
//! keeps files of its own beside them loses none.

use core::time::Duration;
use std::fs;
use std::path::Path;
use std::sync::PoisonError;
use std::thread;

use super::shared::Setup;
use crate::consent::machine::Consent;
use crate::health::Health;

/// What the name of a directory that is being removed begins with.
const TOMBSTONE: &str = "erased-";

/// How often removing is tried: for half a second.
const PATIENCE: u32 = 100;

/// Digits in the name of an identity's directory; see `InstallIdentity::directory`.
const DIGITS: usize = 16;

/// Removes the data of every identity but the one that is granted now. What cannot be removed is tried again at the
/// next start.
pub(super) fn all_but_current(setup: &Setup) {
    if remove_all_but_current(setup) {
        Health::Erased.tell();
    }
}

/// Whether there was something to remove.
fn remove_all_but_current(setup: &Setup) -> bool {
    // Two at the same directory would trip over each other, and one return while the other is still at it.
    let _alone = setup.erasing.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(entries) = fs::read_dir(&setup.data) else { return false };
    // Listed before the decision is read: what another process makes after that is not in the list.
    let entries: Vec<_> = entries.flatten().collect();
    let Ok(stored) = setup.store.load() else { return false };
    let current = match &stored.decision.consent {
        Consent::Granted(grant) => Some(grant.identity.directory()),
        _ => None,
    };
    let mut erased = false;
    for entry in entries {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if Some(name) != current.as_deref() {
            erased |= one(&setup.data, name);
        }
    }
    if erased {
        // Gone unless there is something else in it.
        let _ = fs::remove_dir(&setup.data);
    }
    erased
}

/// Removes one directory, if it is of an identity; whether it was.
fn one(data: &Path, name: &str) -> bool {
    let identity = name.strip_prefix(TOMBSTONE).unwrap_or(name);
    if identity.len() != DIGITS || !identity.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return false;
    }
    let tombstone = data.join(format!("{TOMBSTONE}{identity}"));
    if identity.len() == name.len() && fs::rename(data.join(name), &tombstone).is_err() {
        // Another process is at it, or left one of the same name: removed where it is.
        let _ = fs::remove_dir_all(data.join(name));
    }
    for _ in 0..PATIENCE {
        // Another process may be removing the same; what is left then is gone a moment later.
        if fs::remove_dir_all(&tombstone).is_ok() || fs::symlink_metadata(&tombstone).is_err() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    true
}
