//! Documents that are generated from the catalogue, as pure functions to text.
//!
//! Owns what the person who runs the program and the auditor read. It must never claim more than the code enforces,
//! never read or write a file, and never say anything that differs between two builds of one catalogue.

pub(crate) mod commands;
mod json;
pub(crate) mod manifest;
mod markdown;
mod recipients;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod words;

use serde::Serialize;

pub use json::catalogue_json;
pub use manifest::manifest;
pub use markdown::{all_tracked_events, policy, privacy, transparency};
pub use recipients::Recipients;

use crate::catalogue::CatalogueSchema;
use crate::locale::Locale;
use crate::sentences;

/// Names, at the top of each document, the command that writes it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generated<'a> {
    command: &'a str,
}

impl<'a> Generated<'a> {
    /// Names the command, for example `cargo run -- telemetry events --write .`.
    #[must_use]
    pub const fn by(command: &'a str) -> Self {
        Self { command }
    }

    /// The command.
    #[must_use]
    pub const fn command(&self) -> &'a str {
        self.command
    }
}

/// A generated document and the place where it is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The file's path below the application's root, with `/`.
    pub path: &'static str,
    /// The whole text.
    pub text: String,
}

/// Every document about this catalogue: what an application commits and its tests compare.
///
/// `to` is one [`Destination`](crate::Destination) for everything, or [`Recipients`] where error reports go elsewhere, as
/// [`Telemetry::recipients`](crate::Telemetry::recipients) gives them.
///
/// ```
/// use telemetry_core::catalogue::{CatalogueSchema, Identity};
/// use telemetry_core::document::{self, Generated};
/// use telemetry_core::{Destination, EmbeddedKey, embedded_key};
///
/// // What `#[derive(Catalogue)]` writes, here without an event.
/// const SCHEMA: CatalogueSchema = CatalogueSchema::new("time-tracker", "1.4.0", 1, Identity::None, &[]);
/// const KEY: EmbeddedKey = embedded_key!("MY_ANALYTICS_KEY");
///
/// let destination = Destination::new("https://eu.i.posthog.com", "PostHog", None, KEY.fingerprint());
/// for document in document::all(&SCHEMA, &destination, Generated::by("make documents")) {
///     # let committed = &document.text;
///     // let committed = std::fs::read_to_string(document.path)?;
///     document::drift(committed, &document.text, "make documents")?;
/// }
/// # Ok::<(), document::Drift>(())
/// ```
#[must_use]
pub fn all(schema: &CatalogueSchema, to: impl Into<Recipients>, generated: Generated<'_>) -> Vec<Document> {
    let to = &to.into();
    let document = |path, text| Document { path, text };
    vec![
        document("docs/all_tracked_events.md", all_tracked_events(schema, generated)),
        document("docs/telemetry_transparency.md", transparency(schema, to, generated)),
        document("docs/telemetry_policy.md", policy(schema, to, generated)),
        document("docs/privacy.md", privacy(schema, to, generated)),
        document("docs/catalogue.json", catalogue_json(schema, generated)),
        document("docs/telemetry_manifest.json", manifest(schema, to, generated)),
    ]
}

/// Compares a committed document with what the catalogue gives now; for an application's test suite.
///
/// Line ends do not count, since a checkout may turn them.
///
/// # Errors
///
/// [`Drift`], whose text shows the first line that differs and the command that writes the file anew.
pub fn drift(committed: &str, generated: &str, command: &str) -> Result<(), Drift> {
    let (mut old, mut new) = (committed.lines(), generated.lines());
    let mut line = 0;
    loop {
        line += 1;
        match (old.next(), new.next()) {
            (None, None) => return Ok(()),
            (old, new) if old == new => {}
            (old, new) => {
                let line_of = |text: Option<&str>| text.map(Into::into);
                return Err(Drift { line, committed: line_of(old), generated: line_of(new), command: command.into() });
            }
        }
    }
}

/// A committed document is not what the catalogue gives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentences::of(Locale::English).drift(self))]
pub struct Drift {
    pub(crate) line: usize,
    /// The line of each; none at the end of the file.
    pub(crate) committed: Option<Box<str>>,
    pub(crate) generated: Option<Box<str>>,
    pub(crate) command: Box<str>,
}

impl Drift {
    /// The first line that differs, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The same in this language.
    #[must_use]
    pub fn words_in(&self, locale: Locale) -> String {
        sentences::of(locale).drift(self)
    }
}

/// Pretty JSON with a line break at its end.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    // Fails only for maps with keys other than text, which none of this crate's documents has.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{IdForm, Identity};
    use crate::property::ClosedValue;
    use crate::sink::Destination;
    use sample::{DESTINATION, GROWN, SAMPLE, SMALLEST};

    const GENERATED: Generated<'static> = Generated::by("make documents");

    /// The sample in every combination of identity and ids, the grown one, and the smallest possible catalogue.
    fn schemas() -> Vec<CatalogueSchema> {
        let identities = [Identity::None, Identity::Rotating { days: 1 }, Identity::Stable];
        let samples = identities
            .into_iter()
            .flat_map(|identity| [IdForm::Keyed, IdForm::Raw].map(|ids| CatalogueSchema { identity, ids, ..SAMPLE }));
        samples.chain([GROWN, SMALLEST]).collect()
    }

    fn every_text() -> impl Iterator<Item = String> {
        schemas().into_iter().flat_map(|schema| all(&schema, &DESTINATION, GENERATED)).map(|document| document.text)
    }

    #[test]
    fn nothing_is_claimed_that_the_code_cannot_keep() {
        for text in every_text() {
            let text = text.to_lowercase();
            for word in sample::FORBIDDEN {
                assert!(!text.contains(word), "`{word}` in:\n{text}");
            }
        }
    }

    #[test]
    fn no_identifier_is_only_said_where_there_is_none() {
        for schema in schemas() {
            for document in all(&schema, &DESTINATION, GENERATED) {
                let says_so = document.text.contains("no identifier");
                let is_linked = schema.identity != Identity::None || schema.events.iter().any(|event| event.ids() > 0);
                assert!(!(says_so && is_linked), "{}", document.text);
            }
        }
        assert!(transparency(&SMALLEST, &DESTINATION, GENERATED).contains("no identifier"));
    }

    #[test]
    fn tables_have_as_many_cells_in_each_row() {
        for text in every_text() {
            let mut columns = None;
            for line in text.lines() {
                let cells = line.starts_with('|').then(|| line.replace("\\|", "").matches('|').count());
                assert!(columns.is_none() || cells.is_none() || columns == cells, "{line}");
                columns = cells;
            }
        }
    }

    #[test]
    fn every_name_and_value_is_printed() {
        let (markdown, json) = (all_tracked_events(&SAMPLE, GENERATED), catalogue_json(&SAMPLE, GENERATED));
        for event in SAMPLE.events {
            let (_, section) = markdown.split_once(&format!("### `{}`", event.name)).expect("a section");
            let section = section.split("\n### ").next().unwrap_or_default();
            for property in event.properties {
                assert!(section.contains(&format!("`{}`", property.name)), "{section}");
                for name in property.domain.values().map(ClosedValue::name) {
                    assert!(section.contains(&format!("`{}`", name.replace('|', "\\|"))), "{name} in {section}");
                    assert!(json.contains(&format!("\"{name}\"")), "{name} in {json}");
                }
            }
        }
    }

    #[test]
    fn builds_do_not_differ() {
        let mut other = SAMPLE.commit(Some("0123abc"));
        other.version = "9.9.9";
        let mut keyless = DESTINATION;
        keyless.key_fingerprint = Some("0123abcd".to_owned());
        assert_eq!(all(&SAMPLE, &DESTINATION, GENERATED), all(&other, &keyless, GENERATED));
    }

    #[test]
    fn every_destination_is_named_with_its_purpose() {
        const ERRORS: Destination = Destination::new("https://errors.example", "Somebody", Some("Sampleland"), None);
        let to = Recipients::new(DESTINATION, ERRORS);
        for document in all(&SAMPLE, &to, GENERATED) {
            let names = |part: &str| document.text.contains(part);
            match document.path {
                // What can be reported, wherever it goes.
                "docs/all_tracked_events.md" | "docs/catalogue.json" => assert!(!names("errors.example")),
                "docs/privacy.md" => assert!(names("(error reports) | errors.example, operated by Somebody")),
                "docs/telemetry_manifest.json" => {
                    let manifest: serde_json::Value = serde_json::from_str(&document.text).unwrap();
                    let purposes = |n: usize| manifest["destinations"][n]["purposes"][0].clone();
                    assert_eq!((purposes(0), purposes(1)), ("usage".into(), "errors".into()));
                }
                _ => assert!(names("(usage statistics) | `https://eu.") && names("(error reports) | `https://errors.")),
            }
        }
        insta::assert_snapshot!(transparency(&SAMPLE, &to, GENERATED).split_once("## Where to").unwrap().1);
        // A build without the key for them, which names the server, cannot say more.
        let to = Recipients::new(DESTINATION, Destination::new("none", "the operator of the server", None, None));
        let page = transparency(&SAMPLE, &to, GENERATED);
        assert!(page.contains("Sent to (error reports) | the server that the key for them names"), "{page}");
    }

    #[test]
    fn every_document_names_its_command() {
        for text in every_text() {
            assert!(text.lines().take(2).any(|line| line.contains("make documents")), "{text}");
        }
    }

    #[test]
    fn drift_shows_the_first_difference() {
        assert_eq!(drift("a\r\nb\r\n", "a\nb\n", "make"), Ok(()));
        let drifted = drift("a\nb\n", "a\nc\n", "make documents").expect_err("the second line differs");
        assert_eq!(drifted.line(), 2);
        insta::assert_snapshot!(drifted);
        let shorter = drift("a\n", "a\nb\n", "make").expect_err("a line is missing");
        assert!(shorter.to_string().contains("(the end of the file)"), "{shorter}");
    }
}
