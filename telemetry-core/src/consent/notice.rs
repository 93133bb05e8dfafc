//! The notice: the one text of the question, for setup page, terminal and dashboard alike.
//!
//! Owns its words and their digest. It must never press, praise or hide: no purpose is ticked beforehand, both
//! answers cost the same, and whatever is sent, with its consequences, is said before anybody answers.

use crate::Purpose;
use crate::catalogue::CatalogueSchema;
use crate::digest::Sha256Hex;
use crate::document::words;
use crate::sink::Destination;

/// The name and version of the notice's wording; the number rises when the sentences change.
const ID: &str = "notice/1";

/// The width that every terminal has.
const WIDTH: usize = 80;

/// Where the sentence on changing one's mind names the place, before a surface fills in its own.
const PLACE: &str = "{place}";

/// A language in which the notice can be shown. A translation is a whole set of sentences, never a set of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Locale {
    /// English.
    #[default]
    English,
}

impl Locale {
    /// The language tag, for `lang` attributes and receipts.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
        }
    }
}

/// One purpose of the question, with the words of its box or prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoticePurpose {
    /// What is agreed to.
    pub purpose: Purpose,
    /// The label of the box, which is never ticked beforehand; also the prompt at a terminal.
    pub label: String,
    /// What it covers.
    pub description: String,
}

/// The text of the question, made from the catalogue and the destination.
///
/// Every surface shows these texts and no others, so that [`digest`](Self::digest), which the receipt stores, tells
/// what a person has read.
///
/// # Privacy
///
/// The notice names what is sent, to whom, for how long, and that the recipient sees the IP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    locale: Locale,
    title: String,
    introduction: String,
    purposes: Vec<NoticePurpose>,
    sent: Vec<String>,
    never: String,
    recipient: String,
    identity: String,
    change: String,
}

impl Notice {
    /// Writes the notice for this catalogue and destination, in English.
    #[must_use]
    pub fn of(schema: &CatalogueSchema, destination: &Destination) -> Self {
        Self::in_locale(schema, destination, Locale::English)
    }

    /// Writes the notice in one of the languages that there are.
    #[must_use]
    pub fn in_locale(schema: &CatalogueSchema, destination: &Destination, locale: Locale) -> Self {
        match locale {
            Locale::English => english::notice(schema, destination),
        }
    }

    /// The name and version of the wording, for receipts.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        ID
    }

    /// The language tag, for example `en`.
    #[must_use]
    pub const fn locale(&self) -> &'static str {
        self.locale.tag()
    }

    /// The heading.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The first sentences: who asks for what, and that it is off.
    #[must_use]
    pub fn introduction(&self) -> &str {
        &self.introduction
    }

    /// The purposes to choose from, each on its own: only those that the catalogue has events for.
    #[must_use]
    pub fn purposes(&self) -> &[NoticePurpose] {
        &self.purposes
    }

    /// What is sent, as a few sentences.
    #[must_use]
    pub fn sent(&self) -> &[String] {
        &self.sent
    }

    /// What is never sent.
    #[must_use]
    pub fn never(&self) -> &str {
        &self.never
    }

    /// Where it goes, who operates the server, how long it is kept, and what the recipient sees besides.
    #[must_use]
    pub fn recipient(&self) -> &str {
        &self.recipient
    }

    /// What links events with each other.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// How to change one's mind later, where `place` names the way there, for example `Admin → Telemetry` or
    /// `time-tracker telemetry off`.
    ///
    /// The place is the only thing that differs between surfaces, so the digest covers the sentence without it.
    #[must_use]
    pub fn change(&self, place: &str) -> String {
        self.change.replace(PLACE, place)
    }

    /// The whole notice for a terminal: at most 80 columns, no colours, no other characters than ASCII but for what
    /// the application's own words or `place` bring along.
    #[must_use]
    pub fn to_text(&self, place: &str) -> String {
        let mut text = Lines::default();
        text.paragraph("", &self.title);
        text.paragraph("", &self.introduction);
        for purpose in &self.purposes {
            text.paragraph("  * ", &format!("{}.", purpose.label));
            text.paragraph("    ", &purpose.description);
        }
        text.0.push('\n');
        for sentence in &self.sent {
            text.paragraph("  - ", sentence);
        }
        for sentence in [&self.never, &self.recipient, &self.identity, &self.change(place)] {
            text.paragraph("", sentence);
        }
        text.0
    }

    /// The SHA-256 over every text above, as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut bytes = Vec::new();
        // A length before each text, so that no two notices run together to the same bytes.
        let mut add = |text: &str| {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        };
        for text in [ID, self.locale.tag(), &self.title, &self.introduction] {
            add(text);
        }
        add(&self.purposes.len().to_string());
        for purpose in &self.purposes {
            for text in [purpose.purpose.name(), &purpose.label, &purpose.description] {
                add(text);
            }
        }
        for text in self.sent.iter().chain([&self.never, &self.recipient, &self.identity, &self.change]) {
            add(text);
        }
        Sha256Hex::of(&bytes).to_string()
    }
}

/// Text that is wrapped as it grows.
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Adds a paragraph; `bullet` stands before its first line and as much space before the others. Items of a list
    /// follow each other without an empty line.
    fn paragraph(&mut self, bullet: &str, words: &str) {
        let is_item = !bullet.is_empty();
        let follows_item = self.0.lines().last().is_some_and(|line| line.starts_with("  "));
        let goes_on = is_item && follows_item;
        if !goes_on && !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
        self.0.push_str(bullet);
        let mut column = bullet.len();
        let mut is_first = true;
        for word in words.split_whitespace() {
            let width = word.chars().count();
            if !is_first && column + 1 + width > WIDTH {
                self.0.push('\n');
                self.0.extend(core::iter::repeat_n(' ', bullet.len()));
                column = bullet.len();
            } else if !is_first {
                self.0.push(' ');
                column += 1;
            }
            self.0.push_str(word);
            column += width;
            is_first = false;
        }
        self.0.push('\n');
    }
}

/// The English sentences.
mod english {
    use crate::catalogue::IdForm;

    use super::{CatalogueSchema, Destination, Locale, Notice, NoticePurpose, PLACE, Purpose, words};

    pub(super) fn notice(schema: &CatalogueSchema, destination: &Destination) -> Notice {
        let labels: Vec<&str> = words::purposes(schema).map(words::purpose_label).collect();
        let (app, publisher, asked) = (schema.app, schema.publisher, labels.join(" or "));
        Notice {
            locale: Locale::English,
            title: format!("Send {asked} from {app}? (optional)"),
            introduction: format!(
                "{app} can send {} to {publisher}. It is off until you agree. {app} works the same either way.",
                words::list(&labels)
            ),
            purposes: words::purposes(schema).map(|purpose| of_purpose(schema, purpose)).collect(),
            sent: sent(schema),
            never: format!("Never: {}.", words::NEVER),
            recipient: format!(
                "Sent to {}. {} {} The program cannot prevent that; whether the recipient discards the address is a \
                 setting there.",
                words::recipient(destination),
                words::retention(schema),
                words::IP_ADDRESS
            ),
            identity: identity(schema),
            change: format!(
                "You can change this at any time: {PLACE}. It takes effect at once, and what was not sent yet is \
                 erased when you turn it off."
            ),
        }
    }

    fn of_purpose(schema: &CatalogueSchema, purpose: Purpose) -> NoticePurpose {
        let events = words::count(words::events(schema, purpose).count(), "kind");
        let about = words::spoken(&words::resources(schema, purpose));
        let (label, description) = match purpose {
            Purpose::Usage => (
                "Send usage statistics",
                format!("Which features are used, and when: {events} of event, about {about}."),
            ),
            Purpose::Errors => {
                ("Send error reports", format!("Where the program fails, and when: {events} of event, about {about}."))
            }
        };
        NoticePurpose { purpose, label: label.to_owned(), description }
    }

    /// Says less than the documents about how ids are made, and as much about what follows from them.
    fn identity(schema: &CatalogueSchema) -> String {
        let entities = words::spoken(&words::entities(schema));
        let ids = match (entities.is_empty(), schema.ids) {
            (true, _) => String::new(),
            (false, IdForm::Keyed) => format!(
                " The numbers for {entities} are pseudonyms, made with a secret key that stays on this machine and is \
                 destroyed when you turn telemetry off. Until then they link events about the same one."
            ),
            (false, IdForm::Raw) => format!(
                " The numbers for {entities} are those of the database: whoever can read it can tell who or what they \
                 stand for."
            ),
        };
        let verdict = if words::is_unlinked(schema) { "" } else { " Such data is pseudonymous." };
        format!("{}{ids}{verdict}", words::identity(schema))
    }

    fn sent(schema: &CatalogueSchema) -> Vec<String> {
        let ids = words::entities(schema);
        let mut sent = vec![if ids.is_empty() {
            "Each event holds choices from fixed lists and ranges, nothing else.".to_owned()
        } else {
            format!(
                "Each event holds choices from fixed lists and ranges, and numbers that stand for: {}.",
                words::spoken(&ids)
            )
        }];
        let context: Vec<&str> = schema.context.iter().map(|context| words::context_words(*context)).collect();
        if !context.is_empty() {
            sent.push(format!("With each event: {}.", words::list(&context)));
        }
        sent.push(words::resolution(schema.resolution).to_owned());
        sent.push(format!("This is list {} of events; every value on it can be seen beforehand.", schema.revision));
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{IdForm, Identity};
    use crate::document::sample::{DESTINATION, FORBIDDEN, GROWN, SAMPLE, SMALLEST};

    const PLACE_HERE: &str = "sample-app telemetry on, or off";

    #[test]
    fn text_is_as_reviewed() {
        insta::assert_snapshot!(Notice::of(&SAMPLE, &DESTINATION).to_text(PLACE_HERE));
        insta::assert_snapshot!(Notice::of(&SMALLEST, &DESTINATION).to_text(PLACE_HERE));
    }

    /// When this fails, the sentences have changed: raise the number in [`ID`] before accepting the new digest.
    #[test]
    fn new_words_have_a_new_name() {
        let notice = Notice::of(&SAMPLE, &DESTINATION);
        insta::assert_snapshot!(format!("{} {}", notice.id(), notice.digest()));
    }

    #[test]
    fn text_fits_every_terminal() {
        for schema in [SAMPLE, GROWN, SMALLEST, SAMPLE.ids(IdForm::Raw)] {
            let text = Notice::of(&schema, &DESTINATION).to_text(PLACE_HERE);
            assert!(!text.contains("\n\n\n"), "{text}");
            assert!(text.is_ascii() && !text.contains('\u{1b}'), "{text}");
            assert!(text.lines().all(|line| line.len() <= WIDTH && line.trim_end() == line), "{text}");
        }
    }

    #[test]
    fn it_neither_presses_nor_plays_down() {
        for schema in [SAMPLE, GROWN, SMALLEST, SAMPLE.ids(IdForm::Raw)] {
            let text = Notice::of(&schema, &DESTINATION).to_text(PLACE_HERE).to_lowercase();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for word in FORBIDDEN {
                assert!(!text.contains(word), "`{word}` in:\n{text}");
            }
            assert!(text.contains("ip address") && text.contains("it is off until you agree."), "{text}");
            assert_eq!(text.contains("no identifier"), schema.app == SMALLEST.app, "{text}");
        }
    }

    #[test]
    fn only_purposes_with_events_are_asked_for() {
        let asked = |schema| {
            let purposes = Notice::of(&schema, &DESTINATION).purposes.into_iter();
            purposes.map(|purpose| purpose.purpose).collect::<Vec<_>>()
        };
        assert_eq!(asked(SAMPLE), [Purpose::Usage, Purpose::Errors]);
        assert_eq!(asked(SMALLEST), [Purpose::Usage]);
        assert!(!Notice::of(&SMALLEST, &DESTINATION).to_text(PLACE_HERE).contains("error reports"));
    }

    #[test]
    fn digest_covers_what_is_shown_and_not_the_surface() {
        let notice = Notice::of(&SAMPLE, &DESTINATION);
        assert_eq!(notice.digest().len(), 64);
        assert_ne!(notice.change("here"), notice.change("there"));
        assert_eq!(notice.digest(), Notice::of(&SAMPLE, &DESTINATION).digest());
        let elsewhere = Destination::new("https://us.i.posthog.com", "PostHog", None, None);
        let others = [
            Notice::of(&SAMPLE, &elsewhere),
            Notice::of(&GROWN, &DESTINATION),
            Notice::of(&SAMPLE.retention_days(91), &DESTINATION),
            Notice::of(&SAMPLE.ids(IdForm::Raw), &DESTINATION),
            Notice::of(&CatalogueSchema { identity: Identity::Stable, ..SAMPLE }, &DESTINATION),
            Notice { change: String::new(), ..notice.clone() },
        ];
        for other in others {
            assert_ne!(notice.digest(), other.digest());
        }
    }

    #[test]
    fn builds_of_one_catalogue_ask_alike() {
        let keyed = Destination { key_fingerprint: Some("0123abcd".to_owned()), ..DESTINATION };
        let other = CatalogueSchema { version: "9.9.9", ..SAMPLE };
        assert_eq!(Notice::of(&SAMPLE, &DESTINATION), Notice::of(&other, &keyed));
    }
}
