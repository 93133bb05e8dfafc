//! The reasons for "off", and their codes.
//!
//! Owns the words that programs know them by, which are stable over versions. How they read is each language's affair.

use core::fmt;

use crate::locale::Locale;
use crate::sentences;

/// Why nothing may be recorded or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The build has no key.
    NoKey,
    /// `DO_NOT_TRACK` is set.
    DoNotTrack,
    /// The application's own kill switch is set.
    AppSwitch,
    /// The machine's policy denies it.
    Policy,
    /// This is a continuous-integration run.
    Ci,
    /// Nobody was asked, or nobody answered.
    Unasked,
    /// A person said no.
    Denied,
    /// A person turned it off.
    Withdrawn,
    /// This build sends somewhere else than the person agreed to.
    DestinationChanged,
    /// What holds for the whole catalogue has become wider than the person agreed to: how events are linked, how
    /// exact they are, who receives them, for how long, or what goes with each.
    TermsChanged,
    /// Nothing that the person agreed to is in this build's catalogue.
    NothingCovered,
    /// Somebody is turning it off in this process, or that could not be stored.
    Held,
    /// This program is ending.
    Finished,
    /// The server has refused the key of this build.
    KeyRefused,
    /// The decision cannot be read.
    Fault(FaultKind),
}

impl Reason {
    /// A short word for programs, stable over versions; `explain` takes it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoKey => "no-key",
            Self::DoNotTrack => "do-not-track",
            Self::AppSwitch => "app-switch",
            Self::Policy => "policy",
            Self::Ci => "ci",
            Self::Unasked => "unasked",
            Self::Denied => "denied",
            Self::Withdrawn => "withdrawn",
            Self::DestinationChanged => "destination-changed",
            Self::TermsChanged => "terms-changed",
            Self::NothingCovered => "nothing-covered",
            Self::Held => "held",
            Self::Finished => "finished",
            Self::KeyRefused => "key-refused",
            Self::Fault(kind) => kind.code(),
        }
    }
}

impl Reason {
    /// The same as words in this language, without a full stop.
    #[must_use]
    pub fn words_in(self, locale: Locale) -> String {
        sentences::of(locale).reason(self)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words_in(Locale::English))
    }
}

/// Why the decision cannot be read. Always means "off"; what is on disk is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// The file cannot be opened or read.
    #[error("the stored decision cannot be read")]
    Unreadable,
    /// The file is there but is not a whole decision.
    #[error("the stored decision is damaged")]
    Damaged,
    /// The file was written by a newer version.
    #[error("the stored decision has a format that this version does not know")]
    UnknownFormat,
    /// The file says two things at once, for example after a change by hand.
    #[error("the stored decision contradicts itself")]
    Inconsistent,
    /// The file belongs to another user or others may write to it.
    #[error("the stored decision belongs to another user or can be written by others")]
    Permissions,
    /// The decision is another application's.
    #[error("the stored decision is another application's")]
    WrongApp,
    /// The decision is a yes that was given in another installation; this one is a copy. Unlike the other faults it
    /// needs no repair: a person is asked again.
    #[error("the yes was given in another installation, of which this is a copy")]
    Copied,
}

impl FaultKind {
    /// A short word for programs, stable over versions.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "fault-unreadable",
            Self::Damaged => "fault-damaged",
            Self::UnknownFormat => "fault-unknown-format",
            Self::Inconsistent => "fault-inconsistent",
            Self::Permissions => "fault-permissions",
            Self::WrongApp => "fault-wrong-app",
            Self::Copied => "copied",
        }
    }
}
