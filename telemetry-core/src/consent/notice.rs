//! The notice: the one text of the question, for setup page, terminal and dashboard alike.
//!
//! Owns its words, in each language, and their digest. It must never press, praise or hide: no purpose is ticked
//! beforehand, both answers cost the same, and whatever is sent, with its consequences, is said before anybody answers.
//!
//! Which sentences a notice has follows from the catalogue and is decided here, once for all languages. How they read
//! is each language's affair: a whole message each, so that a language may order its words as it has to.

mod english;
mod german;
mod head;
mod renewal;
mod wording;

use crate::Purpose;
use crate::catalogue::CatalogueSchema;
use crate::document::words;
pub use crate::locale::Locale;
use crate::sink::Destination;
#[cfg(feature = "cli")]
pub(crate) use german::{context_words as german_context, retention as german_retention};
use head::{Head, tells_its_head};
pub use renewal::RenewalNotice;
use wording::Wording;

/// The name and version of the notice's wording; the number rises when the sentences change.
const ID: &str = "notice/1";

/// The width that every terminal has.
const WIDTH: usize = 80;

/// Where the sentence on changing one's mind names the place, before a surface fills in its own.
const PLACE: &str = "{place}";

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
    head: Head,
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
        let wording = wording_of(locale);
        let asked: Vec<Purpose> = words::purposes(schema).collect();
        let entities = words::entities(schema);
        let mut sent = vec![wording.values(&entities)];
        if !schema.context.is_empty() {
            sent.push(wording.context(schema.context));
        }
        sent.push(wording.resolution(schema.resolution).to_owned());
        sent.push(wording.list(schema.revision));
        let mut identity = vec![wording.identity(schema)];
        if !entities.is_empty() {
            identity.push(wording.ids(schema.ids, &entities));
        }
        if !words::is_unlinked(schema) {
            identity.push(wording.pseudonymous().to_owned());
        }
        Self {
            head: Head {
                id: ID,
                locale,
                title: wording.title(schema.title, &asked),
                introduction: wording.introduction(schema.title, schema.publisher, &asked),
            },
            purposes: asked.iter().map(|purpose| of_purpose(wording, schema, *purpose)).collect(),
            sent,
            never: wording.never(),
            recipient: wording.recipient(destination, schema),
            identity: identity.join(" "),
            change: wording.change(PLACE),
        }
    }

    /// The same notice, where error reports go to a recipient of their own.
    #[must_use]
    pub fn with_errors_to(mut self, schema: &CatalogueSchema, destination: &Destination) -> Self {
        let recipient = wording_of(self.head.locale).recipient(destination, schema);
        for purpose in self.purposes.iter_mut().filter(|purpose| purpose.purpose == Purpose::Errors) {
            purpose.description = format!("{} {recipient}", purpose.description);
        }
        self
    }

    tells_its_head!();

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

    /// The whole notice for a terminal: at most 80 columns, no colours. In English no other characters than ASCII but
    /// for what the application's own words or `place` bring along; other languages have their letters.
    #[must_use]
    pub fn to_text(&self, place: &str) -> String {
        let mut text = Lines::default();
        text.paragraph("", self.title());
        text.paragraph("", self.introduction());
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
        let number = self.purposes.len().to_string();
        let purposes = self.purposes.iter();
        let purposes = purposes.flat_map(|purpose| [purpose.purpose.name(), &purpose.label, &purpose.description]);
        let sent = self.sent.iter().map(String::as_str);
        let rest = [self.never.as_str(), &self.recipient, &self.identity, &self.change];
        self.head.digest([number.as_str()].into_iter().chain(purposes).chain(sent).chain(rest))
    }
}

const fn wording_of(locale: Locale) -> &'static dyn Wording {
    match locale {
        Locale::English => &english::English,
        Locale::German => &german::German,
    }
}

fn of_purpose(wording: &dyn Wording, schema: &CatalogueSchema, purpose: Purpose) -> NoticePurpose {
    NoticePurpose {
        purpose,
        label: wording.purpose(purpose).to_owned(),
        description: {
            let covers = wording.covers(purpose, words::events(schema, purpose).count());
            let names_places = words::events(schema, purpose).any(|event| event.report().is_some());
            if names_places { format!("{covers} {}", wording.places()) } else { covers }
        },
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

#[cfg(test)]
mod tests;
