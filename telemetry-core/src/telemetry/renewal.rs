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
use crate::consent::presented::About;
use crate::consent::receipt::Surface;

/// What a list holds beyond the one that a person agreed to, for the purposes that are on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    agreed: u32,
    offered: u32,
    changes: Vec<Change>,
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
/// about, and nothing was told of what is new for one that somebody turns on in the meantime.
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
    /// What `offered` holds for these purposes beyond `agreed`, for a person who has not answered yet; `None` if nothing.
    /// What is new for other purposes concerns nobody until they turn those on.
    #[must_use]
    pub fn between(agreed: &Lock, offered: &Lock, purposes: Purposes) -> Option<Self> {
        if !has_grown(agreed, offered, purposes) {
            return None;
        }
        let difference = Difference::between(agreed, offered);
        let concerning = difference.changes().iter().filter(|change| change.concerns(purposes, agreed, offered));
        let changes: Vec<Change> = concerning.cloned().collect();
        // An author who marks what was there with a later revision makes nothing wider, but asks about it all the same.
        let is_growing = changes.iter().any(|change| change.class() >= Class::Wider);
        Some(Self {
            agreed: agreed.revision(),
            offered: offered.revision(),
            changes: changes.into_iter().filter(|change| !is_growing || change.class() >= Class::Wider).collect(),
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
        self.changes.iter()
    }
}

impl<C: Catalogue> Telemetry<C> {
    /// What this build's list holds beyond the one that a person agreed to; `None` where telemetry is off or nothing
    /// is new. Only the older list is recorded and sent.
    #[must_use]
    pub fn renewal(&self) -> Option<Renewal> {
        self.open_renewal().map(|(renewal, _)| renewal)
    }

    fn open_renewal(&self) -> Option<(Renewal, About)> {
        if self.status().state != State::GrantedNarrow {
            return None;
        }
        self.renewal_with(Purposes::NONE)
    }

    /// The same for somebody who is about to turn on these purposes as well; and what it tells of.
    fn renewal_with(&self, further: Purposes) -> Option<(Renewal, About)> {
        let shared = self.shared.lock();
        let Ok(Consent::Granted(grant)) = shared.stored.as_ref().map(|stored| &stored.decision.consent) else {
            return None;
        };
        let purposes = grant.agreed.purposes.union(further);
        let renewal = Renewal::between(&grant.agreed.list, &self.shared.setup.list, purposes)?;
        let offer = match grant.declined_revision {
            Some(declined) if declined >= renewal.offered => Offer::Declined,
            _ => Offer::Open,
        };
        let about = About::Growth { purposes, beyond: Box::new(grant.agreed.list.clone()) };
        Some((Renewal { offer, ..renewal }, about))
    }

    /// The question about what is new, in this language; `None` where nothing is, or telemetry is off. Showing it
    /// decides nothing.
    ///
    /// A program asks it by itself only while [`Renewal::offer`] is open.
    #[must_use]
    pub fn present_renewal(&self, surface: Surface, locale: Locale) -> Option<RenewalQuestion> {
        self.question_about(self.open_renewal()?, surface, locale)
    }

    /// The same for somebody who is about to turn on these purposes as well, which stand only in the longer list.
    #[cfg(feature = "cli")]
    pub(crate) fn present_renewal_with(
        &self,
        further: Purposes,
        surface: Surface,
        locale: Locale,
    ) -> Option<RenewalQuestion> {
        self.question_about(self.renewal_with(further)?, surface, locale)
    }

    fn question_about(
        &self,
        (renewal, about): (Renewal, About),
        surface: Surface,
        locale: Locale,
    ) -> Option<RenewalQuestion> {
        let notice = RenewalNotice::of(&renewal, locale);
        // It asks about what is new for what is on, and about nothing else.
        Some(RenewalQuestion { ticket: self.ask(notice.shown(), surface, Purposes::NONE, about)?, renewal, notice })
    }
}
