//! What a file of the log holds.
//!
//! Owns finding the entries in any bytes. It must never let what is damaged hide what is whole, nor take more memory for an
//! entry than the largest body has.

use super::{Line, SentEntry};
use crate::clock::Timestamp;
use crate::coding::Coding;
use crate::sent_log::{Answer, Kept};

/// What is found one after the other.
enum Found<'a> {
    Request { n: u64, at: Timestamp, to: String, coding: Coding, bytes: &'a [u8] },
    Answer { n: u64, answer: Answer },
}

/// When the requests in the bytes of a file were made.
pub(super) fn times(bytes: &[u8]) -> impl Iterator<Item = Timestamp> {
    found(bytes).filter_map(|found| match found {
        Found::Request { at, .. } => Some(at),
        Found::Answer { .. } => None,
    })
}

/// The entries in the bytes of a file, oldest first, with the answers that stand in the same file.
pub(crate) fn entries(bytes: &[u8]) -> Vec<SentEntry> {
    let mut entries: Vec<(u64, SentEntry)> = Vec::new();
    for found in found(bytes) {
        match found {
            Found::Request { n, at, to, coding, bytes } => {
                entries.extend(kept(coding, bytes).map(|kept| (n, SentEntry { at, to, answer: None, kept })));
            }
            Found::Answer { n, answer } => {
                if let Some((_, entry)) = entries.iter_mut().rev().find(|(number, _)| *number == n) {
                    entry.answer = Some(answer);
                }
            }
        }
    }
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The body of an entry, if it can be shown. A compressed one stays so, since all of them together could take hundreds of
/// megabytes.
fn kept(coding: Coding, bytes: &[u8]) -> Option<Kept> {
    let body = coding.undo(bytes)?;
    let text = core::str::from_utf8(&body).ok()?;
    Some(match coding {
        Coding::Plain => Kept::Plain(text.to_owned()),
        Coding::Gzip => Kept::Gzip(bytes.to_vec()),
    })
}

fn found(bytes: &[u8]) -> impl Iterator<Item = Found<'_>> {
    let mut rest = bytes;
    core::iter::from_fn(move || {
        while !rest.is_empty() {
            let (line, after) = first_line(rest);
            rest = after;
            // A line that is damaged hides itself and no other.
            match serde_json::from_slice(line) {
                Ok(Line::Sending { n, at, to, coding, bytes, crc32 }) => {
                    if let Some((bytes, after)) = body(rest, bytes, crc32) {
                        rest = after;
                        return Some(Found::Request { n, at, to, coding, bytes });
                    }
                }
                Ok(Line::Answered { n, answer }) => return Some(Found::Answer { n, answer }),
                Err(_) => {}
            }
        }
        None
    })
}

/// The first line, and what comes after its end.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at(end);
    (line, rest.get(1..).unwrap_or_default())
}

/// The bytes of the body at the front of these and what comes after the end of their line, which a killed writer may not
/// have got to; nothing if it is not the one that its head speaks of.
fn body(bytes: &[u8], length: usize, crc32: u32) -> Option<(&[u8], &[u8])> {
    let (body, rest) = bytes.split_at_checked(length)?;
    let after = rest.strip_prefix(b"\n").unwrap_or(rest);
    (zlib_rs::crc32::crc32(0, body) == crc32).then_some((body, after))
}
