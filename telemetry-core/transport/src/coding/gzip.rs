//! Compression to gzip (RFC 1952) with a state that is reused.

use core::fmt;
use std::sync::{Mutex, PoisonError};

use zlib_rs::crc32::crc32;
use zlib_rs::{Deflate, DeflateFlush, Status};

/// Bodies from this size on are compressed. A smaller one fits into one packet with its head either way, so that
/// compression would cost time and save nothing.
pub(super) const FROM_BYTES: usize = 1024;

/// A body that is smaller than this is one that an application sends now and then.
const BACKLOG_BYTES: usize = 128 * 1024;

/// Now and then, a fifth less on the wire is worth a fraction of a millisecond.
const LEVEL: i32 = 6;

/// With a backlog the processor is what there is too little of: a quarter of its time, for little more on the wire.
const BACKLOG_LEVEL: i32 = 2;

/// Identification, method 8, no flags, no time (it would tell when the body was made), no extra flags, and 255 for an
/// operating system that is not told.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Compresses one body after the other.
#[derive(Debug)]
pub(super) struct Gzip {
    /// The tables of the last compression: making them costs more than a small body. Taken out while in use, so that
    /// nobody waits for the lock.
    state: Mutex<Option<State>>,
}

struct State {
    level: i32,
    deflate: Deflate,
}

/// The window of gzip: 2¹⁵ bytes.
const WINDOW: u8 = 15;

impl State {
    fn new(level: i32) -> Self {
        Self { level, deflate: Deflate::new(level, false, WINDOW) }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("level", &self.level).finish_non_exhaustive()
    }
}

impl Gzip {
    pub(super) const fn new() -> Self {
        Self { state: Mutex::new(None) }
    }

    /// Compresses `body`; `None` if that fails, which memory alone could cause.
    pub(super) fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        let level = if body.len() < BACKLOG_BYTES { LEVEL } else { BACKLOG_LEVEL };
        let mut state = self.take().filter(|state| state.level == level).unwrap_or_else(|| State::new(level));
        let deflate = &mut state.deflate;
        deflate.reset();
        // A batch shrinks to less than an eighth; for a body that does not there is more room.
        let mut out = vec![0; HEADER.len() + body.len() / 8 + 64];
        out.get_mut(..HEADER.len())?.copy_from_slice(&HEADER);
        loop {
            let read = usize::try_from(deflate.total_in()).ok()?;
            let written = HEADER.len() + usize::try_from(deflate.total_out()).ok()?;
            let (left, room) = (body.get(read..)?, out.get_mut(written..)?);
            if deflate.compress(left, room, DeflateFlush::Finish).ok()? == Status::StreamEnd {
                break;
            }
            out.resize(out.len() * 2, 0);
        }
        out.truncate(HEADER.len() + usize::try_from(deflate.total_out()).ok()?);
        out.extend_from_slice(&crc32(0, body).to_le_bytes());
        // The length modulo 2³², as the format has it.
        #[expect(clippy::cast_possible_truncation, reason = "as the format has it")]
        out.extend_from_slice(&(body.len() as u32).to_le_bytes());
        self.put(state);
        Some(out)
    }

    fn take(&self) -> Option<State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn unpacked(packed: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut body).unwrap();
        body
    }

    /// Bytes that hardly compress.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        };
        (0..len).map(|_| next()).collect()
    }

    #[test]
    fn bodies_read_back_with_a_fresh_and_a_used_state() {
        let gzip = Gzip::new();
        for body in [vec![], b"{}".to_vec(), vec![b'a'; 300_000], noise(200_000), noise(1), vec![b'b'; 1024]] {
            let packed = gzip.compress(&body).unwrap();
            assert_eq!(unpacked(&packed), body, "{}", body.len());
        }
        assert!(gzip.compress(&[b'a'; 4096]).unwrap().len() < 64);
    }

    #[test]
    fn the_same_body_packs_to_the_same_bytes() {
        let gzip = Gzip::new();
        let first = gzip.compress(&noise(5_000)).unwrap();
        gzip.compress(&[0; 5_000]).unwrap();
        assert_eq!(gzip.compress(&noise(5_000)).unwrap(), first);
    }
}
