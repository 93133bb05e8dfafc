//! From all facts to "on" or "off": one pure function, used by the gate and by every surface that shows the state.
//!
//! It is a meet: every input can subtract and none can add.

use super::destinations::Destinations;
use super::machine::{Consent, Grant};
pub use super::reason::{FaultKind, Reason};
use crate::catalogue::coverage::{has_grown, purposes as covered_purposes};
use crate::catalogue::lock::Lock;
use crate::kill_switch::{KillSwitches, Policy, Switch};
use crate::{Purpose, Purposes};

/// Everything that the answer depends on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Facts<'a> {
    /// Where this build sends, for each purpose that it has a key for.
    pub destinations: Destinations,
    /// What the environment and the policy switch off.
    pub switches: KillSwitches,
    /// The decision as read from the store, with its epoch, or why it could not be read.
    pub decision: Result<(u64, &'a Consent), FaultKind>,
    /// The purposes that this build can serve.
    pub purposes: Purposes,
    /// The list of events of this build.
    pub list: &'a Lock,
    /// What this process knows of itself.
    pub process: Process,
}

impl<'a> Facts<'a> {
    /// Gathers the facts.
    #[must_use]
    pub const fn new(
        destinations: Destinations,
        switches: KillSwitches,
        decision: Result<(u64, &'a Consent), FaultKind>,
        purposes: Purposes,
        list: &'a Lock,
    ) -> Self {
        Self { destinations, switches, decision, purposes, list, process: Process::NONE }
    }

    /// The same facts, with what this process knows of itself.
    #[must_use]
    pub const fn in_process(mut self, process: Process) -> Self {
        self.process = process;
        self
    }
}

/// What a process knows of itself that stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Process {
    /// Somebody is turning telemetry off, or that could not be stored.
    pub held: bool,
    /// It is ending.
    pub finished: bool,
    /// Purposes whose server has refused the key.
    pub refused: Purposes,
}

impl Process {
    /// Nothing stands in the way.
    pub const NONE: Self = Self { held: false, finished: false, refused: Purposes::NONE };
}

/// Whether telemetry is on, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effective {
    /// Exactly this may be recorded and sent.
    On(Scope),
    /// Nothing may, for all of these reasons; at least one.
    Off(Vec<Reason>),
}

/// What may be recorded and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The epoch of the decision.
    pub epoch: u64,
    /// The purposes agreed to that the catalogue has.
    pub purposes: Purposes,
    /// The catalogue revision agreed to; nothing newer is sent.
    pub revision: u32,
}

impl Scope {
    /// Whether `other` is the same under the same decision, for fewer purposes.
    pub(crate) fn is_narrowed_to(self, other: Self) -> bool {
        Self { purposes: other.purposes, ..self } == other && self.purposes.union(other.purposes) == self.purposes
    }
}

/// The state as a person is shown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// This build could not send anything; the question is not shown.
    Unavailable,
    /// Nobody was asked, or nobody answered.
    Unasked,
    /// On.
    Granted,
    /// On, for the older and smaller list that was agreed to.
    GrantedNarrow,
    /// Off: a person said no.
    Denied,
    /// Off: a person turned it off.
    Withdrawn,
    /// Off here, by the environment, the policy or a test run; the person's yes is kept.
    Suspended,
    /// Off until a person agrees again: the destination, the terms or the installation are not those that were agreed
    /// to.
    AskAgain,
    /// Off: the decision cannot be read.
    Fault,
}

impl State {
    /// The word that commands and pages use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Unasked => "unasked",
            Self::Granted => "granted",
            Self::GrantedNarrow => "granted-narrow",
            Self::Denied => "denied",
            Self::Withdrawn => "withdrawn",
            Self::Suspended => "suspended",
            Self::AskAgain => "ask-again",
            Self::Fault => "fault",
        }
    }
}

/// Evaluates all facts.
#[must_use]
pub fn effective(facts: &Facts<'_>) -> Effective {
    let process = facts.process;
    let own = [process.held.then_some(Reason::Held), process.finished.then_some(Reason::Finished)];
    let mut reasons: Vec<Reason> = obstacles(facts).chain(own.into_iter().flatten()).collect();
    let scope = match facts.decision {
        Err(kind) => Err(Reason::Fault(kind)),
        Ok((_, Consent::Unasked)) => Err(Reason::Unasked),
        Ok((_, Consent::Denied { .. })) => Err(Reason::Denied),
        Ok((_, Consent::Withdrawn { .. })) => Err(Reason::Withdrawn),
        Ok((epoch, Consent::Granted(grant))) => {
            let list = &grant.agreed.list;
            let agreed =
                grant.agreed.purposes.intersection(facts.purposes).intersection(covered_purposes(list, facts.list));
            let held_back: Purposes = apart(facts, grant).map(|(purpose, _)| purpose).collect();
            let purposes = agreed.without(held_back);
            if !list.terms().cover(facts.list.terms()) {
                Err(Reason::TermsChanged)
            } else if agreed.is_empty() {
                Err(Reason::NothingCovered)
            } else if purposes.is_empty() {
                Err(worst(apart(facts, grant)))
            } else {
                Ok(Scope { epoch, purposes, revision: list.revision().min(facts.list.revision()) })
            }
        }
    };
    match scope {
        Ok(scope) if reasons.is_empty() => Effective::On(scope),
        Ok(_) => Effective::Off(reasons),
        Err(reason) => {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
            Effective::Off(reasons)
        }
    }
}

/// Purposes that were agreed to and are off by themselves, with the reason of each: a destination that has moved, has no
/// key any more, or refuses it, takes its own purpose with it and no other.
#[must_use]
pub fn suspended(facts: &Facts<'_>) -> Vec<(Purpose, Reason)> {
    match facts.decision {
        Ok((_, Consent::Granted(grant))) => apart(facts, grant).collect(),
        _ => Vec::new(),
    }
}

/// The purposes of the grant and of the catalogue that stand apart, for a reason that is theirs alone.
fn apart(facts: &Facts<'_>, grant: &Grant) -> impl Iterator<Item = (Purpose, Reason)> {
    let agreed = grant.agreed.purposes.intersection(facts.purposes);
    agreed.iter().filter_map(|purpose| {
        let reason = match facts.destinations.of(purpose) {
            None => Reason::NoKey,
            Some(to) if grant.agreed.to.of(purpose) != Some(to) => Reason::DestinationChanged,
            Some(_) if facts.process.refused.contains(purpose) => Reason::KeyRefused,
            Some(_) => return None,
        };
        Some((purpose, reason))
    })
}

/// The reason to name where every purpose stands apart: one that a person can do something about.
fn worst(reasons: impl Iterator<Item = (Purpose, Reason)>) -> Reason {
    let reasons: Vec<Reason> = reasons.map(|(_, reason)| reason).collect();
    let named = [Reason::DestinationChanged, Reason::KeyRefused].into_iter().find(|reason| reasons.contains(reason));
    named.unwrap_or(Reason::NoKey)
}

/// Why telemetry could not be on here, whatever a person decides: then the question is not asked.
pub(crate) fn obstacles(facts: &Facts<'_>) -> impl Iterator<Item = Reason> + use<> {
    let switches = facts.switches;
    let off = |switch: Switch, reason| switch.is_off().then_some(reason);
    [
        facts.destinations.is_empty().then_some(Reason::NoKey),
        off(switches.do_not_track, Reason::DoNotTrack),
        off(switches.app, Reason::AppSwitch),
        (switches.policy == Policy::Deny).then_some(Reason::Policy),
        switches.ci.then_some(Reason::Ci),
    ]
    .into_iter()
    .flatten()
}

/// The state to show for the same facts.
#[must_use]
pub fn state(facts: &Facts<'_>) -> State {
    if facts.destinations.is_empty() {
        return State::Unavailable;
    }
    match (facts.decision, effective(facts)) {
        (Err(FaultKind::Copied), _) => State::AskAgain,
        (Err(_), _) => State::Fault,
        (Ok((_, Consent::Unasked)), _) => State::Unasked,
        (Ok((_, Consent::Denied { .. })), _) => State::Denied,
        (Ok((_, Consent::Withdrawn { .. })), _) => State::Withdrawn,
        (Ok((_, Consent::Granted(grant))), Effective::On(_))
            if has_grown(&grant.agreed.list, facts.list, grant.agreed.purposes) =>
        {
            State::GrantedNarrow
        }
        (Ok((_, Consent::Granted(_))), Effective::On(_)) => State::Granted,
        (Ok((_, Consent::Granted(_))), Effective::Off(reasons)) => {
            let again = [Reason::DestinationChanged, Reason::TermsChanged, Reason::NothingCovered];
            if reasons.iter().any(|reason| again.contains(reason)) { State::AskAgain } else { State::Suspended }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{IdForm, Resolution};
    use crate::clock::Timestamp;
    use crate::consent::machine::{Agreed, Grant, InstallIdentity};
    use crate::consent::receipt::{DestinationShown, NoticeShown};
    use crate::document::sample::{GROWN, SAMPLE};

    const AT: Timestamp = Timestamp::from_millis(1_795_428_000_000);

    fn at(n: u8) -> DestinationShown {
        DestinationShown { origin: format!("https://{n}.example"), key_fingerprint: format!("{n}") }
    }

    fn here(n: u8) -> Destinations {
        Destinations::one(Purposes::ALL, &at(n))
    }

    fn grant(purposes: u8, revision: u32, to: u8) -> Consent {
        Consent::Granted(Grant {
            agreed: Agreed {
                purposes: Purposes::from_bits(purposes),
                list: list(revision),
                to: here(to).only(Purposes::from_bits(purposes)),
                notice: NoticeShown { id: String::new(), locale: String::new(), sha256: String::new() },
            },
            at: AT,
            identity: InstallIdentity::from_random([1; 48]),
            declined_revision: None,
        })
    }

    /// The sample's list as the first; from the second on it has grown.
    fn list(nth: u32) -> Lock {
        Lock::of(if nth < 2 { &SAMPLE } else { &GROWN }).at_revision(nth.saturating_add(2))
    }

    const BOTH: Purposes = Purposes::NONE.with(Purpose::Usage).with(Purpose::Errors);

    /// Every stored decision × every other fact, and what must follow: on exactly when all agree.
    #[test]
    fn exhaustive() {
        let list = list(2);
        let consents = [
            Consent::Unasked,
            Consent::Denied { at: AT },
            Consent::Withdrawn { at: AT },
            grant(1, 1, 1),
            grant(1, 2, 1),
            grant(3, 2, 2),
        ];
        let faults = [
            FaultKind::Unreadable,
            FaultKind::Damaged,
            FaultKind::UnknownFormat,
            FaultKind::Inconsistent,
            FaultKind::Permissions,
            FaultKind::WrongApp,
            FaultKind::Copied,
        ];
        let decisions: Vec<_> = consents.iter().map(|c| Ok((7, c))).chain(faults.map(Err)).collect();
        let mut seen = Vec::new();
        for decision in decisions {
            for destinations in [Destinations::NONE, here(1)] {
                for do_not_track in [Switch::Unset, Switch::Off, Switch::OffUnknown, Switch::IgnoredOn] {
                    for app in [Switch::Unset, Switch::Off, Switch::OffUnknown, Switch::IgnoredOn] {
                        for (ci, policy) in [
                            (false, Policy::Silent),
                            (true, Policy::Silent),
                            (false, Policy::Deny),
                            (true, Policy::Deny),
                        ] {
                            let switches = KillSwitches { do_not_track, app, ci, policy };
                            let facts = Facts::new(destinations.clone(), switches, decision, BOTH, &list);
                            let silent = !do_not_track.is_off() && !app.is_off() && !ci && policy == Policy::Silent;
                            let agreed = matches!(decision, Ok((_, Consent::Granted(g))) if !g.agreed.to.same_as(&here(1)).is_empty());
                            let answer = effective(&facts);
                            match &answer {
                                Effective::On(scope) => {
                                    assert!(silent && agreed && !destinations.is_empty(), "{facts:?}");
                                    assert_eq!(scope.epoch, 7);
                                }
                                Effective::Off(reasons) => {
                                    assert!(!(silent && agreed && !destinations.is_empty()), "{facts:?}");
                                    assert!(!reasons.is_empty());
                                }
                            }
                            let state = state(&facts);
                            // What is shown and what the gate does never disagree.
                            assert_eq!(
                                matches!(state, State::Granted | State::GrantedNarrow),
                                matches!(answer, Effective::On(_))
                            );
                            if !seen.contains(&state) {
                                seen.push(state);
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(seen.len(), 9, "every state occurs: {seen:?}");
    }

    #[test]
    fn what_a_process_knows_of_itself_subtracts_too() {
        let (list, consent) = (list(2), grant(1, 2, 1));
        let none = Purposes::NONE;
        for (held, finished, refused) in [(true, false, none), (false, true, none), (false, false, Purposes::ALL)] {
            let process = Process { held, finished, refused };
            let facts = Facts::new(here(1), KillSwitches::NONE, Ok((1, &consent)), BOTH, &list);
            assert_eq!(state(&facts), State::Granted);
            let facts = facts.in_process(process);
            assert!(matches!(effective(&facts), Effective::Off(reasons) if reasons.len() == 1));
            assert_eq!(state(&facts), State::Suspended);
        }
    }

    /// Two purposes × what became of the destination of each: a purpose is on exactly when its own is as agreed.
    #[test]
    fn a_purpose_stands_and_falls_with_its_own_destination() {
        let (list, consent) = (list(2), grant(3, 2, 1));
        let fates = [(Some(1), false), (Some(2), false), (None, false), (Some(1), true)];
        let reasons = [None, Some(Reason::DestinationChanged), Some(Reason::NoKey), Some(Reason::KeyRefused)];
        for (usage, usage_reason) in fates.into_iter().zip(reasons) {
            for (errors, errors_reason) in fates.into_iter().zip(reasons) {
                let each = [(Purpose::Usage, usage, usage_reason), (Purpose::Errors, errors, errors_reason)];
                let to = each.iter().filter_map(|(purpose, (to, _), _)| Some((*purpose, at((*to)?)))).collect();
                let refused = each.iter().filter(|(_, (_, refused), _)| *refused).map(|(purpose, ..)| *purpose);
                let process = Process { refused: refused.collect(), ..Process::NONE };
                let facts = Facts::new(to, KillSwitches::NONE, Ok((1, &consent)), BOTH, &list).in_process(process);
                let on: Purposes =
                    each.iter().filter(|(_, _, reason)| reason.is_none()).map(|(purpose, ..)| *purpose).collect();
                let held: Vec<_> =
                    each.iter().filter_map(|(purpose, _, reason)| Some((*purpose, (*reason)?))).collect();
                match effective(&facts) {
                    Effective::On(scope) => assert_eq!(scope.purposes, on, "{facts:?}"),
                    Effective::Off(reasons) => {
                        assert!(on.is_empty(), "{facts:?}");
                        assert_eq!(reasons.len(), 1, "{reasons:?}");
                        assert!(held.iter().any(|(_, reason)| reasons.contains(reason)), "{reasons:?}");
                    }
                }
                assert_eq!(suspended(&facts), held, "{facts:?}");
            }
        }
    }

    #[test]
    fn wider_terms_mean_ask_again() {
        let consent = grant(1, 2, 1);
        let answer = |schema| {
            let list = Lock::of(&schema);
            let facts = Facts::new(here(1), KillSwitches::NONE, Ok((1, &consent)), BOTH, &list);
            (effective(&facts), state(&facts))
        };
        assert_eq!(answer(SAMPLE).1, State::Granted);
        for wider in [SAMPLE.ids(IdForm::Raw), SAMPLE.resolution(Resolution::Second), SAMPLE.retention_days(100_000)] {
            assert_eq!(answer(wider), (Effective::Off(vec![Reason::TermsChanged]), State::AskAgain));
        }
        assert_eq!(answer(SAMPLE.resolution(Resolution::Day)).1, State::Granted, "narrower goes on");
    }

    fn switch() -> impl Strategy<Value = Switch> {
        prop_oneof![Just(Switch::Unset), Just(Switch::Off), Just(Switch::OffUnknown), Just(Switch::IgnoredOn)]
    }

    fn policy() -> impl Strategy<Value = Policy> {
        prop_oneof![Just(Policy::Silent), Just(Policy::Deny)]
    }

    prop_compose! {
        fn switches()(do_not_track in switch(), app in switch(), ci: bool, policy in policy()) -> KillSwitches {
            KillSwitches { do_not_track, app, ci, policy }
        }
    }

    fn covers(wide: &Scope, narrow: &Scope) -> bool {
        wide.purposes.intersection(narrow.purposes) == narrow.purposes && wide.revision >= narrow.revision
    }

    proptest! {
        /// No environment, policy, destination, catalogue or file error can turn off into on, or widen what is on:
        /// against the same grant with nothing in its way, every other set of facts gives less or the same.
        #[test]
        fn nothing_but_a_grant_adds(
            switches in switches(), purposes in 0_u8..4, revision in 1_u32..5, granted_to in 1_u8..3,
            built_for in prop::option::of(1_u8..3), build_revision in 1_u32..5, build_purposes in 0_u8..4,
            fault in prop::option::of(prop_oneof![Just(FaultKind::Unreadable), Just(FaultKind::Damaged), Just(FaultKind::Inconsistent)]),
        ) {
            let consent = grant(purposes, revision, granted_to);
            let best = effective(&Facts::new(here(granted_to), KillSwitches::NONE, Ok((1, &consent)), BOTH, &list(u32::MAX)));
            let decision = fault.map_or(Ok((1, &consent)), Err);
            let other = effective(&Facts::new(built_for.map_or(Destinations::NONE, here), switches, decision, Purposes::from_bits(build_purposes), &list(build_revision)));
            match (&best, &other) {
                (_, Effective::Off(reasons)) => prop_assert!(!reasons.is_empty()),
                (Effective::On(best), Effective::On(other)) => prop_assert!(covers(best, other)),
                (Effective::Off(_), Effective::On(_)) => prop_assert!(false, "turned on by {switches:?}"),
            }
        }

        /// Without a stored grant nothing is ever on.
        #[test]
        fn env_cannot_grant(switches in switches(), which in 0_u8..3, build_purposes in 0_u8..4, revision in 1_u32..5) {
            let consent = match which { 0 => Consent::Unasked, 1 => Consent::Denied { at: AT }, _ => Consent::Withdrawn { at: AT } };
            let answer = effective(&Facts::new(here(1), switches, Ok((1, &consent)), Purposes::from_bits(build_purposes), &list(revision)));
            prop_assert!(matches!(answer, Effective::Off(_)));
        }
    }
}
