//! The sent log: the exact bytes of every request, written before they leave.
//!
//! Two files of bounded size in the directory of the grant's identity. A request whose bytes cannot be written down
//! first is not made. The log goes away with the identity, at withdrawal.
//!
//! ```text
//! {"n":1,"at":"…","to":"https://…","bytes":15,"crc32":987654321}   a request's head
//! {"batch":[…]}                                                    its body, byte by byte
//! {"n":1,"answer":{…}}                                             what came of it, somewhere later
//! ```
//!
//! A body stands there as it is, so that `grep` finds what was sent. A large one, of a backlog, stands there as it went over
//! the wire, with `"coding":"gzip"` in its head: it would take thirty times as much room, and push out what was sent before
//! it. Length and checksum in the head are those of the bytes that follow, so that a body that was cut short hides itself and
//! nothing after it.

mod read;

use core::time::Duration;
use std::borrow::Cow;
use std::fs;
use std::io::{self, BufRead as _, IoSlice, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coding::Coding;
use crate::limits;
use crate::sink::{Delivery, Outcome};
use crate::store::held::Held;
use crate::store::private;

pub(crate) use read::entries;

/// How often the log's lock is tried, and how long between two tries: a second together.
const LOCK_TRIES: u32 = 500;
const LOCK_STEP: Duration = Duration::from_millis(2);

/// How often files that are too old to keep are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// One request, as the person can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentEntry {
    /// When the request was made.
    pub at: Timestamp,
    /// The origin that it was made to.
    pub to: String,
    /// What came of it; `None` if the program ended before an answer came.
    pub answer: Option<Answer>,
    pub(crate) kept: Kept,
}

/// A body as the log has it; that it can be shown was found out before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    Plain(String),
    Gzip(Vec<u8>),
}

impl SentEntry {
    /// The exact body, before content coding.
    ///
    /// It may have half a megabyte, is made when this is called where the log has it compressed, and there may be hundreds
    /// of them: take one after the other.
    #[must_use]
    pub fn body(&self) -> Cow<'_, str> {
        match &self.kept {
            Kept::Plain(text) => Cow::Borrowed(text),
            Kept::Gzip(bytes) => {
                let body = Coding::Gzip.undo(bytes).map(Cow::into_owned);
                Cow::Owned(body.and_then(|body| String::from_utf8(body).ok()).unwrap_or_default())
            }
        }
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// In one word.
    pub outcome: String,
    /// The HTTP status, where there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// Bytes of the body on the wire, after content coding.
    pub wire_bytes: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Sending {
        n: u64,
        at: Timestamp,
        to: String,
        #[serde(default, skip_serializing_if = "Coding::is_plain")]
        coding: Coding,
        bytes: usize,
        crc32: u32,
    },
    Answered {
        n: u64,
        answer: Answer,
    },
}

/// The log in one directory.
#[derive(Debug)]
pub(crate) struct SentLog {
    directory: PathBuf,
    next: u64,
    /// When old files were looked for last.
    looked: Timestamp,
}

impl SentLog {
    /// Continues the log in `directory`, which is made with the first entry.
    pub(crate) fn open(directory: PathBuf, now: Timestamp) -> Self {
        // Processes that share the log must not number entries alike.
        let next = (now.millis() << 12) | u64::from(std::process::id() & 0xfff);
        let mut log = Self { directory, next, looked: now };
        log.forget_old(now);
        log
    }

    fn newer(&self) -> PathBuf {
        self.directory.join("sent.log")
    }

    fn older(&self) -> PathBuf {
        self.directory.join("sent.older.log")
    }

    /// Writes down what is about to be sent, and, where it goes over the wire compressed, as which bytes; the number names
    /// the entry.
    pub(crate) fn sending(
        &mut self,
        to: &str,
        body: &[u8],
        compressed: Option<&[u8]>,
        at: Timestamp,
    ) -> io::Result<u64> {
        let n = self.next;
        // Bodies are JSON and so UTF-8; anything else could not be shown exactly and is not sent.
        if !body.is_ascii() {
            core::str::from_utf8(body).map_err(|_| io::ErrorKind::InvalidData)?;
        }
        let (coding, bytes) = match compressed {
            Some(compressed) if body.len() > limits::SENT_LOG_PLAIN_BYTES => (Coding::Gzip, compressed),
            _ => (Coding::Plain, body),
        };
        let crc32 = zlib_rs::crc32::crc32(0, bytes);
        let head = Line::Sending { n, at, to: to.to_owned(), coding, bytes: bytes.len(), crc32 };
        self.append(&text(&head)?, bytes, at)?;
        self.next += 1 << 12;
        Ok(n)
    }

    /// Writes down what came of it.
    pub(crate) fn answered(&self, n: u64, delivery: &Delivery) -> io::Result<()> {
        let outcome = match delivery.outcome {
            Outcome::Accepted => "accepted",
            Outcome::Discarded { .. } => "discarded by the server",
            Outcome::Retry { .. } => "not delivered, will be tried again",
            Outcome::TooLarge => "too large",
            Outcome::Rejected => "rejected",
            Outcome::Refused => "key refused",
            Outcome::Cancelled => "cancelled",
        };
        let answer = Answer { outcome: outcome.to_owned(), status: delivery.status, wire_bytes: delivery.wire_bytes };
        // Only into a file that is there: after a withdrawal the directory is gone and stays gone.
        let _alone = lock(&self.directory, Make::No)?;
        let mut file = private().append(true).read(true).open(self.newer())?;
        write(&mut file, text(&Line::Answered { n, answer })?.as_bytes(), b"", b"")
    }

    fn append(&self, head: &str, body: &[u8], now: Timestamp) -> io::Result<()> {
        make_directory(&self.directory)?;
        // Alone from the look at the file to the end of writing: two processes that both found it full would throw away
        // what the first of them had just moved aside.
        let _alone = lock(&self.directory, Make::Yes)?;
        let bytes = fs::metadata(self.newer()).map_or(0, |metadata| metadata.len());
        let begun = first_sending_time(&self.newer());
        let is_full = bytes > 0 && bytes + (head.len() + body.len() + 1) as u64 > limits::SENT_LOG_BYTES;
        // Each file is written to for half of the time that entries are kept, and kept for the other half.
        let is_old = begun.is_some_and(|begun| now.since(begun) > limits::SENT_LOG_AGE / 2);
        if is_full || is_old {
            // Removed first: where a file takes the place of another one, some file systems write it out at once. A crash
            // in between costs what was about to go.
            match fs::remove_file(self.older()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => fs::rename(self.newer(), self.older())?,
            }
        }
        let mut file = private().create(true).append(true).read(true).open(self.newer())?;
        write(&mut file, head.as_bytes(), body, b"\n")
    }

    /// Removes what is too old to keep, if nobody has looked for it today.
    pub(crate) fn forget_old_daily(&mut self, now: Timestamp) {
        if now.since(self.looked) >= LOOK_EVERY {
            self.forget_old(now);
        }
    }

    /// Removes a file whose newest entry is too old to keep.
    fn forget_old(&mut self, now: Timestamp) {
        self.looked = now;
        // Another process may be moving the files about. Where nothing was ever sent there is no lock, and nothing to do.
        let Ok(_alone) = lock(&self.directory, Make::No) else { return };
        for path in [self.older(), self.newer()] {
            if sending_times(&path).into_iter().max().is_some_and(|at| now.since(at) > limits::SENT_LOG_AGE) {
                // Kept a little longer if it cannot be removed now.
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// Every entry that is not too old to keep, oldest first.
    pub(crate) fn read(directory: &Path, now: Timestamp) -> Vec<SentEntry> {
        // As one: an answer may stand in the file that was begun while it was waited for.
        let files = ["sent.older.log", "sent.log"].map(|name| fs::read(directory.join(name)).unwrap_or_default());
        let mut entries = entries(&files.join(&b'\n'));
        entries.retain(|entry| now.since(entry.at) <= limits::SENT_LOG_AGE);
        entries
    }

    /// Removes every entry.
    pub(crate) fn clear(directory: &Path) -> io::Result<()> {
        let _alone = match lock(directory, Make::No) {
            // Nothing was ever sent.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            lock => lock?,
        };
        for name in ["sent.older.log", "sent.log"] {
            match fs::remove_file(directory.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether the lock's file is made where there is none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Make {
    Yes,
    No,
}

/// The lock under which the log's files are changed, until it is dropped. It is held for the writing of one line, so
/// whoever cannot have it for a second meets a process that was stopped while it had it.
fn lock(directory: &Path, make: Make) -> io::Result<Held> {
    let path = directory.join("sent.lock");
    let file = Held::of(private().create(make == Make::Yes).append(true).open(path)?);
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) => thread::sleep(LOCK_STEP),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// When the first request in a file was made.
fn first_sending_time(path: &Path) -> Option<Timestamp> {
    let mut line = String::new();
    io::BufReader::new(fs::File::open(path).ok()?).read_line(&mut line).ok()?;
    match serde_json::from_str(&line).ok()? {
        Line::Sending { at, .. } => Some(at),
        // Its request is in the older file.
        Line::Answered { .. } => sending_times(path).into_iter().min(),
    }
}

/// When the requests in a file were made.
fn sending_times(path: &Path) -> Vec<Timestamp> {
    read::times(&fs::read(path).unwrap_or_default()).collect()
}

/// A line of the log, with its end.
fn text(line: &Line) -> io::Result<String> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    Ok(text)
}

/// Writes these, one after the other, where a line begins: after one that was torn, by a full disk or a lost machine, it
/// would be unreadable too.
fn write(file: &mut fs::File, head: &[u8], body: &[u8], end: &[u8]) -> io::Result<()> {
    let mut last = *b"\n";
    if file.seek(SeekFrom::End(-1)).is_ok() {
        file.read_exact(&mut last)?;
    }
    let begin: &[u8] = if last == *b"\n" { b"" } else { b"\n" };
    // All at once, and without a copy of a body that may be half a megabyte.
    let mut parts = [begin, head, body, end].map(IoSlice::new);
    let mut left = &mut parts[..];
    while !left.is_empty() {
        match file.write_vectored(left) {
            Ok(0) if left.iter().any(|part| !part.is_empty()) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes the directory and those above it, readable by their owner only.
pub(crate) fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(test)]
mod tests;
