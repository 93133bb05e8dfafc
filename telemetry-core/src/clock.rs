//! Time, injected: nothing else in this crate asks the system what time it is.

use core::fmt;
use core::time::Duration;
use std::time::{Instant, SystemTime};

use serde::{Deserialize, Serialize};

use crate::catalogue::{Date, Resolution};

/// A point in time: milliseconds since 1970-01-01 00:00 UTC.
///
/// Shown and stored as RFC 3339 with milliseconds and a `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(u64);

const DAY: u64 = 86_400_000;

impl Timestamp {
    /// The point this many milliseconds after the epoch. Clamped to the end of the year 9999.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        const LAST: u64 = 253_402_300_799_999;
        Self(if millis > LAST { LAST } else { millis })
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// The start of the step of `resolution` that this point lies in.
    #[must_use]
    pub const fn coarse(self, resolution: Resolution) -> Self {
        Self(self.0 - self.0 % resolution.millis())
    }

    /// How long after `earlier` this point is; zero if it is not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// This point moved back by `duration`, to the epoch at most.
    #[must_use]
    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// This point moved on by `duration`.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Year, month and day in UTC.
    pub(crate) fn date(self) -> (u64, u64, u64) {
        // Days to civil date, with years that begin in March so that the leap day is the last
        // (proleptic Gregorian calendar; the epoch is day 719468 of that count).
        let days = self.0 / DAY + 719_468;
        let era = days / 146_097;
        let of_era = days % 146_097;
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        (era * 400 + year_of_era + u64::from(month <= 2), month, day)
    }

    /// Hour, minute and second in UTC.
    pub(crate) const fn time(self) -> (u64, u64, u64) {
        let of_day = self.0 % DAY;
        (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60)
    }

    /// Whether the UTC day of this point is later than `day`.
    #[must_use]
    pub(crate) fn is_after(self, day: Date) -> bool {
        let (year, month, of_month) = day.parts();
        self.date() > (u64::from(year), u64::from(month), u64::from(of_month))
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS[.fff]Z`.
    fn parse(text: &str) -> Option<Self> {
        let number = |range: core::ops::Range<usize>| -> Option<u64> {
            let digits = text.get(range)?;
            if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
        };
        let fixed = |at: usize, what: &str| text.get(at..at + what.len()) == Some(what);
        if !(fixed(4, "-") && fixed(7, "-") && fixed(10, "T") && fixed(13, ":") && fixed(16, ":")) {
            return None;
        }
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let millis = match text.get(19..)? {
            "Z" => 0,
            rest if rest.len() == 5 && rest.starts_with('.') && rest.ends_with('Z') => number(20..23)?,
            _ => return None,
        };
        if year < 1970 || !(1..=12).contains(&month) || day < 1 || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let shifted_year = if month <= 2 { year - 1 } else { year };
        let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
        let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        let millis = days.checked_sub(719_468)? * DAY + hour * 3_600_000 + minute * 60_000 + second * 1_000 + millis;
        let parsed = Self(millis);
        // A day that the month does not have would come back as another date.
        (parsed.date() == (year, month, day)).then_some(parsed)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let ((hour, minute, second), milli) = (self.time(), self.0 % 1_000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

/// A text that is not a point in time of the stored form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the form 2026-01-31T10:00:00.000Z")]
pub struct NotATime;

impl TryFrom<String> for Timestamp {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        Self::parse(&text).ok_or(NotATime)
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The time of day, which may jump.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment of this process, which never jumps.
    fn elapsed(&self) -> Duration;
}

/// The clocks of the operating system.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The clock of one handle.
pub(crate) enum Time {
    System(SystemClock),
    Given(Box<dyn Clock>),
}

impl Time {
    /// Whether it is the system's, which nobody moves but the time.
    pub(crate) const fn is_system(&self) -> bool {
        matches!(self, Self::System(_))
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::System(clock) => clock.now(),
            Self::Given(clock) => clock.now(),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        match self {
            Self::System(clock) => clock.elapsed(),
            Self::Given(clock) => clock.elapsed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_times_read_and_print() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_428_001_002, "2026-11-23T10:00:01.002Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "2026-02-30T00:00:00Z",
            "2026-11-23T10:00:00",
            "2026-11-23T24:00:00Z",
            "+026-11-23T10:00:00Z",
            "2026-11-23T10:00:00.1Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn until_includes_its_day() {
        let day = Date::new(2026, 11, 23);
        assert!(!Timestamp::parse("2026-11-23T23:59:59.999Z").unwrap().is_after(day));
        assert!(Timestamp::parse("2026-11-24T00:00:00Z").unwrap().is_after(day));
    }

    proptest! {
        #[test]
        fn printed_times_read_back(millis in 0_u64..253_402_300_800_000) {
            let at = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        }
    }
}
