//! What each reason for "off" means, and what a person can do about it.
//!
//! Owns these words. It must explain every reason that there is: a new one does not compile without its explanation.

use core::iter;

use super::Stop;
use super::arguments::{UsageError, shown};
use super::terminal::Terminal;
use crate::consent::{FaultKind, Reason};
use crate::kill_switch::{policy_path, variable_name};

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
    Ok(writeln!(terminal.output(), "{code}: {reason}.\n\n{}", explanation(reason, app))?)
}

#[expect(clippy::too_many_lines, reason = "one text per reason")]
fn explanation(reason: Reason, app: &str) -> String {
    let variable = variable_name(app);
    let off = format!("`{app} telemetry off`");
    let on = format!("`{app} telemetry on`");
    let aside = format!("{off} sets the unreadable decision aside and stores an \"off\" in its place; {on} asks anew.");
    match reason {
        Reason::NoKey => {
            "The key of the analytics service is put in when the program is built, and whoever built this \
            one put none in; builds from source usually have none. No setting can add it, so nothing is asked and \
            nothing could be sent."
                .to_owned()
        }
        Reason::DoNotTrack => "The environment variable DO_NOT_TRACK has a value other than `0` or `false` \
            (https://donottrack.sh). Nothing is sent and nothing is asked. What was decided before is kept and counts \
            again when the variable is unset."
            .to_owned(),
        Reason::AppSwitch => format!(
            "The environment variable {variable} is set to `off`, `0`, `false` or `no`, or to a value that is not \
             known, which means the same. Nothing is sent and nothing is asked. What was decided before is kept and \
             counts again when the variable is unset. The variable can only turn telemetry off, never on."
        ),
        Reason::Policy => format!(
            "The administrator of this machine denies telemetry, usually in {}; the text `deny` in it, any text that \
             is not known, and a file that cannot be read all deny. What was decided before is kept and counts again \
             when the policy is gone. A policy can only turn telemetry off, never on.",
            policy_path(app).display()
        ),
        Reason::Ci => "The variable CI, or one by which a build service makes itself known, is set. Automatic runs \
            speak for nobody, so nothing is asked and nothing is sent, whatever was decided."
            .to_owned(),
        Reason::Held => format!(
            "Somebody turned it off in this running program, and the decision could not be written to disk. Nothing is \
             recorded or sent until the program ends; to make it last, mend the state directory and run {off}."
        ),
        Reason::Finished => "The program that was asked is shutting down. Nothing is recorded or sent by it any \
            more; what it had not sent stays on disk for its next start."
            .to_owned(),
        Reason::KeyRefused => {
            "The server answered that it does not take the key of this build. Nothing is recorded or \
            sent by this program until it is started again; what it had not sent stays on disk until then."
                .to_owned()
        }
        Reason::Unasked => {
            format!(
                "Telemetry is off until somebody says yes, and nobody did so far. {on} shows what would be sent and asks."
            )
        }
        Reason::Denied => {
            format!("The question was answered with no, and the program does not ask again. {on} asks anew.")
        }
        Reason::Withdrawn => format!(
            "It was on and somebody turned it off. What had not been sent and all identifiers were erased then. {on} \
             asks anew, and starts with new identifiers."
        ),
        Reason::DestinationChanged => format!(
            "Somebody agreed to another server or another key than this build has, and that consent does not cover \
             this one. `{app} telemetry status` names the destination, {on} asks anew, and {off} ends it."
        ),
        Reason::TermsChanged => format!(
            "Somebody agreed to a list of events under terms that this build does not keep: how long data are kept, \
             how events are linked, how coarse times are, or something else that holds for all of them. {on} shows the \
             terms of this build and asks anew, and {off} ends it."
        ),
        Reason::NothingCovered => format!(
            "Somebody agreed to purposes for which this build has no events. {on} asks for what it has, and {off} \
             ends it."
        ),
        Reason::Fault(kind) => {
            let what = match kind {
                FaultKind::Unreadable => {
                    "The file with the decision is there but cannot be opened or read; its \
                    permissions or the disk may be the cause. If they are put right, the decision counts again."
                }
                FaultKind::Damaged => {
                    "The file with the decision is not whole. It is left as it is, so that a copy can \
                    be put back."
                }
                FaultKind::UnknownFormat => {
                    "The file with the decision was written by a newer version of the program. \
                    With that version it counts again."
                }
                FaultKind::Inconsistent => {
                    "The file with the decision says two things at once, as happens when it is \
                    changed by hand. It is left as it is."
                }
                FaultKind::Permissions => {
                    "The file with the decision belongs to another user, or others may write to \
                    it, so that it may not say what its owner decided. With its owner and permissions put right it \
                    counts again."
                }
                FaultKind::WrongApp => {
                    "The file with the decision belongs to another application; the two may share a \
                    directory by mistake."
                }
                FaultKind::Copied => {
                    return format!(
                        "Somebody agreed in another installation, and its state directory was copied here: with an \
                         image, from a backup, or to another machine. A copy does not carry the yes, and the \
                         identifiers of the other installation are not used. {on} asks for this one and starts with \
                         identifiers of its own; {off} ends it."
                    );
                }
            };
            format!("{what} Nothing is recorded or sent meanwhile. {aside}")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::document::sample::FORBIDDEN;

    #[test]
    fn every_reason_is_explained_in_its_own_words() {
        let codes: BTreeSet<_> = all().map(Reason::code).collect();
        let texts: BTreeSet<_> = all().map(|reason| explanation(reason, "sample-app")).collect();
        assert_eq!((codes.len(), texts.len()), (21, 21));
        for text in texts {
            let text = text.to_lowercase();
            assert!(FORBIDDEN.iter().all(|word| !text.contains(word)), "{text}");
        }
    }

    #[test]
    fn remedies_name_the_application() {
        assert!(explanation(Reason::AppSwitch, "sample-app").contains("SAMPLE_APP_TELEMETRY"));
        assert!(explanation(Reason::Unasked, "sample-app").contains("`sample-app telemetry on`"));
        let fault = explanation(Reason::Fault(FaultKind::Damaged), "sample-app");
        assert!(fault.contains("`sample-app telemetry off`"), "{fault}");
    }
}
