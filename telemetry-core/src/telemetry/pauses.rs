//! Pauses that all processes of an installation keep.
//!
//! What a server asked one process for, it asked of the installation. Whoever has the turn notes its pauses in the file
//! of the turn, and whoever takes it reads them first. The file goes with the identity.
//!
//! Processes share no clock but the time of day, which may jump. So a note says how long a pause still lasts and when
//! that was written: a clock that was set back makes no pause longer than it was noted. Whoever reads it counts the time
//! since then by the time of day, and by what that would be if it had not jumped since this process began: the shorter
//! one counts. So a jump that a process lives through ends no pause early, and one that it does not costs a request that
//! is answered with another pause.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::lane::{Lanes, Which};
use super::shared::Setup;
use crate::clock::Timestamp;
use crate::retry::{Pause, PauseReason};

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    written: Timestamp,
    /// A random number of the process that wrote it, which knows better by its own clock.
    by: u64,
    pauses: Vec<Noted>,
}

/// The pause of one destination.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    origin: String,
    key_fingerprint: String,
    left_ms: u64,
    why: String,
}

/// The pauses as text, by the process with this number. `now` is by the clock that they are measured with, `wall` the same moment by the time of day.
pub(super) fn write(setup: &Setup, by: u64, pauses: &[(Which, Pause)], now: Duration, wall: Timestamp) -> String {
    let noted = pauses.iter().filter_map(|(which, pause)| {
        let destination = setup.sinks.of(*which).destination();
        Some(Noted {
            origin: destination.origin.to_owned(),
            key_fingerprint: destination.key_fingerprint?,
            left_ms: u64::try_from(pause.until.saturating_sub(now).as_millis()).unwrap_or(u64::MAX),
            why: pause.why.name().to_owned(),
        })
    });
    let note = Note { written: wall, by, pauses: noted.collect() };
    // Texts and numbers always have a text.
    serde_json::to_string(&note).unwrap_or_default()
}

/// The pauses in a text that still last, for the lanes of this process, which has this number. Takes any text.
pub(super) fn read(setup: &Setup, own: u64, text: &str, now: Duration, wall: Timestamp) -> Vec<(Which, Pause)> {
    let Ok(note) = serde_json::from_str::<Note>(text) else { return Vec::new() };
    if note.by == own {
        return Vec::new();
    }
    let passed = wall.since(note.written).min(setup.unjumped(now).since(note.written));
    let pause_of = |which: Which| {
        let destination = setup.sinks.of(which).destination();
        let noted = note.pauses.iter().find(|noted| {
            noted.origin == destination.origin && Some(&noted.key_fingerprint) == destination.key_fingerprint.as_ref()
        })?;
        let left = Duration::from_millis(noted.left_ms).min(PauseReason::LONGEST).saturating_sub(passed);
        let why = PauseReason::named(&noted.why)?;
        (!left.is_zero()).then(|| (which, Pause { until: now.saturating_add(left), why }))
    };
    which(&setup.sinks).filter_map(pause_of).collect()
}

fn which<T>(lanes: &Lanes<T>) -> impl Iterator<Item = Which> {
    lanes.iter().map(|(which, _)| which)
}
