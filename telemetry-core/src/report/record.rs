//! The record of a panic, as the hook writes it: one line, of a bounded length, made without allocating.
//!
//! Owns the form of that line. A panic may come from anywhere, from an allocator that failed or from a thread that holds
//! every lock, so what is written here fits into a buffer on the stack, and what does not fit is left out at the end of
//! the last whole name.

use core::fmt::{self, Write as _};

use serde_json::Value;

use super::PANIC;
use super::facts::{ReportFacts, ThreadKind};
use super::function::MAX_FUNCTIONS;
use super::place::own;
use crate::clock::Timestamp;
use crate::event::Uuid;

/// The largest length of a record: some twenty functions with names of the usual length.
pub(crate) const MAX_RECORD: usize = 2048;

/// What is written after the functions: `]}` and a line break.
const END: usize = 3;

/// A place as the compiler wrote it down: path, line and column.
pub(crate) type RawPlace<'a> = (&'a str, u32, u32);

/// A record that is being written.
pub(crate) struct RecordBuffer {
    bytes: [u8; MAX_RECORD],
    len: usize,
    functions: usize,
    left_out: usize,
}

impl RecordBuffer {
    /// Begins a record. The place is named only if it is in one of the crates.
    pub(crate) fn begin(
        crates: &'static [&'static str],
        uuid: Uuid,
        at: Timestamp,
        thread: ThreadKind,
        place: Option<RawPlace<'_>>,
    ) -> Self {
        let mut record = Self { bytes: [0; MAX_RECORD], len: 0, functions: 0, left_out: 0 };
        // What is written here has a bounded length far below that of the buffer.
        let _ = write!(record, "{{\"uuid\":\"{uuid}\",\"at\":\"{at}\",\"thread\":\"{}\"", thread.name());
        if let Some((path, line, column)) = place
            && let Some((krate, rest)) = own(crates, path)
        {
            let _ = record.write_str(",\"place\":[\"");
            let _ = write!(record, "{krate}/src/{}", Slashes(rest));
            let _ = write!(record, "\",{line},{column}]");
        }
        let _ = record.write_str(",\"functions\":[");
        record
    }

    /// Adds a function, by its cleaned name, while there is room.
    pub(crate) fn push(&mut self, function: &str) {
        // A comma and two quotation marks.
        let fits = self.len + function.len() + 3 + END <= MAX_RECORD;
        if !fits || self.left_out > 0 || self.functions == MAX_FUNCTIONS {
            self.left_out += 1;
            return;
        }
        let comma = if self.functions == 0 { "" } else { "," };
        let _ = write!(self, "{comma}\"{function}\"");
        self.functions += 1;
    }

    /// How many functions did not fit.
    pub(crate) const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Ends the record.
    pub(crate) fn finish(&mut self) -> &[u8] {
        let _ = self.write_str("]}\n");
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl fmt::Write for RecordBuffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Prints a path with the separators of its stored form, so that it needs no escaping.
struct Slashes<'a>(&'a str);

impl fmt::Display for Slashes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, component) in self.0.split('\\').enumerate() {
            if i > 0 {
                f.write_str("/")?;
            }
            f.write_str(component)?;
        }
        Ok(())
    }
}

/// Where a panic came from as a short text on the stack, for counting how often.
pub(crate) struct Origin {
    bytes: [u8; 256],
    len: usize,
}

impl Default for Origin {
    fn default() -> Self {
        Self { bytes: [0; 256], len: 0 }
    }
}

impl Origin {
    /// The origin that [`ReportFacts::origin`] would tell.
    pub(crate) fn of_place(crates: &'static [&'static str], (path, line, column): RawPlace<'_>) -> Option<Self> {
        let (krate, rest) = own(crates, path)?;
        let mut origin = Self::default();
        write!(origin, "{krate}/src/{}:{line}:{column}", Slashes(rest)).ok()?;
        Some(origin)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl fmt::Write for Origin {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// A record that was read back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PanicRecord {
    pub(crate) uuid: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) facts: ReportFacts,
}

impl PanicRecord {
    /// Reads one line; takes any bytes.
    pub(crate) fn read(crates: &'static [&'static str], line: &[u8]) -> Option<Self> {
        let record: Value = serde_json::from_slice(line).ok()?;
        let uuid = Uuid::parse(record.get("uuid")?.as_str()?)?;
        let at = Timestamp::try_from(record.get("at")?.as_str()?.to_owned()).ok()?;
        Some(Self { uuid, at, facts: ReportFacts::from_json(crates, PANIC, &record) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CRATES: &[&str] = &["app"];
    const AT: Timestamp = Timestamp::from_millis(1_795_428_000_000);

    fn begin(path: &str) -> RecordBuffer {
        RecordBuffer::begin(CRATES, Uuid::random([7; 16]), AT, ThreadKind::Worker, Some((path, 3, 9)))
    }

    #[test]
    fn a_record_reads_back() {
        let mut buffer = begin("C:\\Users\\alice\\app\\src\\deep\\a.rs");
        buffer.push("app::inner");
        buffer.push("app::main");
        let text = String::from_utf8(buffer.finish().to_vec()).unwrap();
        assert!(text.ends_with("]}\n") && !text.contains("alice"), "{text}");
        let record = PanicRecord::read(CRATES, text.trim_end().as_bytes()).unwrap();
        assert_eq!((record.uuid, record.at), (Uuid::random([7; 16]), AT));
        assert_eq!(record.facts.origin(), "app/src/deep/a.rs:3:9");
        assert_eq!(record.facts.functions().len(), 2);
        let origin = Origin::of_place(CRATES, ("C:\\Users\\alice\\app\\src\\deep\\a.rs", 3, 9)).unwrap();
        assert_eq!(origin.as_str(), record.facts.origin());
    }

    #[test]
    fn a_place_outside_of_the_program_is_not_named() {
        let text = String::from_utf8(begin("/home/alice/other/src/a.rs").finish().to_vec()).unwrap();
        assert!(!text.contains("alice") && !text.contains("place"), "{text}");
        assert!(PanicRecord::read(CRATES, text.trim_end().as_bytes()).unwrap().facts.place().is_none());
    }

    #[test]
    fn what_does_not_fit_is_cut_at_a_whole_name_and_counted() {
        let mut buffer = begin("app/src/a.rs");
        let long = format!("app::{}", "f".repeat(110));
        for _ in 0..200 {
            buffer.push(&long);
        }
        buffer.push("app::short");
        assert!(buffer.left_out() > 150);
        let bytes = buffer.finish().to_vec();
        assert!(bytes.len() <= MAX_RECORD && bytes.len() > MAX_RECORD - 200, "{}", bytes.len());
        let record = PanicRecord::read(CRATES, bytes.trim_ascii_end()).unwrap();
        assert!(record.facts.functions().iter().all(|function| function.as_str() == long));
    }

    #[test]
    fn the_longest_of_everything_still_has_room() {
        let mut buffer = begin(&format!("app/src/{}.rs", "d/".repeat(58)));
        assert!(String::from_utf8(buffer.finish().to_vec()).unwrap().ends_with("\"functions\":[]}\n"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = PanicRecord::read(CRATES, &bytes);
        }
    }
}
