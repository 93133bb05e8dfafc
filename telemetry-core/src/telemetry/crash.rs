//! The file that the panic hook writes to.
//!
//! ```text
//! <identity's directory>/crash/<random>.crash     one per process, held by its lock
//! ```
//!
//! The worker opens the file while error reports are on, so that the hook finds it ready and needs no path and no lock of
//! the store for it: one write to an open file, of bytes on the stack. Whatever a withdrawal does to the directory, here or in another
//! process, a write to a file that was removed leaves no trace.
//!
//! The worker takes the records over, or, if the process ended with the panic, the next process that looks; from then on
//! they are events like all others. Each record has its identifier from the start, so that one which is taken over twice
//! is sent under the same.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError as Busy};

use crate::limits;
use crate::report::PanicRecord;
use crate::store::held::Held;
use crate::store::owned;

/// The first line of a file, before the epoch of the decision that it was opened under.
const HEADER: &str = "telemetry-crash 1 ";

/// What the hook and the worker share.
#[derive(Debug, Default)]
pub(crate) struct CrashSlot {
    file: Mutex<Option<CrashFile>>,
    /// The hook has written since the worker looked.
    is_written: AtomicBool,
    /// There is a hook.
    is_wanted: AtomicBool,
    /// Files that were closed, and are to be removed by whoever holds no lock.
    over: Mutex<Vec<PathBuf>>,
}

#[derive(Debug)]
struct CrashFile {
    path: PathBuf,
    /// Locked as long as it is open.
    file: Held,
    epoch: u64,
    /// Bytes of the header, of what was taken over, and of all.
    header: u64,
    taken: u64,
    bytes: u64,
}

impl CrashSlot {
    /// There is a hook from now on; whether there was none before.
    pub(crate) fn want(&self) -> bool {
        !self.is_wanted.swap(true, Ordering::SeqCst)
    }

    /// Writes a record, in one write; whether it is written. For the hook: never waits for long, and allocates nothing.
    pub(crate) fn write(&self, record: &[u8]) -> bool {
        for _ in 0..limits::CRASH_TRIES {
            let mut slot = match self.file.try_lock() {
                Ok(slot) => slot,
                Err(Busy::Poisoned(poisoned)) => poisoned.into_inner(),
                // Another thread panics as well, or the worker is taking records over.
                Err(Busy::WouldBlock) => {
                    std::thread::yield_now();
                    continue;
                }
            };
            let Some(file) = slot.as_mut() else { return false };
            let len = record.len() as u64;
            if file.bytes + len > limits::CRASH_BYTES || file.file.write_all(record).is_err() {
                return false;
            }
            file.bytes += len;
            self.is_written.store(true, Ordering::Release);
            return true;
        }
        false
    }

    /// Whether the file for the hook is open, or nobody wants it.
    pub(crate) fn is_ready(&self, epoch: u64) -> bool {
        !self.is_wanted.load(Ordering::SeqCst) || self.lock().as_ref().is_some_and(|file| file.epoch == epoch)
    }

    /// Whether there is something to take over.
    pub(crate) fn is_written(&self) -> bool {
        self.is_written.load(Ordering::Acquire)
    }

    /// Makes the file ready for the hook, if there is one and the file is not there yet. The caller holds the store's
    /// shared lock.
    pub(crate) fn prepare(&self, identity: &Path, epoch: u64, name: impl Fn() -> Option<String>) -> io::Result<()> {
        if !self.is_wanted.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut slot = self.lock();
        if slot.as_ref().is_some_and(|file| file.epoch == epoch) {
            return Ok(());
        }
        if let Some(old) = slot.take() {
            let _ = fs::remove_file(old.path);
        }
        let directory = directory(identity);
        crate::sent_log::make_directory(&directory)?;
        let (path, mut file) = owned::make(&directory, "crash", name)?;
        let header = format!("{HEADER}{epoch}\n");
        file.write_all(header.as_bytes())?;
        let bytes = header.len() as u64;
        *slot = Some(CrashFile { path, file, epoch, header: bytes, taken: bytes, bytes });
        Ok(())
    }

    /// Closes the file: what is in it was recorded under what is over. [`sweep`](Self::sweep) removes it, since this is
    /// called under the state's lock.
    pub(crate) fn close(&self) {
        self.end(|_| true);
    }

    /// Ends the use; what was not taken over is left to whoever comes next.
    pub(crate) fn leave(&self) {
        self.end(|file| file.bytes == file.taken);
    }

    fn end(&self, is_over: impl FnOnce(&CrashFile) -> bool) {
        if let Some(file) = self.lock().take().filter(is_over) {
            self.over.lock().unwrap_or_else(PoisonError::into_inner).push(file.path);
        }
        self.is_written.store(false, Ordering::Release);
    }

    /// Removes what was closed.
    pub(crate) fn sweep(&self) {
        let over = core::mem::take(&mut *self.over.lock().unwrap_or_else(PoisonError::into_inner));
        for path in over {
            let _ = fs::remove_file(path);
        }
    }

    /// Reads what the hook has written; [`forget`](Self::forget) takes it out.
    pub(crate) fn read(&self, crates: &'static [&'static str], epoch: u64) -> Records {
        let mut slot = self.lock();
        self.is_written.store(false, Ordering::Release);
        let Some(file) = slot.as_mut().filter(|file| file.epoch == epoch) else { return Records::default() };
        let mut bytes = Vec::new();
        // What was taken over before, and could not be taken out, is not taken over again.
        if file.file.seek(SeekFrom::Start(file.taken)).and_then(|_| file.file.read_to_end(&mut bytes)).is_err() {
            return Records::default();
        }
        let mut records = parse_lines(crates, &bytes);
        records.own = file.taken + bytes.len() as u64;
        records
    }

    /// Takes out what was read, which is safe elsewhere.
    pub(crate) fn forget(&self, records: &Records) {
        let mut slot = self.lock();
        if let Some(file) = slot.as_mut() {
            file.taken = records.own;
            // What was written since then stays until it is taken over too.
            if file.bytes == records.own && file.file.set_len(file.header).is_ok() {
                (file.bytes, file.taken) = (file.header, file.header);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<CrashFile>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was read of one or more files.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(crate) panics: Vec<PanicRecord>,
    /// Lines that were not records.
    pub(crate) damaged: usize,
    /// Bytes read of this process's own file.
    own: u64,
    /// Of processes that ended; locked until their records are safe elsewhere.
    files: Vec<(PathBuf, Held)>,
}

impl Records {
    /// Reads the files of processes that ended.
    pub(crate) fn of_ended(crates: &'static [&'static str], identity: &Path, epoch: u64) -> Self {
        let mut all = Self::default();
        let Ok(entries) = fs::read_dir(directory(identity)) else { return all };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_none_or(|extension| extension != "crash") {
                continue;
            }
            // Of the others the process lives.
            let Some(file) = owned::take(&path) else { continue };
            let mut bytes = Vec::new();
            // No process writes more than that into one.
            if (&*file).take(limits::CRASH_BYTES).read_to_end(&mut bytes).is_err() {
                continue;
            }
            let read = parse(crates, &bytes, epoch);
            all.panics.extend(read.panics);
            all.damaged += read.damaged;
            all.files.push((path, file));
        }
        all
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.panics.is_empty() && self.damaged == 0
    }

    /// Removes the files that the records came from, which are safe elsewhere.
    pub(crate) fn remove(self) {
        for (path, file) in self.files {
            // A file that cannot be removed is emptied, so that nothing is delivered twice.
            if fs::remove_file(&path).is_err() {
                let _ = file.set_len(0);
            }
        }
    }
}

/// Reads the content of a file; nothing counts that was recorded under another decision. Takes any bytes.
fn parse(crates: &'static [&'static str], bytes: &[u8], epoch: u64) -> Records {
    let rest = bytes.strip_prefix(format!("{HEADER}{epoch}\n").as_bytes());
    rest.map(|rest| parse_lines(crates, rest)).unwrap_or_default()
}

fn parse_lines(crates: &'static [&'static str], bytes: &[u8]) -> Records {
    let mut records = Records::default();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n").and_then(|line| PanicRecord::read(crates, line)) {
            Some(record) => records.panics.push(record),
            None => records.damaged += 1,
        }
    }
    records
}

/// Where the files of an identity are.
pub(super) fn directory(identity: &Path) -> PathBuf {
    identity.join("crash")
}

/// The epoch that a file was made under, as far as it says.
pub(super) fn epoch_of(path: &Path) -> Option<u64> {
    let mut head = Vec::new();
    // The header, and a number of at most 20 digits.
    File::open(path).ok()?.take(HEADER.len() as u64 + 21).read_to_end(&mut head).ok()?;
    let line = head.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line.strip_prefix(HEADER.as_bytes())?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::event::Uuid;
    use crate::report::{RecordBuffer, ThreadKind};

    const CRATES: &[&str] = &["app"];

    fn record(n: u8) -> Vec<u8> {
        let at = Timestamp::from_millis(1_795_428_000_000);
        let mut buffer =
            RecordBuffer::begin(CRATES, Uuid::random([n; 16]), at, ThreadKind::Main, Some(("src/a.rs", 1, 2)));
        buffer.finish().to_vec()
    }

    fn ready(identity: &Path) -> CrashSlot {
        let slot = CrashSlot::default();
        assert!(slot.want() && !slot.want());
        slot.prepare(identity, 5, || Some("one".to_owned())).unwrap();
        slot
    }

    #[test]
    fn without_a_hook_or_a_file_nothing_is_written() {
        let home = tempfile::tempdir().unwrap();
        let slot = CrashSlot::default();
        slot.prepare(home.path(), 5, || Some("one".to_owned())).unwrap();
        assert!(!slot.write(&record(1)) && !directory(home.path()).exists());
    }

    #[test]
    fn what_is_written_is_taken_over_once() {
        let home = tempfile::tempdir().unwrap();
        let slot = ready(home.path());
        assert!(slot.write(&record(1)) && slot.write(&record(2)) && slot.is_written());
        assert!(Records::of_ended(CRATES, home.path(), 5).is_empty(), "its process lives");
        let read = slot.read(CRATES, 5);
        assert_eq!((read.panics.len(), read.damaged), (2, 0));
        assert!(slot.write(&record(3)));
        slot.forget(&read);
        assert!(slot.is_written(), "something came in between");
        let read = slot.read(CRATES, 5);
        assert_eq!(read.panics.len(), 1, "what was taken over is not taken over again");
        slot.forget(&read);
        assert!(slot.read(CRATES, 5).is_empty());
        slot.leave();
        slot.sweep();
        assert_eq!(fs::read_dir(directory(home.path())).unwrap().count(), 0);
    }

    #[test]
    fn what_an_ended_process_left_is_taken_over_and_a_torn_line_counted() {
        let home = tempfile::tempdir().unwrap();
        let slot = ready(home.path());
        assert!(slot.write(&record(1)) && slot.write(b"{\"uuid\":\"torn"));
        slot.leave();
        slot.sweep();
        let read = Records::of_ended(CRATES, home.path(), 5);
        assert_eq!((read.panics.len(), read.damaged), (1, 1));
        assert!(Records::of_ended(CRATES, home.path(), 5).is_empty(), "held by the one who takes over");
        read.remove();
        assert_eq!(fs::read_dir(directory(home.path())).unwrap().count(), 0);
    }

    #[test]
    fn another_decision_ends_it() {
        let home = tempfile::tempdir().unwrap();
        let slot = ready(home.path());
        assert!(slot.write(&record(1)));
        assert_eq!(epoch_of(&directory(home.path()).join("one.crash")), Some(5));
        slot.prepare(home.path(), 6, || Some("two".to_owned())).unwrap();
        assert!(slot.read(CRATES, 6).is_empty());
        assert!(slot.write(&record(2)));
        slot.leave();
        slot.sweep();
        let other = Records::of_ended(CRATES, home.path(), 7);
        assert!(other.is_empty());
        other.remove();
        assert_eq!(fs::read_dir(directory(home.path())).unwrap().count(), 0);
    }

    #[test]
    fn the_file_is_bounded_and_a_removed_one_swallows_what_comes() {
        let home = tempfile::tempdir().unwrap();
        let slot = ready(home.path());
        let written = (0..10_000).filter(|_| slot.write(&record(1))).count() as u64;
        assert!(written * record(1).len() as u64 <= limits::CRASH_BYTES && written > 10);
        let slot = CrashSlot::default();
        slot.want();
        slot.prepare(home.path(), 5, || Some("two".to_owned())).unwrap();
        fs::remove_dir_all(home.path()).unwrap();
        assert!(slot.write(&record(1)), "by another process; no trace is left");
        assert!(!home.path().exists());
        slot.close();
        slot.sweep();
        assert!(!slot.write(&record(1)));
    }

    /// Between the moment in which a file is made and the one in which it is locked it looks like one that was left, and
    /// one that was left may be found by two.
    #[test]
    fn whoever_looks_for_records_takes_each_once_and_no_file_that_is_being_made() {
        let home = tempfile::tempdir().unwrap();
        let is_done = AtomicBool::new(false);
        let take = || {
            let found = Records::of_ended(CRATES, home.path(), 5);
            let (panics, damaged) = (found.panics.len(), found.damaged);
            found.remove();
            assert_eq!(damaged, 0);
            panics
        };
        let (written, taken) = std::thread::scope(|scope| {
            let looker = || {
                let mut taken = 0;
                while !is_done.load(Ordering::Relaxed) {
                    taken += take();
                }
                taken
            };
            let lookers: Vec<_> = (0..2).map(|_| scope.spawn(looker)).collect();
            let written = (0..500).filter(|n| {
                let slot = CrashSlot::default();
                slot.want();
                let is_written = slot.prepare(home.path(), 5, || Some(n.to_string())).is_ok() && slot.write(&record(1));
                slot.leave();
                slot.sweep();
                is_written
            });
            let written = written.count();
            is_done.store(true, Ordering::Relaxed);
            (written, lookers.into_iter().map(|looker| looker.join().unwrap()).sum::<usize>())
        });
        assert!(written > 0);
        assert_eq!(taken + take(), written);
    }
}
