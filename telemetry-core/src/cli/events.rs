//! The catalogue that is compiled into this program: printed, and compared with committed files.
//!
//! It must never read a catalogue from anywhere but the program itself: what it says is what can be sent.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use super::arguments::Events;
use super::terminal::Terminal;
use super::{Stop, speech};
use crate::catalogue::lock::{self, Lock, LockCheckError};
use crate::catalogue::{Catalogue, CatalogueSchema};
use crate::document::{self, Drift, Generated, Recipients, all_tracked_events, catalogue_json, manifest, words};
use crate::locale::Locale;
use crate::telemetry::Telemetry;

pub(super) fn events<C: Catalogue>(
    telemetry: &Telemetry<C>,
    what: &Events,
    terminal: &mut Terminal<'_>,
) -> Result<(), Stop> {
    let schema = C::SCHEMA;
    let generated = |option: &str| words::command(&schema, &format!("events {option}"));
    let text = match what {
        Events::Text => listing(&schema, terminal.locale()),
        Events::Json => catalogue_json(&schema, Generated::by(&generated("--json"))),
        Events::Markdown => all_tracked_events(&schema, Generated::by(&generated("--markdown"))),
        Events::Schema => with_line_end(telemetry.body_schema()),
        Events::Lock => Lock::of(&schema).to_text(),
        Events::Check(file) => {
            let committed = fs::read_to_string(file).map_err(Stop::Read)?;
            let what = check(&committed, &schema, &telemetry.recipients(), &telemetry.body_schema());
            let (what, digest) = (what.map_err(Stop::Check)?, Lock::of(&schema).digest());
            let file = file.display().to_string();
            with_line_end(terminal.speech().agrees(&file, what, schema.revision, &digest))
        }
        Events::Write(directory) => write(telemetry, directory).map_err(Stop::Write)?,
    };
    Ok(terminal.output().write_all(text.as_bytes())?)
}

/// Writes every document below a directory; says which.
fn write<C: Catalogue>(telemetry: &Telemetry<C>, directory: &Path) -> io::Result<String> {
    let schema = C::SCHEMA;
    // The header names the directory that the paths are below, whichever one was given this time.
    let command = words::command(&schema, "events --write .");
    let documents = document::all(&schema, telemetry.recipients(), Generated::by(&command));
    let body = ("docs/catalogue.schema.json", with_line_end(telemetry.body_schema()));
    let mut written = String::new();
    for (path, text) in documents.into_iter().map(|document| (document.path, document.text)).chain([body]) {
        let file = directory.join(path);
        if let Some(above) = file.parent() {
            fs::create_dir_all(above)?;
        }
        fs::write(&file, text)?;
        written.push_str(path);
        written.push('\n');
    }
    Ok(written)
}

fn with_line_end(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Everything that can be reported, for reading at a terminal.
fn listing(schema: &CatalogueSchema, locale: Locale) -> String {
    let speech = speech::of(locale);
    let mut text = with_line_end(speech.listing(schema));
    // Writing to a text cannot fail, here and below.
    for event in schema.events {
        let _ = writeln!(text, "\n{}", speech.listed_event(event));
        for property in event.properties {
            let _ = writeln!(text, "  - {}", speech.listed_property(event, property));
        }
    }
    if let Some(context) = speech.listed_context(schema) {
        let _ = writeln!(text, "\n{context}");
    }
    text
}

/// An author's text may have line breaks of its source.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a committed file was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Manifest,
    Catalogue,
    BodySchema,
    LockFile,
    Document,
}

/// A committed file does not say what this program does.
#[derive(Debug)]
pub(super) enum CheckError {
    /// It is none of the files that are made from a catalogue.
    Unknown,
    Lock(LockCheckError),
    Document(Drift),
}

/// Compares a committed file with what this program would write. The file says itself what it is, and by which
/// command it was made.
fn check(committed: &str, schema: &CatalogueSchema, to: &Recipients, body_schema: &str) -> Result<What, CheckError> {
    if committed.starts_with("<!--") {
        return check_markdown(committed, schema, to);
    }
    let has = |key: &str| top_level(committed).is_ok_and(|keys| keys.iter().any(|known| known == key));
    if has("manifest") {
        let command = json_text(committed, "generated_by").unwrap_or_default();
        let now = manifest(schema, to, Generated::by(&command));
        document::drift(committed, &now, &command).map_err(CheckError::Document)?;
        return Ok(What::Manifest);
    }
    if has("generated_by") {
        let command = json_text(committed, "generated_by").unwrap_or_default();
        let now = catalogue_json(schema, Generated::by(&command));
        document::drift(committed, &now, &command).map_err(CheckError::Document)?;
        return Ok(What::Catalogue);
    }
    if has("$schema") {
        let command = words::command(schema, "events --schema");
        document::drift(committed, body_schema, &command).map_err(CheckError::Document)?;
        return Ok(What::BodySchema);
    }
    if !has("format") {
        return Err(CheckError::Unknown);
    }
    lock::check(committed, schema, &words::command(schema, "events --lock")).map_err(CheckError::Lock)?;
    Ok(What::LockFile)
}

fn check_markdown(committed: &str, schema: &CatalogueSchema, to: &Recipients) -> Result<What, CheckError> {
    // The command stands between the first two back quotes of the first line.
    let command = committed.lines().next().and_then(|line| line.split('`').nth(1)).unwrap_or_default();
    let title = |text: &str| text.lines().find(|line| line.starts_with("# ")).map(str::to_owned);
    let documents = document::all(schema, to, Generated::by(command));
    let now = documents.iter().find(|document| title(&document.text) == title(committed));
    let now = now.filter(|document| document.text.starts_with("<!--")).ok_or(CheckError::Unknown)?;
    document::drift(committed, &now.text, command).map_err(CheckError::Document)?;
    Ok(What::Document)
}

/// The names at the top of a JSON object.
fn top_level(json: &str) -> io::Result<Vec<String>> {
    Ok(serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json)?
        .into_iter()
        .map(|(key, _)| key)
        .collect())
}

fn json_text(json: &str, key: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    value.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{DESTINATION, GROWN, SAMPLE, SMALLEST};

    const SCHEMA: &str = "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\"\n}\n";

    fn checked(committed: &str, schema: &CatalogueSchema) -> Result<What, CheckError> {
        check(committed, schema, &(&DESTINATION).into(), SCHEMA)
    }

    fn refused(committed: &str, schema: &CatalogueSchema) -> String {
        let error = checked(committed, schema).expect_err("the file is another one");
        speech::of(Locale::English).stop(&Stop::Check(error))
    }

    #[test]
    fn whatever_is_generated_agrees() {
        for schema in [SAMPLE, GROWN, SMALLEST] {
            for document in document::all(&schema, &DESTINATION, Generated::by("make documents")) {
                let found = checked(&document.text, &schema);
                assert!(found.is_ok(), "{}: {found:?}", document.path);
                // A checkout with other line ends.
                assert!(checked(&document.text.replace('\n', "\r\n"), &schema).is_ok(), "{}", document.path);
            }
            assert_eq!(checked(&Lock::of(&schema).to_text(), &schema).unwrap(), What::LockFile);
            assert_eq!(checked(SCHEMA, &schema).unwrap(), What::BodySchema);
        }
    }

    #[test]
    fn an_older_file_is_told_apart_by_its_first_difference() {
        let older = all_tracked_events(&SAMPLE, Generated::by("make documents"));
        let drift = refused(&older, &GROWN);
        assert!(drift.contains("revision 3") && drift.contains("revision 4"), "{drift}");
        assert!(drift.contains("make documents"), "{drift}");

        let older = catalogue_json(&SAMPLE, Generated::by("make documents"));
        let drift = refused(&older, &GROWN);
        assert!(drift.contains("\"revision\": 3"), "{drift}");

        let older = Lock::of(&SAMPLE).to_text();
        let drift = refused(&older, &GROWN);
        assert!(drift.contains("invoice.opened") && drift.contains("telemetry events --lock"), "{drift}");

        let drift = refused(&SCHEMA.replace("2020", "2019"), &SAMPLE);
        assert!(drift.contains("line 2"), "{drift}");
    }

    #[test]
    fn other_files_are_refused() {
        for other in ["", "{}", "[1]", "# A page\n", "<!-- By `x`. -->\n\n# Another page\n", "{\"format\": 1"] {
            assert!(matches!(checked(other, &SAMPLE), Err(CheckError::Unknown)), "{other:?}");
        }
        assert!(matches!(checked("{\"format\": 1}", &SAMPLE), Err(CheckError::Lock(_))));
    }

    #[test]
    fn listing_is_as_reviewed() {
        for locale in Locale::ALL {
            insta::assert_snapshot!(format!("listing_{}", locale.tag()), listing(&SAMPLE, locale));
        }
    }
}
