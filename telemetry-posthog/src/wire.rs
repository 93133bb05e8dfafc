//! The body of a batch request, byte by byte.
//!
//! Owns the order and the names of everything that the endpoint reads. It must never write a name or a value that
//! did not come from the batch or from a constant in here.
//!
//! The text is written by hand: almost all of it is constant, what repeats in every event is made once and copied,
//! and that is several times faster than serialising a tree of structures. The tests read every body back with
//! `serde_json`.

use std::io::Write as _;

use telemetry_core::{Batch, Event, Field, FieldValue, Timestamp};

use crate::exception;

/// What ends the properties of every event, so that nothing before it can have the last word:
///
/// - no person profile is made or changed;
/// - no location is looked up, and the address to look it up with is nobody's. Both are needed: the server puts the
///   address of the connection in the place of an absent or empty `$ip`;
/// - the name and version of the library that sends, which the server's tools expect. It is our own name.
pub(crate) const TAIL: &str = concat!(
    r#""$process_person_profile":false,"$geoip_disable":true,"$ip":"0.0.0.0","$lib":""#,
    env!("CARGO_PKG_NAME"),
    r#"","$lib_version":""#,
    env!("CARGO_PKG_VERSION"),
    r#"""#,
);

/// About the length of an event without its properties: constants, two identifiers and a time.
const EVENT_BYTES: usize = 192;

/// About the length of one property. Too small a guess costs a reallocation, nothing else.
const FIELD_BYTES: usize = 40;

/// Writes the body of one request.
///
/// Everything but `sent_at` is the same at each attempt. The server corrects the clock with the difference between
/// `sent_at` and each `timestamp`, and recognises a second copy by `uuid`, `timestamp`, `event` and `distinct_id`.
pub(crate) fn body(api_key: &str, batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
    let shared = Shared::of(batch);
    let fields: usize = batch.events.iter().map(|event| event.fields.len()).sum();
    let mut out =
        Vec::with_capacity(EVENT_BYTES + batch.events.len() * (EVENT_BYTES + shared.bytes()) + fields * FIELD_BYTES);

    out.extend_from_slice(br#"{"api_key":"#);
    text(&mut out, api_key);
    out.extend_from_slice(br#","historical_migration":false,"sent_at":""#);
    show(&mut out, sent_at);
    out.extend_from_slice(br#"","batch":["#);
    let mut begins = Beginnings::default();
    for (i, event) in batch.events.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_event(&mut out, event, &mut begins, &shared);
    }
    out.extend_from_slice(b"]}");
    out
}

/// What is the same in every event of a batch.
struct Shared {
    /// `","distinct_id":"…","timestamp":"`
    distinct_id: Vec<u8>,
    /// The common fields, then the tail, then the end of the event.
    last: Vec<u8>,
}

impl Shared {
    fn of(batch: &Batch) -> Self {
        let mut distinct_id = Vec::with_capacity(80);
        distinct_id.extend_from_slice(br#","distinct_id":""#);
        show(&mut distinct_id, batch.install_id);
        distinct_id.extend_from_slice(br#"","timestamp":""#);

        let mut last = Vec::with_capacity(batch.common.len() * FIELD_BYTES + TAIL.len() + 2);
        for field in &batch.common {
            write_field(&mut last, field);
        }
        last.extend_from_slice(TAIL.as_bytes());
        last.extend_from_slice(b"}}");
        Self { distinct_id, last }
    }

    fn bytes(&self) -> usize {
        self.distinct_id.len() + self.last.len()
    }
}

/// What stands between the identifier and the properties of an event. Times are coarse and names few, so that most
/// events of a batch share it with another one.
#[derive(Default)]
struct Beginnings {
    at: Option<Timestamp>,
    known: Vec<(&'static str, Vec<u8>)>,
}

impl Beginnings {
    /// More kinds of events than this in one batch are written anew each time.
    const MOST: usize = 16;

    fn of(&mut self, event: &Event, shared: &Shared) -> &[u8] {
        if self.at != Some(event.at) {
            self.at = Some(event.at);
            self.known.clear();
        }
        let name = if event.report.is_some() { exception::NAME } else { event.name };
        let known = self.known.iter().position(|(known, _)| core::ptr::eq(*known, name));
        let place = known.unwrap_or_else(|| {
            let mut text = Vec::with_capacity(EVENT_BYTES);
            text.extend_from_slice(br#"","event":"#);
            self::text(&mut text, name);
            text.extend_from_slice(&shared.distinct_id);
            show(&mut text, event.at);
            text.extend_from_slice(br#"","properties":{"#);
            self.known.truncate(Self::MOST - 1);
            self.known.push((name, text));
            self.known.len() - 1
        });
        self.known.get(place).map_or(&[], |(_, text)| text)
    }
}

fn write_event(out: &mut Vec<u8>, event: &Event, begins: &mut Beginnings, shared: &Shared) {
    out.extend_from_slice(br#"{"uuid":""#);
    out.extend_from_slice(&event.uuid.text());
    out.extend_from_slice(begins.of(event, shared));
    for field in &event.fields {
        write_field(out, field);
    }
    if let Some(report) = &event.report {
        for (name, value) in exception::properties(event, report) {
            text(out, name);
            out.push(b':');
            show(out, value);
            out.push(b',');
        }
    }
    out.extend_from_slice(&shared.last);
}

/// Writes a property and the comma after it: the tail always follows.
fn write_field(out: &mut Vec<u8>, field: &Field) {
    // A form of value that this crate does not know yet is left out with its name: what is sent is what the schema
    // of the body says, or less.
    let before = out.len();
    text(out, field.name);
    out.push(b':');
    match field.value {
        FieldValue::Word(word) => text(out, word),
        FieldValue::Boolean(true) => out.extend_from_slice(b"true"),
        FieldValue::Boolean(false) => out.extend_from_slice(b"false"),
        FieldValue::Number(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        _ => return out.truncate(before),
    }
    out.push(b',');
}

/// Writes a value whose text needs no escaping.
fn show(out: &mut Vec<u8>, value: impl core::fmt::Display) {
    // Writing to memory does not fail.
    let _ = write!(out, "{value}");
}

/// Writes a JSON string. The words of a catalogue need no escaping, but nothing here relies on it.
fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    // All bytes are counted without a way out in between, which the compiler makes a few instructions of.
    let is_plain = text.bytes().map(|byte| u32::from(byte < b' ' || byte == b'"' || byte == b'\\')).sum::<u32>() == 0;
    if is_plain {
        out.extend_from_slice(text.as_bytes());
    } else {
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                0..b' ' => {
                    let _ = write!(out, "\\u{byte:04x}");
                }
                _ => out.push(byte),
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back() {
        for original in ["", "timer.started", "a\"b\\c", "\0\u{1f}\n\t ", "ключ \u{7f} 🦀", "\\\"\\"] {
            let mut out = Vec::new();
            text(&mut out, original);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), original);
        }
    }

    #[test]
    fn the_tail_is_the_inside_of_an_object() {
        let tail: serde_json::Value = serde_json::from_str(&format!("{{{TAIL}}}")).unwrap();
        assert_eq!(
            tail,
            serde_json::json!({
                "$process_person_profile": false,
                "$geoip_disable": true,
                "$ip": "0.0.0.0",
                "$lib": "telemetry-posthog",
                "$lib_version": env!("CARGO_PKG_VERSION"),
            })
        );
    }
}
