//! What holds the spool within its bytes, whatever other processes do at the same time.
//!
//! Whoever appends events has the lock, and looks at the files of all processes before it writes. Notes of what became of
//! events are written without it: each file has a share for them that follows from its events.

use core::time::Duration;
use std::fs::TryLockError;
use std::io;
use std::path::Path;
use std::thread;

use crate::limits;
use crate::outbox::Waiting;
use crate::store::held::Held;
use crate::store::private;

/// What each file takes besides its events, as far as the bound for events goes: the notes that any file may have.
pub(super) const PER_FILE: u64 = limits::SPOOL_LEAST_NOTES;

// Each file has its events and at most so many notes; together they stay within the bytes of the spool.
const _: () =
    assert!(limits::SPOOL_EVENT_BYTES + limits::SPOOL_EVENT_BYTES / limits::SPOOL_NOTES <= limits::SPOOL_BYTES);

/// How often the lock is tried, and how long between two tries: a fifth of a second together. It is held for one write;
/// who cannot have it tries again with the next events.
const TRIES: u32 = 100;
const STEP: Duration = Duration::from_millis(2);

/// Keeps other processes from appending to the spool in `directory` until it is dropped.
pub(super) fn alone(directory: &Path) -> io::Result<Held> {
    let file = Held::of(private().create(true).append(true).open(directory.with_extension("lock"))?);
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(STEP),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

/// The events that are not on disk yet. Events are appended in their order.
pub(super) fn unplaced(events: &mut [Waiting]) -> &mut [Waiting] {
    let placed = events.iter().take_while(|waiting| waiting.place.is_some()).count();
    events.get_mut(placed..).unwrap_or_default()
}
