//! Erasing the data of identities that are over: what was sent, and what was not; and of the identity that goes on, what
//! was recorded under a decision that does not, such as the events of a purpose that was turned off.
//!
//! A directory is renamed first, so that nothing finds it any more, and then removed; what a crash interrupts is
//! finished later. Nothing is touched but directories with names that only this crate gives, so an application that
//! keeps files of its own beside them loses none.

use core::time::Duration;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::thread;

use super::crash;
use super::shared::Setup;
use crate::consent::machine::Consent;
use crate::health::Health;
use crate::spool;

/// What the name of a directory that is being removed begins with.
const TOMBSTONE: &str = "erased-";

/// How often removing is tried: for half a second.
const PATIENCE: u32 = 100;

/// Digits in the name of an identity's directory; see `InstallIdentity::directory`.
const DIGITS: usize = 16;

/// Removes the data of every identity but the one that is granted now, and of that one what waits under an earlier
/// decision; how much could not be removed, which is tried again at the next start and told in the meantime.
pub(super) fn all_but_current(setup: &Setup) -> usize {
    let (erased, left) = remove_all_but_current(setup);
    if erased > 0 {
        Health::Erased.tell();
    }
    left
}

/// How many directories were removed, and how many directories and files are left.
fn remove_all_but_current(setup: &Setup) -> (usize, usize) {
    // Two at the same directory would trip over each other, and one return while the other is still at it.
    let _alone = setup.erasing.lock().unwrap_or_else(PoisonError::into_inner);
    let known = setup.not_erased.load(Ordering::Relaxed);
    // Listed before the decision is read: what another process makes after that is not in the list.
    let fates = match names(&setup.data) {
        Ok(names) => {
            let waiting: Vec<PathBuf> = names.iter().flat_map(|name| waiting(&setup.data.join(name))).collect();
            let Ok(stored) = setup.store.load() else { return (0, known) };
            let current = match &stored.decision.consent {
                Consent::Granted(grant) => Some(grant.identity.directory()),
                _ => None,
            };
            let fates = all_but(&setup.data, names, current.as_deref(), |path| fs::remove_dir_all(path));
            let of_current = waiting
                .iter()
                .filter(|path| current.as_ref().is_some_and(|current| path.starts_with(setup.data.join(current))));
            (fates.0, fates.1 + of_current.filter(|path| !removed_unless_of(path, stored.decision.epoch)).count())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => (0, 0),
        // What cannot be listed is still there, as far as anybody can tell.
        Err(_) => (0, known.max(1)),
    };
    setup.not_erased.store(fates.1, Ordering::Relaxed);
    fates
}

/// The files with events of an identity that were not sent, and of crashes.
fn waiting(identity: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let directories = [spool::directory(identity), crash::directory(identity)];
    let entries = directories.into_iter().flat_map(|directory| fs::read_dir(directory).into_iter().flatten().flatten());
    entries.map(|entry| entry.path())
}

/// Removes a file that was written under another decision than that of this epoch, whichever process holds it: what that
/// one writes to a file without a name is gone when it ends. Whether nothing of another decision is there then. A file
/// that does not say is being made, or is torn and taken over by the next one that looks.
fn removed_unless_of(path: &Path, epoch: u64) -> bool {
    let written = match path.extension().and_then(|extension| extension.to_str()) {
        Some("spool") => spool::epoch_of(path),
        Some("crash") => crash::epoch_of(path),
        _ => None,
    };
    if written.is_none_or(|written| written == epoch) {
        return true;
    }
    match fs::remove_file(path) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        // Where the directory cannot be changed, the file perhaps can.
        Err(_) => fs::File::options().write(true).open(path).and_then(|file| file.set_len(0)).is_ok(),
    }
}

fn names(data: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(data)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Removes what is named but `current`, by `remove`; how many directories were removed, and how many are left.
fn all_but(
    data: &Path,
    names: Vec<String>,
    current: Option<&str>,
    remove: impl Fn(&Path) -> io::Result<()>,
) -> (usize, usize) {
    let fates: Vec<Fate> =
        names.into_iter().filter(|name| Some(name.as_str()) != current).map(|name| one(data, &name, &remove)).collect();
    let count = |which| fates.iter().filter(|fate| **fate == which).count();
    if count(Fate::Erased) > 0 {
        // Gone unless there is something else in it.
        let _ = fs::remove_dir(data);
    }
    (count(Fate::Erased), count(Fate::Left))
}

/// What became of one directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is of no identity.
    NotOurs,
    Erased,
    Left,
}

/// Removes one directory, if it is of an identity.
fn one(data: &Path, name: &str, remove: impl Fn(&Path) -> io::Result<()>) -> Fate {
    let identity = name.strip_prefix(TOMBSTONE).unwrap_or(name);
    if identity.len() != DIGITS || !identity.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Fate::NotOurs;
    }
    let tombstone = data.join(format!("{TOMBSTONE}{identity}"));
    let is_new = identity.len() == name.len();
    if is_new && fs::rename(data.join(name), &tombstone).is_err() {
        // Another process is at it, or left one of the same name: removed where it is.
        let _ = remove(&data.join(name));
    }
    for _ in 0..PATIENCE {
        // Another process may be removing the same; what is left then is gone a moment later.
        if remove(&tombstone).is_ok() || fs::symlink_metadata(&tombstone).is_err() {
            let is_gone = !is_new || fs::symlink_metadata(data.join(name)).is_err();
            return if is_gone { Fate::Erased } else { Fate::Left };
        }
        thread::sleep(Duration::from_millis(5));
    }
    Fate::Left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_removed_is_counted_and_out_of_sight() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        for name in ["0123456789abcdef", "fedcba9876543210", "aaaaaaaaaaaaaaaa", "of-the-application"] {
            fs::create_dir_all(data.join(name)).unwrap();
            fs::write(data.join(name).join("sent.log"), "x").unwrap();
        }
        let fails = |path: &Path| {
            let is_stuck = path.to_string_lossy().contains("fedcba");
            if is_stuck { Err(io::ErrorKind::PermissionDenied.into()) } else { fs::remove_dir_all(path) }
        };
        assert_eq!(all_but(&data, names(&data).unwrap(), Some("aaaaaaaaaaaaaaaa"), fails), (1, 1));
        let mut left = names(&data).unwrap();
        left.sort();
        assert_eq!(left, ["aaaaaaaaaaaaaaaa", "erased-fedcba9876543210", "of-the-application"]);
        // The next start tries it again.
        let again = all_but(&data, names(&data).unwrap(), Some("aaaaaaaaaaaaaaaa"), |path| fs::remove_dir_all(path));
        assert_eq!((again, names(&data).unwrap().len()), ((1, 0), 2));
    }
}
