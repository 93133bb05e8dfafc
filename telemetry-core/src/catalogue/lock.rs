//! The lock file: the whole catalogue as committed text, so that a growing catalogue shows up in review.
//!
//! Owns the file's format and the check that test suites call. It must never hold what changes without the
//! catalogue changing (version, commit, wording), or every release would look like a change of what is sent.

mod check;
mod text;

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use check::{LockCheckError, check, renew};
use serde::{Deserialize, Serialize};

use super::diff::{Class, Difference, telling};
use super::{CatalogueSchema, EventSchema, IdForm, Identity, PropertySchema, Resolution};
use crate::Purpose;
use crate::digest::Sha256Hex;
use crate::locale::Locale;
use crate::property::{Kind, Trace};

/// The version of the file's format; raised when an older reader would misunderstand it.
const FORMAT: u32 = 1;

/// Everything about a catalogue that consent covers, ready to be written, read and compared.
///
/// Events, properties and values are kept by name, so that moving a declaration changes nothing. Each `since` is the
/// effective one, in the numbering of the whole catalogue: that of a property is never below its event's. Wording is
/// left out: a mended sentence asks nobody anew; the committed documents show it in review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    format: u32,
    pub(super) app: String,
    pub(super) revision: u32,
    pub(super) terms: Terms,
    /// Shared, since the list of a grant is handed from one reading of the decision to the next.
    #[serde(with = "text::shared")]
    pub(super) events: Arc<BTreeMap<String, LockedEvent>>,
}

/// What holds for the whole catalogue and therefore has no `since`: how events are linked and how exact they are, who
/// receives them, for how long, and what goes with each.
///
/// An older grant cannot be served without what is new here, as it can without a new event. So a grant only goes on
/// when the terms that were agreed to [cover](Self::cover) those of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    #[serde(with = "text::identity")]
    pub(super) identity: Identity,
    #[serde(with = "text::resolution")]
    pub(super) resolution: Resolution,
    #[serde(with = "text::ids")]
    pub(super) ids: IdForm,
    pub(super) publisher: String,
    /// 0 when the author does not say.
    pub(super) retention_days: u32,
    pub(super) context: BTreeSet<String>,
    /// The crates whose source code reports may name places of; none where there are no reports.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) crates: BTreeSet<String>,
}

impl Terms {
    /// The terms of this catalogue.
    #[must_use]
    pub fn of(schema: &CatalogueSchema) -> Self {
        Self {
            identity: schema.identity,
            resolution: schema.resolution,
            ids: schema.ids,
            publisher: schema.publisher.to_owned(),
            retention_days: schema.retention_days,
            context: schema.context.iter().map(|context| context.name().to_owned()).collect(),
            // Written as code writes them, whatever their packages are called.
            crates: crates(schema).map(|name| name.replace('-', "_")).collect(),
        }
    }

    /// How events are linked under these terms.
    pub(crate) const fn identity(&self) -> Identity {
        self.identity
    }

    /// Whether somebody who agreed to these terms has agreed to `now` as well: nothing in it is wider.
    #[must_use]
    pub fn cover(&self, now: &Self) -> bool {
        Difference::of_terms(self, now).class() < Class::Wider
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LockedEvent {
    pub(super) purpose: Purpose,
    pub(super) since: u32,
    /// `YYYY-MM-DD`, which sorts as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) properties: BTreeMap<String, LockedProperty>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LockedProperty {
    #[serde(rename = "type")]
    pub(super) kind: LockedKind,
    /// What an id is the number of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) entity: Option<String>,
    pub(super) optional: bool,
    pub(super) since: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<String>,
    /// What it tells besides its value: `place` or `functions` of the program's source code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<LockedTrace>,
    /// Each closed value with the revision that brought it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) values: BTreeMap<String, u32>,
    /// The last day of each value that has one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) until_of_values: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LockedTrace {
    Place,
    Functions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LockedKind {
    Closed,
    Boolean,
    Id,
}

impl Lock {
    /// The lock of this catalogue.
    #[must_use]
    pub fn of(schema: &CatalogueSchema) -> Self {
        Self {
            format: FORMAT,
            app: schema.app.to_owned(),
            revision: schema.revision,
            terms: Terms::of(schema),
            events: Arc::new(
                schema.events.iter().map(|event| (event.name.to_owned(), LockedEvent::of(event))).collect(),
            ),
        }
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    ///
    /// [`LockError`] says whether the text is no lock at all or one of a newer format.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let lock: Self = serde_json::from_str(text).map_err(|error| LockError::NotALock { line: error.line() })?;
        if lock.format == FORMAT { Ok(lock) } else { Err(LockError::OtherFormat { found: lock.format }) }
    }

    /// The file's text: JSON, one fact per line, sorted by name, with a line break at its end.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::document::pretty(self)
    }

    /// The SHA-256 of the text, as 64 hexadecimal digits: what a receipt stores about the catalogue.
    ///
    /// It is the same for every version and every build of the application as long as the catalogue is the same.
    #[must_use]
    pub fn digest(&self) -> String {
        Sha256Hex::of(self.to_text().as_bytes()).to_string()
    }

    /// The catalogue's revision.
    #[must_use]
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// What holds for the whole catalogue.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The same list under another revision.
    #[cfg(test)]
    pub(crate) fn at_revision(mut self, revision: u32) -> Self {
        self.revision = revision;
        self
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl LockedEvent {
    pub(super) fn of(event: &EventSchema) -> Self {
        let properties = event.properties.iter();
        Self {
            purpose: event.purpose,
            since: event.since,
            until: event.until.map(|day| day.to_string()),
            properties: properties
                .map(|property| (property.name.to_owned(), LockedProperty::of(event, property)))
                .collect(),
        }
    }
}

impl LockedProperty {
    fn of(event: &EventSchema, property: &PropertySchema) -> Self {
        let since = property_since(event, property);
        let (kind, entity) = match property.domain.kind() {
            Kind::Closed(_) => (LockedKind::Closed, None),
            Kind::Boolean => (LockedKind::Boolean, None),
            Kind::Id(entity) => (LockedKind::Id, Some(entity.to_owned())),
        };
        let values = property.domain.values();
        Self {
            kind,
            entity,
            optional: property.domain.is_optional(),
            since,
            until: property.until.map(|day| day.to_string()),
            trace: property.domain.trace().map(|trace| match trace {
                Trace::Place => LockedTrace::Place,
                Trace::Functions => LockedTrace::Functions,
            }),
            values: values
                .map(|value| (value.name().to_owned(), value_since(event, property, value.since())))
                .collect(),
            until_of_values: property
                .domain
                .values()
                .filter_map(|value| Some((value.name().to_owned(), value.last_day()?.to_string())))
                .collect(),
        }
    }
}

/// The crates that reports can name, as far as there are reports.
fn crates(schema: &CatalogueSchema) -> impl Iterator<Item = &'static str> {
    let crates = if schema.has_reports() { schema.crates } else { &[] };
    crates.iter().copied()
}

/// The catalogue revision from which on this property is sent.
pub(crate) fn property_since(event: &EventSchema, property: &PropertySchema) -> u32 {
    event.since.max(event.revisions.map(property.since))
}

/// The catalogue revision from which on a value of this property is sent.
pub(crate) fn value_since(event: &EventSchema, property: &PropertySchema, since: u32) -> u32 {
    property_since(event, property).max(event.revisions.map(since))
}

/// The identity as the catalogue's attribute writes it: `none`, `rotating(days = 90)` or `stable`.
pub(crate) fn identity_name(identity: Identity) -> String {
    match identity {
        Identity::None => "none".to_owned(),
        Identity::Rotating { days } => format!("rotating(days = {days})"),
        Identity::Stable => "stable".to_owned(),
    }
}

/// A text that is not a lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Not the form that [`Lock::to_text`] writes: take the committed file from the last commit that had it whole.
    #[error("the lock file cannot be read: line {line} is not what the generator writes")]
    NotALock {
        /// The line, counted from 1.
        line: usize,
    },
    /// Another version of this crate wrote it: use that version, or write the file anew.
    #[error("the lock file has format {found}, but this version reads format {FORMAT}")]
    OtherFormat {
        /// The format that the file names.
        found: u32,
    },
}

impl LockError {
    /// The same in this language, without a full stop.
    #[must_use]
    pub fn words_in(self, locale: Locale) -> String {
        telling(locale).unreadable(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{GROWN, SAMPLE};

    #[test]
    fn text_is_as_reviewed() {
        insta::assert_snapshot!(Lock::of(&SAMPLE).to_text());
    }

    #[test]
    fn round_trips() {
        for schema in [SAMPLE, GROWN] {
            let lock = Lock::of(&schema);
            assert_eq!(Lock::parse(&lock.to_text()), Ok(lock));
        }
    }

    #[test]
    fn digest_follows_the_catalogue_and_not_the_build() {
        let mut other_build = SAMPLE.commit(Some("0123abc"));
        other_build.version = "9.9.9";
        assert_eq!(Lock::of(&SAMPLE).digest(), Lock::of(&other_build).digest());
        assert_eq!(Lock::of(&SAMPLE).digest().len(), 64);
        let widened = [
            GROWN,
            SAMPLE.ids(IdForm::Raw),
            SAMPLE.resolution(Resolution::Second),
            SAMPLE.retention_days(1_000),
            SAMPLE.publisher("somebody else"),
            SAMPLE.context(&[]),
            { CatalogueSchema { identity: Identity::Stable, ..SAMPLE } },
        ];
        for schema in widened {
            assert_ne!(Lock::of(&SAMPLE).digest(), Lock::of(&schema).digest());
        }
    }

    #[test]
    fn terms_cover_what_is_not_wider() {
        let agreed = Terms::of(&SAMPLE);
        assert!(agreed.cover(&Terms::of(&GROWN)), "events are no matter of the terms");
        assert!(agreed.cover(&Terms::of(&SAMPLE.resolution(Resolution::Day).context(&[]).retention_days(1))));
        for wider in [
            SAMPLE.ids(IdForm::Raw),
            SAMPLE.resolution(Resolution::Second),
            SAMPLE.retention_days(0),
            SAMPLE.publisher("somebody else"),
            CatalogueSchema { identity: Identity::Stable, ..SAMPLE },
        ] {
            assert!(!agreed.cover(&Terms::of(&wider)), "{wider:?}");
        }
        assert!(!Terms::of(&SAMPLE.context(&[])).cover(&agreed));
    }

    #[test]
    fn broken_text_is_refused() {
        assert_eq!(Lock::parse(""), Err(LockError::NotALock { line: 1 }));
        let text = Lock::of(&SAMPLE).to_text();
        assert!(matches!(Lock::parse(&text.replace("\"keyed\"", "\"plain\"")), Err(LockError::NotALock { .. })));
        assert!(matches!(Lock::parse(&text.replace("\"since\"", "\"sinc\"")), Err(LockError::NotALock { .. })));
        let newer = text.replace("\"format\": 1", "\"format\": 7");
        assert_eq!(Lock::parse(&newer), Err(LockError::OtherFormat { found: 7 }));
    }

    #[test]
    fn widening_needs_rev() {
        let committed = Lock::of(&SAMPLE).to_text();
        assert_eq!(check(&committed, &SAMPLE, "make lock"), Ok(()));
        assert_eq!(check(&committed.replace('\n', "\r\n"), &SAMPLE, "make lock"), Ok(()));

        let orderly = check(&committed, &GROWN, "make lock").map_err(|error| error.to_string());
        insta::assert_snapshot!(orderly.unwrap_err());
        assert_eq!(renew(&committed, &GROWN), Ok(Lock::of(&GROWN).to_text()));

        let unmarked = CatalogueSchema { revision: SAMPLE.revision, ..GROWN };
        let error = check(&committed, &unmarked, "make lock").map_err(|error| error.to_string());
        insta::assert_snapshot!(error.unwrap_err());
        assert!(renew(&committed, &unmarked).is_err(), "regenerating must not hide a widening");
    }
}
