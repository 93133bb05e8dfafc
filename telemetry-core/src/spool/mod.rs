//! The spool: encoded events on disk, from the moment they are encoded until their fate is known.
//!
//! ```text
//! <identity's directory>/spool/<time>-<random>.spool     segments, each held by its process
//! ```
//!
//! A process appends to segments of its own, which it holds locked, and takes events out by appending that they are
//! done. The system releases a lock when its process ends, however it ends; whoever finds a segment that nobody holds
//! takes it over where it is. So what was appended survives a `kill -9`, is delivered by exactly one process at a time,
//! and keeps its identifiers and times. A torn tail costs the record that was being written.
//!
//! The disk holds more than the memory: an event that finds no room in memory stays on disk alone, and is read back when
//! there is room. The directory is bounded in bytes, by all processes together and at any time: whoever appends does it
//! alone, under a lock, and looks at all files first. Each process's events are bounded as well. The oldest segment of
//! whoever appends makes room.
//!
//! Writing does not wait for the disk: a record survives the death of the process, not the failure of the machine.
//! Nothing is written before a grant, or after a withdrawal; the caller holds the gate's shared lock while it appends.

mod bound;
mod bytes;
#[cfg(any(test, all(fuzzing, feature = "testing")))]
pub(crate) mod check;
mod ranges;
mod record;
mod segment;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use record::{StoredEvent, StoredValue};

use crate::catalogue::IdForm;
use crate::clock::Timestamp;
use crate::event::{Event, Uuid};
use crate::limits;
use crate::outbox::Waiting;
use crate::sent_log::make_directory;
use crate::telemetry::lane::Which;
use record::Enough;
use segment::{Fits, Segment};

/// Gives the name of a new file that is begun at this time. Names sort by that time, as well as a clock can tell it.
pub(crate) type Name = fn(Timestamp) -> Option<String>;

/// Tells what an event that was stored is today.
pub(crate) type Decode<'a> = dyn Fn(&StoredEvent<'_>) -> Today + 'a;

/// What an event that was stored is today.
#[derive(Debug)]
pub(crate) enum Today {
    /// This, for this lane.
    Covered(Which, Event),
    /// It was agreed to, but its purpose is suspended here, which nobody has decided: it stays where it is, for a process
    /// that can send it.
    KeptBack,
    /// The catalogue or the grant does not cover it any more.
    NotCovered,
}

/// What events are recorded under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Under {
    /// The epoch of the decision.
    pub(crate) epoch: u64,
    /// The form of ids.
    pub(crate) ids: IdForm,
}

/// Where an event is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    segment: u32,
    number: u32,
}

impl Place {
    /// Names the segment.
    pub(crate) const fn segment(self) -> u32 {
        self.segment
    }
}

/// The spool of one identity, as this process uses it.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    /// Oldest first; at most the last takes events.
    segments: Vec<Segment>,
    next_id: u32,
    /// What the segments of other processes take, as far as events may, when they were last looked at.
    others: u64,
}

/// What was found in segments that were taken over.
#[derive(Debug, Default)]
pub(crate) struct Adopted {
    /// Events that wait, by lane; all are on disk only.
    pub(crate) found: Vec<Which>,
    /// Events that the catalogue or the grant does not cover any more.
    pub(crate) not_covered: usize,
    /// Records that were damaged.
    pub(crate) damaged: usize,
}

/// What was read back.
#[derive(Debug)]
pub(crate) struct ReadBack {
    pub(crate) loaded: Vec<Loaded>,
    /// Events that are not covered any more.
    pub(crate) not_covered: usize,
    /// Events that turned out not to be there.
    pub(crate) missing: usize,
}

/// An event that was read back.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) event: Event,
    pub(crate) stored: Timestamp,
    pub(crate) place: Place,
    /// The install id of the request that it was put into before.
    pub(crate) install_id: Option<Uuid>,
}

/// A segment that made room.
#[derive(Debug)]
pub(crate) struct Dropped {
    pub(crate) segment: u32,
    /// Its events that were on disk only, by lane.
    pub(crate) unloaded: Vec<(Which, usize)>,
    /// Its events that waited for another process.
    pub(crate) kept_back: usize,
}

impl Spool {
    /// Uses the spool in `directory`. Touches nothing. `number` tells its places from those of other spools that this
    /// process has used.
    pub(crate) fn new(directory: PathBuf, number: u16) -> Self {
        Self { directory, segments: Vec::new(), next_id: u32::from(number) << 16, others: 0 }
    }

    /// Appends the events that are not in it yet, and notes in each where it is.
    ///
    /// # Errors
    ///
    /// They could not be written, or only up to some of them. `NotFound`: the segments so far have vanished, with
    /// everything that was in them. `QuotaExceeded`: there is no room within the bounds.
    pub(crate) fn append(
        &mut self,
        events: &mut [Waiting],
        under: Under,
        stored: Timestamp,
        name: Name,
    ) -> io::Result<()> {
        if self.segments.last().is_some_and(|newest| !newest.is_there()) {
            self.segments.clear();
            return Err(io::ErrorKind::NotFound.into());
        }
        make_directory(&self.directory)?;
        let _alone = bound::alone(&self.directory)?;
        self.look_at_others();
        let mut rest = bound::unplaced(events);
        while !rest.is_empty() {
            if self.is_full() {
                return Err(io::ErrorKind::QuotaExceeded.into());
            }
            let has_reports = rest.iter().take(limits::APPEND_EVENTS).any(|waiting| waiting.event.report.is_some());
            let most = if has_reports { limits::APPEND_REPORTS } else { limits::APPEND_EVENTS };
            let room = limits::SPOOL_EVENT_BYTES.saturating_sub(self.taken());
            let (now, later) = rest.split_at_mut(rest.len().min(most));
            let appended = self.open(name, stored)?.append(now, under, stored, room);
            if !matches!(appended, Ok(Fits::Yes)) {
                // What was begun for it holds nothing, and would be taken for another process's.
                if let Some(unused) = self.segments.pop_if(|newest| newest.pending == 0) {
                    let _ = unused.remove();
                }
            }
            if appended? == Fits::No {
                return Err(io::ErrorKind::QuotaExceeded.into());
            }
            rest = later;
        }
        Ok(())
    }

    /// Leaves an event that was appended on disk alone.
    pub(crate) fn unload(&mut self, place: Place, which: Which) {
        if let Some(segment) = self.segments.iter_mut().find(|segment| segment.id == place.segment) {
            let unloaded = segment.unloaded.of_mut(which);
            if unloaded.count == 0 {
                unloaded.from = place.number;
            }
            unloaded.from = unloaded.from.min(place.number);
            unloaded.count += 1;
        }
    }

    /// Takes settled events out. Never makes a file.
    pub(crate) fn settle(&mut self, places: &[Place]) -> io::Result<()> {
        let mut places = places.to_vec();
        places.sort_unstable();
        let mut settled = Ok(());
        for of_one in places.chunk_by(|one, two| one.segment == two.segment) {
            let Some(id) = of_one.first().map(|place| place.segment) else { continue };
            let Some(segment) = self.segments.iter_mut().find(|segment| segment.id == id) else { continue };
            // The others are tried all the same.
            settled = segment.settle(of_one.iter().map(|place| place.number)).and(settled);
        }
        self.segments.retain(|segment| segment.pending > 0 || segment.is_open());
        settled
    }

    /// Notes under which install id these events are put into a request, before it is made.
    pub(crate) fn note_parcel(&mut self, places: &[Place], install_id: Uuid) -> io::Result<()> {
        for segment in &mut self.segments {
            let of_it = places.iter().filter(|place| place.segment == segment.id).map(|place| place.number);
            let of_it: Vec<u32> = of_it.collect();
            if !of_it.is_empty() {
                segment.note_parcel(of_it.into_iter(), install_id)?;
            }
        }
        Ok(())
    }

    /// Takes over the segments of processes that ended, oldest first.
    pub(crate) fn adopt(&mut self, decode: &Decode<'_>) -> Adopted {
        let mut adopted = Adopted::default();
        let mut taken = Vec::new();
        for path in self.foreign() {
            if let Some(segment) = Segment::take_over(&path, self.next_id) {
                self.next_id += 1;
                taken.extend(survey(segment, decode, &mut adopted));
            }
        }
        // What others left is older than what this process has, as far as anybody knows.
        taken.append(&mut self.segments);
        self.segments = taken;
        self.look_at_others();
        adopted
    }

    /// Reads back events of a lane that are on disk only, oldest first, at most so many.
    pub(crate) fn load(&mut self, which: Which, most: usize, decode: &Decode<'_>) -> ReadBack {
        let mut loaded: Vec<Loaded> = Vec::new();
        let (mut not_covered, mut missing) = (0, 0);
        for segment in &mut self.segments {
            let unloaded = *segment.unloaded.of(which);
            let room = most.saturating_sub(loaded.len());
            if unloaded.count == 0 || room == 0 {
                continue;
            }
            let (before, id) = (loaded.len(), segment.id);
            let wanted = room.min(unloaded.count);
            let bytes = match segment.read() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                // It may be read another time; nothing is known of what is in it until then.
                Err(_) => continue,
            };
            let mut unknown = 0;
            record::read(&bytes, |stored| {
                match decode(&stored) {
                    Today::Covered(lane, event) if lane == which && stored.number >= unloaded.from => {
                        let place = Place { segment: id, number: stored.number };
                        loaded.push(Loaded { event, stored: stored.stored, place, install_id: stored.install_id });
                    }
                    Today::NotCovered => unknown += 1,
                    Today::Covered(..) | Today::KeptBack => {}
                }
                if loaded.len() - before == wanted { Enough::Yes } else { Enough::No }
            });
            let found = loaded.len() - before;
            let left = segment.unloaded.of_mut(which);
            left.count -= found;
            left.from = loaded.last().map_or(left.from, |last| last.place.number.saturating_add(1));
            if found < wanted {
                // Their time is over since they were stored, or the file has changed behind this process's back.
                not_covered += left.count.min(unknown);
                missing += left.count.saturating_sub(unknown);
                segment.pending = segment.pending.saturating_sub(left.count);
                left.count = 0;
            }
        }
        self.segments.retain(|segment| segment.pending > 0 || segment.is_open());
        ReadBack { loaded, not_covered, missing }
    }

    /// Makes room: the oldest segments of this process go, one at least, until an append of any size fits into the bounds,
    /// or only one is left.
    pub(crate) fn make_room(&mut self) -> Vec<Dropped> {
        let mut dropped = Vec::new();
        while self.segments.len() > 1 && (dropped.is_empty() || self.is_full()) {
            let oldest = self.segments.remove(0);
            // A file that cannot be removed is emptied; if not even that, its events are delivered by another process.
            let _ = oldest.remove();
            let unloaded = oldest.unloaded.iter().map(|(which, unloaded)| (which, unloaded.count)).collect();
            dropped.push(Dropped { segment: oldest.id, unloaded, kept_back: oldest.kept_back });
        }
        dropped
    }

    /// Whether there is no room for another append.
    fn is_full(&self) -> bool {
        let events: usize = self.segments.iter().map(|segment| segment.pending).sum();
        self.taken() + limits::APPEND_BYTES > limits::SPOOL_EVENT_BYTES || events > limits::SPOOL_EVENTS
    }

    /// Bytes of events in the directory.
    fn taken(&self) -> u64 {
        self.segments.iter().map(|segment| segment.event_bytes() + bound::PER_FILE).sum::<u64>() + self.others
    }

    /// Looks how much other processes have.
    fn look_at_others(&mut self) {
        let lengths = self.foreign().into_iter().map(|path| fs::symlink_metadata(&path).map_or(0, |file| file.len()));
        self.others = lengths.map(|length| length + bound::PER_FILE).sum();
    }

    /// Whether other processes of this installation were there when they were last looked for.
    pub(crate) const fn has_company(&self) -> bool {
        self.others > 0
    }

    /// Ends the use of the spool: removes segments in which nothing waits, and leaves the others to whoever comes next.
    pub(crate) fn leave(&mut self) {
        for segment in self.segments.drain(..).filter(|segment| segment.pending == 0) {
            // One that stays is taken over and removed later.
            let _ = segment.remove();
        }
    }

    /// Removes this process's segments, whatever waits in them.
    pub(crate) fn drop_all(&mut self) {
        for segment in self.segments.drain(..) {
            // One that stays is taken over later, and then what is in it is covered no more.
            let _ = segment.remove();
        }
    }

    /// The segment that takes events.
    fn open(&mut self, name: Name, now: Timestamp) -> io::Result<&mut Segment> {
        if let Some(newest) = self.segments.last_mut()
            && newest.bytes() > limits::SEGMENT_BYTES
        {
            newest.close();
        }
        if !self.segments.last().is_some_and(Segment::is_open) {
            self.segments.retain(|segment| segment.pending > 0);
            let segment = Segment::make(&self.directory, self.next_id, || name(now))?;
            self.next_id += 1;
            self.segments.push(segment);
        }
        self.segments.last_mut().ok_or_else(|| io::ErrorKind::Other.into())
    }

    /// The files that are not this process's, oldest first.
    fn foreign(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.directory) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "spool"))
            .filter(|path| !self.segments.iter().any(|segment| segment.path() == path))
            .collect();
        paths.sort_unstable();
        paths
    }
}

/// Looks through a segment that was taken over: counts what waits in it and takes out what is covered no more. Gives it
/// back if anything waits.
fn survey(mut segment: Segment, decode: &Decode<'_>, adopted: &mut Adopted) -> Option<Segment> {
    let Ok(bytes) = segment.read() else {
        // As if it were not there, until it can be read.
        return None;
    };
    let mut not_covered = Vec::new();
    let outline = record::read(&bytes, |stored| {
        segment.pending += 1;
        match decode(&stored) {
            Today::Covered(which, _) => {
                segment.unloaded.of_mut(which).count += 1;
                adopted.found.push(which);
            }
            // It waits in the file and for nothing here.
            Today::KeptBack => segment.kept_back += 1,
            Today::NotCovered => not_covered.push(stored.number),
        }
        Enough::No
    });
    segment.has_notes(outline.notes as u64);
    adopted.damaged += outline.damaged;
    adopted.not_covered += not_covered.len();
    // What cannot be cut off or taken out is found once more after the next restart; nothing worse comes of it.
    let _ = segment.cut(outline.whole as u64);
    if segment.pending == 0 || segment.pending == not_covered.len() {
        let _ = segment.remove();
        return None;
    }
    if !not_covered.is_empty() {
        let _ = segment.settle(not_covered.into_iter());
    }
    Some(segment)
}

/// The spool of the identity whose data are in `directory`.
pub(crate) fn directory(identity: &Path) -> PathBuf {
    identity.join("spool")
}

/// The epoch that the events of a file were recorded under, as far as it says: no file has events of two.
pub(crate) fn epoch_of(path: &Path) -> Option<u64> {
    record::epoch(File::open(path).ok()?)
}

/// Bytes of all files in the spool's directory, whichever process they are of.
pub(crate) fn bytes_in(directory: &Path) -> u64 {
    let files = fs::read_dir(directory).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}
