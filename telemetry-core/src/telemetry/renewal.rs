//! What is new in this build's list, for whoever agreed to an older one.
//!
//! Until they decide, the older list is what is sent. It must never make one of the three answers (keep the old list,
//! agree to the new one, turn telemetry off) harder than the others, and never ask again after one of them.

use super::Telemetry;
use crate::Purposes;
use crate::catalogue::Catalogue;
use crate::catalogue::coverage::has_grown;
use crate::catalogue::diff::{Change, Class, Difference};
use crate::catalogue::lock::Lock;
use crate::consent::effective::State;
use crate::consent::machine::Consent;
use crate::consent::notice::{Locale, RenewalNotice};
use crate::consent::receipt::{NoticeShown, Surface};

/// What a list holds beyond the one that a person agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    agreed: u32,
    offered: u32,
    difference: Difference,
    offer: Offer,
}

/// Whether a person has yet to decide about a longer list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// They have not been asked, or gave no answer. A program may ask by itself, once.
    Open,
    /// They kept the older list. They are not asked by the program; the control stays where it is.
    Declined,
}

/// The question about a longer list, ready to be shown, with the proof that it was.
///
/// Its three answers: [`Telemetry::decline`] keeps the older list, [`Telemetry::agree_to_renewal`] with the ticket agrees,
/// [`Telemetry::withdraw`] turns telemetry off. The ticket is good for nothing else: no purpose that is off was asked
/// about.
#[derive(Debug)]
pub struct RenewalQuestion {
    /// What it is about.
    pub renewal: Renewal,
    /// The words. All of them are to be shown.
    pub notice: RenewalNotice,
    ticket: String,
}

impl RenewalQuestion {
    /// Names the proof that the question was shown; see [`Question::ticket`](super::Question::ticket).
    #[must_use]
    pub fn ticket(&self) -> &str {
        &self.ticket
    }
}

impl Renewal {
    /// What `offered` holds beyond `agreed`, for a person who has not answered yet; `None` if nothing.
    #[must_use]
    pub fn between(agreed: &Lock, offered: &Lock) -> Option<Self> {
        has_grown(agreed, offered).then(|| Self {
            agreed: agreed.revision(),
            offered: offered.revision(),
            difference: Difference::between(agreed, offered),
            offer: Offer::Open,
        })
    }

    /// The revision of the list that was agreed to, which is what is sent.
    #[must_use]
    pub const fn agreed(&self) -> u32 {
        self.agreed
    }

    /// The revision of this build's list.
    #[must_use]
    pub const fn offered(&self) -> u32 {
        self.offered
    }

    /// Whether the person has yet to decide.
    #[must_use]
    pub const fn offer(&self) -> Offer {
        self.offer
    }

    /// What is new, one change each; at least one.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        let growing = self.difference.class() >= Class::Wider;
        // An author who marks what was there with a later revision makes nothing wider, but asks about it all the same.
        self.difference.changes().iter().filter(move |change| !growing || change.class() >= Class::Wider)
    }
}

impl<C: Catalogue> Telemetry<C> {
    /// What this build's list holds beyond the one that a person agreed to; `None` where telemetry is off or nothing
    /// is new. Only the older list is recorded and sent.
    #[must_use]
    pub fn renewal(&self) -> Option<Renewal> {
        if self.status().state != State::GrantedNarrow {
            return None;
        }
        let shared = self.shared.lock();
        let Ok(Consent::Granted(grant)) = shared.stored.as_ref().map(|stored| &stored.decision.consent) else {
            return None;
        };
        let renewal = Renewal::between(&grant.agreed.list, &self.shared.setup.list)?;
        let offer = match grant.declined_revision {
            Some(declined) if declined >= renewal.offered => Offer::Declined,
            _ => Offer::Open,
        };
        Some(Renewal { offer, ..renewal })
    }

    /// The question about what is new, in this language; `None` where nothing is, or telemetry is off. Showing it
    /// decides nothing.
    ///
    /// A program asks it by itself only while [`Renewal::offer`] is open.
    #[must_use]
    pub fn present_renewal(&self, surface: Surface, locale: Locale) -> Option<RenewalQuestion> {
        let renewal = self.renewal()?;
        let notice = RenewalNotice::of(&renewal, locale);
        let shown =
            NoticeShown { id: notice.id().to_owned(), locale: notice.locale().to_owned(), sha256: notice.digest() };
        // It asks about what is new for what is on, and about nothing else.
        Some(RenewalQuestion { ticket: self.ask(shown, surface, Purposes::NONE)?, renewal, notice })
    }
}
