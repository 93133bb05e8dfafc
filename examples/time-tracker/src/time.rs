//! Times and durations: stored in UTC seconds, shown in the person's time zone.
//!
//! Days and weeks are those of a time zone, so one of them may last 23 or 25 hours.

use std::fmt;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime};

use crate::db::settings::WeekStart;

/// The current time in Unix seconds.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_second()
}

/// The time zone of this IANA name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// The names of all time zones, sorted, without legacy spellings that have no region.
pub(crate) fn zone_names() -> Vec<String> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| name == "UTC" || name.contains('/'))
        .filter(|name| !["Etc/", "SystemV/", "posix/", "right/", "US/"].iter().any(|p| name.starts_with(p)))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The zone of the machine, or UTC when it has none that can be named.
pub(crate) fn system_zone_name() -> String {
    let system = TimeZone::system();
    let name = system.iana_name().filter(|name| zone(name).is_some()).unwrap_or("UTC");
    // `Etc/UTC` and its kin are UTC under names that nobody looks for.
    if name.starts_with("Etc/U") { "UTC".to_owned() } else { name.to_owned() }
}

/// This time in `zone`; times outside the years that a calendar covers become the epoch.
pub(crate) fn local(seconds: i64, zone: &TimeZone) -> ZonedDateTime {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned_datetime(zone.clone())
}

/// A length of time, exact to the second, as `h:mm:ss`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Length(pub(crate) i64);

impl Length {
    fn parts(self) -> (i64, i64, i64) {
        let seconds = self.0.max(0);
        (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// The form of the `datetime` attribute (ISO 8601 duration).
    pub(crate) fn iso(self) -> String {
        let (hours, minutes, seconds) = self.parts();
        format!("PT{hours}H{minutes}M{seconds}S")
    }

    /// `h:mm`, for charts where seconds would be noise.
    pub(crate) fn short(self) -> String {
        let (hours, minutes, _) = self.parts();
        format!("{hours}:{minutes:02}")
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = self.parts();
        write!(f, "{hours}:{minutes:02}:{seconds:02}")
    }
}

/// One day of a time zone, from `start` up to `end` in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) date: Date,
    pub(crate) start: i64,
    pub(crate) end: i64,
}

impl Day {
    pub(crate) fn of(date: Date, zone: &TimeZone) -> Self {
        let midnight =
            |date: Date| date.to_zoned_datetime(zone.clone()).map_or(0, |zoned| zoned.timestamp().as_second());
        Self { date, start: midnight(date), end: midnight(date.saturating_add(1.day())) }
    }

    /// The seconds of a stretch of time that fall on this day.
    pub(crate) fn part_of(&self, from: i64, to: i64) -> i64 {
        (to.min(self.end) - from.max(self.start)).max(0)
    }
}

/// The seven days of the week that holds `date`.
pub(crate) fn week(date: Date, first: WeekStart, zone: &TimeZone) -> Vec<Day> {
    let first = match first {
        WeekStart::Monday => Weekday::Monday,
        WeekStart::Sunday => Weekday::Sunday,
        WeekStart::Saturday => Weekday::Saturday,
    };
    let back = i64::from(date.weekday().since(first));
    seven_days(date.saturating_sub(back.days()), zone)
}

/// The seven days up to and with `date`.
pub(crate) fn last_seven_days(date: Date, zone: &TimeZone) -> Vec<Day> {
    seven_days(date.saturating_sub(6.days()), zone)
}

fn seven_days(start: Date, zone: &TimeZone) -> Vec<Day> {
    (0..7_i64).map(|offset| Day::of(start.saturating_add(offset.days()), zone)).collect()
}

/// `09:12`.
pub(crate) fn clock(seconds: i64, zone: &TimeZone) -> String {
    local(seconds, zone).strftime("%H:%M").to_string()
}

/// The form of the `datetime` attribute.
pub(crate) fn iso(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// The value of a `datetime-local` field.
pub(crate) fn field(seconds: i64, zone: &TimeZone) -> String {
    local(seconds, zone).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Reads a `datetime-local` field. A time that a clock change skips moves forward by the gap, one
/// that occurs twice is the first of both.
pub(crate) fn parse_field(text: &str, zone: &TimeZone) -> Option<i64> {
    let local: DateTime = text.trim().parse().ok()?;
    Some(local.to_zoned_datetime(zone.clone()).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn berlin() -> TimeZone {
        zone("Europe/Berlin").unwrap()
    }

    #[test]
    fn lengths_are_exact_to_the_second() {
        assert_eq!(Length(0).to_string(), "0:00:00");
        assert_eq!(Length(3_661).to_string(), "1:01:01");
        assert_eq!(Length(360_000).to_string(), "100:00:00");
        assert_eq!(Length(-5).to_string(), "0:00:00");
        assert_eq!(Length(3_661).iso(), "PT1H1M1S");
    }

    #[test]
    fn the_day_of_a_clock_change_is_longer_or_shorter() {
        let hours = |day: Day| (day.end - day.start) / 3600;
        assert_eq!(hours(Day::of(date(2026, 3, 29), &berlin())), 23);
        assert_eq!(hours(Day::of(date(2026, 10, 25), &berlin())), 25);
        assert_eq!(hours(Day::of(date(2026, 11, 23), &berlin())), 24);
    }

    #[test]
    fn an_entry_over_midnight_counts_on_both_days() {
        let first = Day::of(date(2026, 11, 23), &berlin());
        let second = Day::of(date(2026, 11, 24), &berlin());
        let (from, to) = (first.end - 600, first.end + 60);
        assert_eq!(first.part_of(from, to), 600);
        assert_eq!(second.part_of(from, to), 60);
        assert_eq!(second.part_of(from - 900, first.end - 1), 0);
    }

    #[test]
    fn weeks_start_where_the_settings_say() {
        let monday = week(date(2026, 11, 23), WeekStart::Monday, &TimeZone::UTC);
        let sunday = week(date(2026, 11, 23), WeekStart::Sunday, &TimeZone::UTC);
        assert_eq!(monday.first().unwrap().date, date(2026, 11, 23));
        assert_eq!(sunday.first().unwrap().date, date(2026, 11, 22));
        assert_eq!(monday.len(), 7);
    }

    #[test]
    fn fields_come_back_as_they_were_shown() {
        let seconds = parse_field("2026-11-23T09:12:04", &berlin()).unwrap();
        assert_eq!(field(seconds, &berlin()), "2026-11-23T09:12:04");
        assert_eq!(iso(seconds), "2026-11-23T08:12:04Z");
        assert!(parse_field("2026-11-23T09:12", &berlin()).is_some());
        assert!(parse_field("yesterday", &berlin()).is_none());
    }

    #[test]
    fn zone_names_hold_what_people_look_for() {
        let names = zone_names();
        for name in ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"] {
            assert!(names.iter().any(|found| found == name), "{name} is missing");
        }
    }
}
