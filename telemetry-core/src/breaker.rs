//! The circuit breaker: whether a server that keeps failing is asked at all.
//!
//! Pure: it is given the time and gives its next state. It must never count what says nothing about the server, such as
//! a request that this side gave up.

use core::fmt;
use core::time::Duration;

use serde::Serialize;

use crate::locale::Locale;
use crate::sentences;

/// So many failures in a row open it. By then the pauses between the attempts add up to a quarter of a minute, in which a
/// server that is only restarted has come back.
pub(crate) const OPENS_AFTER: u32 = 5;

/// It stays open for at least this long.
const OPEN_AT_LEAST: Duration = Duration::from_secs(30);

/// Whether a destination is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BreakerState {
    /// It works, as far as is known.
    #[default]
    Closed,
    /// It has failed time and again, and is left alone.
    Open,
    /// It has been left alone for long enough, and one small request tries whether it works again.
    HalfOpen,
}

impl BreakerState {
    /// Every state, in the order of the numbers that a gauge shows: 0, 1, 2.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// The same in plain words.
    #[must_use]
    pub fn words_in(self, locale: Locale) -> &'static str {
        sentences::of(locale).breaker(self)
    }

    /// The word that commands, gauges and logs use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl fmt::Display for BreakerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The breaker of one destination. Times are those of the clock that does not jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// So many failures in a row, fewer than open it.
    Closed { failures: u32 },
    /// Nothing is asked before `until`; then there may be a probe.
    Open { failures: u32, until: Duration },
    /// The probe is under way.
    HalfOpen { failures: u32 },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    pub(crate) const fn state(self) -> BreakerState {
        match self {
            Self::Closed { .. } => BreakerState::Closed,
            Self::Open { .. } => BreakerState::Open,
            Self::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Failures in a row.
    pub(crate) const fn failures(self) -> u32 {
        match self {
            Self::Closed { failures } | Self::Open { failures, .. } | Self::HalfOpen { failures } => failures,
        }
    }

    /// A request begins.
    pub(crate) fn begun(self, now: Duration) -> Self {
        match self {
            Self::Open { failures, until } if now >= until => Self::HalfOpen { failures },
            other => other,
        }
    }

    /// A request failed, and the next one should wait for `delay` in any case.
    pub(crate) fn failed(self, now: Duration, delay: Duration) -> Self {
        let failures = self.failures().saturating_add(1);
        match self {
            Self::Closed { .. } if failures < OPENS_AFTER => Self::Closed { failures },
            _ => Self::Open { failures, until: now.saturating_add(delay.max(OPEN_AT_LEAST)) },
        }
    }

    /// Another process has left the server alone until then.
    pub(crate) fn opened_elsewhere(self, until: Duration) -> Self {
        Self::Open { failures: self.failures().max(OPENS_AFTER), until }
    }

    /// A request ended without a word about the server. A probe is to be made again.
    pub(crate) fn undecided(self, now: Duration, delay: Duration) -> Self {
        match self {
            Self::HalfOpen { failures } => Self::Open { failures, until: now.saturating_add(delay) },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn failures_in_a_row_open_it_and_a_probe_decides() {
        let mut breaker = Breaker::default();
        for failures in 1..OPENS_AFTER {
            breaker = breaker.begun(NOW).failed(NOW, SECOND);
            assert_eq!(breaker, Breaker::Closed { failures });
        }
        breaker = breaker.begun(NOW).failed(NOW, SECOND);
        let until = NOW + OPEN_AT_LEAST;
        assert_eq!(breaker, Breaker::Open { failures: OPENS_AFTER, until });
        // Too early, whoever asks.
        assert_eq!(breaker.begun(until.saturating_sub(Duration::from_nanos(1))), breaker);

        let probing = breaker.begun(until);
        assert_eq!(probing, Breaker::HalfOpen { failures: OPENS_AFTER });
        // One failure is enough to open it again, for as long as the delay says.
        let reopened = probing.failed(until, OPEN_AT_LEAST * 2);
        assert_eq!(reopened, Breaker::Open { failures: OPENS_AFTER + 1, until: until + OPEN_AT_LEAST * 2 });
        // A probe that was given up is made again, and counts for nothing.
        let again = probing.undecided(until, SECOND);
        assert_eq!(again, Breaker::Open { failures: OPENS_AFTER, until: until + SECOND });
    }

    #[test]
    fn what_says_nothing_about_the_server_changes_nothing() {
        let until = NOW + OPEN_AT_LEAST;
        for breaker in [Breaker::Closed { failures: 3 }, Breaker::Open { failures: 7, until }] {
            assert_eq!(breaker.undecided(NOW, SECOND), breaker);
        }
    }
}
