//! What follows from a request: for its events, and for the destination.
//!
//! One pure function, [`decide`], of what became of the request, what is known of the destination, the time and a
//! random number. All times are those of the clock that does not jump, so that a correction of the time of day neither
//! ends a pause nor makes one longer. That clock may stand still while the machine sleeps: a pause is then longer by the
//! time of day, never shorter.

use core::fmt;
use core::time::Duration;

use serde::Serialize;

use crate::aside::{Aside, Sent};
use crate::breaker::{Breaker, BreakerState};
use crate::failure::{Blames, FailureClass};
use crate::limits;
use crate::locale::Locale;
use crate::sentences;
use crate::sink::{Delivery, Outcome};
use crate::stats::Loss;

/// The delay before the second attempt; doubles from there.
const FIRST: Duration = Duration::from_secs(1);

/// The longest delay of this side's choice: a server that was down for hours is not asked more often than this.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// The first pause after "too many requests" without a time. A minute is the window that most limits count in.
const LIMITED_FIRST: Duration = Duration::from_secs(60);

/// The first pause after "over quota". The server drops what it gets meanwhile, so none is shorter than this.
const QUOTA_FIRST: Duration = Duration::from_secs(60);

/// The longest pause after either: some quotas are for an hour, and events wait for three days.
const LONGEST_UNDER_LOAD: Duration = Duration::from_secs(60 * 60);

/// The longest that a server's `Retry-After` is believed: more than a day is a mistake.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);

/// So many refused bodies in a row go without a pause: as many as it takes to find any number of wrong events in a full
/// batch. A server that refuses even more refuses everything, and is asked less and less often.
const REFUSED_AT_ONCE: u32 = 200;
const _: () = assert!(REFUSED_AT_ONCE as usize == 2 * limits::BATCH_EVENTS);

/// What happens to the events of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The server has them.
    Delivered,
    /// They are lost.
    Dropped(Loss),
    /// They are tried again, together.
    PutBack,
    /// They are tried again, after all others.
    PutAside,
    /// They are tried again at once, in two halves.
    Halved,
}

/// What follows from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) events: Fate,
    pub(crate) destination: History,
}

/// Why nothing is sent to a destination for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PauseReason {
    /// An attempt failed. The one pause that a flush does not wait for.
    Failed,
    /// The server named a time.
    Asked,
    /// The server asked for fewer requests, without a time.
    RateLimited,
    /// The server is over its quota.
    Quota,
    /// Too many attempts in a row failed.
    BreakerOpen,
}

impl PauseReason {
    /// The word that commands and pages use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Asked => "asked",
            Self::RateLimited => "rate_limited",
            Self::Quota => "quota",
            Self::BreakerOpen => "breaker_open",
        }
    }

    /// The longest pause that there is.
    pub(crate) const LONGEST: Duration = LONGEST_ASKED;

    /// The reason with this word.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [Self::Failed, Self::Asked, Self::RateLimited, Self::Quota, Self::BreakerOpen];
        all.into_iter().find(|reason| reason.name() == name)
    }

    /// The same in plain words.
    #[must_use]
    pub fn words_in(self, locale: Locale) -> &'static str {
        sentences::of(locale).pause(self)
    }
}

impl fmt::Display for PauseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A time in which nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pause {
    pub(crate) until: Duration,
    pub(crate) why: PauseReason,
}

/// Who wants to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// The worker, in its own time.
    Ordinary,
    /// Somebody who waits for it.
    Flush,
}

/// Whether a request may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ready {
    /// Now, with at most so many events.
    Send { most: usize },
    /// Not yet.
    Wait(Pause),
    /// Never by this process: the key is refused.
    Never,
}

/// What is known of a destination from the requests so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct History {
    breaker: Breaker,
    /// Times in a row that the server asked for fewer requests.
    limited: u32,
    /// Times in a row that the server was over its quota.
    over_quota: u32,
    /// Bodies in a row that the server refused.
    refusals: u32,
    /// Attempts in a row that ended on this side.
    faults: u32,
    pause: Option<Pause>,
    is_key_refused: bool,
    aside: Aside,
}

impl History {
    /// Whether a request may be made.
    pub(crate) fn ready(&self, now: Duration, urgency: Urgency) -> Ready {
        if self.is_key_refused {
            return Ready::Never;
        }
        match self.pause() {
            Some(pause) if now < pause.until && !(pause.why == PauseReason::Failed && urgency == Urgency::Flush) => {
                Ready::Wait(pause)
            }
            // Whoever was in trouble is asked with little first: it costs the server less, and what it drops costs less.
            _ if self.breaker.state() != BreakerState::Closed || self.over_quota > 0 => {
                Ready::Send { most: limits::PROBE_EVENTS }
            }
            _ => Ready::Send { most: usize::MAX },
        }
    }

    /// What keeps requests from being made; it may be over.
    pub(crate) fn pause(&self) -> Option<Pause> {
        let open = match self.breaker {
            Breaker::Open { until, .. } => Some(Pause { until, why: PauseReason::BreakerOpen }),
            Breaker::Closed { .. } | Breaker::HalfOpen { .. } => None,
        };
        // The later one counts; the breaker where both end together, since no flush cuts it short.
        [open, self.pause].into_iter().flatten().reduce(|one, two| if two.until > one.until { two } else { one })
    }

    /// How long what was put aside still rests.
    pub(crate) fn aside_rests(&self, now: Duration) -> Option<Duration> {
        self.aside.rests(now)
    }

    pub(crate) const fn breaker(&self) -> BreakerState {
        self.breaker.state()
    }

    pub(crate) const fn is_key_refused(&self) -> bool {
        self.is_key_refused
    }

    /// Another process of the installation knows of this pause.
    #[must_use]
    pub(crate) fn learned(self, pause: Pause) -> Self {
        if self.pause().is_some_and(|own| own.until >= pause.until) {
            return self;
        }
        match pause.why {
            PauseReason::BreakerOpen => Self { breaker: self.breaker.opened_elsewhere(pause.until), ..self },
            _ => Self { pause: Some(pause), ..self },
        }
    }

    /// A request begins.
    #[must_use]
    pub(crate) fn begun(self, now: Duration) -> Self {
        Self { breaker: self.breaker.begun(now), pause: None, ..self }
    }

    /// Another decision holds from now on. What the server has said is true all the same: whoever turns telemetry off
    /// and on must not be a way around its pauses. The pause after a failure is this side's own, and is over.
    #[must_use]
    pub(crate) fn redecided(self) -> Self {
        Self { pause: self.pause.filter(|pause| pause.why != PauseReason::Failed), ..self }
    }

    /// A person has agreed anew: the key is tried once more.
    #[must_use]
    pub(crate) const fn with_key_tried_again(self) -> Self {
        Self { is_key_refused: false, ..self }
    }

    fn paused(self, now: Duration, delay: Duration, why: PauseReason) -> Self {
        Self { pause: Some(Pause { until: now.saturating_add(delay), why }), ..self }
    }

    /// No request was made after all. If it was to try whether the server works, that is still to be tried.
    fn unasked(self, now: Duration) -> Self {
        Self { breaker: self.breaker.undecided(now, Duration::ZERO), ..self }
    }

    /// Nothing is sent for so long, by the server's wish, whatever else there is to wait for.
    fn held(self, now: Duration, hold: Duration) -> Self {
        let until = now.saturating_add(hold.min(LONGEST_ASKED));
        match self.pause {
            Some(pause) if pause.until >= until => self,
            _ => Self { pause: Some(Pause { until, why: PauseReason::Asked }), ..self },
        }
    }

    /// The server refused a body: it works, but perhaps it refuses everything.
    fn refused_a_body(self, now: Duration, random: u32) -> Self {
        let refusals = self.refusals.saturating_add(1);
        let next = Self { refusals, ..Self::default() };
        match refusals.saturating_sub(REFUSED_AT_ONCE) {
            0 => next,
            beyond => next.paused(now, backoff(FIRST, LONGEST, beyond, random), PauseReason::Failed),
        }
    }

    fn server_failed(self, now: Duration, asked: Option<Duration>, random: u32) -> Self {
        let delay = delay(self.breaker.failures().saturating_add(1), asked, random);
        let why = if asked.is_some() { PauseReason::Asked } else { PauseReason::Failed };
        Self { breaker: self.breaker.failed(now, delay), limited: 0, over_quota: 0, refusals: 0, faults: 0, ..self }
            .paused(now, delay, why)
    }

    fn rate_limited(self, now: Duration, asked: Option<Duration>, random: u32) -> Self {
        let limited = self.limited.saturating_add(1);
        let (delay, why) = match asked {
            Some(_) => (delay(limited, asked, random), PauseReason::Asked),
            None => (backoff(LIMITED_FIRST, LONGEST_UNDER_LOAD, limited, random), PauseReason::RateLimited),
        };
        Self { limited, over_quota: self.over_quota, ..Self::default() }.paused(now, delay, why)
    }

    fn over_quota(self, now: Duration, asked: Duration) -> Self {
        let over_quota = self.over_quota.saturating_add(1);
        let own = doubled(QUOTA_FIRST, LONGEST_UNDER_LOAD, over_quota);
        let next = Self { over_quota, limited: self.limited, ..Self::default() };
        next.paused(now, own.max(asked.min(LONGEST_ASKED)), PauseReason::Quota)
    }

    fn failed_here(self, now: Duration, asked: Option<Duration>, random: u32) -> Self {
        let faults = self.faults.saturating_add(1);
        let delay = delay(faults, asked, random);
        Self { faults, breaker: self.breaker.undecided(now, delay), ..self }.paused(now, delay, PauseReason::Failed)
    }
}

/// What follows from a request with these events.
///
/// `before` is what was known when it [began](History::begun); `random` is uniform over all of `u32`.
///
/// | outcome | its events | the destination |
/// |---|---|---|
/// | accepted | delivered | everything that was wrong is forgotten |
/// | discarded, over quota | lost | pauses: 60 s, doubling up to an hour, longer where asked |
/// | too large, refused | halved; alone: lost | works; after many refusals in a row it pauses all the same |
/// | too large to be sent at all | the same | as before: it was not asked |
/// | key refused | kept | nothing more is sent |
/// | again, the server fails | kept; time and again: see [`aside`](crate::aside) | pauses: 1 s, doubling up to 5 min, longer where asked; the breaker counts |
/// | again, too much load | kept | pauses: 60 s, doubling up to an hour, or as asked; the breaker closes |
/// | any, with a time to hold | as above | as above, and pauses at least so long |
/// | again or cancelled, this side | kept | pauses: 1 s, doubling up to 5 min; the breaker does not count |
pub(crate) fn decide(delivery: &Delivery, sent: Sent, before: History, now: Duration, random: u32) -> Decision {
    let smaller = |cause| if sent.events > 1 { Fate::Halved } else { Fate::Dropped(cause) };
    let mut aside = before.aside.answered();
    let (events, destination) = match delivery.outcome {
        Outcome::Accepted => {
            aside = before.aside.delivered(sent);
            (Fate::Delivered, History::default())
        }
        Outcome::Discarded { pause } => (Fate::Dropped(Loss::Quota), before.over_quota(now, pause)),
        Outcome::TooLarge if delivery.is_unasked() => {
            aside = before.aside;
            (smaller(Loss::TooLarge), before.unasked(now))
        }
        Outcome::TooLarge => (smaller(Loss::TooLarge), before.refused_a_body(now, random)),
        Outcome::Rejected => (smaller(Loss::Rejected), before.refused_a_body(now, random)),
        // What is on disk may be wanted by a build with another key, or by the same server on a better day.
        Outcome::Refused => (Fate::PutBack, History { is_key_refused: true, ..History::default() }),
        Outcome::Cancelled => {
            aside = before.aside;
            (Fate::PutBack, before.failed_here(now, None, random))
        }
        Outcome::Retry { after } => {
            let class = delivery.failure().unwrap_or(FailureClass::Unreachable);
            match class.blames() {
                Blames::Server => {
                    let (works, rest) = (before.breaker.failures() == 0, |n| backoff(FIRST, LONGEST, n, random));
                    let fate;
                    (aside, fate) = before.aside.failed(sent, class, works, now, rest);
                    (fate, before.server_failed(now, after, random))
                }
                Blames::Load => (Fate::PutBack, before.rate_limited(now, after, random)),
                Blames::Here => {
                    aside = before.aside;
                    (Fate::PutBack, before.failed_here(now, after, random))
                }
            }
        }
    };
    let destination = History { aside, ..destination };
    // What the server asks for beside its answer is asked for all the same.
    let destination = delivery.hold.map_or(destination, |hold| destination.held(now, hold));
    Decision { events, destination }
}

/// The delay after failed attempt number `attempt` (from 1), and never less than the server asked for.
fn delay(attempt: u32, asked: Option<Duration>, random: u32) -> Duration {
    let own = backoff(FIRST, LONGEST, attempt, random);
    let asked = asked.map_or(Duration::ZERO, |asked| {
        let asked = asked.min(LONGEST_ASKED);
        // A little more than asked for, or all who were told the same time come back at the same moment.
        asked + share(FIRST.min(asked / 60), random)
    });
    own.max(asked)
}

/// Exponential with equal jitter. Half of the delay is fixed, so that a fleet does not hammer a server that comes back,
/// and half is random, so that it does not come in step.
fn backoff(first: Duration, longest: Duration, attempt: u32, random: u32) -> Duration {
    let half = doubled(first, longest, attempt) / 2;
    half + share(half, random)
}

fn doubled(first: Duration, longest: Duration, attempt: u32) -> Duration {
    first.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(longest)
}

fn share(of: Duration, random: u32) -> Duration {
    of.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests;
