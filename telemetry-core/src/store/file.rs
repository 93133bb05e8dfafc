//! The decision in a directory of its own, for one machine and any number of processes.
//!
//! ```text
//! <directory>/installation.json   the decision: atomic, 0600
//! <directory>/receipts.jsonl      one line per decision, append-only
//! <directory>/installation.lock   held by whoever changes the decision
//! <directory>/gate.lock           shared: read the decision and send; exclusive: wait for senders
//! ```
//!
//! Nothing is created before the first decision. Locks are `std::fs::File` locks: the system releases them when
//! their process dies, so a crashed holder blocks nobody. Over network file systems without working locks
//! (some NFS set-ups) a withdrawal is still stored, but the wait for senders on other hosts means nothing.

use core::time::Duration;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use super::{Drained, SendGuard, Store, StoreError, Stored, record};
use crate::consent::{FaultKind, Receipt};

/// The largest decision file that is read. A real one has about two kilobytes.
const MAX_RECORD: u64 = 64 * 1024;

/// How long a change of the decision waits for another one to finish. Writing takes milliseconds.
const WRITER_PATIENCE: Duration = Duration::from_secs(2);

/// How often a lock that somebody else holds is tried again.
const LOCK_STEP: Duration = Duration::from_millis(2);

/// A [`Store`] in a directory.
#[derive(Debug)]
pub struct FileStore {
    app: &'static str,
    directory: PathBuf,
}

impl FileStore {
    /// Keeps the decision of `app` in `directory`, which is made with the first decision.
    #[must_use]
    pub fn new(app: &'static str, directory: impl Into<PathBuf>) -> Self {
        Self { app, directory: directory.into() }
    }

    /// The decision's file.
    #[must_use]
    pub fn record_path(&self) -> PathBuf {
        self.directory.join("installation.json")
    }

    fn receipts_path(&self) -> PathBuf {
        self.directory.join("receipts.jsonl")
    }

    fn make_directory(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.directory)
    }

    fn lock_file(&self, name: &str) -> io::Result<File> {
        private().create(true).truncate(false).write(true).open(self.directory.join(name))
    }

    /// Writes the decision so that a reader sees either the old file or the new one, whole.
    fn replace(&self, text: &str) -> io::Result<()> {
        // One writer at a time holds the lock, so the name is free to take over after a crash.
        let temporary = self.directory.join("installation.json.new");
        let mut file = private().create(true).truncate(true).write(true).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, self.record_path())?;
        sync_directory(&self.directory)
    }

    /// Moves what cannot be understood out of the way, so that an explicit decision can be stored and nothing is
    /// lost.
    fn set_aside(&self) -> io::Result<()> {
        let aside = (1..1000)
            .map(|n| self.directory.join(format!("installation.json.unreadable-{n}")))
            .find(|path| fs::symlink_metadata(path).is_err())
            .ok_or(io::ErrorKind::AlreadyExists)?;
        fs::rename(self.record_path(), aside)
    }

    /// Appends the receipt, and the one before it if a crash lost that.
    fn append(&self, before: Option<&Receipt>, receipt: &Receipt) -> io::Result<()> {
        let mut file = private().create(true).append(true).read(true).open(self.receipts_path())?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let mut lines = String::new();
        if !text.is_empty() && !text.ends_with('\n') {
            lines.push('\n');
        }
        if let Some(before) = before.filter(|before| !text.contains(&before.sha256)) {
            lines.push_str(&before.to_line());
            lines.push('\n');
        }
        lines.push_str(&receipt.to_line());
        lines.push('\n');
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    }
}

impl Store for FileStore {
    fn load(&self) -> Result<Stored, FaultKind> {
        let file = match File::open(self.record_path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Stored::UNASKED),
            Err(_) => return Err(FaultKind::Unreadable),
        };
        check_owner(&file)?;
        let mut text = String::new();
        match file.take(MAX_RECORD).read_to_string(&mut text) {
            Ok(_) => record::read(self.app, &text),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(FaultKind::Damaged),
            Err(_) => Err(FaultKind::Unreadable),
        }
    }

    fn update(&self, change: &mut dyn FnMut(Result<Stored, FaultKind>) -> Option<Stored>) -> Result<(), StoreError> {
        self.make_directory().map_err(|_| StoreError::Write)?;
        let lock = self.lock_file("installation.lock").map_err(|_| StoreError::Write)?;
        let deadline = Instant::now() + WRITER_PATIENCE;
        if !lock_until(deadline, || lock.try_lock()).map_err(|_| StoreError::Write)? {
            return Err(StoreError::Busy);
        }
        let current = self.load();
        let (faulty, before) = match &current {
            Ok(stored) => (false, stored.receipt.clone()),
            Err(_) => (true, self.receipts().ok().and_then(|receipts| receipts.into_iter().flatten().last())),
        };
        let Some(next) = change(current) else { return Ok(()) };
        let (Some(text), Some(receipt)) = (record::write(self.app, &next), next.receipt.as_ref()) else {
            return Err(StoreError::Write);
        };
        if faulty {
            self.set_aside().map_err(|_| StoreError::Write)?;
        }
        self.replace(&text).map_err(|_| StoreError::Write)?;
        // The decision holds from here on. The newest receipt is inside it too, so a failure now loses nothing: the
        // next change appends it.
        let _ = self.append(before.as_ref(), receipt);
        Ok(())
    }

    fn share(&self) -> Result<Box<dyn SendGuard + '_>, StoreError> {
        let lock = self.lock_file("gate.lock").map_err(|_| StoreError::Busy)?;
        match lock.try_lock_shared() {
            Ok(()) => Ok(Box::new(SharedLock(lock))),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => Err(StoreError::Busy),
        }
    }

    fn drain(&self, patience: Duration) -> Result<Drained, StoreError> {
        // Only a sender makes the file; without it nothing was ever sent.
        let lock = match OpenOptions::new().write(true).open(self.directory.join("gate.lock")) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Drained::Idle),
            Err(_) => return Err(StoreError::Busy),
        };
        match lock_until(Instant::now() + patience, || lock.try_lock()) {
            Ok(true) => Ok(Drained::Idle),
            Ok(false) => Ok(Drained::InFlight),
            Err(_) => Err(StoreError::Busy),
        }
    }

    fn receipts(&self) -> Result<Vec<Option<Receipt>>, StoreError> {
        match fs::read_to_string(self.receipts_path()) {
            Ok(text) => Ok(text.lines().map(|line| serde_json::from_str(line).ok()).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(_) => Err(StoreError::Receipts),
        }
    }
}

/// Dropping the file releases the lock.
struct SharedLock(#[expect(dead_code, reason = "held, never read")] File);

impl SendGuard for SharedLock {}

fn lock_until(deadline: Instant, try_lock: impl Fn() -> Result<(), TryLockError>) -> io::Result<bool> {
    loop {
        match try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return Ok(false),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_STEP),
        }
    }
}

/// Options for files that only their owner can read.
pub(crate) fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "the mode is set on Unix"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A decision that another user wrote, or that others could have written, is not this user's decision: root does
/// not inherit a yes through `sudo`, and a world-writable file proves nothing.
#[cfg(unix)]
fn check_owner(file: &File) -> Result<(), FaultKind> {
    use std::os::unix::fs::MetadataExt;

    let metadata = file.metadata().map_err(|_| FaultKind::Unreadable)?;
    // The effective user, without a call that needs `unsafe`; systems without /proc skip this half.
    let foreign = fs::metadata("/proc/self").is_ok_and(|own| own.uid() != metadata.uid());
    if foreign || metadata.mode() & 0o022 != 0 { Err(FaultKind::Permissions) } else { Ok(()) }
}

#[cfg(not(unix))]
fn check_owner(_: &File) -> Result<(), FaultKind> {
    Ok(())
}
