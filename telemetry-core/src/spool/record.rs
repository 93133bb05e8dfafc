//! The bytes of a segment.
//!
//! ```text
//! telemetry-spool 2⏎
//! record…   length (u32, little endian), CRC-32 of the payload (the same), payload
//!
//! payload   'E' events    new names, and the number of the first of them; epoch; form of ids; time of storing; number of the first event; the events
//!           'D' done      ranges of events whose fate is known
//!           'P' parcel    the install id that these ranges of events were put into a request under
//! ```
//!
//! An event is stored under the catalogue's names, so that another version of the program can tell what it still knows.
//! Each name stands in the file once, in the record that needs it first, and is a small number from there on. Events are
//! numbered through, which makes "done" a few bytes for a whole request.

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;
use std::io::Read;

use super::Under;
use super::bytes::{Reader, push, push_signed, push_text};
use super::ranges::Ranges;
use crate::clock::Timestamp;
use crate::event::{Event, FieldValue, Uuid};

/// The first line of a file, which names the format.
pub(super) const HEADER: &[u8] = b"telemetry-spool 2\n";

/// Bytes before a payload.
const FRAME: usize = 8;

/// No record is longer: whatever says so is damaged. One of [`RECORD_EVENTS`] events has a fraction of it.
pub(super) const LONGEST: usize = 1024 * 1024;

/// The most events in one record: so many may be lost with a torn one.
pub(super) const RECORD_EVENTS: usize = 256;

/// An event has an identifier of its own, and is not the next one of its record's run.
const UUID: u8 = 1;

/// An event is a report.
const REPORT: u8 = 2;

/// No segment has more names: a catalogue has hundreds at most.
const MOST_NAMES: usize = 100_000;

/// Writes the records of one segment.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    names: Names,
    /// The number of the next event.
    next: u32,
    scratch: Vec<u8>,
}

impl Encoder {
    /// The number that the next event gets.
    pub(super) const fn next(&self) -> u32 {
        self.next
    }

    /// Appends a record of these events, at most [`RECORD_EVENTS`], to `bytes`.
    pub(super) fn events<'a>(
        &mut self,
        bytes: &mut Vec<u8>,
        events: impl ExactSizeIterator<Item = &'a Event>,
        under: Under,
        stored: Timestamp,
    ) {
        let mut scratch = core::mem::take(&mut self.scratch);
        scratch.clear();
        let known = self.names.count;
        push(&mut scratch, under.epoch);
        push(&mut scratch, self.names.number(under.ids.name()).into());
        push(&mut scratch, stored.millis());
        push(&mut scratch, self.next.into());
        let (mut successor, mut before) = (None, stored);
        for event in events {
            self.event(&mut scratch, event, successor, before);
            (successor, before) = (Some(event.uuid.successor()), event.at);
            self.next += 1;
        }
        let frame = begin(bytes, b'E');
        push(bytes, known.into());
        push(bytes, (self.names.count - known).into());
        self.names.fresh.drain(..).for_each(|name| push_text(bytes, name));
        bytes.extend_from_slice(&scratch);
        end(bytes, frame);
        self.scratch = scratch;
    }

    fn event(&mut self, bytes: &mut Vec<u8>, event: &Event, successor: Option<Uuid>, before: Timestamp) {
        let (follows, reports) = (successor == Some(event.uuid), event.report.is_some());
        bytes.push(if follows { 0 } else { UUID } | if reports { REPORT } else { 0 });
        if !follows {
            bytes.extend_from_slice(&event.uuid.bytes());
        }
        push_signed(bytes, event.at.millis().wrapping_sub(before.millis()).cast_signed());
        push(bytes, self.names.number(event.name).into());
        push(bytes, event.fields.len() as u64);
        for field in &event.fields {
            push(bytes, self.names.number(field.name).into());
            match field.value {
                FieldValue::Boolean(false) => bytes.push(0),
                FieldValue::Boolean(true) => bytes.push(1),
                FieldValue::Number(number) => {
                    bytes.push(2);
                    push_signed(bytes, number);
                }
                FieldValue::Word(word) => {
                    bytes.push(3);
                    push(bytes, self.names.number(word).into());
                }
            }
        }
        if let Some(report) = &event.report {
            push_text(bytes, &report.to_json().to_string());
        }
    }
}

/// Appends a record that takes these events out.
pub(super) fn push_done(bytes: &mut Vec<u8>, events: &Ranges) {
    let frame = begin(bytes, b'D');
    events.write(bytes);
    end(bytes, frame);
}

/// Appends a record that says under which install id these events were put into a request.
pub(super) fn push_parcel(bytes: &mut Vec<u8>, events: &Ranges, install_id: Uuid) {
    let frame = begin(bytes, b'P');
    bytes.extend_from_slice(&install_id.bytes());
    events.write(bytes);
    end(bytes, frame);
}

fn begin(bytes: &mut Vec<u8>, kind: u8) -> usize {
    let frame = bytes.len();
    bytes.extend_from_slice(&[0; FRAME]);
    bytes.push(kind);
    frame
}

fn end(bytes: &mut [u8], frame: usize) {
    let Some(record) = bytes.get_mut(frame..) else { return };
    let Some((head, payload)) = record.split_first_chunk_mut::<FRAME>() else { return };
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    let checksum = zlib_rs::crc32::crc32(0, payload).to_le_bytes();
    head.iter_mut().zip(length.into_iter().chain(checksum)).for_each(|(to, byte)| *to = byte);
}

/// Gives each of the catalogue's names a number. They are constants, so that a name is told by where it lies, which
/// is a good deal quicker than by what it says; one that lies in two places gets two numbers.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<(usize, usize), u32, BuildHasherDefault<Fold>>,
    count: u32,
    fresh: Vec<&'static str>,
}

impl Names {
    fn number(&mut self, name: &'static str) -> u32 {
        *self.numbers.entry((name.as_ptr().addr(), name.len())).or_insert_with(|| {
            self.fresh.push(name);
            self.count += 1;
            self.count - 1
        })
    }
}

/// A hash for addresses, which nobody can choose from outside.
#[derive(Debug, Default)]
struct Fold(u64);

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize((*byte).into());
        }
    }

    fn write_usize(&mut self, number: usize) {
        // An odd constant without pattern: the fractional digits of the golden ratio.
        self.0 = (self.0.rotate_left(5) ^ number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// An event as it is stored, under names that may or may not be known to this version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredEvent<'a> {
    /// Its number in the segment.
    pub(super) number: u32,
    pub(crate) uuid: Uuid,
    pub(crate) event: &'a str,
    pub(crate) at: Timestamp,
    /// When it was first stored, for its age.
    pub(crate) stored: Timestamp,
    /// The epoch of the decision that it was recorded under.
    pub(crate) epoch: u64,
    /// In which form its ids are.
    pub(crate) ids: &'a str,
    pub(crate) properties: Vec<(&'a str, StoredValue<'a>)>,
    /// What it reports, as JSON; see [`ReportFacts`](crate::ReportFacts).
    pub(crate) report: Option<&'a str>,
    /// The install id of the request that it was put into.
    pub(crate) install_id: Option<Uuid>,
}

/// The value of a stored property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredValue<'a> {
    Word(&'a str),
    Boolean(bool),
    Number(i64),
}

impl From<FieldValue> for StoredValue<'static> {
    fn from(value: FieldValue) -> Self {
        match value {
            FieldValue::Word(word) => Self::Word(word),
            FieldValue::Boolean(truth) => Self::Boolean(truth),
            FieldValue::Number(number) => Self::Number(number),
        }
    }
}

/// What a segment says about its events.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Events whose fate is known.
    pub(super) done: Ranges,
    parcels: Vec<(Ranges, Uuid)>,
    /// Records that were damaged.
    pub(super) damaged: usize,
    /// Where the last whole record ends: what is behind it was being written when its process died.
    pub(super) whole: usize,
    /// How many bytes are no events.
    pub(super) notes: usize,
}

/// Reads a segment: gives `visit` the events whose fate is not known, in their order, until it has enough. Takes any
/// bytes.
pub(super) fn read<'a>(bytes: &'a [u8], mut visit: impl FnMut(StoredEvent<'a>) -> Enough) -> Outline {
    let mut outline = Outline { whole: bytes.len(), ..Outline::default() };
    let Some(mut rest) = bytes.strip_prefix(HEADER) else {
        // A header that was cut short has nothing behind it.
        outline.damaged = usize::from(!HEADER.starts_with(bytes));
        return outline;
    };
    let mut records = Vec::new();
    while !rest.is_empty() {
        let Some((record, after)) = frame(rest) else {
            outline.damaged += 1;
            outline.whole = bytes.len() - rest.len();
            break;
        };
        rest = after;
        match record {
            Some(record) if outline.note(record).is_some() => records.push(record),
            _ => outline.damaged += 1,
        }
    }
    outline.done.seal();
    let mut names = Vec::new();
    for record in records {
        let Some(events) = Events::of(record, &mut names) else { continue };
        for event in events {
            let Some(mut event) = event else {
                outline.damaged += 1;
                break;
            };
            if outline.done.contains(event.number) {
                continue;
            }
            event.install_id = outline.install_id(event.number);
            if visit(event) == Enough::Yes {
                return outline;
            }
        }
    }
    outline
}

/// The epoch that the first events of a file were recorded under. Reads no further than the record that says it, which is
/// the first one unless that was damaged; nothing longer than [`LONGEST`] is looked through.
pub(super) fn epoch(file: impl Read) -> Option<u64> {
    let mut file = file.take(LONGEST as u64);
    let mut header = [0; HEADER.len()];
    file.read_exact(&mut header).ok()?;
    if header != HEADER {
        return None;
    }
    let (mut head, mut payload) = ([0; FRAME], Vec::new());
    loop {
        file.read_exact(&mut head).ok()?;
        let (length, checksum) = length_and_checksum(&mut Reader(&head))?;
        payload.clear();
        // A length that was damaged allocates no more than is there.
        if file.by_ref().take(length as u64).read_to_end(&mut payload).ok()? < length {
            return None;
        }
        let is_whole = zlib_rs::crc32::crc32(0, &payload) == checksum;
        if let Some(events) = Events::of(&payload, &mut Vec::new()).filter(|_| is_whole) {
            return Some(events.epoch);
        }
    }
}

/// Whether a reader has what it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enough {
    Yes,
    No,
}

/// The next record, which is nothing if it is damaged, and what comes after it; nothing at all if no record ends here.
fn frame(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let mut reader = Reader(bytes);
    let (length, checksum) = length_and_checksum(&mut reader)?;
    let payload = reader.take(length)?;
    Some(((zlib_rs::crc32::crc32(0, payload) == checksum).then_some(payload), reader.0))
}

/// What comes before a payload; nothing if no record is of that length.
fn length_and_checksum(reader: &mut Reader<'_>) -> Option<(usize, u32)> {
    let length = u32::from_le_bytes(reader.array()?);
    let checksum = u32::from_le_bytes(reader.array()?);
    Some((usize::try_from(length).ok().filter(|length| (1..=LONGEST).contains(length))?, checksum))
}

impl Outline {
    /// Notes what a record says about events; nothing if it makes no sense.
    fn note(&mut self, record: &[u8]) -> Option<()> {
        let mut reader = Reader(record);
        if record.first() != Some(&b'E') {
            self.notes += FRAME + record.len();
        }
        match reader.byte()? {
            b'E' => Some(()),
            b'D' => self.done.read(reader),
            b'P' => {
                let install_id = Uuid::of_bytes(reader.array()?);
                let mut events = Ranges::default();
                events.read(reader)?;
                events.seal();
                self.parcels.push((events, install_id));
                Some(())
            }
            _ => None,
        }
    }

    /// Under which install id an event was put into a request, most recently.
    fn install_id(&self, number: u32) -> Option<Uuid> {
        self.parcels.iter().rev().find(|(events, _)| events.contains(number)).map(|(_, install_id)| *install_id)
    }
}

/// The events of a record.
struct Events<'a, 'n> {
    reader: Reader<'a>,
    names: &'n [&'a str],
    epoch: u64,
    ids: &'a str,
    stored: Timestamp,
    number: u32,
    successor: Option<Uuid>,
    before: Timestamp,
}

impl<'a, 'n> Events<'a, 'n> {
    /// Adds the record's new names to the names so far; nothing if it is of another kind or makes no sense.
    fn of(record: &'a [u8], names: &'n mut Vec<&'a str>) -> Option<Self> {
        let mut reader = Reader(record);
        if reader.byte()? != b'E' {
            return None;
        }
        // Names of a record that was damaged are not known, and must not shift those that come after them.
        let known =
            usize::try_from(reader.number()?).ok().filter(|known| (names.len()..=MOST_NAMES).contains(known))?;
        names.resize(known, "");
        for _ in 0..reader.number()? {
            names.push(reader.text()?);
        }
        let names: &'n [&'a str] = names;
        let epoch = reader.number()?;
        let ids = name(names, &mut reader)?;
        let stored = Timestamp::from_millis(reader.number()?);
        let number = reader.small()?;
        Some(Self { reader, names, epoch, ids, stored, number, successor: None, before: stored })
    }

    fn event(&mut self) -> Option<StoredEvent<'a>> {
        let reader = &mut self.reader;
        let what = reader.byte()?;
        if what & !(UUID | REPORT) != 0 {
            return None;
        }
        let uuid = if what & UUID == 0 { self.successor? } else { Uuid::of_bytes(reader.array()?) };
        let at = Timestamp::from_millis(self.before.millis().checked_add_signed(reader.signed()?)?);
        let event = name(self.names, reader)?;
        let mut properties = Vec::new();
        for _ in 0..reader.number()? {
            let property = name(self.names, reader)?;
            let value = match reader.byte()? {
                0 => StoredValue::Boolean(false),
                1 => StoredValue::Boolean(true),
                2 => StoredValue::Number(reader.signed()?),
                3 => StoredValue::Word(name(self.names, reader)?),
                _ => return None,
            };
            properties.push((property, value));
        }
        let report = if what & REPORT == 0 { None } else { Some(reader.text()?) };
        let number = self.number;
        self.number = number.checked_add(1)?;
        (self.successor, self.before) = (Some(uuid.successor()), at);
        let (stored, epoch, ids) = (self.stored, self.epoch, self.ids);
        Some(StoredEvent { number, uuid, event, at, stored, epoch, ids, properties, report, install_id: None })
    }
}

impl<'a> Iterator for Events<'a, '_> {
    /// Nothing where the rest of the record makes no sense.
    type Item = Option<StoredEvent<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_at_end() { None } else { Some(self.event()) }
    }
}

fn name<'a>(names: &[&'a str], reader: &mut Reader<'_>) -> Option<&'a str> {
    names.get(usize::try_from(reader.number()?).ok()?).copied()
}
