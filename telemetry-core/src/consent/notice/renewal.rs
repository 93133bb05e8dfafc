//! The question to somebody who agreed to an older list: the difference and nothing else, and three answers of the
//! same weight.

use super::head::{Head, tells_its_head};
use super::{Lines, Locale, wording_of};
use crate::telemetry::Renewal;

/// The name and version of the wording; the number rises when the sentences change.
const ID: &str = "renewal/1";

/// The text of that question. Every surface shows it whole, so that its digest on the receipt tells what was read.
///
/// # Privacy
///
/// It names everything that the longer list adds. Purposes, destination and terms are those that were agreed to: a
/// build in which one of them is another asks the whole question again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewalNotice {
    head: Head,
    changes: Vec<String>,
    meanwhile: String,
    keep: String,
    agree: String,
    off: String,
}

impl RenewalNotice {
    /// Writes the question about this renewal.
    #[must_use]
    pub fn of(renewal: &Renewal, locale: Locale) -> Self {
        let wording = wording_of(locale);
        let (agreed, offered) = (renewal.agreed(), renewal.offered());
        Self {
            head: Head {
                id: ID,
                locale,
                title: wording.renewal_title().to_owned(),
                introduction: wording.renewal_introduction(agreed, offered),
            },
            changes: renewal.changes().map(|change| change.sentence_in(locale)).collect(),
            meanwhile: wording.renewal_meanwhile(agreed, offered),
            keep: wording.renewal_keep(agreed, offered),
            agree: wording.renewal_agree(agreed, offered),
            off: wording.renewal_off().to_owned(),
        }
    }

    tells_its_head!();

    /// What is new, a sentence each. Names stand in backquotes.
    #[must_use]
    pub fn changes(&self) -> &[String] {
        &self.changes
    }

    /// What is sent until somebody decides.
    #[must_use]
    pub fn meanwhile(&self) -> &str {
        &self.meanwhile
    }

    /// The answer that keeps the older list.
    #[must_use]
    pub fn keep(&self) -> &str {
        &self.keep
    }

    /// The answer that agrees to the longer list.
    #[must_use]
    pub fn agree(&self) -> &str {
        &self.agree
    }

    /// The answer that turns telemetry off.
    #[must_use]
    pub fn off(&self) -> &str {
        &self.off
    }

    /// The question for a terminal, without the answers: at most 80 columns, no colours.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = Lines::default();
        text.paragraph("", self.title());
        text.paragraph("", self.introduction());
        for change in &self.changes {
            text.paragraph("  - ", change);
        }
        text.paragraph("", &self.meanwhile);
        text.0
    }

    /// The SHA-256 over every text above, as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let answers = [self.meanwhile.as_str(), &self.keep, &self.agree, &self.off];
        self.head.digest(answers.into_iter().chain(self.changes.iter().map(String::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Purposes;
    use crate::catalogue::lock::Lock;
    use crate::document::sample::{GROWN, SAMPLE, forbidden_in};

    fn notice(locale: Locale) -> RenewalNotice {
        let renewal = Renewal::between(&Lock::of(&SAMPLE), &Lock::of(&GROWN), Purposes::ALL).unwrap();
        RenewalNotice::of(&renewal, locale)
    }

    #[test]
    fn texts_are_as_reviewed() {
        for locale in Locale::ALL {
            let notice = notice(locale);
            let answers = format!("{} | {} | {}", notice.keep(), notice.agree(), notice.off());
            insta::assert_snapshot!(format!("renewal_{}", locale.tag()), format!("{}\n{answers}\n", notice.to_text()));
        }
    }

    #[test]
    fn every_language_tells_the_same_changes() {
        let numbers = |notice: &RenewalNotice| {
            let text = format!("{} {} {} {}", notice.to_text(), notice.keep(), notice.agree(), notice.off());
            text.chars().filter(char::is_ascii_digit).collect::<String>()
        };
        let names = |notice: &RenewalNotice| {
            let quoted = |change: &String| change.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
            notice.changes().iter().map(quoted).collect::<Vec<_>>()
        };
        let english = notice(Locale::English);
        for locale in Locale::ALL {
            let other = notice(locale);
            assert_eq!((numbers(&other), names(&other)), (numbers(&english), names(&english)), "{locale:?}");
            let text = other.to_text().to_lowercase();
            assert!(forbidden_in(locale).iter().all(|word| !text.contains(word)), "{text}");
            assert!(other.to_text().lines().all(|line| line.chars().count() <= 80), "{text}");
        }
    }

    #[test]
    fn lists_with_one_number_are_told_apart_in_words() {
        let unmarked = Lock::of(&GROWN).at_revision(SAMPLE.revision);
        let renewal = Renewal::between(&Lock::of(&SAMPLE), &unmarked, Purposes::ALL).unwrap();
        for locale in Locale::ALL {
            let notice = RenewalNotice::of(&renewal, locale);
            let answers = [notice.keep(), notice.agree(), notice.off()];
            assert!(answers.iter().all(|answer| !answer.contains(char::is_numeric)), "{answers:?}");
        }
    }

    #[test]
    fn digest_covers_the_language_and_every_change() {
        let (english, german) = (notice(Locale::English), notice(Locale::German));
        assert_ne!(english.digest(), german.digest());
        let mut shorter = english.clone();
        shorter.changes.pop();
        assert_ne!(english.digest(), shorter.digest());
    }
}
