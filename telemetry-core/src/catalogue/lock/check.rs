//! The check that an application's test suite makes of its committed lock file.
//!
//! It must never let a list that has grown pass without a higher revision.

use super::super::CatalogueSchema;
use super::super::diff::{Difference, telling};
use super::{Lock, LockError};
use crate::locale::Locale;

/// Compares the committed lock file with the catalogue of this build; for an application's test suite.
///
/// `command` is what writes the file anew; it is named in the error. That command should refuse to hide a widening
/// as well: let it print what [`renew`] returns.
///
/// ```
/// use telemetry_core::catalogue::lock::{self, Lock};
/// use telemetry_core::catalogue::{CatalogueSchema, EventSchema, Identity};
/// use telemetry_core::Purpose;
///
/// const STARTED: EventSchema = EventSchema::new("timer.started", "A timer ran.", "Its use.", Purpose::Usage, 1, &[]);
/// const RELEASED: CatalogueSchema = CatalogueSchema::new("time-tracker", "1.4.0", 1, Identity::None, &[]);
/// const GROWN: CatalogueSchema = CatalogueSchema::new("time-tracker", "1.5.0", 1, Identity::None, &[STARTED]);
///
/// let committed = Lock::of(&RELEASED).to_text();
/// assert_eq!(lock::check(&committed, &RELEASED, "make lock"), Ok(()));
///
/// let error = lock::check(&committed, &GROWN, "make lock").unwrap_err().to_string();
/// assert!(error.ends_with("raise `revision` to 2 and mark event `timer.started` with `since = 2`"), "{error}");
/// ```
///
/// # Errors
///
/// [`LockCheckError`], whose text says what the author shall do.
pub fn check(committed: &str, schema: &CatalogueSchema, command: &str) -> Result<(), LockCheckError> {
    let now = renew(committed, schema)?;
    // A checkout may have turned the line ends.
    if committed.lines().eq(now.lines()) {
        return Ok(());
    }
    let difference = Difference::between(&Lock::parse(committed)?, &Lock::of(schema));
    Err(LockCheckError::Outdated { difference, command: command.into() })
}

/// The new text of the lock file, if the catalogue's revision and `since` marks allow it.
///
/// # Errors
///
/// As for [`check`], but never [`LockCheckError::Outdated`].
pub fn renew(committed: &str, schema: &CatalogueSchema) -> Result<String, LockCheckError> {
    let now = Lock::of(schema);
    let difference = Difference::between(&Lock::parse(committed)?, &now);
    match difference.needs_revision() {
        Some(remedy) => Err(LockCheckError::NeedsRevision { difference, remedy: remedy.into() }),
        None => Ok(now.to_text()),
    }
}

/// The committed lock file and the catalogue do not agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockCheckError {
    /// The committed file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] LockError),
    /// The catalogue has grown without saying so: follow the remedy in the source code.
    #[error("{}", telling(Locale::English).has_grown(&.difference.told_in(Locale::English), .remedy))]
    NeedsRevision {
        /// What has changed.
        difference: Difference,
        /// What to do about it.
        remedy: Box<str>,
    },
    /// The catalogue has changed in an orderly way: write the file anew and review the difference.
    #[error("{}", telling(Locale::English).is_older(&.difference.told_in(Locale::English), .command))]
    Outdated {
        /// What has changed.
        difference: Difference,
        /// What writes the file anew.
        command: Box<str>,
    },
}

impl LockCheckError {
    /// The same in this language, without a full stop.
    #[must_use]
    pub fn words_in(&self, locale: Locale) -> String {
        match self {
            Self::Unreadable(why) => why.words_in(locale),
            Self::NeedsRevision { difference, .. } => {
                let remedy = difference.needs_revision_in(locale).unwrap_or_default();
                telling(locale).has_grown(&difference.told_in(locale), &remedy)
            }
            Self::Outdated { difference, command } => telling(locale).is_older(&difference.told_in(locale), command),
        }
    }
}
