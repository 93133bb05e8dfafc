//! A file with a lock that ends when its holder lets go of it, and not later.

use core::ops::{Deref, DerefMut};
use std::fs::File;
use std::process;

/// Lets go of the lock before the file is closed.
///
/// Closing alone is not enough: a child that this process starts, at that very moment or earlier, has a copy of every open
/// file, until its program runs, or for ever if it runs none of its own. The lock belongs to all copies together, and
/// would last as long as one of them. Unlocking any of them ends it for all, so only the process that took it does: a
/// child that forked and lets go of what it was born with ends nothing of its parent's.
#[derive(Debug)]
pub(crate) struct Held {
    file: File,
    /// The process that has the lock.
    by: u32,
}

impl Held {
    /// Of a file that is locked, or about to be.
    pub(crate) fn of(file: File) -> Self {
        Self { file, by: process::id() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.by == process::id() {
            // Where there was no lock this does nothing; where it fails the file is closed all the same.
            let _ = self.file.unlock();
        }
    }
}

impl Deref for Held {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_handle_does_not_keep_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let open = || File::options().create(true).append(true).open(&path).unwrap();
        let (held, other) = (Held::of(open()), open());
        held.try_lock().unwrap();
        // As a child has it that was started in the meantime.
        let copy = held.try_clone().unwrap();
        assert!(other.try_lock().is_err());
        drop(held);
        assert!(other.try_lock().is_ok());
        drop(copy);
    }

    #[test]
    fn a_child_that_forked_does_not_end_the_lock_of_its_parent() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let open = || File::options().create(true).append(true).open(&path).unwrap();
        let (held, other) = (Held::of(open()), open());
        held.try_lock().unwrap();
        // What the child has: the same open file, taken by another process than itself.
        drop(Held { file: held.try_clone().unwrap(), by: held.by.wrapping_add(1) });
        assert!(other.try_lock().is_err());
        drop(held);
        assert!(other.try_lock().is_ok());
    }
}
