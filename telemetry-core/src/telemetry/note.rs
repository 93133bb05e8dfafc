//! What the processes of an installation tell each other about its destinations: pauses that all of them keep, and how
//! the last requests went, which anybody's `status` shows.
//!
//! What a server asked one process for, it asked of the installation. Whoever has the turn notes what it knows in the file
//! of the turn, and whoever takes it reads that first. The file goes with the identity.
//!
//! Processes share no clock but the time of day, which may jump. So a note says how long a pause still lasts and when
//! that was written: a clock that was set back makes no pause longer than it was noted. Whoever reads it counts the time
//! since then by the time of day, and by what that would be if it had not jumped since this process began: the shorter
//! one counts. So a jump that a process lives through ends no pause early, and one that it does not costs a request that
//! is answered with another pause.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::destination::FailedAttempt;
use super::lane::{Lanes, Which};
use super::shared::Setup;
use crate::FailureClass;
use crate::clock::Timestamp;
use crate::retry::{Pause, PauseReason};

/// What is known of a destination.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// That it is left alone.
    pub(super) pause: Option<Pause>,
    pub(super) last: Last,
}

/// How the last requests to a destination went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Last {
    /// When something was delivered.
    pub(crate) success: Option<Timestamp>,
    /// The last attempt that failed.
    pub(crate) failure: Option<FailedAttempt>,
}

impl Last {
    /// What two processes know together: the later one of each.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        let failures = [self.failure, other.failure].into_iter().flatten();
        Self { success: self.success.max(other.success), failure: failures.max_by_key(|failure| failure.at) }
    }
}

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    written: Timestamp,
    /// A random number of the process that wrote it, which knows better by its own clock.
    by: u64,
    destinations: Vec<Noted>,
}

/// What is known of one destination.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    origin: String,
    key_fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pause: Option<NotedPause>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    success: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failure: Option<NotedFailure>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NotedPause {
    left_ms: u64,
    why: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NotedFailure {
    at: Timestamp,
    class: String,
}

/// What is known as text, by the process with this number. `now` is by the clock that pauses are measured with, `wall`
/// the same moment by the time of day.
pub(super) fn write(setup: &Setup, by: u64, known: &[(Which, Known)], now: Duration, wall: Timestamp) -> String {
    let noted = known.iter().filter_map(|(which, known)| {
        let destination = setup.sinks.of(*which).destination();
        let left = |pause: Pause| u64::try_from(pause.until.saturating_sub(now).as_millis()).unwrap_or(u64::MAX);
        Some(Noted {
            origin: destination.origin.to_owned(),
            key_fingerprint: destination.key_fingerprint?,
            pause: known.pause.map(|pause| NotedPause { left_ms: left(pause), why: pause.why.name().to_owned() }),
            success: known.last.success,
            failure: known.last.failure.map(|at| NotedFailure { at: at.at, class: at.class.name().to_owned() }),
        })
    });
    let note = Note { written: wall, by, destinations: noted.collect() };
    // Texts and numbers always have a text.
    serde_json::to_string(&note).unwrap_or_default()
}

/// What a text says of the lanes of this process, which has this number: pauses as far as they still last. Takes any text.
pub(super) fn read(setup: &Setup, own: u64, text: &str, now: Duration, wall: Timestamp) -> Vec<(Which, Known)> {
    let Some(note) = Note::of_another(own, text) else { return Vec::new() };
    let passed = wall.since(note.written).min(setup.unjumped(now).since(note.written));
    let lasting = |noted: &NotedPause| {
        let (left, why) = noted.left(passed)?;
        Some(Pause { until: now.saturating_add(left), why })
    };
    let failed = |noted: &NotedFailure| Some(FailedAttempt { at: noted.at, class: FailureClass::named(&noted.class)? });
    let known_of = |which: Which| {
        let destination = setup.sinks.of(which).destination();
        let noted = note.destinations.iter().find(|noted| {
            noted.origin == destination.origin && Some(&noted.key_fingerprint) == destination.key_fingerprint.as_ref()
        })?;
        let last = Last { success: noted.success, failure: noted.failure.as_ref().and_then(failed) };
        Some((which, Known { pause: noted.pause.as_ref().and_then(lasting), last }))
    };
    which(&setup.sinks).filter_map(known_of).collect()
}

fn which<T>(lanes: &Lanes<T>) -> impl Iterator<Item = Which> {
    lanes.iter().map(|(which, _)| which)
}

impl Note {
    /// What a text says, if another process wrote it. Takes any text.
    fn of_another(own: u64, text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|note| note.by != own)
    }
}

impl NotedPause {
    /// How long it still lasts, when so much time has passed, and why.
    fn left(&self, passed: Duration) -> Option<(Duration, PauseReason)> {
        let left = Duration::from_millis(self.left_ms).min(PauseReason::LONGEST).saturating_sub(passed);
        let why = PauseReason::named(&self.why)?;
        (!left.is_zero()).then_some((left, why))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A note of a server that asked for so long.
    fn note(left_ms: u64) -> String {
        format!(
            "{{\"written\":\"2026-11-23T10:00:00.000Z\",\"by\":7,\"destinations\":[{{\"origin\":\"https://sink.example\",\
             \"key_fingerprint\":\"0123abcd\",\"pause\":{{\"left_ms\":{left_ms},\"why\":\"asked\"}},\
             \"success\":null,\"failure\":null}}]}}"
        )
    }

    /// What is left of the first pause in a text, after checking all of them.
    fn left(text: &str, passed: Duration) -> Option<Duration> {
        let note = Note::of_another(8, text)?;
        let pauses = note.destinations.iter().filter_map(|noted| noted.pause.as_ref()?.left(passed));
        let all: Vec<Duration> = pauses.map(|(left, _)| left).collect();
        assert!(all.iter().all(|left| !left.is_zero() && *left <= PauseReason::LONGEST), "{all:?} of {text}");
        all.first().copied()
    }

    #[test]
    fn a_note_lasts_what_it_says_and_no_longer_than_anything_may() {
        let second = Duration::from_secs(1);
        assert_eq!(left(&note(3_000), second), Some(2 * second));
        assert_eq!(left(&note(3_000), 3 * second), None);
        assert_eq!(left(&note(u64::MAX), Duration::ZERO), Some(PauseReason::LONGEST));
        assert!(Note::of_another(7, &note(3_000)).is_none(), "whoever wrote it knows better");
    }

    proptest! {
        /// Whatever lies in the file: nothing panics, and no pause is longer than one may be.
        #[test]
        fn any_bytes_make_a_bounded_pause_or_none(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            left_ms in any::<u64>(),
            at in any::<prop::sample::Index>(),
            cut in 0_usize..8,
            passed in any::<u32>(),
        ) {
            let passed = Duration::from_millis(passed.into());
            left(&String::from_utf8_lossy(&bytes), passed);
            left(&note(left_ms), passed);
            // Edits of a valid one get further.
            let mut edited = note(left_ms).into_bytes();
            let from = at.index(edited.len());
            let to = (from + cut).min(edited.len());
            edited.splice(from..to, bytes.iter().copied().take(4));
            left(&String::from_utf8_lossy(&edited), passed);
        }
    }
}
