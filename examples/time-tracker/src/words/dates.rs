//! Days and moments as each language writes them. Lengths of time are written alike.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Words;
use crate::time;

/// The names of a language, and the order in which it puts them.
pub(super) struct Dates {
    /// From Monday on.
    pub(super) weekdays: [&'static str; 7],
    pub(super) short_weekdays: [&'static str; 7],
    pub(super) months: [&'static str; 12],
    pub(super) short_months: [&'static str; 12],
    /// Of the day of the month and the name of the month.
    pub(super) day: fn(i8, &str) -> String,
    /// Of the day of the week, and what `day` gives.
    pub(super) title: fn(&str, &str) -> String,
}

fn nth(names: &[&'static str], number: i8) -> &'static str {
    usize::try_from(number - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

impl Words {
    /// `Mon`.
    pub(crate) fn weekday(&self, date: Date) -> &'static str {
        nth(&self.dates.short_weekdays, date.weekday().to_monday_one_offset())
    }

    /// `Monday 23 November`.
    pub(crate) fn day_title(&self, date: Date) -> String {
        let weekday = nth(&self.dates.weekdays, date.weekday().to_monday_one_offset());
        (self.dates.title)(weekday, &(self.dates.day)(date.day(), nth(&self.dates.months, date.month())))
    }

    /// `23 Nov`.
    pub(crate) fn short_date(&self, date: Date) -> String {
        (self.dates.day)(date.day(), nth(&self.dates.short_months, date.month()))
    }

    /// `23 Nov 2026`.
    pub(crate) fn date(&self, date: Date) -> String {
        format!("{} {}", self.short_date(date), date.year())
    }

    /// `23 Nov 2026, 09:12`.
    pub(crate) fn moment(&self, seconds: i64, zone: &TimeZone) -> String {
        format!("{}, {}", self.date(time::local(seconds, zone).date()), time::clock(seconds, zone))
    }

    /// `23 Nov – 29 Nov 2026`.
    pub(crate) fn stretch(&self, first: Date, last: Date) -> String {
        format!("{} – {}", self.short_date(first), self.date(last))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use telemetry_core::Locale;

    use super::*;

    #[test]
    fn each_language_writes_days_its_own_way() {
        let monday = date(2026, 11, 23);
        let of = |locale| {
            let words = Words::of(locale);
            let stretch = words.stretch(monday, date(2026, 11, 29));
            (words.weekday(monday), words.day_title(monday), words.moment(1_795_425_120, &TimeZone::UTC), stretch)
        };
        let english = ("Mon", "Monday 23 November", "23 Nov 2026, 09:12", "23 Nov – 29 Nov 2026");
        let german = ("Mo", "Montag, 23. November", "23. Nov. 2026, 09:12", "23. Nov. – 29. Nov. 2026");
        for (locale, expected) in [(Locale::English, english), (Locale::German, german)] {
            let (weekday, title, moment, stretch) = of(locale);
            assert_eq!((weekday, title.as_str(), moment.as_str(), stretch.as_str()), expected);
        }
    }

    #[test]
    fn every_day_and_month_has_a_name() {
        for locale in Locale::ALL {
            let words = Words::of(locale);
            let (mut weekdays, mut months) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
            for month in 1..=12 {
                months.insert(words.short_date(date(2026, month, 3)));
                months.insert(words.day_title(date(2026, month, 3)));
            }
            for day in 1..=7 {
                weekdays.insert(words.weekday(date(2026, 3, day)));
            }
            assert_eq!((weekdays.len(), months.len()), (7, 24), "{}", locale.name());
            assert!(!weekdays.contains(""));
        }
    }
}
