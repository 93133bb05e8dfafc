//! Files that are one process's as long as it has them open, and anybody's when it has ended.
//!
//! Their owner holds a lock, which ends with it, however it ends. Between the moment in which a file is made and the one in
//! which it is locked it looks like one that was left, and whoever takes over what was left removes what is empty. So a file
//! counts only once it is locked and still where it was made.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::held::Held;
use super::private;

/// How often a file is made anew that somebody took for one that was left.
const TRIES: u32 = 100;

/// Makes a file of this process, under the first of the names for which nobody comes in between.
///
/// # Errors
///
/// It cannot be made or locked. `Unsupported`: there is no name.
pub(crate) fn make(
    directory: &Path,
    extension: &str,
    name: impl Fn() -> Option<String>,
) -> io::Result<(PathBuf, Held)> {
    for _ in 0..TRIES {
        let path = directory.join(format!("{}.{extension}", name().ok_or(io::ErrorKind::Unsupported)?));
        let file = Held::of(private().create_new(true).read(true).append(true).open(&path)?);
        match file.try_lock() {
            Ok(()) if is_at(&file, &path) => return Ok((path, file)),
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            // Another one could not be locked either.
            Err(TryLockError::Error(error)) => {
                let _ = fs::remove_file(&path);
                return Err(error);
            }
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

/// Takes over a file whose process has ended; nothing if one has it, or it is gone.
pub(crate) fn take(path: &Path) -> Option<Held> {
    let file = Held::of(private().read(true).append(true).open(path).ok()?);
    file.try_lock().ok()?;
    // Whoever had it until this moment may have removed it.
    is_at(&file, path).then_some(file)
}

/// Whether this file is still the one at this path, and not one that somebody has removed since it was opened.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let same = |one: fs::Metadata, two: fs::Metadata| (one.dev(), one.ino()) == (two.dev(), two.ino());
    file.metadata().is_ok_and(|open| fs::symlink_metadata(path).is_ok_and(|there| same(open, there)))
}

#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}
