//! The spool: encoded events on disk, from the moment they are encoded until their fate is known.
//!
//! ```text
//! <identity's directory>/spool/<random>.log     one file per running process, held by its lock
//! ```
//!
//! Each process appends to a file of its own, which it holds locked. The system releases the lock when the process
//! ends, however it ends; whoever finds a file that nobody holds takes its events over and removes it. So what was
//! appended survives a `kill -9`, is delivered by exactly one process, and keeps its identifiers and times.
//!
//! A file is text: `telemetry-spool 1`, then one line per record, `<length> <crc32> <json>`. An event is stored under
//! the catalogue's names, so that a newer program can tell what it still knows; a line `{"done":[…]}` takes events
//! back out. A torn tail costs the record that was being written.
//!
//! Writing does not wait for the disk: a record survives the death of the process, not the failure of the machine.
//! Nothing is written before a grant, or after a withdrawal; the caller holds the gate's shared lock while it appends.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::catalogue::IdForm;
use crate::clock::Timestamp;
use crate::event::Uuid;
use crate::limits;
use crate::outbox::Waiting;
use crate::sent_log::make_directory;
use crate::store::private;

/// The first line of a file, which names the format.
const HEADER: &str = "telemetry-spool 1\n";

/// One record.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Record {
    Event(StoredEvent),
    Done { done: Vec<String> },
}

/// An event under the catalogue's names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredEvent {
    pub(crate) uuid: String,
    pub(crate) event: String,
    pub(crate) at: Timestamp,
    /// When it was first stored, for its age.
    pub(crate) stored: Timestamp,
    /// The epoch of the decision that it was recorded under.
    pub(crate) epoch: u64,
    /// In which form its ids are.
    pub(crate) ids: String,
    pub(crate) properties: serde_json::Map<String, serde_json::Value>,
    /// What it reports; see [`ReportFacts`](crate::ReportFacts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) report: Option<serde_json::Value>,
}

/// What events are recorded under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Under {
    /// The epoch of the decision.
    pub(crate) epoch: u64,
    /// The form of ids.
    pub(crate) ids: IdForm,
}

/// The spool of one identity, as this process uses it.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    own: Option<Segment>,
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    /// Locked as long as it is open.
    file: File,
    bytes: u64,
    /// What is in the file and not settled.
    pending: HashSet<Uuid>,
}

impl Spool {
    /// Uses the spool in `directory`. Touches nothing.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, own: None }
    }

    /// Appends events, in one write.
    pub(crate) fn append(
        &mut self,
        events: &[Waiting],
        under: Under,
        name: impl FnOnce() -> Option<String>,
    ) -> io::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for waiting in events {
            push(&mut text, &Record::Event(StoredEvent::of(waiting, under)))?;
        }
        let segment = self.own(name)?;
        segment.write(&text)?;
        segment.pending.extend(events.iter().map(|waiting| waiting.event.uuid));
        Ok(())
    }

    /// Takes settled events out. Never makes a file.
    pub(crate) fn settle(&mut self, uuids: &[Uuid]) -> io::Result<()> {
        let Some(segment) = &mut self.own else { return Ok(()) };
        let done: Vec<String> = uuids.iter().filter(|uuid| segment.pending.remove(uuid)).map(Uuid::to_string).collect();
        if done.is_empty() {
            return Ok(());
        }
        if segment.pending.is_empty() {
            return segment.clear();
        }
        let mut text = String::new();
        push(&mut text, &Record::Done { done })?;
        segment.write(&text)
    }

    /// Whether the file has grown out of proportion to what is pending, and should be written anew.
    pub(crate) fn wants_rewrite(&self) -> bool {
        self.own.as_ref().is_some_and(|segment| segment.bytes > limits::SPOOL_BYTES)
    }

    /// Writes the file anew with these events, which are all that wait.
    pub(crate) fn rewrite(
        &mut self,
        events: &[Waiting],
        under: Under,
        name: impl FnOnce() -> Option<String>,
    ) -> io::Result<()> {
        let old = self.own.take();
        self.append(events, under, name)?;
        // Only when the new file holds everything.
        old.map_or(Ok(()), |old| fs::remove_file(old.path))
    }

    /// Takes over the files of processes that ended: gives what they had pending, oldest file first. The files are
    /// removed by [`Adopted::remove`], when the events are safe elsewhere.
    pub(crate) fn adopt(&self) -> Adopted {
        let mut adopted = Adopted::default();
        let Ok(entries) = fs::read_dir(&self.directory) else { return adopted };
        let own = self.own.as_ref().map(|segment| segment.path.as_path());
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "log") && Some(path.as_path()) != own)
            .collect();
        paths.sort_by_key(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok());
        for path in paths {
            let Ok(file) = private().read(true).write(true).open(&path) else { continue };
            match file.try_lock() {
                Ok(()) => {}
                // Its process lives.
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => continue,
            }
            let Ok(text) = fs::read(&path) else { continue };
            let (events, torn) = parse(&text);
            adopted.events.extend(events);
            adopted.torn += torn;
            adopted.files.push((path, file));
        }
        adopted
    }

    /// Ends the use of the spool: removes this process's file if nothing in it is pending, else leaves it to whoever
    /// comes next.
    pub(crate) fn leave(&mut self) {
        if let Some(segment) = self.own.take().filter(|segment| segment.pending.is_empty()) {
            // An empty file that stays is taken over and removed later.
            let _ = fs::remove_file(segment.path);
        }
    }

    fn own(&mut self, name: impl FnOnce() -> Option<String>) -> io::Result<&mut Segment> {
        if self.own.is_none() {
            make_directory(&self.directory)?;
            let name = name().ok_or(io::ErrorKind::Unsupported)?;
            let path = self.directory.join(format!("{name}.log"));
            let mut file = private().create_new(true).append(true).open(&path)?;
            // Nobody else can hold a file that was made this moment but one who takes it over right now; it is empty
            // then, and the next append goes to another.
            file.try_lock().map_err(|_| io::ErrorKind::WouldBlock)?;
            file.write_all(HEADER.as_bytes())?;
            self.own = Some(Segment { path, file, bytes: HEADER.len() as u64, pending: HashSet::new() });
        }
        self.own.as_mut().ok_or_else(|| io::ErrorKind::Other.into())
    }
}

impl Segment {
    fn write(&mut self, text: &str) -> io::Result<()> {
        if let Err(error) = self.file.write_all(text.as_bytes()) {
            // A record that was written in part would hide the ones after it.
            let _ = self.file.set_len(self.bytes);
            return Err(error);
        }
        self.bytes += text.len() as u64;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(HEADER.len() as u64)?;
        self.bytes = HEADER.len() as u64;
        Ok(())
    }
}

/// What was taken over.
#[derive(Debug, Default)]
pub(crate) struct Adopted {
    pub(crate) events: Vec<StoredEvent>,
    /// Records that were damaged.
    pub(crate) torn: usize,
    /// Locked until the events are safe elsewhere.
    files: Vec<(PathBuf, File)>,
}

impl Adopted {
    /// Removes the files that the events came from.
    pub(crate) fn remove(self) {
        for (path, file) in self.files {
            // A file that cannot be removed is emptied, so that nothing is delivered twice.
            if fs::remove_file(&path).is_err() {
                let _ = file.set_len(0);
            }
        }
    }
}

impl StoredEvent {
    fn of(waiting: &Waiting, under: Under) -> Self {
        let event = &waiting.event;
        Self {
            uuid: event.uuid.to_string(),
            event: event.name.to_owned(),
            at: event.at,
            stored: waiting.stored,
            epoch: under.epoch,
            ids: under.ids.name().to_owned(),
            properties: event.fields.iter().map(|field| (field.name.to_owned(), field.value.to_json())).collect(),
            report: event.report.as_ref().map(|report| report.to_json()),
        }
    }
}

fn push(text: &mut String, record: &Record) -> io::Result<()> {
    let json = serde_json::to_string(record)?;
    let checksum = crc32fast::hash(json.as_bytes());
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} {checksum:08x} {json}", json.len());
    Ok(())
}

/// The pending events of a file, in order, and how many of its records were damaged. Takes any bytes.
pub(crate) fn parse(bytes: &[u8]) -> (Vec<StoredEvent>, usize) {
    let Some(records) = bytes.strip_prefix(HEADER.as_bytes()) else {
        return (Vec::new(), usize::from(!bytes.is_empty() && !HEADER.as_bytes().starts_with(bytes)));
    };
    let mut events: Vec<StoredEvent> = Vec::new();
    let mut done: HashSet<String> = HashSet::new();
    let mut torn = 0;
    for line in records.split_inclusive(|byte| *byte == b'\n') {
        match record(line) {
            Some(Record::Event(event)) => events.push(event),
            Some(Record::Done { done: uuids }) => done.extend(uuids),
            None => torn += 1,
        }
    }
    // A file that was being written anew can hold an event twice.
    events.retain(|event| done.insert(event.uuid.clone()));
    (events, torn)
}

fn record(line: &[u8]) -> Option<Record> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (length, rest) = line.split_once(' ')?;
    let (checksum, json) = rest.split_once(' ')?;
    let is_whole =
        length.parse() == Ok(json.len()) && u32::from_str_radix(checksum, 16) == Ok(crc32fast::hash(json.as_bytes()));
    if is_whole { serde_json::from_str(json).ok() } else { None }
}

/// The spool of the identity whose data are in `directory`.
pub(crate) fn directory(identity: &Path) -> PathBuf {
    identity.join("spool")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use core::time::Duration;

    use crate::event::{Event, Field, FieldValue};

    const AT: Timestamp = Timestamp::from_millis(1_795_428_000_000);

    const UNDER: Under = Under { epoch: 1, ids: IdForm::Keyed };

    fn event(n: u32) -> Waiting {
        let fields = vec![
            Field { name: "source", value: FieldValue::Word("web") },
            Field { name: "user_id", value: FieldValue::Number(7) },
            Field { name: "billable", value: FieldValue::Boolean(true) },
        ];
        let event = Event { uuid: Uuid::counted([1; 16], n), name: "timer.started", at: AT, fields, report: None };
        Waiting { event, since: Duration::ZERO, age: Duration::ZERO, stored: AT, spooled: false }
    }

    fn events(range: core::ops::Range<u32>) -> Vec<Waiting> {
        range.map(event).collect()
    }

    fn uuids(range: core::ops::Range<u32>) -> Vec<Uuid> {
        events(range).iter().map(|waiting| waiting.event.uuid).collect()
    }

    fn named(name: &str) -> impl FnOnce() -> Option<String> + use<> {
        let name = name.to_owned();
        || Some(name)
    }

    fn adopted(spool: &Spool) -> Vec<String> {
        spool.adopt().events.into_iter().map(|event| event.uuid).collect()
    }

    fn strings(range: core::ops::Range<u32>) -> Vec<String> {
        uuids(range).iter().map(Uuid::to_string).collect()
    }

    #[test]
    fn what_a_process_left_is_taken_over_once_it_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("spool");
        let mut first = Spool::new(path.clone());
        first.append(&events(0..5), UNDER, named("first")).unwrap();
        first.settle(&uuids(1..3)).unwrap();
        let mut second = Spool::new(path.clone());
        assert!(adopted(&second).is_empty(), "its process lives");
        drop(first);
        let found = second.adopt();
        assert_eq!(
            found.events.iter().map(|event| event.uuid.clone()).collect::<Vec<_>>(),
            [strings(0..1), strings(3..5)].concat()
        );
        assert!(adopted(&Spool::new(path.clone())).is_empty(), "held by the one who takes over");
        second.append(&[event(0), event(3), event(4)], UNDER, named("second")).unwrap();
        found.remove();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
        second.settle(&uuids(0..5)).unwrap();
        second.leave();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn a_settled_file_is_emptied_and_a_large_one_rewritten() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(directory.path().join("spool"));
        spool.append(&events(0..3), UNDER, named("a")).unwrap();
        spool.settle(&uuids(0..3)).unwrap();
        assert_eq!(fs::read_to_string(directory.path().join("spool/a.log")).unwrap(), HEADER);
        let mut n = 0;
        while !spool.wants_rewrite() {
            spool.append(&events(n..n + 500), UNDER, named("a")).unwrap();
            spool.settle(&uuids(n..n + 499)).unwrap();
            n += 500;
        }
        let rest: Vec<Waiting> = (0..n / 500).map(|i| event(i * 500 + 499)).collect();
        spool.rewrite(&rest, UNDER, named("b")).unwrap();
        assert!(!spool.wants_rewrite() && !directory.path().join("spool/a.log").exists());
        drop(spool);
        assert_eq!(Spool::new(directory.path().join("spool")).adopt().events.len(), rest.len());
    }

    #[test]
    fn every_cut_costs_at_most_the_record_that_was_cut() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(directory.path().join("spool"));
        spool.append(&events(0..4), UNDER, named("a")).unwrap();
        let whole = fs::read(directory.path().join("spool/a.log")).unwrap();
        let mut lengths: Vec<usize> = Vec::new();
        for cut in 0..=whole.len() {
            let (events, torn) = parse(&whole[..cut]);
            assert!(torn <= 1);
            assert_eq!(
                events.iter().map(|event| event.uuid.clone()).collect::<Vec<_>>(),
                strings(0..u32::try_from(events.len()).unwrap())
            );
            lengths.push(events.len());
        }
        assert!(lengths.is_sorted() && lengths.last() == Some(&4));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
            let _ = parse(&[HEADER.as_bytes(), &bytes].concat());
        }

        /// A changed byte costs at most the record it is in (two, when it joins them), and never makes one up.
        #[test]
        fn a_flipped_byte_costs_its_record(at in 0_usize..2_000, byte: u8) {
            let mut text = HEADER.to_owned();
            for event in events(0..4) {
                push(&mut text, &Record::Event(StoredEvent::of(&event, UNDER))).unwrap();
            }
            let mut bytes = text.clone().into_bytes();
            let at = HEADER.len() + at % (bytes.len() - HEADER.len());
            bytes[at] = byte;
            let (found, _) = parse(&bytes);
            prop_assert!(found.len() >= 2);
            let (all, _) = parse(text.as_bytes());
            for event in found {
                prop_assert!(all.contains(&event));
            }
        }
    }
}
