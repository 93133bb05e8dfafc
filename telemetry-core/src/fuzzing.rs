//! What must hold for any bytes that lie where this crate reads: one check for each parser.
//!
//! Compiled for the tests of this crate, which try them on random bytes, and for the fuzzers of `telemetry-core/fuzz`. A
//! check panics where its property does not hold. Nothing in here is part of a release, or could be used for anything:
//! what was read goes nowhere.

use std::sync::LazyLock;

use serde_json::Value;

use crate::Purposes;
use crate::clock::Timestamp;
use crate::consent::machine::{Act, Consent};
use crate::consent::receipt::{Receipt, ReceiptAct, verify};
use crate::limits;
use crate::sent_log;
use crate::spool;
use crate::store::Stored;
use crate::testing::{Answer, answered};

/// The application whose record it is.
const APP: &str = "fuzzed";

/// `installation.json`. What is accepted reads back the same from what is written for it, says `telemetry_enabled` as it
/// is, and can be turned off.
pub fn decision(bytes: &[u8]) {
    both(decision_bytes, bytes, |valid| valid.decision.as_bytes());
}

fn decision_bytes(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    decision_text(text);
    // Few random records have the right seal. With it put right, the checks behind it are reached.
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return };
    let Some(receipt) =
        value.get("receipt").and_then(|receipt| serde_json::from_value::<Receipt>(receipt.clone()).ok())
    else {
        return;
    };
    if let Some(seal) = value.pointer_mut("/receipt/sha256") {
        *seal = receipt.digest().into();
    }
    if let Ok(text) = serde_json::to_string_pretty(&value) {
        decision_text(&format!("{text}\n"));
    }
}

fn decision_text(text: &str) {
    let Ok(stored) = Stored::from_text(APP, text) else { return };
    let granted = matches!(stored.decision.consent, Consent::Granted(_));
    let compact: String = text.split_whitespace().collect();
    assert_eq!(compact.contains("\"telemetry_enabled\":true"), granted, "what `grep` finds is what holds");
    let written = stored.to_text(APP);
    let again = written.as_deref().map(|text| Stored::from_text(APP, text));
    assert_eq!(again, Some(Ok(stored.clone())), "it reads back as it was");
    let before = stored.decision.epoch;
    let at = Timestamp::from_millis(1);
    if let Ok(step) = stored.decision.decide(Act::Withdraw { purposes: Purposes::ALL }, at) {
        assert!(!matches!(step.decision.consent, Consent::Granted(_)), "off is off");
        assert_eq!(step.decision.epoch > before, step.receipt.is_some(), "a change shows in the epoch");
    }
}

/// The receipts' file. Any lines can be verified, and a verified chain stops being one when it is cut.
pub fn receipts(bytes: &[u8]) {
    both(receipts_bytes, bytes, |valid| valid.receipts.as_bytes());
}

fn receipts_bytes(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let receipts: Vec<Receipt> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    check_chain(&receipts);
    // The same contents, properly numbered and sealed.
    let mut chain: Vec<Receipt> = Vec::new();
    for receipt in receipts {
        chain.push(receipt.chained(chain.last()));
    }
    assert_eq!(verify(&chain, chain.last()), Ok(()), "what is sealed is whole");
    check_chain(&chain);
}

fn check_chain(receipts: &[Receipt]) {
    for receipt in receipts {
        let again: Option<Receipt> = serde_json::from_str(&receipt.to_line()).ok();
        assert_eq!(again.as_ref(), Some(receipt), "a line reads back as it was");
    }
    let Some((newest, rest)) = receipts.split_last() else { return };
    if verify(receipts, Some(newest)).is_ok() {
        assert!(verify(rest, Some(newest)).is_err(), "a lost line is noticed");
        let mut changed = newest.clone();
        changed.act = if newest.act == ReceiptAct::Withdrawn { ReceiptAct::Granted } else { ReceiptAct::Withdrawn };
        assert!(verify(&[rest, &[changed]].concat(), None).is_err(), "a changed line is noticed");
    }
}

/// The sent log. No bytes hide the entries that are whole.
pub fn sent_log(bytes: &[u8]) {
    both(sent_log_bytes, bytes, |valid| &valid.sent_log);
}

fn sent_log_bytes(bytes: &[u8]) {
    let entries = sent_log::entries(bytes);
    assert!(entries.iter().all(|entry| entry.body().len() <= limits::BATCH_BYTES.max(bytes.len())), "bounded");
    let found = entries.len();
    let entry = b"{\"n\":7,\"at\":\"2026-11-23T10:00:00.000Z\",\"to\":\"https://sink.example\",\"bytes\":2,\"crc32\":2745614147}\n{}\n";
    let before = [&entry[..], bytes].concat();
    assert_eq!(sent_log::entries(&before).len(), found + 1, "an entry before them is still there");
    let after = [bytes, b"\n", &entry[..]].concat();
    assert_eq!(sent_log::entries(&after).len(), found + 1, "an entry after them is still there");
}

/// A segment of the spool. Reading ends, finds nothing behind the last whole record, and believes a record that takes
/// events out.
pub fn spool(bytes: &[u8]) {
    both(spool::check::check, bytes, |valid| &valid.spool);
}

/// `valid` as this script of edits leaves it: places overwritten, cut out, doubled or put in.
fn edited(valid: &[u8], script: &[u8]) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    for edit in script.chunks_exact(6) {
        let [kind, byte, a, b, c, d] = *edit else { continue };
        let place = |high: u8, low: u8| usize::from(u16::from_be_bytes([high, low])) % (bytes.len() + 1);
        let (one, other) = (place(a, b), place(c, d));
        let range = one.min(other)..one.max(other);
        match kind % 4 {
            0 => drop(bytes.drain(range)),
            1 => {
                let part = bytes.get(range).unwrap_or_default().to_vec();
                bytes.splice(one..one, part);
            }
            2 => bytes.insert(one, byte),
            _ => {
                if let Some(place) = bytes.get_mut(one) {
                    *place = byte;
                }
            }
        }
    }
    bytes
}

/// What this version writes, for each of the files.
struct Valid {
    decision: String,
    receipts: String,
    sent_log: Vec<u8>,
    spool: Vec<u8>,
}

impl Valid {
    fn made() -> Self {
        let spool = spool::check::valid();
        let mut valid = Self {
            decision: String::new(),
            receipts: String::new(),
            sent_log: [SENT.as_bytes(), SENT_COMPRESSED].concat(),
            spool,
        };
        let mut stored = Stored::UNASKED;
        for (answer, millis) in [Answer::Yes, Answer::Off, Answer::Yes].into_iter().zip(1_795_428_000_000..) {
            let Some(next) = answered(stored.clone(), answer, Timestamp::from_millis(millis)) else { continue };
            valid.receipts.extend(next.receipt.as_ref().map(|receipt| format!("{}\n", receipt.to_line())));
            stored = next;
        }
        valid.decision = stored.to_text(APP).unwrap_or_default();
        valid
    }
}

/// A request with its answer, and one without.
const SENT: &str = r#"{"n":1,"at":"2026-11-23T10:00:00.000Z","to":"https://sink.example","bytes":2,"crc32":2745614147}
{}
{"n":1,"answer":{"outcome":"accepted","status":200,"wire_bytes":2}}
{"n":2,"at":"2026-11-23T10:00:01.000Z","to":"https://sink.example","bytes":12,"crc32":2110479204}
{"batch":[]}
"#;

/// The same, of a large body, as it goes over the wire.
const SENT_COMPRESSED: &[u8] = b"{\"n\":3,\"at\":\"2026-11-23T10:00:02.000Z\",\"to\":\"https://sink.example\",\"coding\":\"gzip\",\"bytes\":49,\"crc32\":4122488634}\n\
\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xab\x56\x4a\x4a\x2c\x49\xce\x50\xb2\x8a\xae\x56\x4a\x2d\x4b\
\xcd\x2b\x51\xb2\x52\x4a\x54\xaa\xd5\x41\xe1\xc5\xd6\x72\x01\x00\xa9\x2d\xfb\x76\x28\x00\x00\x00\n\
{\"n\":3,\"answer\":{\"outcome\":\"accepted\",\"status\":200,\"wire_bytes\":49}}\n";

/// Gives a check the bytes as they are, or as edits of something valid, which gets much further; the first byte says
/// which.
fn both(check: impl Fn(&[u8]), bytes: &[u8], valid: impl Fn(&Valid) -> &[u8]) {
    static VALID: LazyLock<Valid> = LazyLock::new(Valid::made);
    match bytes.split_first() {
        Some((0, raw)) => check(raw),
        Some((_, script)) => check(&edited(valid(&VALID), script)),
        None => check(bytes),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        (0..4_u8, prop::collection::vec(any::<u8>(), 0..60)).prop_map(|(first, rest)| [vec![first], rest].concat())
    }

    proptest! {
        #[test]
        fn decisions(bytes in bytes()) {
            decision(&bytes);
        }

        #[test]
        fn chains_of_receipts(bytes in bytes()) {
            receipts(&bytes);
        }

        #[test]
        fn segments_of_the_spool(bytes in bytes()) {
            spool(&bytes);
        }

        #[test]
        fn sent_logs(bytes in bytes()) {
            sent_log(&bytes);
        }
    }

    /// Without edits it is what this version accepts; otherwise the checks would stop at the first step.
    #[test]
    fn what_is_edited_is_valid() {
        let valid = Valid::made();
        let stored = Stored::from_text(APP, &valid.decision).unwrap();
        assert!(matches!(stored.decision.consent, Consent::Granted(_)));
        let receipts: Vec<Receipt> = valid.receipts.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((receipts.len(), verify(&receipts, stored.receipt.as_ref())), (3, Ok(())));
        assert_eq!(sent_log::entries(&valid.sent_log).len(), 3);
        assert_eq!(edited(b"abc", &[]), b"abc");
    }
}
