//! The decision in a directory of its own, for one machine and any number of processes.
//!
//! ```text
//! <directory>/installation.json   the decision: atomic, 0600
//! <directory>/installation.mark   there while telemetry is on: the file that a copy of the directory does not have
//! <directory>/receipts.jsonl      one line per decision, append-only
//! <directory>/installation.lock   held by whoever changes the decision
//! <directory>/gate.lock           shared: read the decision and send; exclusive: wait for senders
//! <directory>/drain.lock          held by whoever waits for senders; no request begins meanwhile
//! ```
//!
//! Nothing is created before the first decision. Locks are `std::fs::File` locks: the system releases them when
//! their process dies, so a crashed holder blocks nobody. Over network file systems without working locks
//! (some NFS set-ups) a withdrawal is still stored, but the wait for senders on other hosts means nothing.
//!
//! A yes counts only in the directory that it was given in. The decision names the mark file beside it by inode number
//! and birth time ([`FileMark`]); where they differ, the directory is a copy (an image layer, a restored backup, a
//! synchronised home), the yes is [`FaultKind::Copied`], and the person is asked again. A no needs no mark and holds in
//! every copy.

use core::fmt;
use core::time::Duration;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::held::Held;
use super::mark::{FileMark, Mark};
use super::{Drained, SendGuard, Store, StoreError, Stored, record};
use crate::consent::{Consent, FaultKind, Receipt};
use crate::digest::hex;

/// The largest decision file that is read and written. A yes holds the whole list that was shown, at about a kilobyte for
/// each event, so this is a list of thousands; without a bound a damaged file could cost any amount of memory.
const MAX_RECORD: u64 = 4 * 1024 * 1024;

/// Room for a record with a list of some dozens of events; a longer one costs another look at the file.
const USUAL_RECORD: usize = 8 * 1024;

/// The largest mark file that is read. A real one has 32 bytes.
const MAX_MARK: u64 = 64;

/// How often a yes that does not fit its mark is read again: another process may just be replacing both.
const MARK_ATTEMPTS: usize = 3;

/// How long a change of the decision waits for another one to finish. Writing takes milliseconds.
const WRITER_PATIENCE: Duration = Duration::from_secs(2);

/// How often a lock that somebody else holds is tried again.
const LOCK_STEP: Duration = Duration::from_millis(2);

/// A [`Store`] in a directory.
///
/// A copied directory does not carry a yes: [`load`](Store::load) answers [`FaultKind::Copied`] there until a person
/// decides, and a new yes has a new identity. Moving the directory on its file system, starting again, and
/// making a container again on the same volume are no copies. What cannot be told apart is listed at [`FileMark`].
pub struct FileStore {
    app: &'static str,
    directory: PathBuf,
    /// What was read last. The file is read at every look all the same, and compared byte by byte.
    known: Mutex<Option<Known>>,
}

/// A text and what it says. To understand one takes a hundred times as long as to compare it.
struct Known {
    text: String,
    stored: Stored,
    mark: Option<Mark>,
}

impl FileStore {
    /// Keeps the decision of `app` in `directory`, which is made with the first decision.
    #[must_use]
    pub fn new(app: &'static str, directory: impl Into<PathBuf>) -> Self {
        Self { app, directory: directory.into(), known: Mutex::new(None) }
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

    fn lock_file(&self, name: &str) -> io::Result<Held> {
        private().create(true).truncate(false).write(true).open(self.directory.join(name)).map(Held::of)
    }

    fn mark_path(&self) -> PathBuf {
        self.directory.join("installation.mark")
    }

    fn read_text(&self) -> Result<Option<String>, FaultKind> {
        let file = match File::open(self.record_path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(FaultKind::Unreadable),
        };
        check_owner(&file)?;
        let mut text = String::with_capacity(USUAL_RECORD);
        match file.take(MAX_RECORD).read_to_string(&mut text) {
            Ok(_) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(FaultKind::Damaged),
            Err(_) => Err(FaultKind::Unreadable),
        }
    }

    fn read(&self) -> Result<Found, FaultKind> {
        let mut attempt = 1;
        loop {
            let Some(text) = self.read_text()? else {
                *self.known() = None;
                return Ok(Found::Here(Stored::UNASKED, None));
            };
            let (stored, mark) = self.understand(&text)?;
            if !matches!(stored.decision.consent, Consent::Granted(_)) {
                return Ok(Found::Here(stored, None));
            }
            if let Some(mark) = mark.filter(|mark| self.is_here(mark)) {
                return Ok(Found::Here(stored, Some(mark)));
            }
            if attempt == MARK_ATTEMPTS || self.read_text()?.as_ref() == Some(&text) {
                return Ok(Found::Copied(stored));
            }
            attempt += 1;
        }
    }

    /// What a text of the decision says. Nothing but the same text is taken for one that was understood before: no time
    /// of a file, which can be set and can stand still, proves anything.
    fn understand(&self, text: &str) -> Result<(Stored, Option<Mark>), FaultKind> {
        if let Some(known) = self.known().as_ref().filter(|known| known.text == text) {
            return Ok((known.stored.clone(), known.mark.clone()));
        }
        let read = record::read_marked(self.app, text);
        // An identity that is over is not kept either.
        *self.known() = read.as_ref().ok().map(|(stored, mark)| Known {
            text: text.to_owned(),
            stored: stored.clone(),
            mark: mark.clone(),
        });
        read
    }

    // A panic while the lock is held cannot leave a half-written value behind.
    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the mark is that of the file beside the decision. Whatever hinders the look counts as "no".
    fn is_here(&self, mark: &Mark) -> bool {
        let found = File::open(self.mark_path()).and_then(|file| {
            let own = FileMark::of(&file)?;
            let mut nonce = String::new();
            file.take(MAX_MARK).read_to_string(&mut nonce)?;
            Ok(Mark { nonce, file: own })
        });
        found.is_ok_and(|found| found == *mark)
    }

    /// Makes the mark file, anew. Until the decision that names it is written, it marks nothing.
    fn make_mark(&self) -> io::Result<Mark> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|_| io::ErrorKind::Other)?;
        let nonce = hex(&nonce);
        let temporary = self.directory.join("installation.mark.new");
        let mut file = private().create(true).truncate(true).write(true).open(&temporary)?;
        file.write_all(nonce.as_bytes())?;
        file.sync_all()?;
        let mark = Mark { nonce, file: FileMark::of(&file)? };
        // A rename keeps both inode and birth time.
        fs::rename(&temporary, self.mark_path())?;
        Ok(mark)
    }

    /// Writes the decision so that a reader sees either the old file or the new one, whole. `synchronise` puts the name
    /// on disk.
    fn replace(&self, text: &str, synchronise: fn(&Path) -> io::Result<()>) -> io::Result<()> {
        // One writer at a time holds the lock, so the name is free to take over after a crash.
        let temporary = self.directory.join("installation.json.new");
        let mut file = private().create(true).truncate(true).write(true).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, self.record_path())?;
        // From here on every reader finds the new one, so it holds, and whoever asked must not hear that it does not. All
        // that is open is whether it outlives a failure of the machine.
        let _ = synchronise(&self.directory);
        Ok(())
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
        match self.read()? {
            Found::Here(stored, _) => Ok(stored),
            Found::Copied(_) => Err(FaultKind::Copied),
        }
    }

    fn update(&self, change: &mut dyn FnMut(Result<Stored, FaultKind>) -> Option<Stored>) -> Result<(), StoreError> {
        self.make_directory().map_err(|_| StoreError::Write)?;
        let lock = self.lock_file("installation.lock").map_err(|_| StoreError::Write)?;
        let deadline = Instant::now() + WRITER_PATIENCE;
        if !lock_until(deadline, || lock.try_lock()).map_err(|_| StoreError::Write)? {
            return Err(StoreError::Busy);
        }
        let (current, mark) = match self.read() {
            Ok(Found::Here(stored, mark)) => (Ok(stored), mark),
            Ok(Found::Copied(stored)) => (Ok(stored.as_copied()), None),
            Err(kind) => (Err(kind), None),
        };
        let (faulty, before) = match &current {
            Ok(stored) => (false, stored.receipt.clone()),
            Err(_) => (true, self.receipts().ok().and_then(|receipts| receipts.into_iter().flatten().last())),
        };
        let Some(next) = change(current) else { return Ok(()) };
        let mark = match (&next.decision.consent, mark) {
            (Consent::Granted(_), None) => Some(self.make_mark().map_err(|_| StoreError::Write)?),
            (Consent::Granted(_), mark) => mark,
            _ => None,
        };
        let text = record::write_marked(self.app, &next, mark.as_ref());
        let (Some(text), Some(receipt)) = (text, next.receipt.as_ref()) else { return Err(StoreError::Write) };
        if text.len() as u64 > MAX_RECORD {
            // It would be a fault at the next look.
            return Err(StoreError::TooLarge);
        }
        if faulty {
            self.set_aside().map_err(|_| StoreError::Write)?;
        }
        self.replace(&text, sync_directory).map_err(|_| StoreError::Write)?;
        if mark.is_none() {
            // Without a yes it marks nothing; what cannot be removed now is replaced by the next yes.
            let _ = fs::remove_file(self.mark_path());
        }
        // The decision holds from here on. The newest receipt is inside it too, so a failure now loses nothing: the
        // next change appends it.
        let _ = self.append(before.as_ref(), receipt);
        Ok(())
    }

    fn share(&self) -> Result<Box<dyn SendGuard + '_>, StoreError> {
        // Without this, senders that come and go could keep the gate shared for ever, and a withdrawal waiting.
        let turn = self.lock_file("drain.lock").map_err(|_| StoreError::Write)?;
        shared(&turn)?;
        let lock = self.lock_file("gate.lock").map_err(|_| StoreError::Write)?;
        shared(&lock)?;
        Ok(Box::new(SharedLock(lock)))
    }

    fn drain(&self, patience: Duration) -> Result<Drained, StoreError> {
        // Only a sender makes the files; without them nothing was ever sent.
        let open = |name| match OpenOptions::new().write(true).open(self.directory.join(name)) {
            Ok(lock) => Ok(Some(Held::of(lock))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(StoreError::Busy),
        };
        let (Some(turn), Some(gate)) = (open("drain.lock")?, open("gate.lock")?) else { return Ok(Drained::Idle) };
        let mut is_held = false;
        let drained = lock_until(Instant::now() + patience, || {
            // Who does not get it waits all the same: then somebody else has it, and keeps new senders out for both.
            is_held = is_held || turn.try_lock().is_ok();
            gate.try_lock()
        });
        match drained {
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

// What is known holds the identity, which is not for logs.
impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("app", &self.app).field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// What a directory holds.
enum Found {
    /// A decision that was made here, with the mark that proves it for a yes.
    Here(Stored, Option<Mark>),
    /// A yes that was given elsewhere.
    Copied(Stored),
}

/// Dropping it releases the lock.
struct SharedLock(#[expect(dead_code, reason = "held, never read")] Held);

impl SendGuard for SharedLock {}

/// Takes a shared lock, or says whether it cannot be had at all.
fn shared(lock: &File) -> Result<(), StoreError> {
    lock.try_lock_shared().map_err(|error| match error {
        TryLockError::WouldBlock => StoreError::Busy,
        TryLockError::Error(_) => StoreError::Write,
    })
}

fn lock_until(deadline: Instant, mut try_lock: impl FnMut() -> Result<(), TryLockError>) -> io::Result<bool> {
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

#[cfg(test)]
mod tests {
    use super::super::record::tests::granted_to;
    use super::*;
    use crate::catalogue::{CatalogueSchema, EventSchema};
    use crate::document::sample::SAMPLE;
    use crate::{Purpose, catalogue::lock::Lock};

    fn list_of(events: u64) -> Lock {
        let event = |n| {
            let name: &'static str = format!("event_{n}.seen").leak();
            EventSchema::new(name, "It was seen.", "", Purpose::Usage, 1, &[])
        };
        let events: &'static [EventSchema] = (0..events).map(event).collect::<Vec<_>>().leak();
        Lock::of(&CatalogueSchema { events, ..SAMPLE })
    }

    #[test]
    fn a_long_list_reads_back_and_one_that_would_not_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new("app", home.path().join("state"));
        let long = granted_to(list_of(2_000));
        store.update(&mut |_| Some(long.clone())).unwrap();
        assert!(fs::metadata(store.record_path()).unwrap().len() > 64 * 1024);
        assert_eq!(store.load(), Ok(long.clone()));
        let longer = granted_to(list_of(MAX_RECORD / 64));
        assert_eq!(store.update(&mut |_| Some(longer.clone())), Err(StoreError::TooLarge));
        assert_eq!(store.load(), Ok(long), "nothing has changed");
    }

    #[test]
    fn a_decision_that_every_reader_finds_is_stored() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new("app", home.path());
        let fails = |_: &Path| Err(io::ErrorKind::Other.into());
        assert!(store.replace("new", fails).is_ok());
        assert_eq!(fs::read_to_string(store.record_path()).unwrap(), "new");
    }
}
