//! What a person at a terminal is asked and told when they decide, in each language.
//!
//! Each message stands with its translations in one match, so a language that lacks one does not compile. It must never
//! praise one answer or question another.

use crate::consent::notice::RenewalNotice;
use crate::locale::Locale;
use crate::purpose::{Purpose, Purposes};

/// The messages of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prompts(pub(super) Locale);

/// What was answered to a question about a longer list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Keep,
    Agree,
    Off,
}

impl Prompts {
    /// The end of a question that an empty line answers with "no".
    pub(super) const fn yes_or_no(self) -> &'static str {
        match self.0 {
            Locale::English => "[y/N]",
            Locale::German => "[j/N]",
        }
    }

    /// Whether the line is a yes or a no; `None` for every other word. English words count everywhere: they are what a
    /// person types who has a program in many languages.
    pub(super) fn reads_yes(self, line: &str) -> Option<bool> {
        match (self.0, line) {
            (_, "y" | "yes") | (Locale::German, "j" | "ja") => Some(true),
            (_, "" | "n" | "no") | (Locale::German, "nein") => Some(false),
            _ => None,
        }
    }

    /// The three answers to a longer list, a line each, and the prompt.
    pub(super) fn three_answers(self, notice: &RenewalNotice) -> String {
        let (keep, agree, off) = (notice.keep(), notice.agree(), notice.off());
        match self.0 {
            Locale::English => {
                format!("  k  {keep}\n  a  {agree}\n  o  {off}\n\nYour answer (an empty line keeps the list) [K/a/o] ")
            }
            Locale::German => {
                format!(
                    "  b  {keep}\n  z  {agree}\n  a  {off}\n\nIhre Antwort (eine leere Zeile behält die Liste) [B/z/a] "
                )
            }
        }
    }

    /// The one of the three that the line names; `None` for every other word.
    pub(super) fn reads_choice(self, line: &str) -> Option<Choice> {
        match (self.0, line) {
            (_, "") | (Locale::English, "k" | "keep") | (Locale::German, "b" | "behalten") => Some(Choice::Keep),
            (Locale::English, "a" | "agree") | (Locale::German, "z" | "zustimmen") => Some(Choice::Agree),
            (Locale::English, "o" | "off") | (Locale::German, "a" | "aus") => Some(Choice::Off),
            _ => None,
        }
    }

    /// What holds after a decision, and how to change it: the same tone for both results.
    pub(super) fn decided(self, purposes: Purposes, on: &str, off: &str) -> String {
        match (self.0, purposes.is_empty()) {
            (Locale::English, true) => format!("Off. Change it with: {on}"),
            (Locale::English, false) => format!("On for: {purposes}. Change it with: {off}"),
            (Locale::German, true) => format!("Aus. Ändern mit: {on}"),
            (Locale::German, false) => format!("An für: {}. Ändern mit: {off}", self.purposes(purposes)),
        }
    }

    /// What holds after a decision about a longer list.
    pub(super) fn decided_about_list(self, choice: Choice, agreed: u32, offered: u32, on: &str) -> String {
        match (self.0, choice) {
            (Locale::English, Choice::Keep) => {
                format!("Only list {agreed} is sent. Change it with: {on}")
            }
            (Locale::English, Choice::Agree) => format!("List {offered} is sent from now on."),
            (Locale::German, Choice::Keep) => format!("Nur Liste {agreed} wird gesendet. Ändern mit: {on}"),
            (Locale::German, Choice::Agree) => format!("Von jetzt an wird Liste {offered} gesendet."),
            // The withdrawal itself says what it did.
            (_, Choice::Off) => String::new(),
        }
    }

    fn purposes(self, purposes: Purposes) -> String {
        let names: Vec<&str> = purposes
            .iter()
            .map(|purpose| match (self.0, purpose) {
                (Locale::English, _) => purpose.name(),
                (Locale::German, Purpose::Usage) => "Nutzungsstatistik",
                (Locale::German, Purpose::Errors) => "Fehlerberichte",
            })
            .collect();
        names.join(", ")
    }

    /// What stands before a question that is asked although something is on.
    pub(super) fn asks_anew(self, line: &str) -> String {
        match self.0 {
            Locale::English => format!("{line} This asks anew."),
            Locale::German => format!("{line} Hier wird neu gefragt."),
        }
    }

    /// That an answer is lost.
    pub(super) fn not_stored(self, why: &str) -> String {
        match self.0 {
            Locale::English => format!("The answer could not be stored: {why}."),
            Locale::German => format!("Die Antwort konnte nicht gespeichert werden ({why})."),
        }
    }

    /// That a script cannot agree.
    pub(super) const fn no_person(self) -> &'static str {
        match self.0 {
            Locale::English => "only a person at a terminal can turn telemetry on; nothing was changed",
            Locale::German => "nur ein Mensch an einem Terminal kann Telemetrie einschalten; nichts wurde geändert",
        }
    }

    /// That nothing was decided.
    pub(super) const fn no_decision(self) -> &'static str {
        match self.0 {
            Locale::English => "no decision was made; nothing was changed",
            Locale::German => "es wurde nichts entschieden und nichts geändert",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::lock::Lock;
    use crate::document::sample::{GROWN, SAMPLE, forbidden_in};
    use crate::telemetry::Renewal;

    /// Every message of a language with the same things filled in.
    fn messages(locale: Locale) -> Vec<String> {
        let prompts = Prompts(locale);
        let renewal = Renewal::between(&Lock::of(&SAMPLE), &Lock::of(&GROWN)).unwrap();
        vec![
            prompts.yes_or_no().to_owned(),
            prompts.three_answers(&RenewalNotice::of(&renewal, locale)),
            prompts.decided(Purposes::NONE, "{on}", "{off}"),
            prompts.decided(Purposes::ALL, "{on}", "{off}"),
            prompts.decided_about_list(Choice::Keep, 41, 42, "{on}"),
            prompts.decided_about_list(Choice::Agree, 41, 42, "{on}"),
            prompts.asks_anew("{line}"),
            prompts.not_stored("{why}"),
            prompts.no_person().to_owned(),
            prompts.no_decision().to_owned(),
        ]
    }

    #[test]
    fn every_language_has_every_message_with_everything_that_is_filled_in() {
        // What is filled in: placeholders and numbers.
        let filled = |text: &String| {
            let mut parts: Vec<String> = text
                .split(|c: char| !(c.is_ascii_alphanumeric() || "{}".contains(c)))
                .filter(|part| part.starts_with('{') || part.parse::<u32>().is_ok())
                .map(str::to_owned)
                .collect();
            parts.sort();
            parts
        };
        let english = messages(Locale::English);
        for locale in Locale::ALL {
            let other = messages(locale);
            assert_eq!(other.len(), english.len());
            for (one, other) in english.iter().zip(&other) {
                assert_eq!(filled(one), filled(other), "{one} / {other}");
                assert!(!other.trim().is_empty());
                assert!(locale == Locale::English || one != other, "{one} is not translated");
                let text = other.to_lowercase();
                assert!(forbidden_in(locale).iter().all(|word| !text.contains(word)), "{text}");
            }
        }
    }

    #[test]
    fn answers_are_words_of_the_language_that_asked() {
        let (english, german) = (Prompts(Locale::English), Prompts(Locale::German));
        assert_eq!(
            (english.reads_yes("j"), german.reads_yes("j"), german.reads_yes("yes")),
            (None, Some(true), Some(true))
        );
        assert_eq!((english.reads_choice("a"), german.reads_choice("a")), (Some(Choice::Agree), Some(Choice::Off)));
        for prompts in [english, german] {
            assert_eq!((prompts.reads_yes(""), prompts.reads_choice("")), (Some(false), Some(Choice::Keep)));
            for word in ["ok", "1", "true", "j y", "keep agree"] {
                assert_eq!((prompts.reads_yes(word), prompts.reads_choice(word)), (None, None), "{word}");
            }
        }
    }
}
