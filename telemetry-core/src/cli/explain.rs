//! The reasons for "off" that can be explained: every one that there is.
//!
//! Owns their order. What each of them means is said by the languages, in matches that a new one does not pass.

use core::iter;

use super::Stop;
use super::arguments::{UsageError, shown};
use super::terminal::Terminal;
use crate::consent::{FaultKind, Reason};

/// The reason that comes after this one. A match, so that a new reason cannot be left out.
const fn next(reason: Reason) -> Option<Reason> {
    Some(match reason {
        Reason::NoKey => Reason::DoNotTrack,
        Reason::DoNotTrack => Reason::AppSwitch,
        Reason::AppSwitch => Reason::Policy,
        Reason::Policy => Reason::Ci,
        Reason::Ci => Reason::Unasked,
        Reason::Unasked => Reason::Denied,
        Reason::Denied => Reason::Withdrawn,
        Reason::Withdrawn => Reason::DestinationChanged,
        Reason::DestinationChanged => Reason::TermsChanged,
        Reason::TermsChanged => Reason::NothingCovered,
        Reason::NothingCovered => Reason::Held,
        Reason::Held => Reason::Finished,
        Reason::Finished => Reason::KeyRefused,
        Reason::KeyRefused => Reason::Fault(FaultKind::Unreadable),
        Reason::Fault(FaultKind::Unreadable) => Reason::Fault(FaultKind::Damaged),
        Reason::Fault(FaultKind::Damaged) => Reason::Fault(FaultKind::UnknownFormat),
        Reason::Fault(FaultKind::UnknownFormat) => Reason::Fault(FaultKind::Inconsistent),
        Reason::Fault(FaultKind::Inconsistent) => Reason::Fault(FaultKind::Permissions),
        Reason::Fault(FaultKind::Permissions) => Reason::Fault(FaultKind::WrongApp),
        Reason::Fault(FaultKind::WrongApp) => Reason::Fault(FaultKind::Copied),
        Reason::Fault(FaultKind::Copied) => return None,
    })
}

/// Every reason.
pub(super) fn all() -> impl Iterator<Item = Reason> {
    iter::successors(Some(Reason::NoKey), |reason| next(*reason))
}

/// The codes of all reasons, for a sentence.
pub(super) fn codes() -> String {
    all().map(Reason::code).collect::<Vec<_>>().join(", ")
}

/// Whether the reason with this code is what a person decided or left open, and not an obstacle to deciding.
pub(super) fn is_a_choice(code: &str) -> bool {
    let choices = [
        Reason::Unasked,
        Reason::Denied,
        Reason::Withdrawn,
        Reason::DestinationChanged,
        Reason::TermsChanged,
        Reason::NothingCovered,
        Reason::Fault(FaultKind::Copied),
    ];
    choices.into_iter().any(|reason| reason.code() == code)
}

pub(super) fn explain(app: &str, code: &str, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let reason = all().find(|reason| reason.code() == code);
    let reason = reason.ok_or_else(|| UsageError::UnknownReason { given: shown(code.as_ref()) })?;
    let (speech, words) = (terminal.speech(), reason.words_in(terminal.locale()));
    Ok(writeln!(terminal.output(), "{code}: {words}.\n\n{}", speech.explanation(reason, app))?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cli::speech;
    use crate::locale::Locale;

    #[test]
    fn every_reason_is_explained_in_its_own_words() {
        for locale in Locale::ALL {
            let codes: BTreeSet<_> = all().map(Reason::code).collect();
            let texts: BTreeSet<_> = all().map(|reason| speech::of(locale).explanation(reason, "sample-app")).collect();
            assert_eq!((codes.len(), texts.len()), (21, 21));
        }
    }

    #[test]
    fn remedies_name_the_application() {
        for locale in Locale::ALL {
            let explained = |reason| speech::of(locale).explanation(reason, "sample-app");
            assert!(explained(Reason::AppSwitch).contains("SAMPLE_APP_TELEMETRY"));
            assert!(explained(Reason::Unasked).contains("`sample-app telemetry on`"));
            let fault = explained(Reason::Fault(FaultKind::Damaged));
            assert!(fault.contains("`sample-app telemetry off`"), "{fault}");
        }
    }
}
