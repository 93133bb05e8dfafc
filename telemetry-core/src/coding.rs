//! A body as it goes over the wire.
//!
//! Owns the codings that there are, and how they are undone, so that every build of a program can show what any other
//! build of it has sent. It must never code: whether and how that is done is the sink's business.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zlib_rs::{Inflate, InflateFlush, Status};

use crate::limits;

/// How a body is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Coding {
    /// Not at all.
    #[default]
    Plain,
    /// As gzip (RFC 1952).
    Gzip,
}

impl Coding {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(crate) const fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// The body whose coded bytes these are; nothing where they are not those of one, or of one that is too large.
    pub(crate) fn undo(self, bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Plain => Some(Cow::Borrowed(bytes)),
            Self::Gzip => inflate(bytes).map(Cow::Owned),
        }
    }
}

/// A body as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    bytes: Vec<u8>,
    coding: Coding,
}

impl Coded {
    /// A body that goes as it is.
    #[must_use]
    pub const fn plain(body: Vec<u8>) -> Self {
        Self { bytes: body, coding: Coding::Plain }
    }

    /// A body that goes as these bytes, which are gzip.
    #[must_use]
    pub const fn gzip(bytes: Vec<u8>) -> Self {
        Self { bytes, coding: Coding::Gzip }
    }

    /// How it is coded.
    #[must_use]
    pub const fn coding(&self) -> Coding {
        self.coding
    }

    /// The bytes that go over the wire.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes that go over the wire.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The body, before content coding; `None` if the bytes are not what a sink makes of one.
    #[must_use]
    pub fn body(&self) -> Option<Cow<'_, [u8]>> {
        self.coding.undo(&self.bytes)
    }
}

/// Window of 2¹⁵ bytes, and sixteen more for the head and the checksum of gzip.
const WINDOW_AND_GZIP: u8 = 15 + 16;

/// What these bytes say at their end that they hold decides how much memory is taken, within the limit of a body; that it
/// is true is found out.
fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let length = u32::from_le_bytes(*bytes.last_chunk()?);
    let length = usize::try_from(length).ok().filter(|length| *length <= limits::BATCH_BYTES)?;
    let mut body = vec![0; length];
    let mut inflate = Inflate::new(true, WINDOW_AND_GZIP);
    let status = inflate.decompress(bytes, &mut body, InflateFlush::Finish).ok()?;
    let is_all = (inflate.total_in(), inflate.total_out()) == (bytes.len() as u64, length as u64);
    (status == Status::StreamEnd && is_all).then_some(body)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn undone(bytes: &[u8]) -> Option<Vec<u8>> {
        Coded::gzip(bytes.to_vec()).body().map(Cow::into_owned)
    }

    #[test]
    fn what_was_compressed_reads_back() {
        let numbers: String =
            (0..40_000).flat_map(|n| ["{\"n\":".to_owned(), n.to_string(), "},".to_owned()]).collect();
        for body in [&b""[..], b"{}", numbers.as_bytes(), &vec![b' '; limits::BATCH_BYTES]] {
            assert_eq!(undone(&gzip(body)).as_deref(), Some(body), "{} bytes", body.len());
        }
        assert_eq!(Coded::plain(b"{}".to_vec()).body().as_deref(), Some(&b"{}"[..]));
    }

    #[test]
    fn damaged_bytes_are_no_body() {
        let body = b"{\"batch\":[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9]}";
        let whole = gzip(body);
        for length in 0..whole.len() {
            assert_eq!(undone(&whole[..length]), None, "cut after {length} bytes");
        }
        // Some bits mean nothing to the body: when and by whom it was compressed, and those that fill its last byte.
        let mut unnoticed = 0;
        for bit in 0..8 * whole.len() {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if let Some(undone) = undone(&damaged) {
                assert_eq!(undone, body, "bit {bit}");
                unnoticed += 1;
            }
        }
        assert!(unnoticed <= 6 * 8 + 1 + 7, "{unnoticed} bits");
        assert_eq!(undone(&[&whole[..], b"x"].concat()), None, "more than one body");
        assert_eq!(undone(&[&whole[..], &whole].concat()), None, "two");
    }

    /// A few kilobytes can stand for gigabytes.
    #[test]
    fn more_than_a_body_may_have_is_no_body() {
        let bomb = gzip(&vec![b' '; 64 * limits::BATCH_BYTES]);
        assert_eq!(undone(&bomb), None, "it says so");
        let mut liar = bomb;
        let end = liar.len() - 4;
        liar[end..].copy_from_slice(&1000_u32.to_le_bytes());
        assert_eq!(undone(&liar), None, "it says that there is less");
    }
}
