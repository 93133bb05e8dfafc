//! Where data went, as the receipts tell it: under the present identifiers, and under those before them.

use crate::Purposes;
use crate::clock::Timestamp;
use crate::consent::machine::Grant;
use crate::consent::receipt::{Receipt, ReceiptAct};

/// What the receipts tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    /// When somebody agreed to what is on now, for the first time.
    pub(super) given: Option<Timestamp>,
    /// When the present identity was first used: who agrees again keeps it, and starts to count anew.
    pub(super) since: Option<Timestamp>,
    /// Where data went under it: each origin with the purposes that it served.
    pub(super) to: Vec<(String, Purposes)>,
    /// The same for the identities before it, which are gone.
    pub(super) earlier: Vec<(String, Purposes)>,
}

impl History {
    /// Follows the decisions as the machine made them: a yes at the same destinations keeps the identity, everything
    /// else begins with a new one. The running grant counts whatever the receipts say: they may be lost.
    pub(super) fn of(receipts: &[Receipt], grant: &Grant) -> Self {
        let mut history = Self::default();
        let mut running: Option<&Receipt> = None;
        for receipt in receipts {
            match receipt.act {
                ReceiptAct::Granted => {
                    if running.is_none_or(|before| has_moved(before, receipt)) {
                        history.begin_anew();
                        (history.given, history.since) = (Some(receipt.at), Some(receipt.at));
                    }
                    history.went(receipt.purposes, receipt);
                    running = Some(receipt);
                }
                ReceiptAct::IdReset => {
                    history.begin_anew();
                    history.since = Some(receipt.at);
                    history.went(receipt.purposes, receipt);
                    running = Some(receipt);
                }
                ReceiptAct::Narrowed | ReceiptAct::Kept => running = Some(receipt),
                ReceiptAct::Withdrawn | ReceiptAct::Denied => {
                    history.begin_anew();
                    (history.given, history.since, running) = (None, None, None);
                }
            }
        }
        for (purpose, destination) in grant.agreed.to.iter() {
            add(&mut history.to, &destination.origin, Purposes::NONE.with(purpose));
        }
        history
    }

    fn begin_anew(&mut self) {
        for (origin, purposes) in core::mem::take(&mut self.to) {
            add(&mut self.earlier, &origin, purposes);
        }
    }

    fn went(&mut self, purposes: Purposes, receipt: &Receipt) {
        for (purpose, destination) in receipt.to.only(purposes).iter() {
            add(&mut self.to, &destination.origin, Purposes::NONE.with(purpose));
        }
    }
}

/// Whether a destination that both name is another one now, or has another key.
fn has_moved(before: &Receipt, now: &Receipt) -> bool {
    before.to.iter().any(|(purpose, was)| now.to.of(purpose).is_some_and(|is| is != was))
}

fn add(to: &mut Vec<(String, Purposes)>, origin: &str, purposes: Purposes) {
    match to.iter_mut().find(|(known, _)| known == origin) {
        Some((_, known)) => *known = known.union(purposes),
        None => to.push((origin.to_owned(), purposes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::receipt::{DestinationShown, Surface};
    use crate::kill_switch::ProgramKind;
    use crate::sink::Destination;
    use crate::telemetry::{NothingToName, Telemetry};
    use crate::testing::RecordingSink;
    use crate::{Locale, Purpose};

    /// What is reported, for both purposes.
    #[derive(crate::Catalogue)]
    #[catalogue(app = "tool", revision = 1, identity = "stable", crate = crate)]
    enum Tracked {
        /// It ran.
        ///
        /// Why: whether it runs.
        #[event(name = "command.ran")]
        Ran,
        /// It failed.
        ///
        /// Why: what has to be repaired.
        #[event(name = "command.failed", purpose = "errors")]
        Failed,
    }

    const USAGE: Purposes = Purposes::NONE.with(Purpose::Usage);
    const ERRORS: Purposes = Purposes::NONE.with(Purpose::Errors);

    struct Installation(tempfile::TempDir);

    impl Installation {
        /// Starts a build with these two destinations.
        fn start(&self, usage: &'static str, errors: &'static str) -> Telemetry<Tracked> {
            let sink = |origin| {
                let destination = Destination::new(origin, "a test", None, Some("0123abcd".to_owned()));
                RecordingSink::default().with_destination(destination)
            };
            let builder = Telemetry::builder(ProgramKind::Service, self.0.path(), sink(usage));
            builder.errors_sink(sink(errors)).build()
        }
    }

    /// Has a person agree, and sends what that covers.
    fn agree(telemetry: &Telemetry<Tracked>, purposes: Purposes) {
        let question = telemetry.present(Surface::Dashboard).unwrap();
        telemetry.grant(question.ticket(), purposes).unwrap();
        telemetry.track(Tracked::Ran);
        telemetry.track(Tracked::Failed);
        let _ = telemetry.flush(core::time::Duration::from_secs(30));
    }

    fn body(telemetry: &Telemetry<Tracked>, locale: Locale) -> String {
        telemetry.forget_in(Surface::Dashboard, locale).unwrap().request.unwrap().body
    }

    #[test]
    fn a_request_names_every_destination_of_the_identity_with_its_purpose() {
        let installation = Installation(tempfile::tempdir().unwrap());
        let telemetry = installation.start("https://usage.example", "https://errors.example");
        agree(&telemetry, Purposes::ALL);
        // Turned off by itself, and yet data may have gone there under the same id.
        telemetry.withdraw_purposes(Surface::Dashboard, ERRORS).unwrap();
        let text = body(&telemetry, Locale::English);
        assert!(text.contains("\n  usage statistics: https://usage.example\n"), "{text}");
        assert!(text.contains("\n  error reports: https://errors.example\n"), "{text}");
        assert!(!text.contains("Before that"), "{text}");
        assert_eq!(telemetry.forget(Surface::Dashboard).unwrap().request, Err(NothingToName::Erased));
    }

    #[test]
    fn destinations_of_past_grants_are_named_as_what_they_are() {
        let installation = Installation(tempfile::tempdir().unwrap());
        let old = installation.start("https://old.example", "https://errors.example");
        agree(&old, USAGE);
        drop(old);
        let telemetry = installation.start("https://new.example", "https://errors.example");
        agree(&telemetry, USAGE);
        telemetry.reset_id(Surface::Dashboard).unwrap();
        let text = body(&telemetry, Locale::German);
        let (now, before) = text.split_once("Vorher können").expect("a part about the past");
        assert!(now.contains("  Nutzungsstatistik: https://new.example\n") && !now.contains("old"), "{text}");
        for origin in ["https://old.example", "https://new.example"] {
            assert!(before.contains(&format!("  Nutzungsstatistik: {origin}\n")), "{text}");
        }
        assert!(!text.contains("errors.example"), "nobody agreed to that");
    }

    #[test]
    fn without_receipts_the_running_grant_is_named() {
        let installation = Installation(tempfile::tempdir().unwrap());
        let telemetry = installation.start("https://usage.example", "https://errors.example");
        agree(&telemetry, Purposes::ALL);
        std::fs::remove_file(installation.0.path().join("receipts.jsonl")).unwrap();
        let text = body(&telemetry, Locale::English);
        assert!(text.contains("https://usage.example") && text.contains("https://errors.example"), "{text}");
    }

    #[test]
    fn another_key_at_the_same_server_is_another_destination() {
        let installation = Installation(tempfile::tempdir().unwrap());
        let telemetry = installation.start("https://usage.example", "https://errors.example");
        agree(&telemetry, USAGE);
        let first = telemetry.receipts().unwrap().pop().unwrap();
        let mut second = first.clone();
        let moved = DestinationShown { origin: "https://usage.example".into(), key_fingerprint: "f".into() };
        second.to = crate::consent::Destinations::one(USAGE, &moved);
        assert!(has_moved(&first, &second) && !has_moved(&first, &first));
    }
}
