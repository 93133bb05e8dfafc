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
//! A body stands there as it is, so that `grep` finds what was sent and writing costs one copy. Its length and checksum
//! are in the head, so that a body that was cut short hides itself and nothing after it.

use core::time::Duration;
use std::fs;
use std::io::{self, BufRead as _, IoSlice, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::limits;
use crate::sink::{Delivery, Outcome};
use crate::store::private;

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
    /// The exact body, before content coding.
    pub body: String,
    /// What came of it; `None` if the program ended before an answer came.
    pub answer: Option<Answer>,
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
    Sending { n: u64, at: Timestamp, to: String, bytes: usize, crc32: u32 },
    Answered { n: u64, answer: Answer },
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

    /// Writes down what is about to be sent; the number names the entry.
    pub(crate) fn sending(&mut self, to: &str, body: &[u8], at: Timestamp) -> io::Result<u64> {
        let n = self.next;
        // Bodies are JSON and so UTF-8; anything else could not be shown exactly and is not sent.
        if !body.is_ascii() {
            core::str::from_utf8(body).map_err(|_| io::ErrorKind::InvalidData)?;
        }
        let head = Line::Sending { n, at, to: to.to_owned(), bytes: body.len(), crc32: crc32fast::hash(body) };
        self.append(&text(&head)?, body, at)?;
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
fn lock(directory: &Path, make: Make) -> io::Result<fs::File> {
    let path = directory.join("sent.lock");
    let file = private().create(make == Make::Yes).append(true).open(path)?;
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
    let times = entries(&fs::read(path).unwrap_or_default()).into_iter().map(|entry| entry.at);
    times.collect()
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

/// The entries in the bytes of a file, oldest first, with the answers that stand in the same file.
pub(crate) fn entries(bytes: &[u8]) -> Vec<SentEntry> {
    let mut entries: Vec<(u64, SentEntry)> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (line, after) = first_line(rest);
        rest = after;
        // A line that is damaged hides itself and no other.
        match serde_json::from_slice(line) {
            Ok(Line::Sending { n, at, to, bytes, crc32 }) => {
                if let Some((body, after)) = body(rest, bytes, crc32) {
                    entries.push((n, SentEntry { at, to, body: body.to_owned(), answer: None }));
                    rest = after;
                }
            }
            Ok(Line::Answered { n, answer }) => {
                if let Some((_, entry)) = entries.iter_mut().rev().find(|(number, _)| *number == n) {
                    entry.answer = Some(answer);
                }
            }
            Err(_) => {}
        }
    }
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The first line, and what comes after its end.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at(end);
    (line, rest.get(1..).unwrap_or_default())
}

/// The body at the front of these bytes and what comes after the end of its line, which a killed writer may not have got
/// to; nothing if it is not the one that its head speaks of.
fn body(bytes: &[u8], length: usize, crc32: u32) -> Option<(&str, &[u8])> {
    let (body, rest) = bytes.split_at_checked(length)?;
    let after = rest.strip_prefix(b"\n").unwrap_or(rest);
    if crc32fast::hash(body) != crc32 {
        return None;
    }
    core::str::from_utf8(body).ok().map(|body| (body, after))
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
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_with_their_answers() {
        let directory = tempfile::tempdir().unwrap();
        let at = Timestamp::from_millis(1_795_428_000_000);
        let mut log = SentLog::open(directory.path().join("a/b"), at);
        let first = log.sending("https://sink.example", b"{\"a\":\"\\u00e4\"}", at).unwrap();
        log.sending("https://sink.example", b"{}", at).unwrap();
        log.answered(first, &Delivery::new(Outcome::Accepted, Some(200), 12)).unwrap();
        let entries = SentLog::read(&directory.path().join("a/b"), at);
        let bodies: Vec<_> = entries.iter().map(|entry| entry.body.as_str()).collect();
        assert!(entries.iter().all(|entry| entry.to == "https://sink.example"));
        assert_eq!(bodies, ["{\"a\":\"\\u00e4\"}", "{}"]);
        assert_eq!(entries[0].answer.as_ref().map(|answer| (answer.status, answer.wire_bytes)), Some((Some(200), 12)));
        assert_eq!(entries[1].answer, None);
        assert!(log.sending("https://sink.example", &[0xff], at).is_err());
    }

    #[test]
    fn a_torn_line_hides_itself_only() {
        let at = |minute: u64| Timestamp::from_millis(1_795_428_000_000 + 60_000 * minute);
        let directory = tempfile::tempdir().unwrap();
        let mut log = SentLog::open(directory.path().into(), at(0));
        log.sending("https://sink.example", b"{}", at(0)).unwrap();
        let path = directory.path().join("sent.log");
        let torn = [&fs::read(&path).unwrap()[..], b"{\"n\":1,\"at\":\"20", b"\xff"].concat();
        fs::write(&path, torn).unwrap();
        let n = log.sending("https://sink.example", b"[]", at(1)).unwrap();
        let delivery = Delivery::new(Outcome::Accepted, Some(200), 2);
        log.answered(n, &delivery).unwrap();
        let entries = SentLog::read(directory.path(), at(1));
        assert_eq!(entries.iter().map(|entry| entry.body.as_str()).collect::<Vec<_>>(), ["{}", "[]"]);
        assert_eq!(entries[1].answer.as_ref().and_then(|answer| answer.status), Some(200));
    }

    /// Bodies of several lines, as envelopes are, one of which looks like a line of the log.
    #[test]
    fn a_body_that_was_cut_anywhere_hides_itself_only() {
        let directory = tempfile::tempdir().unwrap();
        let at = Timestamp::from_millis(1_795_428_000_000);
        let path = directory.path().join("sent.log");
        let mut log = SentLog::open(directory.path().into(), at);
        let cut = "{\"a\":1}\n{\"n\":1,\"answer\":{\"outcome\":\"accepted\",\"wire_bytes\":1}}\n[]\n";
        log.sending("https://sink.example", b"first", at).unwrap();
        let before = fs::read(&path).unwrap();
        log.sending("https://sink.example", cut.as_bytes(), at).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in before.len()..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            log.sending("https://sink.example", b"last\n", at).unwrap();
            let bodies: Vec<String> = entries(&fs::read(&path).unwrap()).into_iter().map(|entry| entry.body).collect();
            // What lacks line ends alone, its own last one among them, is whole: the next writer begins a line.
            let is_whole = length >= whole.len() - 2;
            let expected: &[&str] = if is_whole { &["first", cut, "last\n"] } else { &["first", "last\n"] };
            assert_eq!(bodies, expected, "cut after {length} bytes");
        }
    }

    #[test]
    fn two_files_bound_the_size() {
        let directory = tempfile::tempdir().unwrap();
        let at = Timestamp::from_millis(1_795_428_000_000);
        let mut log = SentLog::open(directory.path().into(), at);
        let body = vec![b'x'; 300 * 1024];
        for _ in 0..40 {
            log.sending("https://sink.example", &body, at).unwrap();
        }
        let bytes: u64 =
            fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
        assert!(bytes <= 2 * (limits::SENT_LOG_BYTES + 310 * 1024), "{bytes}");
    }

    /// Four writers with handles of their own, as four processes have: locks belong to the handle.
    #[test]
    fn processes_that_share_the_log_lose_and_tear_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let at = Timestamp::from_millis(1_795_428_000_000);
        let (writers, rounds) = (4_u64, 60);
        thread::scope(|scope| {
            for writer in 0..writers {
                let path = directory.path().to_owned();
                scope.spawn(move || {
                    let mut log = SentLog::open(path, at);
                    // Processes have numbers of their own; these four are one process.
                    log.next = writer;
                    for round in 0..rounds {
                        let body =
                            format!("{{\"writer\":{writer},\"round\":{round},\"fill\":\"{}\"}}", "x".repeat(60_000));
                        let n = log.sending("https://sink.example", body.as_bytes(), at).unwrap();
                        log.answered(n, &Delivery::new(Outcome::Accepted, Some(200), 1)).unwrap();
                    }
                });
            }
        });
        let mut bytes = 0;
        for name in ["sent.log", "sent.older.log"] {
            let text = fs::read_to_string(directory.path().join(name)).unwrap();
            assert!(text.len() as u64 <= limits::SENT_LOG_BYTES + 61_000, "{name}: {}", text.len());
            let lines = text.lines().filter(|line| !line.starts_with("{\"writer\"") || !line.ends_with("x\"}"));
            assert!(lines.into_iter().all(|line| serde_json::from_str::<Line>(line).is_ok()), "a torn line in {name}");
            bytes += text.len() as u64;
        }
        // More was written than is kept; a file that was thrown away too soon would be missing here.
        assert!(bytes >= limits::SENT_LOG_BYTES, "{bytes}");
        let entries = SentLog::read(directory.path(), at);
        for writer in 0..writers {
            let rounds_kept: Vec<u64> = entries
                .iter()
                .map(|entry| serde_json::from_str::<serde_json::Value>(&entry.body).unwrap())
                .filter(|body| body["writer"] == writer)
                .map(|body| body["round"].as_u64().unwrap())
                .collect();
            // The newest of each, without a gap.
            let Some(first) = rounds_kept.first().copied() else { continue };
            assert_eq!(rounds_kept, (first..rounds).collect::<Vec<_>>(), "writer {writer}");
        }
    }

    #[test]
    fn no_entry_is_kept_for_longer_however_often_something_is_sent() {
        let directory = tempfile::tempdir().unwrap();
        let day = core::time::Duration::from_secs(86_400);
        let mut at = Timestamp::from_millis(1_795_428_000_000);
        let mut log = SentLog::open(directory.path().into(), at);
        for _ in 0..100 {
            at = at.plus(day);
            log.sending("https://sink.example", b"{}", at).unwrap();
            let oldest = SentLog::read(directory.path(), at)[0].at;
            assert!(at.since(oldest) <= limits::SENT_LOG_AGE + day * 2, "{oldest} is still there at {at}");
        }
    }

    #[test]
    fn old_files_go() {
        let directory = tempfile::tempdir().unwrap();
        let at = Timestamp::from_millis(1_795_428_000_000);
        SentLog::open(directory.path().into(), at).sending("https://sink.example", b"{}", at).unwrap();
        SentLog::open(directory.path().into(), at.plus(limits::SENT_LOG_AGE));
        assert_eq!(SentLog::read(directory.path(), at).len(), 1);
        SentLog::open(directory.path().into(), at.plus(limits::SENT_LOG_AGE * 2));
        assert_eq!(SentLog::read(directory.path(), at).len(), 0);
    }

    /// A process that goes on for months and has nothing to send.
    #[test]
    fn nothing_is_kept_for_longer_in_a_process_that_lives() {
        let directory = tempfile::tempdir().unwrap();
        let at = Timestamp::from_millis(1_795_428_000_000);
        let mut log = SentLog::open(directory.path().into(), at);
        log.sending("https://sink.example", b"{}", at).unwrap();
        let later = at.plus(limits::SENT_LOG_AGE + Duration::from_millis(1));
        assert_eq!(SentLog::read(directory.path(), at.plus(limits::SENT_LOG_AGE)).len(), 1);
        assert_eq!(SentLog::read(directory.path(), later).len(), 0, "nobody is shown it any more");
        log.forget_old_daily(later);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nor is it there, but for the lock");
    }
}
