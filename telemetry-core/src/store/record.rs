//! The text form of a stored decision: `installation.json`.
//!
//! Written for people as much as for programs: `grep telemetry_enabled installation.json` tells the truth. Read with
//! suspicion: whatever is not exactly what this module writes is a fault.

use serde::{Deserialize, Serialize};

use super::Stored;
use super::mark::Mark;
use crate::Purposes;
use crate::catalogue::lock::Lock;
use crate::clock::Timestamp;
use crate::consent::Destinations;
use crate::consent::FaultKind;
use crate::consent::machine::{Agreed, Consent, Decision, Grant, InstallIdentity};
use crate::consent::receipt::{CatalogueShown, NoticeShown, Receipt, ReceiptAct};
use crate::event::Uuid;

/// The format that this version writes and reads.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: u32,
    app: String,
    telemetry_enabled: bool,
    state: StateName,
    epoch: u64,
    decided_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    grant: Option<GrantRecord>,
    receipt: Receipt,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum StateName {
    Granted,
    Denied,
    Withdrawn,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantRecord {
    purposes: Purposes,
    /// The whole list that was shown; the receipt seals its digest.
    list: Lock,
    to: Destinations,
    notice: NoticeShown,
    install_id: String,
    id_key: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    declined_revision: Option<u32>,
    /// The file beside the record that a copy of both does not have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    mark: Option<Mark>,
}

/// Only the format, so that a newer file is told from a damaged one.
#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

/// The text of a stored decision; `None` for "unasked", which has no record.
pub(super) fn write(app: &str, stored: &Stored) -> Option<String> {
    write_marked(app, stored, None)
}

/// The same, with the mark of the installation that the grant was made in.
pub(super) fn write_marked(app: &str, stored: &Stored, mark: Option<&Mark>) -> Option<String> {
    let receipt = stored.receipt.clone()?;
    let (state, decided_at, grant) = match &stored.decision.consent {
        Consent::Unasked => return None,
        Consent::Denied { at } => (StateName::Denied, *at, None),
        Consent::Withdrawn { at } => (StateName::Withdrawn, *at, None),
        Consent::Granted(grant) => (
            StateName::Granted,
            grant.at,
            Some(GrantRecord {
                purposes: grant.agreed.purposes,
                list: grant.agreed.list.clone(),
                to: grant.agreed.to.clone(),
                notice: grant.agreed.notice.clone(),
                install_id: grant.identity.install_id.to_string(),
                id_key: crate::digest::hex(&grant.identity.id_key),
                declined_revision: grant.declined_revision,
                mark: mark.cloned(),
            }),
        ),
    };
    let record = Record {
        format: FORMAT,
        app: app.to_owned(),
        telemetry_enabled: state == StateName::Granted,
        state,
        epoch: stored.decision.epoch,
        decided_at,
        grant,
        receipt,
    };
    let mut text = serde_json::to_string_pretty(&record).ok()?;
    text.push('\n');
    Some(text)
}

/// Reads what [`write`] wrote.
pub(super) fn read(app: &str, text: &str) -> Result<Stored, FaultKind> {
    read_marked(app, text).map(|(stored, _)| stored)
}

/// Reads what [`write_marked`] wrote.
pub(super) fn read_marked(app: &str, text: &str) -> Result<(Stored, Option<Mark>), FaultKind> {
    // A file cut just before its last line feed would still be JSON; it is a torn file all the same.
    if !text.ends_with("}\n") {
        return Err(FaultKind::Damaged);
    }
    let FormatOnly { format } = serde_json::from_str(text).map_err(|_| FaultKind::Damaged)?;
    if format != FORMAT {
        return Err(FaultKind::UnknownFormat);
    }
    let record: Record = serde_json::from_str(text).map_err(|_| FaultKind::Damaged)?;
    // JSON could also spell the name in a way that `grep` does not find.
    if !text.contains("\"telemetry_enabled\"") {
        return Err(FaultKind::Damaged);
    }
    // An epoch starts from the time of day and grows by one: this one leaves no room for a change.
    if record.epoch == u64::MAX {
        return Err(FaultKind::Damaged);
    }
    if record.app != app {
        return Err(FaultKind::WrongApp);
    }
    if record.telemetry_enabled != (record.state == StateName::Granted)
        || record.receipt.digest() != record.receipt.sha256
    {
        return Err(FaultKind::Inconsistent);
    }
    let acts: &[ReceiptAct] = match record.state {
        StateName::Granted => &[ReceiptAct::Granted, ReceiptAct::IdReset, ReceiptAct::Kept, ReceiptAct::Narrowed],
        StateName::Denied => &[ReceiptAct::Denied],
        StateName::Withdrawn => &[ReceiptAct::Withdrawn],
    };
    if !acts.contains(&record.receipt.act) {
        return Err(FaultKind::Inconsistent);
    }
    let at = record.decided_at;
    let mut mark = None;
    let consent = match (record.state, record.grant) {
        (StateName::Denied, None) => Consent::Denied { at },
        (StateName::Withdrawn, None) => Consent::Withdrawn { at },
        (StateName::Granted, Some(grant)) => {
            let receipt = &record.receipt;
            // What is on must be what the receipt says was agreed to: a file edited to widen it is not a grant.
            let agreed_to = receipt.purposes == grant.purposes
                && receipt.catalogue == CatalogueShown::of(&grant.list)
                && receipt.to == grant.to
                && grant.to.purposes() == grant.purposes
                && receipt.notice.as_ref() == Some(&grant.notice);
            if grant.purposes.is_empty() || !agreed_to {
                return Err(FaultKind::Inconsistent);
            }
            let identity = InstallIdentity {
                install_id: Uuid::parse(&grant.install_id).ok_or(FaultKind::Damaged)?,
                id_key: hexadecimal(&grant.id_key).ok_or(FaultKind::Damaged)?,
            };
            let agreed = Agreed { purposes: grant.purposes, list: grant.list, to: grant.to, notice: grant.notice };
            mark = grant.mark;
            Consent::Granted(Grant { agreed, at, identity, declined_revision: grant.declined_revision })
        }
        _ => return Err(FaultKind::Inconsistent),
    };
    Ok((Stored { decision: Decision { epoch: record.epoch, consent }, receipt: Some(record.receipt) }, mark))
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Purpose;
    use crate::consent::receipt::{BuildShown, DestinationShown, Surface};
    use crate::document::sample::SAMPLE;

    /// A yes to this list.
    pub(in crate::store) fn granted_to(list: Lock) -> Stored {
        stored_with(ReceiptAct::Granted, list)
    }

    fn stored(act: ReceiptAct) -> Stored {
        stored_with(act, Lock::of(&SAMPLE))
    }

    fn stored_with(act: ReceiptAct, list: Lock) -> Stored {
        let at = Timestamp::from_millis(1_795_428_000_000);
        let notice = NoticeShown { id: "notice/1".into(), locale: "en".into(), sha256: "aa".into() };
        let purposes = Purposes::NONE.with(Purpose::Usage);
        let to = DestinationShown { origin: "https://eu.i.posthog.com".into(), key_fingerprint: "0123abcd".into() };
        let to = Destinations::one(purposes, &to);
        let surface = Surface::SetupPage;
        let receipt = Receipt {
            n: 0,
            act,
            at,
            actor: surface.actor(),
            surface,
            purposes,
            control: surface.control(),
            notice: Some(notice.clone()),
            catalogue: CatalogueShown::of(&list),
            to: to.clone(),
            build: BuildShown { version: "1.0.0".into(), commit: None },
            prev: String::new(),
            sha256: String::new(),
        }
        .chained(None);
        let consent = match act {
            ReceiptAct::Denied => Consent::Denied { at },
            ReceiptAct::Withdrawn => Consent::Withdrawn { at },
            _ => Consent::Granted(Grant {
                agreed: Agreed { purposes, list, to, notice },
                at,
                identity: InstallIdentity::from_random([3; 48]),
                declined_revision: None,
            }),
        };
        Stored { decision: Decision { epoch: 9, consent }, receipt: Some(receipt) }
    }

    fn granted() -> String {
        write("app", &stored(ReceiptAct::Granted)).unwrap()
    }

    #[test]
    fn what_is_written_reads_back() {
        for act in [ReceiptAct::Granted, ReceiptAct::Denied, ReceiptAct::Withdrawn] {
            let stored = stored(act);
            let text = write("app", &stored).unwrap();
            assert_eq!(read("app", &text), Ok(stored));
            let enabled = text.lines().find(|line| line.contains("telemetry_enabled")).unwrap();
            assert_eq!(enabled.trim(), format!("\"telemetry_enabled\": {},", act == ReceiptAct::Granted));
        }
        assert_eq!(write("app", &Stored::UNASKED), None);
    }

    #[test]
    fn only_a_grant_holds_an_identity() {
        for act in [ReceiptAct::Denied, ReceiptAct::Withdrawn] {
            let text = write("app", &stored(act)).unwrap();
            assert!(!text.contains("install_id") && !text.contains("id_key"), "{text}");
        }
    }

    #[test]
    fn every_truncation_is_a_fault() {
        let text = granted();
        for length in 0..text.len() {
            let cut = text.get(..length).unwrap();
            assert!(read("app", cut).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn edits_by_hand_never_grant() {
        let text = granted();
        let edit = |from: &str, to: &str| {
            let edited = text.replace(from, to);
            assert_ne!(edited, text, "{from}");
            read("app", &edited)
        };
        assert_eq!(edit("\"telemetry_enabled\": true", "\"telemetry_enabled\": false"), Err(FaultKind::Inconsistent));
        assert_eq!(edit("\"usage\"", "\"errors\""), Err(FaultKind::Inconsistent));
        assert_eq!(edit("\"format\": 1", "\"format\": 2"), Err(FaultKind::UnknownFormat));
        assert_eq!(edit("\"app\": \"app\"", "\"app\": \"other\""), Err(FaultKind::WrongApp));
        assert_eq!(edit("eu.i.posthog.com", "example.com"), Err(FaultKind::Inconsistent));
        // The list that was shown is sealed as well: an event written into it by hand was not shown.
        assert_eq!(edit("\"timer.started\"", "\"timer.watched\""), Err(FaultKind::Inconsistent));

        let denied = write("app", &stored(ReceiptAct::Denied)).unwrap();
        for (from, to) in [
            ("\"telemetry_enabled\": false", "\"telemetry_enabled\": true"),
            ("\"state\": \"denied\"", "\"state\": \"granted\""),
        ] {
            assert_eq!(read("app", &denied.replace(from, to)), Err(FaultKind::Inconsistent));
        }
        let both = denied
            .replace("\"telemetry_enabled\": false", "\"telemetry_enabled\": true")
            .replace("\"state\": \"denied\"", "\"state\": \"granted\"");
        assert_eq!(read("app", &both), Err(FaultKind::Inconsistent));
    }

    proptest! {
        /// No change of a single byte of a "no" ever reads as a yes.
        #[test]
        fn a_flipped_byte_never_grants(at in 0_usize..1_000, byte: u8) {
            let denied = write("app", &stored(ReceiptAct::Denied)).unwrap();
            let mut bytes = denied.into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let stored = String::from_utf8(bytes).ok().and_then(|text| read("app", &text).ok());
            if let Some(stored) = stored {
                        prop_assert!(!matches!(stored.decision.consent, Consent::Granted(_)));
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,200}\n?") {
            let _ = read("app", &text);
        }
    }
}
