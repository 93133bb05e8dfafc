//! How a destination is doing, in plain words and for programs.

use core::fmt;
use core::time::Duration;

use serde::Serialize;

use super::lane::Lane;
use super::note::Known;
use crate::breaker::BreakerState;
use crate::clock::Timestamp;
use crate::failure::FailureClass;
use crate::locale::Locale;
use crate::retry::PauseReason;
use crate::sentences::{self, Delivery};
use crate::sink::Destination;
use crate::{Purposes, limits};

/// A destination, and how it is doing: in this process, and as far as the other processes of the installation noted it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct DestinationStatus {
    /// The purposes whose events go there.
    pub purposes: Purposes,
    /// The origin.
    pub origin: &'static str,
    /// Who operates it.
    pub operator: &'static str,
    /// The fingerprint of the embedded key; `None` without a key.
    pub key_fingerprint: Option<String>,
    /// When something was last delivered there.
    pub last_success: Option<Timestamp>,
    /// The last attempt that failed there.
    pub last_failure: Option<FailedAttempt>,
    /// Encoded events of this process that wait for it, those of a request under way included.
    pub waiting: u64,
    /// How many of them are on disk as well.
    pub spooled: u64,
    /// Whether it is asked at all.
    pub breaker: BreakerState,
    /// What keeps it from being asked now.
    pub pause: Option<PauseStatus>,
    /// When the next request is due; `None` while nothing waits, or while one is under way. While nothing of this process
    /// waits it is when the pause is over, if something of others is on disk.
    pub next_attempt: Option<Timestamp>,
    /// The language that it is told in.
    #[serde(skip)]
    locale: Locale,
}

/// What is on disk beside this process.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside {
    /// What others noted of the destination.
    pub(super) known: Known,
    /// Bytes of what is unsent, of all processes.
    pub(super) spool_bytes: u64,
}

/// An attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FailedAttempt {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub class: FailureClass,
}

/// A time in which nothing is sent to a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PauseStatus {
    /// When it ends.
    pub until: Timestamp,
    /// Why there is one.
    pub why: PauseReason,
}

impl DestinationStatus {
    /// Reads a lane, and what others noted. `now` is by the clock that pauses are measured with, `wall` the same moment by
    /// the time of day.
    pub(super) fn new(
        purposes: Purposes,
        destination: Destination,
        lane: &Lane,
        beside: Beside,
        now: Duration,
        wall: Timestamp,
        locale: Locale,
    ) -> Self {
        let by_day = |at: Duration| wall.plus(at.saturating_sub(now));
        let history = beside.known.pause.map_or(lane.history, |pause| lane.history.learned(pause));
        let pause = history.pause().filter(|pause| pause.until > now);
        let last = lane.last.and(beside.known.last);
        let gathers_until = lane.due.filter(|_| !lane.outbox.has_tried() && lane.outbox.len() < limits::BATCH_EVENTS);
        let rests_until = lane.history.aside_rests(now).filter(|_| lane.outbox.is_all_aside()).map(|left| now + left);
        let next =
            [gathers_until, rests_until, pause.map(|pause| pause.until)].into_iter().flatten().max().unwrap_or(now);
        let waits = lane.outbox.len() + lane.fresh.len() > 0 || (pause.is_some() && beside.spool_bytes > 0);
        let is_expected = waits && lane.in_flight == 0 && !lane.history.is_key_refused();
        Self {
            purposes,
            origin: destination.origin,
            operator: destination.operator,
            key_fingerprint: destination.key_fingerprint,
            last_success: last.success,
            last_failure: last.failure,
            waiting: lane.waiting() as u64,
            spooled: lane.spooled() as u64,
            breaker: history.breaker(),
            pause: pause.map(|pause| PauseStatus { until: by_day(pause.until), why: pause.why }),
            next_attempt: is_expected.then(|| by_day(next)),
            locale,
        }
    }

    /// How it is doing, as lines of a label and what it says in the language of the status, times in the words of
    /// `moment`. Empty before the first attempt while nothing waits.
    #[must_use]
    pub fn lines(&self, moment: impl Fn(Timestamp) -> String) -> Vec<(&'static str, String)> {
        let sentences = sentences::of(self.locale);
        let [success, next] = [self.last_success, self.next_attempt].map(|at| at.map(&moment));
        let failure = self.last_failure.map(|failure| (moment(failure.at), failure.class));
        let pause = self.pause.map(|pause| (moment(pause.until), pause.why));
        let (waiting, spooled) = (self.waiting, self.spooled);
        [
            success.as_deref().map(|at| Delivery::LastSuccess { at }),
            failure.as_ref().map(|(at, class)| Delivery::LastFailure { at, class: *class }),
            (waiting > 0).then_some(Delivery::Waiting { waiting, spooled }),
            (self.breaker != BreakerState::Closed).then_some(Delivery::State(self.breaker)),
            pause.as_ref().map(|(until, why)| Delivery::Paused { until, why: *why }),
            next.as_deref().map(|at| Delivery::Next { at }),
        ]
        .into_iter()
        .flatten()
        .map(|fact| sentences.delivery(fact))
        .collect()
    }
}

impl fmt::Display for DestinationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, operator, .. } = self;
        f.write_str(&sentences::of(self.locale).place(origin, operator, self.key_fingerprint.as_deref()))
    }
}
