//! Every row of the table, and what must hold for every sequence of them.

use proptest::prelude::*;

use super::*;
use crate::FailureClass;
use crate::breaker::OPENS_AFTER;

const NOW: Duration = Duration::from_secs(5000);
const ASKED: Duration = Duration::from_secs(90);
const SECOND: Duration = Duration::from_secs(1);

fn delivery(outcome: Outcome) -> Delivery {
    Delivery::new(outcome, None, 0)
}

fn sent(events: usize) -> Sent {
    Sent { events, is_aside: false }
}

fn again(class: FailureClass, after: Option<Duration>) -> Delivery {
    delivery(Outcome::Retry { after }).because(class)
}

/// What follows `times` requests in a row that end in the same way, the last one at [`NOW`].
fn after(times: u32, of: &Delivery, random: u32) -> History {
    (0..times).fold(History::default(), |history, _| decide(of, sent(1), history.begun(NOW), NOW, random).destination)
}

fn until(history: &History) -> Duration {
    history.pause().unwrap().until.checked_sub(NOW).unwrap()
}

#[test]
fn a_decision_ends_the_pauses_of_this_side_alone() {
    let paused = |why| History::default().paused(NOW, SECOND, why);
    for why in [PauseReason::Asked, PauseReason::RateLimited, PauseReason::Quota] {
        assert_eq!(paused(why).redecided(), paused(why));
    }
    assert_eq!(paused(PauseReason::Failed).redecided(), History::default());
    let open = after(OPENS_AFTER, &again(FailureClass::Timeout, None), 0);
    assert_eq!(open.redecided().breaker(), BreakerState::Open);
    let refused = History { is_key_refused: true, ..paused(PauseReason::Asked) };
    assert_eq!(refused.redecided().with_key_tried_again(), paused(PauseReason::Asked));
}

#[test]
fn every_outcome_has_its_consequences() {
    let fresh = History::default();
    let failing = after(2, &again(FailureClass::Timeout, None), 0);
    let limited = after(2, &again(FailureClass::RateLimited, None), 0);
    for before in [fresh, failing, limited] {
        for events in [1, 2, 100] {
            let decide = |delivery: &Delivery| decide(delivery, sent(events), before, NOW, 0);
            let smaller = |cause| if events == 1 { Fate::Dropped(cause) } else { Fate::Halved };

            let accepted = decide(&delivery(Outcome::Accepted));
            assert_eq!((accepted.events, accepted.destination), (Fate::Delivered, fresh));

            let discarded = decide(&delivery(Outcome::Discarded { pause: SECOND }));
            assert_eq!(discarded.events, Fate::Dropped(Loss::Quota));
            assert_eq!(discarded.destination.pause().unwrap().why, PauseReason::Quota);
            assert_eq!(until(&discarded.destination), QUOTA_FIRST);

            for (outcome, cause) in [(Outcome::TooLarge, Loss::TooLarge), (Outcome::Rejected, Loss::Rejected)] {
                let smaller_ones = decide(&delivery(outcome));
                assert_eq!(smaller_ones.events, smaller(cause));
                // The server works: the halves follow at once.
                assert_eq!(smaller_ones.destination, History { refusals: 1, ..fresh });
            }

            let unasked = decide(&Delivery::too_large_to_send());
            assert_eq!((unasked.events, unasked.destination), (smaller(Loss::TooLarge), before));

            let refused = decide(&delivery(Outcome::Refused));
            assert_eq!(refused.events, Fate::PutBack);
            assert_eq!(refused.destination.ready(NOW, Urgency::Flush), Ready::Never);
            assert_eq!(refused.destination.redecided().ready(NOW, Urgency::Flush), Ready::Never);

            let cancelled = decide(&delivery(Outcome::Cancelled));
            assert_eq!(cancelled.events, Fate::PutBack);
            assert_eq!(cancelled.destination.breaker, before.breaker);

            for class in FailureClass::ALL {
                for asked in [None, Some(ASKED)] {
                    let again = decide(&again(class, asked));
                    // The third failure in a row that may be because of the events.
                    let third = before == failing && class.may_be_of_the_events();
                    assert_eq!(again.events, if third { Fate::PutAside } else { Fate::PutBack }, "{class}");
                    let next = again.destination;
                    let counted = next.breaker.failures().saturating_sub(before.breaker.failures());
                    let (expected, at_least, why) = match class.blames() {
                        Blames::Server => (1, FIRST / 2, PauseReason::Failed),
                        Blames::Load => (0, LIMITED_FIRST / 2, PauseReason::RateLimited),
                        Blames::Here => (0, FIRST / 2, PauseReason::Failed),
                    };
                    let why = if asked.is_some() && class.blames() != Blames::Here { PauseReason::Asked } else { why };
                    assert_eq!((counted, next.pause().unwrap().why), (expected, why), "{class} {asked:?}");
                    assert!(until(&next) >= asked.unwrap_or(at_least), "{class} {asked:?}");
                    if class.blames() == Blames::Load {
                        assert_eq!(next.breaker, Breaker::default(), "a server that answers works");
                    }
                }
            }
        }
    }
}

/// A probe that was not made is still to be made, at once and as small.
#[test]
fn what_is_too_large_to_be_sent_proves_nothing_of_a_server() {
    let open = after(OPENS_AFTER, &again(FailureClass::Timeout, None), 0);
    let later = NOW + LONGEST;
    let probing = open.begun(later);
    assert_eq!(probing.breaker(), BreakerState::HalfOpen);
    let next = decide(&Delivery::too_large_to_send(), sent(10), probing, later, 0).destination;
    assert_eq!((next.breaker(), next.breaker.failures()), (BreakerState::Open, OPENS_AFTER));
    assert_eq!(next.ready(later, Urgency::Ordinary), Ready::Send { most: limits::PROBE_EVENTS });
}

#[test]
fn pauses_double_up_to_the_longest() {
    let bounds = |of: &Delivery, times| {
        let history = |random| until(&after(times, of, random));
        (history(0), history(u32::MAX))
    };
    let here = again(FailureClass::Disk, None);
    assert_eq!(bounds(&here, 1), (FIRST / 2, FIRST));
    assert_eq!(bounds(&here, 2), (FIRST, FIRST * 2));
    assert_eq!(bounds(&here, 30), (LONGEST / 2, LONGEST));
    let limited = again(FailureClass::RateLimited, None);
    assert_eq!(bounds(&limited, 1), (LIMITED_FIRST / 2, LIMITED_FIRST));
    assert_eq!(bounds(&limited, 3), (LIMITED_FIRST * 2, LIMITED_FIRST * 4));
    assert_eq!(bounds(&limited, 30), (LONGEST_UNDER_LOAD / 2, LONGEST_UNDER_LOAD));
    let quota = delivery(Outcome::Discarded { pause: SECOND });
    for (times, pause) in [(1, 60), (2, 120), (3, 240), (7, 3600), (u32::from(u16::MAX), 3600)] {
        let pause = Duration::from_secs(pause);
        assert_eq!(bounds(&quota, times), (pause, pause));
    }
}

#[test]
fn what_the_server_asks_for_is_the_least_and_a_day_the_most() {
    for class in [FailureClass::ServerError, FailureClass::RateLimited] {
        for (asked, least, most) in [
            (Duration::ZERO, FIRST / 2, FIRST),
            (Duration::from_secs(3), Duration::from_secs(3), Duration::from_millis(3050)),
            (Duration::from_secs(60), Duration::from_secs(60), Duration::from_secs(61)),
            (LONGEST_ASKED, LONGEST_ASKED, LONGEST_ASKED + FIRST),
            (Duration::MAX, LONGEST_ASKED, LONGEST_ASKED + FIRST),
        ] {
            let pause = |random| until(&after(1, &again(class, Some(asked)), random));
            assert_eq!((pause(0), pause(u32::MAX)), (least, most), "{class} {asked:?}");
        }
    }
    let quota = |pause| until(&after(1, &delivery(Outcome::Discarded { pause }), 0));
    assert_eq!((quota(ASKED), quota(Duration::MAX)), (ASKED, LONGEST_ASKED));
}

/// PostHog's suite for client libraries waits 5 s for the second repetition and 15 s for the third, wants at least 100 ms
/// before the first, and lets 5 s pass where it asked for 3.
#[test]
fn the_public_suite_would_wait_long_enough() {
    let failed = again(FailureClass::ServerError, None);
    let at_most = |repetitions: u32| (1..=repetitions).map(|n| until(&after(n, &failed, u32::MAX))).sum::<Duration>();
    assert!(at_most(2) < Duration::from_secs(5) && at_most(3) < Duration::from_secs(10));
    assert!(until(&after(1, &failed, 0)) >= Duration::from_millis(100));
    let asked = again(FailureClass::RateLimited, Some(Duration::from_secs(3)));
    assert!(until(&after(1, &asked, u32::MAX)) < Duration::from_secs(5));
}

#[test]
fn what_is_asked_beside_any_answer_is_kept() {
    for outcome in [Outcome::Accepted, Outcome::Rejected, Outcome::TooLarge, Outcome::Retry { after: None }] {
        let held = after(1, &delivery(outcome).holding(ASKED), 0);
        let pause = Pause { until: NOW + ASKED, why: PauseReason::Asked };
        assert_eq!((held.pause(), held.ready(NOW, Urgency::Flush)), (Some(pause), Ready::Wait(pause)), "{outcome:?}");
    }
    // The longer of the two counts, and a day is the most.
    let longer = delivery(Outcome::Discarded { pause: ASKED * 2 }).holding(ASKED);
    assert_eq!(until(&after(1, &longer, 0)), ASKED * 2);
    assert_eq!(until(&after(1, &delivery(Outcome::Accepted).holding(Duration::MAX), 0)), LONGEST_ASKED);
}

/// The breaker is told nothing by a pause.
#[test]
fn a_pause_beside_an_answer_says_that_the_server_works() {
    let open = after(OPENS_AFTER, &again(FailureClass::Reset, None), 0);
    let probe = decide(&delivery(Outcome::Accepted).holding(ASKED), sent(1), open.begun(NOW), NOW, 0);
    assert_eq!((probe.events, probe.destination.breaker()), (Fate::Delivered, BreakerState::Closed));
}

#[test]
fn a_flush_waits_for_the_server_and_not_for_a_failure() {
    let own = after(1, &again(FailureClass::Connect, None), 0);
    assert!(matches!(own.ready(NOW, Urgency::Ordinary), Ready::Wait(_)));
    assert_eq!(own.ready(NOW, Urgency::Flush), Ready::Send { most: usize::MAX });
    for history in [
        after(1, &again(FailureClass::ServerError, Some(ASKED)), 0),
        after(1, &again(FailureClass::RateLimited, None), 0),
        after(1, &delivery(Outcome::Discarded { pause: ASKED }), 0),
        after(OPENS_AFTER, &again(FailureClass::Connect, None), 0),
    ] {
        let pause = history.pause().unwrap();
        for urgency in [Urgency::Ordinary, Urgency::Flush] {
            assert_eq!(history.ready(pause.until.saturating_sub(Duration::from_nanos(1)), urgency), Ready::Wait(pause));
            assert!(matches!(history.ready(pause.until, urgency), Ready::Send { .. }));
        }
    }
}

#[test]
fn whoever_was_in_trouble_is_asked_with_little_first() {
    let probe = Ready::Send { most: limits::PROBE_EVENTS };
    let open = after(OPENS_AFTER, &again(FailureClass::Reset, None), 0);
    assert_eq!(open.breaker(), BreakerState::Open);
    assert_eq!(open.pause().unwrap().why, PauseReason::BreakerOpen);
    let later = open.pause().unwrap().until;
    assert_eq!((open.ready(later, Urgency::Ordinary), open.begun(later).breaker()), (probe, BreakerState::HalfOpen));
    let closed = decide(&delivery(Outcome::Accepted), sent(1), open.begun(later), later, 0).destination;
    assert_eq!(
        (closed.ready(later, Urgency::Ordinary), closed.breaker()),
        (Ready::Send { most: usize::MAX }, BreakerState::Closed)
    );

    let over = after(1, &delivery(Outcome::Discarded { pause: SECOND }), 0);
    assert_eq!(over.ready(NOW + QUOTA_FIRST, Urgency::Ordinary), probe);
}

#[test]
fn a_server_that_refuses_everything_is_asked_less_and_less() {
    let refused = delivery(Outcome::Rejected);
    let within = after(REFUSED_AT_ONCE, &refused, 0);
    assert_eq!(within.ready(NOW, Urgency::Ordinary), Ready::Send { most: usize::MAX });
    assert_eq!(until(&after(REFUSED_AT_ONCE + 1, &refused, 0)), FIRST / 2);
    assert_eq!(until(&after(REFUSED_AT_ONCE + 30, &refused, 0)), LONGEST / 2);
}

fn outcomes() -> impl Strategy<Value = Delivery> {
    let seconds = || prop::option::of((0_u64..1_000_000).prop_map(Duration::from_secs));
    prop_oneof![
        Just(delivery(Outcome::Accepted)),
        seconds().prop_map(|pause| delivery(Outcome::Discarded { pause: pause.unwrap_or(Duration::MAX) })),
        Just(delivery(Outcome::TooLarge)),
        Just(delivery(Outcome::Rejected)),
        Just(delivery(Outcome::Refused)),
        Just(delivery(Outcome::Cancelled)),
        (prop::sample::select(&FailureClass::ALL[..]), seconds()).prop_map(|(class, after)| again(class, after)),
    ]
}

proptest! {
    /// Whatever happens, in whatever order: pauses are kept and end, the breaker opens after failures of the server in
    /// a row and after nothing else, and a refused key is final.
    #[test]
    fn every_sequence_keeps_its_pauses(steps in prop::collection::vec((outcomes(), any::<u32>(), any::<bool>()), 1..60)) {
        let (mut now, mut history, mut in_a_row, mut is_refused) = (NOW, History::default(), 0_u32, false);
        for (delivery, random, is_flush) in steps {
            let urgency = if is_flush { Urgency::Flush } else { Urgency::Ordinary };
            match history.ready(now, urgency) {
                Ready::Never => {
                    prop_assert!(is_refused);
                    break;
                }
                Ready::Wait(pause) => {
                    prop_assert!(pause.until > now);
                    prop_assert!(pause.until.saturating_sub(now) <= LONGEST_ASKED + FIRST);
                    now = pause.until;
                }
                Ready::Send { .. } => {}
            }
            let most = match history.ready(now, urgency) {
                Ready::Send { most } => most,
                other => return Err(TestCaseError::fail(format!("a pause ends: {other:?}"))),
            };
            prop_assert!(most > 0);
            history = history.begun(now);
            prop_assert_eq!(history.breaker() == BreakerState::HalfOpen, in_a_row >= OPENS_AFTER);
            let decision = decide(&delivery, sent(1), history, now, random);
            history = decision.destination;
            is_refused |= delivery.outcome == Outcome::Refused;
            match (delivery.outcome, delivery.failure().map(FailureClass::blames)) {
                (Outcome::Retry { after }, Some(Blames::Server)) => {
                    in_a_row += 1;
                    let pause = history.pause().unwrap();
                    prop_assert!(pause.until >= now + after.unwrap_or_default().min(LONGEST_ASKED));
                    prop_assert!(pause.until >= now + FIRST / 2);
                }
                (Outcome::Cancelled, _) | (Outcome::Retry { .. }, Some(Blames::Here)) => {}
                _ => in_a_row = 0,
            }
            prop_assert_eq!(history.breaker() == BreakerState::Open, in_a_row >= OPENS_AFTER);
        }
    }

    /// A batch in which any of the events are wrong: each wrong one is lost, each other one delivered once, and it takes
    /// at most two requests for each event.
    #[test]
    fn wrong_events_are_found_within_twice_as_many_requests(wrong in prop::collection::vec(any::<bool>(), 1..=limits::BATCH_EVENTS)) {
        let (mut batches, mut history) = (vec![wrong.clone()], History::default());
        let (mut requests, mut delivered, mut lost) = (0, 0, 0);
        while let Some(batch) = batches.pop() {
            prop_assert!(matches!(history.ready(NOW, Urgency::Ordinary), Ready::Send { .. }), "without a pause");
            requests += 1;
            let outcome = if batch.contains(&true) { Outcome::Rejected } else { Outcome::Accepted };
            let decision = decide(&delivery(outcome), sent(batch.len()), history.begun(NOW), NOW, 0);
            history = decision.destination;
            match decision.events {
                Fate::Delivered => delivered += batch.len(),
                Fate::Dropped(cause) => {
                    prop_assert_eq!(cause, Loss::Rejected);
                    lost += batch.len();
                }
                Fate::Halved => {
                    let (one, two) = batch.split_at(batch.len() / 2);
                    batches.extend([two.to_vec(), one.to_vec()]);
                }
                Fate::PutBack | Fate::PutAside => return Err(TestCaseError::fail("a refused body is not tried again as it is")),
            }
        }
        prop_assert_eq!(lost, wrong.iter().filter(|wrong| **wrong).count());
        prop_assert_eq!(delivered + lost, wrong.len());
        prop_assert!(requests <= 2 * wrong.len());
    }
}
