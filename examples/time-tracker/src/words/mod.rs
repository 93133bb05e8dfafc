//! Everything that a page says, in each language: whole messages, never parts of sentences.
//!
//! `areas` says what there is to say, `english` and `german` say it. A language is a constant of a struct, so one that
//! lacks a message does not compile. Texts about telemetry that every application needs (the notice, the state, its
//! reasons) are core's, in the same languages; names of events and of their values are not translated.

mod areas;
mod dates;
mod english;
mod german;

use telemetry_core::catalogue::Context;
use telemetry_core::{Locale, Loss, Purpose};

use crate::db::settings::WeekStart;
use crate::db::tasks::{Priority, Status};
use crate::db::users::{Role, State};
use crate::flash::Flash;
pub(crate) use areas::{Checking, Deciding, Demo, Faults, Frame, People, Work};
use dates::Dates;

/// Declares a part of a language: texts, and messages with something in them.
macro_rules! messages {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($field:ident $(($($argument:ident: $type:ty),+))?;)+
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($vis $field: messages!(@type $($($type),+)?),)+
        }

        impl $name {
            $($($vis fn $field(&self, $($argument: $type),+) -> String {
                (self.$field)($($argument),+)
            })?)+

            /// Every message without anything in it, and the names of the others.
            #[cfg(test)]
            $vis fn each(&self) -> Vec<(&'static str, Option<&'static str>)> {
                vec![$((stringify!($field), messages!(@text self.$field $(, $($type),+)?)),)+]
            }
        }
    };
    (@type) => { &'static str };
    (@type $($type:ty),+) => { fn($($type),+) -> String };
    (@text $text:expr) => { Some($text) };
    (@text $text:expr, $($type:ty),+) => { None };
}

use messages;

/// A language.
pub(crate) struct Words {
    /// Which one it is, for `lang` attributes and for core.
    pub(crate) locale: Locale,
    pub(crate) frame: Frame,
    pub(crate) faults: Faults,
    pub(crate) people: People,
    pub(crate) work: Work,
    pub(crate) deciding: Deciding,
    pub(crate) checking: Checking,
    pub(crate) demo: Demo,
    dates: Dates,
    flash: fn(Flash) -> &'static str,
    role: fn(Role) -> &'static str,
    state: fn(State) -> &'static str,
    priority: fn(Priority) -> &'static str,
    status: fn(Status) -> &'static str,
    week_start: fn(WeekStart) -> &'static str,
    loss: fn(Loss) -> &'static str,
    context: fn(Context) -> &'static str,
}

impl Words {
    /// The words of a language. One that only core has is shown in English.
    pub(crate) const fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::German => &german::GERMAN,
            _ => &english::ENGLISH,
        }
    }

    /// What happened, in the words that the next page announces.
    pub(crate) fn flash(&self, flash: Flash) -> &'static str {
        (self.flash)(flash)
    }

    pub(crate) fn role(&self, role: Role) -> &'static str {
        (self.role)(role)
    }

    pub(crate) fn state(&self, state: State) -> &'static str {
        (self.state)(state)
    }

    pub(crate) fn priority(&self, priority: Priority) -> &'static str {
        (self.priority)(priority)
    }

    pub(crate) fn status(&self, status: Status) -> &'static str {
        (self.status)(status)
    }

    pub(crate) fn week_start(&self, day: WeekStart) -> &'static str {
        (self.week_start)(day)
    }

    /// Why an event was not sent.
    pub(crate) fn loss(&self, cause: Loss) -> &'static str {
        (self.loss)(cause)
    }

    /// What goes along with every event.
    pub(crate) fn context(&self, context: Context) -> &'static str {
        (self.context)(context)
    }

    /// What the events of a purpose are called, at the start of a sentence.
    pub(crate) const fn purpose(&self, purpose: Purpose) -> &'static str {
        match purpose {
            Purpose::Usage => self.deciding.usage,
            Purpose::Errors => self.deciding.errors,
        }
    }

    /// The same inside of a sentence.
    pub(crate) const fn purpose_inside(&self, purpose: Purpose) -> &'static str {
        match purpose {
            Purpose::Usage => self.deciding.usage_inside,
            Purpose::Errors => self.deciding.errors_inside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that are the same in both languages, or names.
    const ALIKE: [&str; 7] = [
        "frame.name",
        "frame.admin",
        "checking.build",
        "checking.region",
        "checking.version",
        "checking.commit",
        "checking.terminal",
    ];

    fn each(words: &Words) -> Vec<(String, Option<&'static str>)> {
        let areas = [
            ("frame", words.frame.each()),
            ("faults", words.faults.each()),
            ("people", words.people.each()),
            ("work", words.work.each()),
            ("deciding", words.deciding.each()),
            ("checking", words.checking.each()),
            ("demo", words.demo.each()),
        ];
        let of = |(area, texts): (&str, Vec<(&str, Option<&'static str>)>)| {
            texts.into_iter().map(|(name, text)| (format!("{area}.{name}"), text)).collect::<Vec<_>>()
        };
        let mut all: Vec<(String, Option<&'static str>)> = areas.into_iter().flat_map(of).collect();
        let mut add = |name: &str, texts: Vec<&'static str>| {
            all.extend(texts.into_iter().map(|text| (name.to_owned(), Some(text))));
        };
        add("flash", Flash::ALL.iter().map(|value| words.flash(*value)).collect());
        add("role", Role::ALL.iter().map(|value| words.role(*value)).collect());
        add("state", State::ALL.iter().map(|value| words.state(*value)).collect());
        add("priority", Priority::ALL.iter().map(|value| words.priority(*value)).collect());
        add("status", Status::ALL.iter().map(|value| words.status(*value)).collect());
        add("week_start", WeekStart::ALL.iter().map(|value| words.week_start(*value)).collect());
        add("loss", Loss::ALL.iter().map(|value| words.loss(*value)).collect());
        all
    }

    #[test]
    fn every_message_is_there_in_every_language() {
        let english = each(Words::of(Locale::English));
        assert!(english.len() > 300, "{}", english.len());
        for locale in Locale::ALL {
            let words = Words::of(locale);
            assert_eq!(words.locale, locale, "the pages do not know {}", locale.name());
            for ((name, text), (_, original)) in each(words).into_iter().zip(&english) {
                let Some(text) = text else { continue };
                assert!(!text.trim().is_empty(), "{name} is empty in {}", locale.name());
                assert!(!text.contains("  ") && !text.contains('\n'), "{name}: {text}");
                let is_alike = locale == Locale::English || ALIKE.contains(&name.as_str()) || name == "role";
                assert!(is_alike || Some(text) != *original, "{name} is not translated: {text}");
            }
        }
    }

    #[test]
    fn no_language_promises_too_much() {
        for locale in Locale::ALL {
            for (name, text) in each(Words::of(locale)) {
                let text = text.unwrap_or_default().to_lowercase();
                for word in ["anonym", "100 %", "100%", "gdpr", "dsgvo", "completely", "vollständig sicher"] {
                    assert!(!text.contains(word), "{name} says {word}: {text}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_counted_as_the_language_does() {
        let (english, german) = (Words::of(Locale::English), Words::of(Locale::German));
        assert_eq!(english.checking.receipts_are(1), "1 receipt, unchanged.");
        assert_eq!(german.checking.receipts_are(2), "2 Belege; keiner ist geändert, verloren oder verschoben.");
        assert_eq!(english.checking.measure(1, 0.0, 1), "1 form, 0.0 bits, plus 1 id");
        assert_eq!(german.checking.measure(96, 6.58, 2), "96 Formen, 6,6 Bit und 2 Nummern");
        assert_eq!(german.people.too_many_attempts(1), "Zu viele Versuche. Versuchen Sie es in 1 Minute wieder.");
        assert_eq!(english.demo.bytes(1, 2), "1 bytes on the wire, 2 unpacked");
    }
}
