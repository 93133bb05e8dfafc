//! The stored decision as a state machine that moves by value.
//!
//! Pure: no clock, no random source, no file. Every step consumes the decision and gives the next one together with
//! what goes on the receipt. A state that may send holds what sending needs; the others do not have it.

use core::fmt;
use core::time::Duration;

use super::destinations::Destinations;
use super::presented::PresentedToken;
use super::receipt::{NoticeShown, ReceiptAct};
use crate::Purposes;
use crate::catalogue::coverage::has_grown;
use crate::catalogue::lock::Lock;
use crate::clock::Timestamp;
use crate::event::Uuid;

/// How long a shown question may be answered: long enough to read everything, short enough that the text is still
/// the one on the screen.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30 * 60);

/// What a person decided, and the epoch of that decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Raised at every change; whatever was recorded or queued under another epoch is never sent.
    pub epoch: u64,
    /// What they decided.
    pub consent: Consent,
}

/// What a person decided. Complete by definition: a new state must break its users.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one of it per process")]
pub enum Consent {
    /// Nobody was asked, or nobody answered.
    Unasked,
    /// They agreed to what the grant says.
    Granted(Grant),
    /// They said no. They are not asked again by the program itself.
    Denied {
        /// When.
        at: Timestamp,
    },
    /// They agreed once and turned it off later.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

/// What sending needs; exists from the grant to the withdrawal.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// What was agreed to.
    pub agreed: Agreed,
    /// When.
    pub at: Timestamp,
    /// What links the events of the installation.
    pub identity: InstallIdentity,
    /// The newest catalogue revision that was offered and declined, so that it is not offered again.
    pub declined_revision: Option<u32>,
}

// The identity is left out: debug output ends up in logs.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("agreed", &self.agreed).field("at", &self.at).finish_non_exhaustive()
    }
}

/// What exactly a person agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// For which purposes.
    pub purposes: Purposes,
    /// Which list of events, whole: nothing that is not in it is ever sent.
    pub list: Lock,
    /// Which destination for each of the purposes.
    pub to: Destinations,
    /// Under which text.
    pub notice: NoticeShown,
}

/// The random identifiers of a grant. Made when a person agrees, destroyed when they withdraw.
///
/// # Privacy
///
/// Neither is derived from anything: not from a host, a user, a path or a machine id.
#[derive(Clone, PartialEq, Eq)]
pub struct InstallIdentity {
    pub(crate) install_id: Uuid,
    pub(crate) id_key: [u8; 32],
}

impl InstallIdentity {
    /// Makes an identity from 48 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 48]) -> Self {
        let (mut install_id, mut id_key) = ([0; 16], [0; 32]);
        let (head, tail) = bytes.split_at(16);
        install_id.copy_from_slice(head);
        id_key.copy_from_slice(tail);
        Self { install_id: Uuid::random(install_id), id_key }
    }

    /// Names the directory of this identity's data; says nothing about either secret.
    pub(crate) fn directory(&self) -> String {
        let digest = crate::digest::keyed(&self.id_key, &[b"directory"]);
        crate::digest::hex(&crate::digest::head::<8>(&digest))
    }
}

impl fmt::Debug for InstallIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstallIdentity")
    }
}

/// What a person does.
#[derive(Debug)]
#[non_exhaustive]
pub enum Act {
    /// Agrees, to at least one purpose.
    Accept {
        /// Proof that the question was shown.
        shown: PresentedToken,
        /// By the clock that does not jump.
        now: Duration,
        /// For which purposes.
        purposes: Purposes,
        /// The list of events that this build has.
        list: Box<Lock>,
        /// Where this build sends, for every purpose that it could be agreed to for.
        to: Destinations,
        /// A fresh identity, used unless the grant goes on.
        identity: InstallIdentity,
    },
    /// Says no to the question.
    Decline {
        /// The list of events that was offered.
        offered: Lock,
    },
    /// Turns telemetry off for these purposes; for all of them, that is off.
    Withdraw {
        /// What is turned off.
        purposes: Purposes,
    },
    /// Has a new install id made.
    ResetId {
        /// The new identity.
        identity: InstallIdentity,
    },
}

/// Why an act had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// The question was shown too long ago, or before this process started: show it again.
    #[error("the question was shown more than 30 minutes ago: show it again")]
    Stale,
    /// A grant needs at least one purpose; an answer without any is a "no".
    #[error("no purpose was chosen")]
    NoPurpose,
    /// There is no grant to change.
    #[error("telemetry is not on")]
    NotGranted,
}

/// What an act did.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// The decision from now on.
    pub decision: Decision,
    /// What goes on the receipt; nothing when the act changed nothing.
    pub receipt: Option<ReceiptAct>,
}

impl Decision {
    /// Nobody was asked.
    pub const UNASKED: Self = Self { epoch: 0, consent: Consent::Unasked };

    /// Takes a step.
    ///
    /// # Errors
    ///
    /// The act is refused as [`DecideError`] says; the decision as stored is then unchanged.
    pub fn decide(self, act: Act, at: Timestamp) -> Result<Step, DecideError> {
        match act {
            Act::Accept { shown, now, purposes, list, to, identity } => {
                if purposes.is_empty() {
                    return Err(DecideError::NoPurpose);
                }
                // A clock that went back is as good as no proof.
                if now.checked_sub(shown.shown).is_none_or(|age| age > ANSWER_WITHIN) {
                    return Err(DecideError::Stale);
                }
                let identity = match &self.consent {
                    // The same destinations under a running grant: the installation stays the same one. Everything
                    // else starts anew, so that what was agreed later cannot be linked with what was before.
                    Consent::Granted(grant) if grant.agreed.to.same_as(&to) == grant.agreed.purposes => {
                        grant.identity.clone()
                    }
                    _ => identity,
                };
                let declined_revision = match &self.consent {
                    // Who kept this list keeps it, whatever else they turn on.
                    Consent::Granted(grant) if grant.agreed.list == *list => grant.declined_revision,
                    _ => None,
                };
                let agreed = Agreed { purposes, list: *list, to: to.only(purposes), notice: shown.notice };
                let grant = Grant { agreed, at, identity, declined_revision };
                Ok(self.moved(Consent::Granted(grant), ReceiptAct::Granted, at))
            }
            Act::Decline { offered } => Ok(match self.consent {
                Consent::Unasked => self.moved(Consent::Denied { at }, ReceiptAct::Denied, at),
                Consent::Granted(grant)
                    if has_grown(&grant.agreed.list, &offered, grant.agreed.purposes)
                        && grant.declined_revision < Some(offered.revision()) =>
                {
                    let epoch = self.epoch;
                    let kept = Grant { declined_revision: Some(offered.revision()), ..grant };
                    Self { epoch, consent: Consent::Unasked }.moved(Consent::Granted(kept), ReceiptAct::Kept, at)
                }
                Consent::Granted(_) | Consent::Denied { .. } | Consent::Withdrawn { .. } => self.unmoved(),
            }),
            Act::Withdraw { purposes } => Ok(match self.consent {
                Consent::Unasked => self.moved(Consent::Denied { at }, ReceiptAct::Denied, at),
                Consent::Granted(ref grant) => {
                    let left = grant.agreed.purposes.without(purposes);
                    if left == grant.agreed.purposes {
                        self.unmoved()
                    } else if left.is_empty() {
                        self.moved(Consent::Withdrawn { at }, ReceiptAct::Withdrawn, at)
                    } else {
                        let mut narrowed = grant.clone();
                        narrowed.agreed.purposes = left;
                        narrowed.agreed.to = grant.agreed.to.only(left);
                        self.moved(Consent::Granted(narrowed), ReceiptAct::Narrowed, at)
                    }
                }
                Consent::Denied { .. } | Consent::Withdrawn { .. } => self.unmoved(),
            }),
            Act::ResetId { identity } => match self.consent {
                Consent::Granted(grant) => {
                    let epoch = self.epoch;
                    let reset = Grant { identity, ..grant };
                    Ok(Self { epoch, consent: Consent::Unasked }.moved(
                        Consent::Granted(reset),
                        ReceiptAct::IdReset,
                        at,
                    ))
                }
                Consent::Unasked | Consent::Denied { .. } | Consent::Withdrawn { .. } => Err(DecideError::NotGranted),
            },
        }
    }

    /// The epoch grows with every change, and starts from the time of day so that a record that was lost and made
    /// again does not come to an epoch that a running process still knows.
    fn moved(self, consent: Consent, receipt: ReceiptAct, at: Timestamp) -> Step {
        let epoch = self.epoch.saturating_add(1).max(at.millis());
        Step { decision: Self { epoch, consent }, receipt: Some(receipt) }
    }

    fn unmoved(self) -> Step {
        Step { decision: self, receipt: None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Purpose;
    use crate::consent::presented::About;
    use crate::consent::receipt::{DestinationShown, Surface};
    use crate::document::sample::{GROWN, SAMPLE};

    const NOW: Duration = Duration::from_secs(10_000);
    const AT: Timestamp = Timestamp::from_millis(1_795_428_000_000);

    fn token(age: Duration) -> PresentedToken {
        let notice = NoticeShown { id: "n/1".into(), locale: "en".into(), sha256: "d".into() };
        PresentedToken {
            notice,
            surface: Surface::Dashboard,
            offers: Purposes::ALL,
            about: About::Everything,
            shown: NOW.saturating_sub(age),
        }
    }

    fn identity(n: u8) -> InstallIdentity {
        InstallIdentity::from_random([n; 48])
    }

    fn destination(n: u8) -> Destinations {
        let to = DestinationShown { origin: format!("https://{n}.example"), key_fingerprint: format!("{n}") };
        Destinations::one(Purposes::ALL, &to)
    }

    fn accept(purposes: Purposes, revision: u32, to: u8, new: u8, age: Duration) -> Act {
        Act::Accept {
            shown: token(age),
            now: NOW,
            purposes,
            list: Box::new(list(revision)),
            to: destination(to),
            identity: identity(new),
        }
    }

    /// The sample's list as the first, and a longer one as the second.
    fn list(nth: u32) -> Lock {
        Lock::of(if nth < 2 { &SAMPLE } else { &GROWN }).at_revision(nth.saturating_add(2))
    }

    const USAGE: Purposes = Purposes::NONE.with(Purpose::Usage);

    fn granted() -> Decision {
        Decision::UNASKED.decide(accept(USAGE, 1, 1, 1, Duration::ZERO), AT).unwrap().decision
    }

    fn all_states() -> Vec<Decision> {
        vec![
            Decision::UNASKED,
            granted(),
            Decision { epoch: 5, consent: Consent::Denied { at: AT } },
            Decision { epoch: 5, consent: Consent::Withdrawn { at: AT } },
        ]
    }

    fn name(consent: &Consent) -> &'static str {
        match consent {
            Consent::Unasked => "unasked",
            Consent::Granted(_) => "granted",
            Consent::Denied { .. } => "denied",
            Consent::Withdrawn { .. } => "withdrawn",
        }
    }

    /// Every state × every act.
    #[test]
    fn table() {
        use ReceiptAct as R;
        type Row = (&'static str, [Result<(&'static str, Option<R>), DecideError>; 4]);
        let rows: [Row; 9] = [
            ("accept", [Ok(("granted", Some(R::Granted))); 4]),
            ("accept-stale", [Err(DecideError::Stale); 4]),
            ("accept-future", [Err(DecideError::Stale); 4]),
            ("accept-nothing", [Err(DecideError::NoPurpose); 4]),
            (
                "decline",
                [Ok(("denied", Some(R::Denied))), Ok(("granted", None)), Ok(("denied", None)), Ok(("withdrawn", None))],
            ),
            (
                "decline-wider",
                [
                    Ok(("denied", Some(R::Denied))),
                    Ok(("granted", Some(R::Kept))),
                    Ok(("denied", None)),
                    Ok(("withdrawn", None)),
                ],
            ),
            (
                "withdraw",
                [
                    Ok(("denied", Some(R::Denied))),
                    Ok(("withdrawn", Some(R::Withdrawn))),
                    Ok(("denied", None)),
                    Ok(("withdrawn", None)),
                ],
            ),
            (
                "withdraw-other",
                [Ok(("denied", Some(R::Denied))), Ok(("granted", None)), Ok(("denied", None)), Ok(("withdrawn", None))],
            ),
            (
                "reset-id",
                [
                    Err(DecideError::NotGranted),
                    Ok(("granted", Some(R::IdReset))),
                    Err(DecideError::NotGranted),
                    Err(DecideError::NotGranted),
                ],
            ),
        ];
        for (act, expected) in rows {
            for (state, expected) in all_states().into_iter().zip(expected) {
                let act = match act {
                    "accept" => accept(USAGE, 1, 1, 2, ANSWER_WITHIN),
                    "accept-stale" => accept(USAGE, 1, 1, 2, ANSWER_WITHIN + Duration::from_millis(1)),
                    "accept-future" => match accept(USAGE, 1, 1, 2, Duration::ZERO) {
                        Act::Accept { shown, purposes, list, to, identity, .. } => Act::Accept {
                            shown,
                            now: NOW.saturating_sub(Duration::from_secs(1)),
                            purposes,
                            list,
                            to,
                            identity,
                        },
                        other => other,
                    },
                    "accept-nothing" => accept(Purposes::NONE, 1, 1, 2, Duration::ZERO),
                    "decline" => Act::Decline { offered: list(1) },
                    "decline-wider" => Act::Decline { offered: list(2) },
                    "withdraw" => Act::Withdraw { purposes: Purposes::ALL },
                    "withdraw-other" => Act::Withdraw { purposes: Purposes::NONE.with(Purpose::Errors) },
                    _ => Act::ResetId { identity: identity(2) },
                };
                let (before, epoch) = (name(&state.consent), state.epoch);
                let shown = format!("{before} × {act:?}");
                let result = state.decide(act, AT);
                if let Ok(step) = &result {
                    // Exactly the steps with a receipt are changes, and a change raises the epoch.
                    assert_eq!(step.receipt.is_some(), step.decision.epoch > epoch, "{shown}");
                }
                assert_eq!(result.map(|step| (name(&step.decision.consent), step.receipt)), expected, "{shown}");
            }
        }
    }

    #[test]
    fn regrant_new_id() {
        let first = granted();
        let off = first.clone().decide(Act::Withdraw { purposes: Purposes::ALL }, AT).unwrap().decision;
        let again = off.decide(accept(USAGE, 1, 1, 9, Duration::ZERO), AT).unwrap().decision;
        let (Consent::Granted(first), Consent::Granted(again)) = (first.consent, again.consent) else {
            panic!("both are grants")
        };
        assert!(first.identity != again.identity);
    }

    #[test]
    fn widening_keeps_the_identity_and_moving_does_not() {
        for (to, same) in [(1, true), (2, false)] {
            let widened = granted().decide(accept(USAGE, 2, to, 9, Duration::ZERO), AT).unwrap().decision;
            let Consent::Granted(grant) = widened.consent else { panic!("a grant") };
            assert_eq!(grant.identity == identity(1), same);
            assert_eq!(grant.agreed.list.revision(), 4);
        }
    }

    #[test]
    fn a_grant_binds_the_destination_of_each_purpose_that_it_is_for() {
        let both: Destinations = [(Purpose::Usage, 1), (Purpose::Errors, 2)]
            .into_iter()
            .filter_map(|(purpose, n)| Some((purpose, destination(n).of(purpose)?.clone())))
            .collect();
        let to_both = |purposes, new| match accept(purposes, 1, 1, new, Duration::ZERO) {
            Act::Accept { shown, now, purposes, list, identity, .. } => {
                Act::Accept { shown, now, purposes, list, to: both.clone(), identity }
            }
            other => other,
        };
        let agreed = |decision: &Decision| match &decision.consent {
            Consent::Granted(grant) => (grant.agreed.to.clone(), grant.identity.clone()),
            other => panic!("{other:?} is not a grant"),
        };
        let usage = Decision::UNASKED.decide(to_both(USAGE, 1), AT).unwrap().decision;
        assert_eq!(agreed(&usage), (both.only(USAGE), identity(1)), "only what was agreed to");
        let all = usage.decide(to_both(Purposes::ALL, 2), AT).unwrap().decision;
        assert_eq!(agreed(&all), (both.clone(), identity(1)), "what is added takes nothing away");
        let narrowed = all.clone().decide(Act::Withdraw { purposes: USAGE }, AT).unwrap().decision;
        assert_eq!(agreed(&narrowed).0.purposes(), Purposes::NONE.with(Purpose::Errors));
        let moved = all.decide(accept(Purposes::ALL, 1, 1, 3, Duration::ZERO), AT).unwrap().decision;
        assert_eq!(agreed(&moved), (destination(1), identity(3)), "one of them has moved");
    }

    #[test]
    fn turning_one_purpose_off_keeps_the_other() {
        let both = Decision::UNASKED.decide(accept(Purposes::ALL, 1, 1, 1, Duration::ZERO), AT).unwrap().decision;
        let step = both.decide(Act::Withdraw { purposes: USAGE }, AT).unwrap();
        assert_eq!(step.receipt, Some(ReceiptAct::Narrowed));
        let Consent::Granted(grant) = &step.decision.consent else { panic!("a grant") };
        assert_eq!(grant.agreed.purposes, Purposes::NONE.with(Purpose::Errors));
        let last = step.decision.decide(Act::Withdraw { purposes: Purposes::NONE.with(Purpose::Errors) }, AT).unwrap();
        assert_eq!(last.decision.consent, Consent::Withdrawn { at: AT });
    }

    #[test]
    fn secrets_do_not_print() {
        let shown = format!("{:?} {:?}", granted(), identity(1));
        assert!(!shown.contains("0101") && !shown.contains("1, 1, 1"), "{shown}");
    }

    fn act(choice: u8) -> Act {
        match choice {
            0 => accept(USAGE, 1, 1, 3, Duration::ZERO),
            1 => accept(USAGE, 2, 2, 4, Duration::ZERO),
            2 => accept(USAGE, 1, 1, 5, ANSWER_WITHIN * 2),
            3 => accept(Purposes::NONE, 1, 1, 6, Duration::ZERO),
            4 => Act::Decline { offered: list(2) },
            5 => Act::Withdraw { purposes: Purposes::ALL },
            _ => Act::ResetId { identity: identity(7) },
        }
    }

    proptest! {
        /// Over any sequence: the state is Granted exactly when the last effective answer was an acceptance, the
        /// epoch never falls, and a withdrawal always ends in a state that holds no identity.
        #[test]
        fn only_an_accepted_question_grants(choices in prop::collection::vec(0_u8..7, 0..24), times in prop::collection::vec(0_u64..u64::MAX / 4, 24)) {
            let mut decision = Decision::UNASKED;
            let mut on = false;
            for (choice, time) in choices.into_iter().zip(times) {
                let before = decision.clone();
                match decision.decide(act(choice), Timestamp::from_millis(time)) {
                    Ok(step) => {
                        prop_assert!(step.decision.epoch >= before.epoch);
                        match choice { 0 | 1 => on = true, 5 => on = false, _ => {} }
                        decision = step.decision;
                    }
                    Err(_) => decision = before,
                }
                prop_assert_eq!(matches!(decision.consent, Consent::Granted(_)), on);
            }
        }
    }
}
