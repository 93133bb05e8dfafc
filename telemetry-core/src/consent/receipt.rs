//! Receipts: what was decided, when, where and under which text, hash-chained and without personal data.
//!
//! The shape follows ISO/IEC TS 27560 loosely. A receipt never names a person, an address or a machine.

use serde::{Deserialize, Serialize};

use super::destinations::Destinations;
use crate::Purposes;
use crate::catalogue::lock::{Lock, Terms};
use crate::clock::Timestamp;
use crate::digest::Sha256Hex;
use crate::locale::Locale;
use crate::sentences;

/// Where the question was shown or the switch was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Surface {
    /// The page of a first start.
    SetupPage,
    /// The application's own page or dialogue for telemetry.
    Dashboard,
    /// A terminal.
    Terminal,
}

impl Surface {
    /// The control that the person used there, and how it stood before.
    #[must_use]
    pub const fn control(self) -> Control {
        match self {
            Self::SetupPage => Control { kind: ControlKind::Checkbox, initial: Initial::Unchecked },
            Self::Dashboard => Control { kind: ControlKind::Button, initial: Initial::None },
            Self::Terminal => Control { kind: ControlKind::Prompt, initial: Initial::No },
        }
    }

    /// In which role the person acted.
    #[must_use]
    pub const fn actor(self) -> Actor {
        match self {
            Self::SetupPage | Self::Dashboard => Actor::InstanceAdmin,
            Self::Terminal => Actor::OsUser,
        }
    }
}

/// In which role a person acted; never who it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Actor {
    /// An administrator of the installation.
    InstanceAdmin,
    /// The user of the operating system who ran the program.
    OsUser,
}

/// The control that a person used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Control {
    /// What sort of control it was.
    pub kind: ControlKind,
    /// How it stood before the person touched it.
    pub initial: Initial,
}

/// What sort of control a person used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ControlKind {
    /// A box to tick.
    Checkbox,
    /// A button of its own.
    Button,
    /// A question at a terminal.
    Prompt,
}

/// How a control stood before the person touched it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Initial {
    /// Not ticked.
    Unchecked,
    /// The answer for an empty line was "no".
    No,
    /// It has no state.
    None,
}

/// What a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReceiptAct {
    /// Agreed.
    Granted,
    /// Said no.
    Denied,
    /// Turned off what was on.
    Withdrawn,
    /// Had a new install id made.
    IdReset,
    /// Kept the older, smaller list of events.
    Kept,
    /// Turned one of several purposes off.
    Narrowed,
}

impl ReceiptAct {
    /// The word that files and commands use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Withdrawn => "withdrawn",
            Self::IdReset => "id-reset",
            Self::Kept => "kept",
            Self::Narrowed => "narrowed",
        }
    }
}

/// Which text was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeShown {
    /// The notice's name and version.
    pub id: String,
    /// Its language.
    pub locale: String,
    /// The SHA-256 of its words.
    pub sha256: String,
}

/// Which catalogue a decision is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CatalogueShown {
    /// The revision.
    pub revision: u32,
    /// The SHA-256 of its lock file's text.
    pub sha256: String,
    /// What holds for the whole catalogue and so has no revision of its own.
    pub terms: Terms,
}

impl CatalogueShown {
    /// What a receipt says about this list.
    #[must_use]
    pub fn of(list: &Lock) -> Self {
        Self { revision: list.revision(), sha256: list.digest(), terms: list.terms().clone() }
    }
}

/// One destination that a decision is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DestinationShown {
    /// The origin.
    pub origin: String,
    /// The fingerprint of the key.
    pub key_fingerprint: String,
}

/// Which build a decision was made in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BuildShown {
    /// The application's version.
    pub version: String,
    /// The commit, where the build named it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
}

/// One link of the chain of receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Receipt {
    /// Counts from 1.
    pub n: u64,
    /// What the person did.
    pub act: ReceiptAct,
    /// When.
    pub at: Timestamp,
    /// In which role.
    pub actor: Actor,
    /// Where.
    pub surface: Surface,
    /// What they agreed to, or turned off.
    pub purposes: Purposes,
    /// The control they used.
    pub control: Control,
    /// The text that was shown, where one was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice: Option<NoticeShown>,
    /// The catalogue.
    pub catalogue: CatalogueShown,
    /// The destination of each purpose, where the build has one.
    #[serde(skip_serializing_if = "Destinations::is_empty", default)]
    pub to: Destinations,
    /// The build.
    pub build: BuildShown,
    /// The digest of the receipt before; 64 zeros for the first.
    pub prev: String,
    /// The digest of all of the above.
    pub sha256: String,
}

/// The `prev` of the first receipt.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Receipt {
    /// Numbers the receipt, links it to the one before and seals it.
    #[must_use]
    pub(crate) fn chained(mut self, before: Option<&Self>) -> Self {
        (self.n, self.prev) =
            before.map_or_else(|| (1, GENESIS.to_owned()), |last| (last.n.saturating_add(1), last.sha256.clone()));
        self.sha256 = self.digest();
        self
    }

    /// The digest that [`sha256`](Self::sha256) must equal.
    pub(crate) fn digest(&self) -> String {
        let unsealed = Self { sha256: String::new(), ..self.clone() };
        // Serialising a struct of texts and numbers cannot fail; if it ever did, no seal would match.
        Sha256Hex::of(&serde_json::to_vec(&unsealed).unwrap_or_default()).to_string()
    }

    /// The receipt as one line of JSON, without the line's end.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What is wrong with a chain of receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A line is not a receipt: restore the file from a copy.
    #[error("line {line} is not a receipt")]
    NotAReceipt {
        /// Counts from 1.
        line: u64,
    },
    /// A receipt was changed after it was written.
    #[error("receipt {n} was changed after it was written")]
    Changed {
        /// The receipt's number.
        n: u64,
    },
    /// A receipt is missing, or two changed places.
    #[error("receipt {n} does not follow the one before it: receipts are missing or out of order")]
    Broken {
        /// The number of the first receipt out of place.
        n: u64,
    },
    /// The receipts, or the decision that names the newest of them, cannot be read.
    #[error("the receipts cannot be checked, because they or the stored decision cannot be read")]
    Unreadable,
    /// The newest receipt, which the decision names, is not in the file.
    #[error("the newest receipt, number {n}, is missing")]
    Missing {
        /// Its number.
        n: u64,
    },
}

impl VerifyError {
    /// The same in this language, without a full stop.
    #[must_use]
    pub fn words_in(self, locale: Locale) -> String {
        sentences::of(locale).receipts(self)
    }
}

/// Checks a whole chain against the newest receipt that the decision holds.
///
/// # Errors
///
/// Names the first receipt that was changed, lost or moved.
pub fn verify(receipts: &[Receipt], newest: Option<&Receipt>) -> Result<(), VerifyError> {
    let mut before: Option<&Receipt> = None;
    for receipt in receipts {
        if receipt.digest() != receipt.sha256 {
            return Err(VerifyError::Changed { n: receipt.n });
        }
        let (n, prev) = before.map_or((1, GENESIS), |last| (last.n.saturating_add(1), last.sha256.as_str()));
        if receipt.n != n || receipt.prev != prev {
            return Err(VerifyError::Broken { n: receipt.n });
        }
        before = Some(receipt);
    }
    match newest {
        Some(newest) if before.map(|last| &last.sha256) != Some(&newest.sha256) => {
            Err(VerifyError::Missing { n: newest.n })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Purpose;
    use crate::document::sample::SAMPLE;

    fn receipt(act: ReceiptAct) -> Receipt {
        Receipt {
            n: 0,
            act,
            at: Timestamp::from_millis(1_795_428_000_000),
            actor: Actor::InstanceAdmin,
            surface: Surface::SetupPage,
            purposes: Purposes::NONE.with(Purpose::Usage),
            control: Surface::SetupPage.control(),
            notice: None,
            catalogue: CatalogueShown { revision: 1, sha256: "c".into(), terms: Terms::of(&SAMPLE) },
            to: Destinations::NONE,
            build: BuildShown { version: "1.0.0".into(), commit: None },
            prev: String::new(),
            sha256: String::new(),
        }
    }

    fn chain() -> Vec<Receipt> {
        let mut chain: Vec<Receipt> = Vec::new();
        for act in [ReceiptAct::Granted, ReceiptAct::Withdrawn, ReceiptAct::Granted] {
            let next = receipt(act).chained(chain.last());
            chain.push(next);
        }
        chain
    }

    #[test]
    fn tampering_is_found() {
        let whole = chain();
        let newest = whole.last().cloned();
        assert_eq!(verify(&whole, newest.as_ref()), Ok(()));

        let mut changed = chain();
        changed[1].act = ReceiptAct::Denied;
        assert_eq!(verify(&changed, newest.as_ref()), Err(VerifyError::Changed { n: 2 }));

        let mut lost = chain();
        lost.remove(1);
        assert_eq!(verify(&lost, newest.as_ref()), Err(VerifyError::Broken { n: 3 }));

        let mut swapped = chain();
        swapped.swap(0, 1);
        assert_eq!(verify(&swapped, newest.as_ref()), Err(VerifyError::Broken { n: 2 }));

        let mut cut = chain();
        cut.pop();
        assert_eq!(verify(&cut, newest.as_ref()), Err(VerifyError::Missing { n: 3 }));
        assert_eq!(verify(&[], newest.as_ref()), Err(VerifyError::Missing { n: 3 }));
    }

    #[test]
    fn every_field_is_sealed() {
        let sealed = receipt(ReceiptAct::Granted).chained(None);
        let changed: [fn(&mut Receipt); 6] = [
            |r| r.at = Timestamp::from_millis(0),
            |r| r.purposes = Purposes::NONE,
            |r| r.catalogue.revision = 2,
            |r| {
                let to = DestinationShown { origin: "x".into(), key_fingerprint: "y".into() };
                r.to = Destinations::one(r.purposes, &to);
            },
            |r| r.surface = Surface::Terminal,
            |r| r.build.version.push('1'),
        ];
        for change in changed {
            let mut other = sealed.clone();
            change(&mut other);
            assert_ne!(other.digest(), sealed.sha256);
        }
    }
}
