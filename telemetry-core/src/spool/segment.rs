//! One file of the spool, held by its lock.

use std::fs;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::ranges::Ranges;
use super::record::{Encoder, HEADER, RECORD_EVENTS, push_done, push_parcel};
use super::{Place, Under};
use crate::clock::Timestamp;
use crate::event::Uuid;
use crate::limits;
use crate::outbox::Waiting;
use crate::store::held::Held;
use crate::store::owned;
use crate::telemetry::lane::Lanes;

/// What of a lane's events is on disk only.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unloaded {
    /// None of them has a smaller number.
    pub(super) from: u32,
    pub(super) count: usize,
}

/// Whether there was room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fits {
    Yes,
    No,
}

/// A file of events. It is locked as long as it is open, so that it is one process's at a time.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) id: u32,
    path: PathBuf,
    file: Held,
    bytes: u64,
    /// How many of them are notes of what became of events.
    notes: u64,
    /// There while events may be added.
    encoder: Option<Encoder>,
    /// Events whose fate is not known.
    pub(super) pending: usize,
    pub(super) unloaded: Lanes<Unloaded>,
    /// Events that wait for another process; see [`Today::KeptBack`](super::Today::KeptBack).
    pub(super) kept_back: usize,
}

impl Segment {
    /// Makes a new file.
    pub(super) fn make(directory: &Path, id: u32, name: impl Fn() -> Option<String>) -> io::Result<Self> {
        let (path, mut file) = owned::make(directory, "spool", name)?;
        if let Err(error) = file.write_all(HEADER) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        let encoder = Some(Encoder::default());
        let unloaded = Lanes::new(Unloaded::default(), Some(Unloaded::default()));
        Ok(Self { id, path, file, bytes: HEADER.len() as u64, notes: 0, encoder, pending: 0, unloaded, kept_back: 0 })
    }

    /// Takes over the file of a process that ended; nothing if another process has it, or it is gone.
    pub(super) fn take_over(path: &Path, id: u32) -> Option<Self> {
        let file = owned::take(path)?;
        let bytes = file.metadata().ok()?.len();
        let unloaded = Lanes::new(Unloaded::default(), Some(Unloaded::default()));
        Some(Self {
            id,
            path: path.to_owned(),
            file,
            bytes,
            notes: 0,
            encoder: None,
            pending: 0,
            unloaded,
            kept_back: 0,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether events may be added.
    pub(super) const fn is_open(&self) -> bool {
        self.encoder.is_some()
    }

    /// Adds no more events.
    pub(super) fn close(&mut self) {
        self.encoder = None;
    }

    /// Whether the file is still where it was made.
    pub(super) fn is_there(&self) -> bool {
        owned::is_at(&self.file, &self.path)
    }

    /// Its bytes; `NotFound` where somebody has removed it.
    ///
    /// They are read through the handle that is held: that takes no further one, and no change of rights keeps them from
    /// this process.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        if let Err(error) = fs::symlink_metadata(&self.path)
            && error.kind() == io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let (mut file, mut bytes) = (&*self.file, Vec::new());
        // Writing goes to the end all the same.
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Puts another handle in the place of its own.
    #[cfg(test)]
    pub(super) fn with_handle(&mut self, file: fs::File) -> fs::File {
        core::mem::replace(&mut *self.file, file)
    }

    /// Adds events, in one write, and notes in each where it is; says whether `room` was enough for them. Where it was not,
    /// or after an error, the segment takes no more.
    pub(super) fn append(
        &mut self,
        events: &mut [Waiting],
        under: Under,
        stored: Timestamp,
        room: u64,
    ) -> io::Result<Fits> {
        let Some(mut encoder) = self.encoder.take() else { return Err(io::ErrorKind::Unsupported.into()) };
        let first = encoder.next();
        let mut bytes = Vec::new();
        for events in events.chunks(RECORD_EVENTS) {
            encoder.events(&mut bytes, events.iter().map(|waiting| &waiting.event), under, stored);
        }
        if bytes.len() as u64 > room {
            return Ok(Fits::No);
        }
        self.write(&bytes)?;
        self.encoder = Some(encoder);
        self.pending += events.len();
        for (waiting, number) in events.iter_mut().zip(first..) {
            waiting.place = Some(Place { segment: self.id, number });
        }
        Ok(Fits::Yes)
    }

    /// Takes events out.
    pub(super) fn settle(&mut self, numbers: impl ExactSizeIterator<Item = u32>) -> io::Result<()> {
        self.pending = self.pending.saturating_sub(numbers.len());
        let events = Ranges::of(numbers);
        if self.pending == 0 {
            return self.clear();
        }
        let mut record = Vec::new();
        push_done(&mut record, &events);
        self.note(&record)
    }

    /// Notes under which install id events were put into a request.
    pub(super) fn note_parcel(&mut self, numbers: impl Iterator<Item = u32>, install_id: Uuid) -> io::Result<()> {
        let mut record = Vec::new();
        push_parcel(&mut record, &Ranges::of(numbers), install_id);
        self.note(&record)
    }

    /// Writes a note, if there is room for it; see [`limits::SPOOL_NOTES`].
    fn note(&mut self, record: &[u8]) -> io::Result<()> {
        let notes = self.notes + record.len() as u64;
        let events = self.bytes.saturating_sub(self.notes);
        if notes > events / limits::SPOOL_NOTES + limits::SPOOL_LEAST_NOTES {
            return Ok(());
        }
        self.write(record)?;
        self.notes = notes;
        Ok(())
    }

    /// Says how much of what was taken over are notes.
    pub(super) fn has_notes(&mut self, notes: u64) {
        self.notes = notes;
    }

    /// What counts against the bound for events.
    pub(super) fn event_bytes(&self) -> u64 {
        self.bytes.saturating_sub(self.notes)
    }

    /// Removes what comes after the last whole record.
    pub(super) fn cut(&mut self, whole: u64) -> io::Result<()> {
        if whole < self.bytes {
            self.file.set_len(whole)?;
            self.bytes = whole;
        }
        Ok(())
    }

    /// Removes the file.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            // One that cannot be removed is emptied, so that nothing is delivered twice.
            Err(error) if error.kind() != io::ErrorKind::NotFound => self.file.set_len(0),
            _ => Ok(()),
        }
    }

    /// Empties the file: every event in it is settled.
    fn clear(&mut self) -> io::Result<()> {
        if self.encoder.is_none() {
            return self.remove();
        }
        self.encoder = Some(Encoder::default());
        (self.bytes, self.notes) = (HEADER.len() as u64, 0);
        self.file.set_len(self.bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(bytes) {
            // A record that was written in part would hide the ones after it.
            let _ = self.file.set_len(self.bytes);
            return Err(error);
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}
