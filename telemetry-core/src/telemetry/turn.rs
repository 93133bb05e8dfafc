//! Whose turn it is to send: one process of an installation at a time.
//!
//! Each process sends what it recorded, and asks for the turn first. It is a lock on a file beside the spool: it passes
//! on when its holder has nothing to send, and when its holder dies, however it dies. So a server sees one sender for an
//! installation, and what it asks of one is kept by all.

use core::time::Duration;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::sent_log::make_directory;
use crate::store::held::Held;
use crate::store::private;

/// How often the turn is asked for while another process has it: at least, and so much more at most. By chance, so that
/// processes that were started together do not ask in step.
const ASK: Duration = Duration::from_millis(50);
const ASK_MORE: Duration = Duration::from_millis(150);

/// How long the turn is kept while there are others: a process with much to send gives way now and then.
const KEEP: Duration = Duration::from_secs(5);

/// How long it then stays away: longer than the others wait before they ask.
const GIVE_WAY: Duration = Duration::from_millis(300);

/// The longest note that is read. A real one has a few hundred bytes.
const LONGEST_NOTE: u64 = 16 * 1024;

/// The turn of this process.
#[derive(Debug)]
pub(crate) struct Turn {
    path: PathBuf,
    held: Option<(Held, Instant)>,
    ask_at: Option<Instant>,
}

/// Whether it is this process's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    AnotherProcess,
}

impl Turn {
    /// The turn in the identity's directory. Touches nothing.
    pub(crate) fn new(identity: &Path) -> Self {
        Self { path: identity.join("sender.lock"), held: None, ask_at: None }
    }

    /// How long to wait before it makes sense to ask.
    pub(crate) fn ask_in(&self) -> Option<Duration> {
        let left = self.ask_at?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Whether this process has the turn.
    pub(crate) const fn is_ours(&self) -> bool {
        self.held.is_some()
    }

    /// Asks again a little later. `random` is uniform over all of `u32`.
    pub(crate) fn ask_later(&mut self, random: u32) {
        let more = ASK_MORE.mul_f64(f64::from(random) / f64::from(u32::MAX));
        self.ask_at = Some(Instant::now() + ASK + more);
    }

    /// Asks for the turn. `random` is uniform over all of `u32`.
    ///
    /// Where there is no lock to be had at all, as in a directory that cannot be written to, it is everybody's turn:
    /// sending does not depend on the disk.
    pub(crate) fn take(&mut self, random: u32) -> Whose {
        if self.held.is_some() {
            return Whose::Ours;
        }
        match self.lock() {
            Ok(file) => {
                (self.held, self.ask_at) = (Some((file, Instant::now())), None);
                Whose::Ours
            }
            Err(TryLockError::WouldBlock) => {
                self.ask_later(random);
                Whose::AnotherProcess
            }
            Err(TryLockError::Error(_)) => Whose::Ours,
        }
    }

    fn lock(&self) -> Result<Held, TryLockError> {
        let open = || private().create(true).truncate(false).read(true).write(true).open(&self.path);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_directory(self.path.parent().unwrap_or(&self.path)).and_then(|()| open())
            }
            opened => opened,
        };
        let file = Held::of(file.map_err(TryLockError::Error)?);
        file.try_lock()?;
        Ok(file)
    }

    /// What the last one who had the turn noted; only while this process has it.
    pub(crate) fn noted(&mut self) -> Option<String> {
        let (file, _) = self.held.as_mut()?;
        file.rewind().ok()?;
        let mut text = String::new();
        (&**file).take(LONGEST_NOTE).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// The same for whoever only looks, while another process may be writing it.
    pub(crate) fn look_at_note(identity: &Path) -> Option<String> {
        let mut text = String::new();
        let file = File::open(Self::new(identity).path).ok()?;
        file.take(LONGEST_NOTE).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Notes something for whoever has the turn next. What a kill interrupts is no note.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        let Some((file, _)) = self.held.as_mut() else { return Ok(()) };
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(text.as_bytes())
    }

    /// Passes it on: there is nothing to send.
    pub(crate) fn pass(&mut self) {
        self.held = None;
    }

    /// Whether this process has had it for long.
    pub(crate) fn is_overdue(&self) -> bool {
        self.held.as_ref().is_some_and(|(_, since)| since.elapsed() > KEEP)
    }

    /// Passes it on for a moment, if this process has had it for long and there are others.
    pub(crate) fn give_way(&mut self) {
        if self.is_overdue() {
            (self.held, self.ask_at) = (None, Some(Instant::now() + GIVE_WAY));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_it_passes_on() {
        let directory = tempfile::tempdir().unwrap();
        let identity = directory.path().join("identity");
        let (mut one, mut two) = (Turn::new(&identity), Turn::new(&identity));
        assert_eq!((one.take(0), one.take(0)), (Whose::Ours, Whose::Ours));
        assert_eq!(two.take(u32::MAX), Whose::AnotherProcess);
        assert!(two.ask_in().is_some_and(|wait| wait <= ASK + ASK_MORE));
        one.pass();
        assert_eq!(two.take(0), Whose::Ours);
        assert_eq!(two.ask_in(), None);
        // A process that dies lets go of it.
        drop(two);
        assert_eq!(one.take(0), Whose::Ours);
        one.note("a longer note").unwrap();
        one.note("a note").unwrap();
        one.pass();
        assert_eq!(one.noted(), None);
        assert_eq!(one.take(0), Whose::Ours);
        assert_eq!(one.noted().as_deref(), Some("a note"));
        one.give_way();
        assert_eq!(one.take(0), Whose::Ours, "not after so short a time");
    }

    #[test]
    fn without_a_lock_to_be_had_it_is_everybodys_turn() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a file");
        std::fs::write(&file, "in the way").unwrap();
        assert_eq!(Turn::new(&file).take(0), Whose::Ours);
    }
}
