//! Changing the decision: showing the question, agreeing, saying no. Turning off has its own file.

use super::shared::random;
use super::{Telemetry, erase};
use crate::Purposes;
use crate::catalogue::Catalogue;
use crate::catalogue::coverage::{has_grown, purposes as covered_purposes};
use crate::catalogue::lock::Lock;
use crate::consent::effective::{FaultKind, Reason, obstacles};
use crate::consent::machine::{Act, Consent, DecideError, Decision, InstallIdentity};
use crate::consent::notice::{Locale, Notice};
use crate::consent::presented::{About, PresentedToken};
use crate::consent::receipt::{
    BuildShown, CatalogueShown, NoticeShown, Receipt, ReceiptAct, Surface, VerifyError, verify,
};
use crate::digest::hex;
use crate::limits;
use crate::sentences;
use crate::store::{StoreError, Stored};

/// The question, ready to be shown, with the proof that it was.
#[derive(Debug)]
pub struct Question {
    /// The words. All of them are to be shown.
    pub notice: Notice,
    /// Names the proof; travels in a form and comes back with the answer.
    pub(super) ticket: String,
}

impl Question {
    /// Names the proof that the question was shown: put it into a hidden field of the form and hand it to
    /// [`Telemetry::grant`] with the answer. Good once, for 30 minutes, in this process.
    #[must_use]
    pub fn ticket(&self) -> &str {
        &self.ticket
    }
}

/// What a yes answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// The whole question: what is not chosen is off.
    Everything,
    /// Which purposes are on besides those that are.
    Further,
    /// Whether the longer list may be sent for whatever is on.
    List,
}

impl Asked {
    /// The purposes that stay granted where they are.
    const fn keeps(self) -> Purposes {
        match self {
            Self::Everything => Purposes::NONE,
            Self::Further | Self::List => Purposes::ALL,
        }
    }
}

/// Why a yes was not stored. Telemetry is then as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The question was not shown by this process within the last 30 minutes, was answered already, or does not tell
    /// what is new for a purpose that somebody has turned on since: show it.
    #[error("the question must be shown again before it can be answered")]
    NotShown,
    /// The list has grown for what is on, and this purpose stands only in the longer one: show what is new, and ask
    /// about that first.
    #[error("this purpose stands only in the longer list of events: decide about that list first")]
    ListFirst,
    /// No purpose was chosen: an answer without any is a "no".
    #[error("no purpose was chosen")]
    NoPurpose,
    /// Telemetry cannot be on here, whatever a person answers.
    #[error("telemetry cannot be turned on here: {0}")]
    Off(Reason),
    /// The stored decision cannot be read: turning telemetry off explicitly sets it aside.
    #[error("{0}: turn telemetry off first, which sets the unreadable decision aside")]
    Fault(FaultKind),
    /// The system has no random bytes to give.
    #[error("the system has no random bytes")]
    NoRandomness,
    /// The decision could not be stored.
    #[error(transparent)]
    Store(StoreError),
}

impl GrantError {
    /// The same in this language, without a full stop.
    #[must_use]
    pub fn words_in(self, locale: Locale) -> String {
        sentences::of(locale).not_granted(self)
    }
}

impl From<DecideError> for GrantError {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::NoPurpose => Self::NoPurpose,
            DecideError::Stale | DecideError::NotGranted => Self::NotShown,
        }
    }
}

impl<C: Catalogue> Telemetry<C> {
    /// The words of the question in English, for showing them where nothing is asked.
    #[must_use]
    pub fn notice(&self) -> Notice {
        self.notice_in(Locale::English)
    }

    /// The question in English, where it may be asked: `None` when this build could not send anything, or the
    /// environment or the machine's policy denies it, whatever a person would answer.
    ///
    /// Records in memory that this text was shown. Showing it decides nothing.
    #[must_use]
    pub fn present(&self, surface: Surface) -> Option<Question> {
        self.present_in(surface, Locale::English)
    }

    /// Keeps the proof that this text is shown now, if it may be; gives the ticket. The text asks about the purposes that
    /// it `offers`, besides what is granted already.
    pub(super) fn ask(&self, notice: NoticeShown, surface: Surface, offers: Purposes, about: About) -> Option<String> {
        let token = PresentedToken { notice, surface, offers, about, shown: self.shared.setup.clock.elapsed() };
        let ticket = hex(&random::<16>()?);
        let mut state = self.shared.lock();
        let facts = self.shared.facts(&state);
        // An answer to a question under a decision that cannot be read could not be stored; a copy starts anew.
        let unreadable = matches!(facts.decision, Err(kind) if kind != FaultKind::Copied);
        if unreadable || obstacles(&facts).next().is_some() {
            return None;
        }
        state.questions.keep(ticket.clone(), token);
        Some(ticket)
    }

    /// Stores a person's yes, for these purposes, and starts recording.
    ///
    /// `ticket` is that of a [`Question`] which this process has shown within the last 30 minutes; it is used up.
    ///
    /// # Errors
    ///
    /// Nothing changes, for the reason that [`GrantError`] names.
    pub fn grant(&self, ticket: &str, purposes: Purposes) -> Result<(), GrantError> {
        self.accept(ticket, purposes, Asked::Everything)
    }

    /// Stores a person's yes for these purposes in addition to those that are granted at that moment.
    ///
    /// For pages that turn purposes on one by one: what somebody else turns off at the same time stays off. Where the
    /// list has grown for what is on, the older list stays, for the further purposes too.
    ///
    /// # Errors
    ///
    /// As [`grant`](Self::grant); [`Reason::Held`] where another purpose was turned off, which could not be stored.
    pub fn grant_also(&self, ticket: &str, purposes: Purposes) -> Result<(), GrantError> {
        self.accept(ticket, purposes, Asked::Further)
    }

    /// Stores a person's yes to the longer list, for whatever is granted at that moment; `ticket` is that of a
    /// [`RenewalQuestion`](super::RenewalQuestion).
    ///
    /// # Errors
    ///
    /// As [`grant`](Self::grant); [`GrantError::NoPurpose`] if everything was turned off in the meantime.
    pub fn agree_to_renewal(&self, ticket: &str) -> Result<(), GrantError> {
        self.accept(ticket, Purposes::NONE, Asked::List)
    }

    fn accept(&self, ticket: &str, purposes: Purposes, asked: Asked) -> Result<(), GrantError> {
        let to = {
            let state = self.shared.lock();
            if let Some(reason) = obstacles(&self.shared.facts(&state)).next() {
                return Err(GrantError::Off(reason));
            }
            self.shared.setup.destinations()
        };
        let token = self.shared.lock().questions.redeem(ticket).ok_or(GrantError::NotShown)?;
        // What has no destination, and what the text did not ask about, cannot be agreed to.
        let purposes = purposes.intersection(to.purposes()).intersection(token.offers);
        if asked == Asked::Further && purposes.is_empty() {
            return Err(GrantError::NoPurpose);
        }
        let (surface, notice) = (token.surface, token.notice.clone());
        let identity = InstallIdentity::from_random(random().ok_or(GrantError::NoRandomness)?);
        let now = self.shared.setup.clock.elapsed();
        let mut proof = Some((token, identity));
        let (mut refused, mut was_granted) = (None, false);
        let changed = self.shared.setup.store.update(&mut |current| {
            let current = match current {
                Ok(current) => current,
                Err(kind) => {
                    refused = Some(GrantError::Fault(kind));
                    return None;
                }
            };
            let (shown, identity) = proof.take()?;
            let granted = match &current.decision.consent {
                Consent::Granted(grant) => grant.agreed.to.same_as(&to),
                _ => Purposes::NONE,
            };
            was_granted = matches!(current.decision.consent, Consent::Granted(_));
            let kept = granted.intersection(asked.keeps());
            // What stays on as stored is perhaps what somebody has turned off, and this process alone knows it.
            let held = Purposes::from_bits(self.shared.lock().keeper.unstored());
            if !held.intersection(kept).without(purposes).is_empty() {
                refused = Some(GrantError::Off(Reason::Held));
                return None;
            }
            let list = match self.list_for(&current.decision.consent, asked, &shown.about, kept, purposes) {
                Ok(list) => list,
                Err(error) => {
                    refused = Some(error);
                    return None;
                }
            };
            let purposes = purposes.union(kept);
            let act = Act::Accept { shown, now, purposes, list: Box::new(list), to: to.clone(), identity };
            match self.step(current, act, surface, Some(notice.clone())) {
                Ok(next) => next,
                Err(error) => {
                    refused = Some(error.into());
                    None
                }
            }
        });
        if let Some(error) = refused {
            return Err(error);
        }
        changed.map_err(GrantError::Store)?;
        {
            let mut state = self.shared.lock();
            state.keeper.granted();
            // Whoever agrees anew may have a server that takes the key.
            for (_, lane) in state.lanes.iter_mut() {
                lane.history = lane.history.with_key_tried_again();
            }
        }
        self.refresh();
        if was_granted {
            // It may have been for more. Who still writes under the old one is waited for, so that all of it goes.
            let _ = self.shared.setup.store.drain(limits::DRAIN_PATIENCE);
        }
        erase::all_but_current(&self.shared.setup);
        Ok(())
    }

    /// The list that a yes for these purposes is for, while `kept` stay on: this build's, unless that is longer for what
    /// stays on. Who turns on one purpose was not asked about what is new for another, and a yes to a longer list is one
    /// to what was told of it.
    fn list_for(
        &self,
        consent: &Consent,
        asked: Asked,
        about: &About,
        kept: Purposes,
        purposes: Purposes,
    ) -> Result<Lock, GrantError> {
        let offered = &self.shared.setup.list;
        let Consent::Granted(grant) = consent else { return Ok(offered.clone()) };
        let agreed = &grant.agreed.list;
        let is_offered = match asked {
            Asked::Everything => true,
            Asked::List if about.tells_all(agreed, offered, kept) => true,
            Asked::List => return Err(GrantError::NotShown),
            Asked::Further => !agreed.terms().cover(offered.terms()) || !has_grown(agreed, offered, kept),
        };
        if is_offered {
            return Ok(offered.clone());
        }
        let has_all = purposes.without(kept).without(covered_purposes(agreed, offered)).is_empty();
        if has_all { Ok(agreed.clone()) } else { Err(GrantError::ListFirst) }
    }

    /// Stores a person's no to the question. Under a running grant of an older catalogue the older one stays.
    ///
    /// # Errors
    ///
    /// The no could not be stored. Nothing is recorded all the same: nobody said yes.
    pub fn decline(&self, surface: Surface) -> Result<(), StoreError> {
        let changed = self.change(|| Some(Act::Decline { offered: self.shared.setup.list.clone() }), surface)?;
        self.refresh();
        if changed.is_new {
            // In a copy, what the original has written down, and nobody here has agreed to.
            erase::all_but_current(&self.shared.setup);
        }
        Ok(())
    }

    /// Makes a new install id and id key under the running grant. What is unsent under the old ones is deleted, and
    /// so is the sent log.
    ///
    /// # Errors
    ///
    /// The new ones could not be stored; the old ones stay.
    pub fn reset_id(&self, surface: Surface) -> Result<bool, StoreError> {
        if self.stored_grant().is_none() {
            return Ok(false);
        }
        let identity = || random().map(|bytes| Act::ResetId { identity: InstallIdentity::from_random(bytes) });
        let changed = self.change(identity, surface)?.is_new;
        self.refresh();
        if changed {
            // Requests under the old id end first; one that does not is bounded by its own time.
            let _ = self.shared.setup.store.drain(limits::DRAIN_PATIENCE);
            erase::all_but_current(&self.shared.setup);
        }
        Ok(changed)
    }

    /// All receipts, oldest first, without lines that cannot be read.
    ///
    /// # Errors
    ///
    /// The receipts cannot be read at all.
    pub fn receipts(&self) -> Result<Vec<Receipt>, StoreError> {
        Ok(self.shared.setup.store.receipts()?.into_iter().flatten().collect())
    }

    /// Checks the chain of receipts: none was changed, lost or moved. Returns how many there are.
    ///
    /// # Errors
    ///
    /// Names what is wrong; where the receipts or the decision cannot be read, nothing can be said.
    pub fn verify_receipts(&self) -> Result<usize, VerifyError> {
        let lines = self.shared.setup.store.receipts().map_err(|_| VerifyError::Unreadable)?;
        let mut receipts = Vec::with_capacity(lines.len());
        for (receipt, line) in lines.into_iter().zip(1..) {
            receipts.push(receipt.ok_or(VerifyError::NotAReceipt { line })?);
        }
        let newest = match self.shared.setup.store.load() {
            Ok(stored) => stored.receipt,
            // The chain is the other installation's up to its last link, which is all that a copy can hold.
            Err(FaultKind::Copied) => None,
            Err(_) => return Err(VerifyError::Unreadable),
        };
        verify(&receipts, newest.as_ref())?;
        Ok(receipts.len())
    }

    /// Applies an act that needs no question. A decision that cannot be read counts as "nobody was asked": the act
    /// is a person's explicit one, and the store sets the unreadable decision aside.
    pub(super) fn change(&self, act: impl Fn() -> Option<Act>, surface: Surface) -> Result<Changed, StoreError> {
        let mut changed = Changed { epoch: 0, purposes: Purposes::NONE, is_new: false };
        self.shared.setup.store.update(&mut |current| {
            let current = current.unwrap_or_else(|_| Stored {
                receipt: self.receipts().ok().and_then(|receipts| receipts.into_iter().next_back()),
                ..Stored::UNASKED
            });
            changed = Changed::of(&current, false);
            let next = self.step(current, act()?, surface, None).ok().flatten();
            if let Some(next) = &next {
                changed = Changed::of(next, true);
            }
            next
        })?;
        Ok(changed)
    }

    fn step(
        &self,
        current: Stored,
        act: Act,
        surface: Surface,
        shown: Option<NoticeShown>,
    ) -> Result<Option<Stored>, DecideError> {
        let at = self.shared.setup.clock.now();
        let Stored { mut decision, receipt: newest } = current;
        // Where the record was lost and the clock set back, this process would take the new decision for an old one.
        decision.epoch = decision.epoch.max(self.shared.lock().keeper.newest_epoch());
        // What a withdrawal turns off is told from the state before it.
        let before = decision.consent.clone();
        let step = decision.decide(act, at)?;
        let Some(act) = step.receipt else { return Ok(None) };
        let receipt = self.receipt(act, &step.decision, &before, surface, shown).chained(newest.as_ref());
        Ok(Some(Stored { decision: step.decision, receipt: Some(receipt) }))
    }

    fn receipt(
        &self,
        act: ReceiptAct,
        now: &Decision,
        before: &Consent,
        surface: Surface,
        shown: Option<NoticeShown>,
    ) -> Receipt {
        let agreed = match (&now.consent, before) {
            (Consent::Granted(grant), _) | (_, Consent::Granted(grant)) => Some(&grant.agreed),
            _ => None,
        };
        let granted = matches!(now.consent, Consent::Granted(_));
        Receipt {
            n: 0,
            act,
            at: self.shared.setup.clock.now(),
            actor: surface.actor(),
            surface,
            purposes: agreed.map_or(Purposes::NONE, |agreed| agreed.purposes),
            control: surface.control(),
            // An act under a running grant is covered by the text of that grant.
            notice: if granted { agreed.map(|agreed| agreed.notice.clone()) } else { shown },
            catalogue: CatalogueShown::of(agreed.map_or(&self.shared.setup.list, |agreed| &agreed.list)),
            to: agreed.map_or_else(|| self.shared.setup.destinations(), |agreed| agreed.to.clone()),
            build: BuildShown { version: C::SCHEMA.version.to_owned(), commit: C::SCHEMA.commit.map(str::to_owned) },
            prev: String::new(),
            sha256: String::new(),
        }
    }
}

/// What is stored after an act.
pub(super) struct Changed {
    /// The epoch of the decision.
    pub(super) epoch: u64,
    /// The purposes that are granted.
    pub(super) purposes: Purposes,
    /// Whether the act made it.
    pub(super) is_new: bool,
}

impl Changed {
    fn of(stored: &Stored, is_new: bool) -> Self {
        Self { epoch: stored.decision.epoch, purposes: granted(&stored.decision.consent), is_new }
    }
}

/// The purposes that are granted, whatever stands in their way.
pub(super) fn granted(consent: &Consent) -> Purposes {
    match consent {
        Consent::Granted(grant) => grant.agreed.purposes,
        Consent::Unasked | Consent::Denied { .. } | Consent::Withdrawn { .. } => Purposes::NONE,
    }
}
