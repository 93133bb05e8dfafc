//! Decisions of a person who does not exist, for tests of stores.
//!
//! They go the way of every decision, through the state machine and onto a receipt. Nothing here reaches a
//! [`Telemetry`](crate::Telemetry): a decision only counts where a store hands it out.

use core::time::Duration;

use crate::Purposes;
use crate::catalogue::lock::Lock;
use crate::catalogue::{CatalogueSchema, Identity};
use crate::clock::Timestamp;
use crate::consent::Destinations;
use crate::consent::machine::{Act, Consent, InstallIdentity};
use crate::consent::presented::{About, PresentedToken};
use crate::consent::receipt::{BuildShown, CatalogueShown, DestinationShown, NoticeShown, Receipt, Surface};
use crate::store::Stored;

/// What the person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Agrees to every purpose. Always a new decision.
    Yes,
    /// Says no to the question; changes nothing but "unasked".
    No,
    /// Turns it off; changes nothing that is off already.
    Off,
}

const CATALOGUE: CatalogueSchema = CatalogueSchema::new("conformance", "1.0.0", 1, Identity::Stable, &[]);
const SURFACE: Surface = Surface::Terminal;

/// The decision and the receipt that follow from `answer`, given on top of `current` at the time `at`; `None` where
/// the answer changes nothing.
///
/// A yes to a state without a grant gets a fresh random identity.
#[must_use]
pub fn answered(current: Stored, answer: Answer, at: Timestamp) -> Option<Stored> {
    let text = |text: &str| text.to_owned();
    let notice = NoticeShown { id: text("conformance/1"), locale: text("en"), sha256: text("") };
    let list = Lock::of(&CATALOGUE);
    let catalogue = CatalogueShown::of(&list);
    let to = DestinationShown { origin: text("https://sink.example"), key_fingerprint: text("0123abcd") };
    let to = Destinations::one(Purposes::ALL, &to);
    let act = match answer {
        Answer::Yes => {
            let mut random = [0; 48];
            getrandom::fill(&mut random).ok()?;
            Act::Accept {
                shown: PresentedToken {
                    notice: notice.clone(),
                    surface: SURFACE,
                    offers: Purposes::ALL,
                    about: About::Everything,
                    shown: Duration::ZERO,
                },
                now: Duration::ZERO,
                purposes: Purposes::ALL,
                list: Box::new(list),
                to: to.clone(),
                identity: InstallIdentity::from_random(random),
            }
        }
        Answer::No => Act::Decline { offered: list },
        Answer::Off => Act::Withdraw { purposes: Purposes::ALL },
    };
    let step = current.decision.decide(act, at).ok()?;
    let granted = matches!(step.decision.consent, Consent::Granted(_));
    let receipt = Receipt {
        n: 0,
        act: step.receipt?,
        at,
        actor: SURFACE.actor(),
        surface: SURFACE,
        purposes: if granted { Purposes::ALL } else { Purposes::NONE },
        control: SURFACE.control(),
        notice: granted.then_some(notice),
        catalogue,
        to: if granted { to } else { Destinations::NONE },
        build: BuildShown { version: text("1.0.0"), commit: None },
        prev: String::new(),
        sha256: String::new(),
    };
    let receipt = receipt.chained(current.receipt.as_ref());
    Some(Stored { decision: step.decision, receipt: Some(receipt) })
}
