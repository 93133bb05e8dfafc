//! Servers in trouble: what is tried again, when, with how much, and what a person sees of it.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use telemetry_core::testing::RecordingSink;
use telemetry_core::{
    BreakerState, Clock as _, DestinationStatus, FailureClass, FlushEnd, Locale, Loss, Outcome, PauseReason, Surface,
    Telemetry,
};

use crate::fixture::{Installation, LONG, Tracked, USAGE, agree, deliver_all, eventually, started};

const AGAIN: Outcome = Outcome::Retry { after: None };

fn destination(telemetry: &Telemetry<Tracked>) -> DestinationStatus {
    telemetry.status().destinations.remove(0)
}

fn counts(sink: &RecordingSink) -> Vec<usize> {
    sink.requests().iter().map(|request| request.body.matches("\"event\":").count()).collect()
}

/// Fails until the breaker opens, with so many events that wait.
fn with_open_breaker(events: usize) -> (Installation, Telemetry<Tracked>) {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| AGAIN);
    for _ in 0..events {
        telemetry.track(started());
    }
    for _ in 0..20 {
        telemetry.flush(LONG);
    }
    assert_eq!(destination(&telemetry).breaker, BreakerState::Open);
    (installation, telemetry)
}

#[test]
fn a_server_that_keeps_failing_is_left_alone_and_tried_with_little() {
    let (installation, telemetry) = with_open_breaker(60);
    // Five attempts; the flushes after that had nobody to ask.
    assert_eq!(counts(&installation.sink), [60; 5]);
    let status = destination(&telemetry);
    let pause = status.pause.unwrap();
    assert_eq!((pause.why, status.next_attempt, status.waiting), (PauseReason::BreakerOpen, Some(pause.until), 60));

    // A probe that fails opens it again.
    installation.clock.advance(pause.until.since(installation.clock.now()));
    telemetry.flush(LONG);
    assert_eq!(
        (counts(&installation.sink)[5..].to_vec(), destination(&telemetry).breaker),
        (vec![10], BreakerState::Open)
    );

    // One that arrives closes it, and the rest follows at once.
    installation.sink.answer(|_| Outcome::Accepted);
    installation.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(deliver_all(&telemetry), 60);
    assert_eq!(counts(&installation.sink)[6..], [10, 50]);
    let status = destination(&telemetry);
    assert_eq!((status.breaker, status.pause, status.next_attempt), (BreakerState::Closed, None, None));
}

#[test]
fn a_jump_of_the_time_of_day_ends_no_pause_and_makes_none_longer() {
    let (installation, telemetry) = with_open_breaker(1);
    installation.sink.answer(|_| Outcome::Accepted);
    let now = installation.clock.now();
    let left = destination(&telemetry).pause.unwrap().until.since(now);
    let day = Duration::from_secs(24 * 60 * 60);
    for time in [now.plus(day), telemetry_core::Timestamp::from_millis(now.millis() - 86_400_000)] {
        installation.clock.jump_to(time);
        assert_eq!(telemetry.flush(LONG).remaining, 1);
        assert_eq!(destination(&telemetry).pause.unwrap().until.since(time), left);
    }
    installation.clock.advance(left);
    assert_eq!(deliver_all(&telemetry), 1);
}

/// Turning off and on is a person's right, and no way around what a server asked for.
#[test]
fn a_decision_ends_no_pause_that_a_server_asked_for() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: Some(Duration::from_secs(3600)) });
    telemetry.track(started());
    telemetry.flush(LONG);
    let pause = destination(&telemetry).pause.unwrap();
    installation.sink.answer(|_| Outcome::Accepted);
    telemetry.withdraw(Surface::Dashboard).unwrap();
    for _ in 0..2 {
        agree(&telemetry, USAGE);
        telemetry.track(started());
        telemetry.flush(LONG);
        assert_eq!((installation.sink.requests().len(), destination(&telemetry).pause), (1, Some(pause)));
    }
    installation.clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(deliver_all(&telemetry), 1);
}

#[test]
fn a_pause_is_kept_that_a_server_asks_for_while_it_is_turned_off() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    let (off, other) = (Arc::new(Mutex::new(None)), telemetry.clone());
    let begun = Arc::clone(&off);
    installation.sink.answer(move |_| {
        let other = other.clone();
        let turned = other.clone();
        // Locked first: the flush may end, and look for it, as soon as the thread is there.
        let mut begun = begun.lock().unwrap();
        *begun = Some(thread::spawn(move || turned.withdraw(Surface::Dashboard).unwrap()));
        drop(begun);
        while other.is_on() {
            thread::yield_now();
        }
        Outcome::Retry { after: Some(Duration::from_secs(3600)) }
    });
    telemetry.track(started());
    telemetry.flush(LONG);
    off.lock().unwrap().take().unwrap().join().unwrap();
    installation.sink.answer(|_| Outcome::Accepted);
    agree(&telemetry, USAGE);
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).remaining, 1);
    assert_eq!(installation.sink.requests().len(), 1);
    installation.clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(deliver_all(&telemetry), 1);
}

#[test]
fn what_failed_is_tried_again_when_its_pause_is_over_without_anybody_asking() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| AGAIN);
    telemetry.track(started());
    telemetry.flush(LONG);
    installation.sink.answer(|_| Outcome::Accepted);
    let status = destination(&telemetry);
    assert_eq!(status.next_attempt, status.pause.map(|pause| pause.until));
    assert!(status.next_attempt.unwrap().since(installation.clock.now()) <= Duration::from_secs(1));
    // Far less than the interval in which events are gathered.
    installation.clock.advance(Duration::from_secs(1));
    eventually("it is tried again", || telemetry.stats().delivered == 1);
}

#[test]
fn over_quota_pauses_longer_each_time_and_costs_little() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Discarded { pause: Duration::from_secs(60) });
    for _ in 0..100 {
        telemetry.track(started());
    }
    let mut pauses = Vec::new();
    for _ in 0..3 {
        telemetry.track(started());
        telemetry.flush(LONG);
        let pause = destination(&telemetry).pause.unwrap().until.since(installation.clock.now());
        pauses.push(pause.as_secs());
        installation.clock.advance(pause);
    }
    assert_eq!(pauses, [60, 120, 240]);
    assert_eq!(telemetry.stats().lost(Loss::Quota), counts(&installation.sink).iter().sum::<usize>() as u64);
    assert!(counts(&installation.sink)[1..].iter().all(|count| *count <= 10), "{:?}", counts(&installation.sink));
}

#[test]
fn a_server_that_refuses_everything_holds_a_flush_for_a_batch_at_most() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Rejected);
    for _ in 0..400 {
        telemetry.track(started());
    }
    assert_eq!(telemetry.flush(LONG).ended, FlushEnd::Finished);
    let requests = installation.sink.requests().len();
    assert!((200..=202).contains(&requests), "{requests}");
    assert_eq!(destination(&telemetry).last_failure.unwrap().class, FailureClass::Rejected);
    let failures: Vec<_> = telemetry.stats().failures().collect();
    assert_eq!(failures, [(FailureClass::Rejected, requests as u64)]);
}

#[test]
fn a_request_that_runs_out_of_time_is_a_timeout_and_one_that_is_taken_back_is_not() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    // The sink says that it was given up, and nobody has taken the permit back.
    installation.sink.answer(|_| Outcome::Cancelled);
    telemetry.track(started());
    telemetry.flush(LONG);
    let status = destination(&telemetry);
    assert_eq!((status.last_failure.unwrap().class, status.waiting), (FailureClass::Timeout, 1));
}

#[test]
fn a_person_reads_how_a_destination_is_doing() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    telemetry.track(started());
    telemetry.flush(LONG);
    installation.sink.answer(|_| Outcome::Retry { after: Some(Duration::from_secs(30)) });
    telemetry.track(started());
    telemetry.flush(LONG);
    let status = telemetry.status();
    let (text, json) = (status.to_string(), status.to_json());
    for part in [
        "destination: https://sink.example (a test), key fingerprint 0123abcd",
        "    last delivery: 2026-11-23 10:00:00 UTC",
        "    last failure: 2026-11-23 10:00:00 UTC: the server could not be reached",
        "    waiting: 1, on disk as well",
        "    paused: until 2026-11-23 10:00:3",
        ": the server asked for this pause",
        "    next attempt: 2026-11-23 10:00:3",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let german = telemetry.status_in(Locale::German);
    for part in [
        "Ziel: https://sink.example (a test), Fingerabdruck des Schlüssels 0123abcd",
        "    letzte Zustellung: 23.11.2026, 10:00:00 Uhr (UTC)",
        "    letzter Fehlschlag: 23.11.2026, 10:00:00 Uhr (UTC): der Server war nicht zu erreichen",
        "    Pause: bis 23.11.2026, 10:00:3",
    ] {
        assert!(german.to_string().contains(part), "{part}\n{german}");
    }
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let of_german: serde_json::Value = serde_json::from_str(&german.to_json()).unwrap();
    assert_eq!((&of_german["state"], &of_german["destinations"]), (&json["state"], &json["destinations"]));
    let to = &json["destinations"][0];
    assert_eq!(to["last_failure"]["class"], "unreachable");
    assert_eq!((to["breaker"].as_str(), to["pause"]["why"].as_str()), (Some("closed"), Some("asked")));
    assert_eq!((to["waiting"].as_u64(), to["spooled"].as_u64()), (Some(1), Some(1)));
    assert_eq!(to["next_attempt"], to["pause"]["until"]);
    assert!(json["spool_bytes"].as_u64() > Some(0) && text.contains("unsent on disk, of all processes: "), "{text}");
}

/// Whoever looks is mostly not the one who sends: a command, or another server.
#[test]
fn another_process_reads_how_a_destination_is_doing() {
    let installation = Installation::new();
    let sender = installation.granted(USAGE);
    sender.track(started());
    sender.flush(LONG);
    installation.clock.advance(Duration::from_secs(60));
    installation.sink.answer(|_| Outcome::Retry { after: Some(Duration::from_secs(30)) });
    sender.track(started());
    sender.flush(LONG);
    let other = installation.start();
    let seen = || destination(&other);
    eventually("what came of it is noted", || seen().pause.is_some());
    let (own, seen) = (destination(&sender), seen());
    assert_eq!((seen.last_success, seen.last_failure), (own.last_success, own.last_failure));
    assert!(seen.last_success.is_some() && seen.last_failure.is_some());
    assert_eq!((seen.pause, seen.next_attempt), (own.pause, own.next_attempt));
    assert_eq!((seen.waiting, own.waiting), (0, 1), "what waits in another process is bytes on disk");
    assert!(other.status().spool_bytes > 0);
    // Whoever has the turn next knows it as well, and does not forget it.
    installation.clock.advance(Duration::from_secs(60));
    installation.sink.answer(|_| Outcome::Accepted);
    let before = installation.clock.now();
    assert_eq!(sender.flush(LONG).remaining, 0);
    other.track(started());
    assert_eq!(deliver_all(&other), 1);
    let third = || destination(&installation.start());
    eventually("what came of it is noted", || third().last_success.is_some_and(|at| at >= before));
    let third = third();
    assert_eq!((third.last_failure, third.pause), (own.last_failure, None));
}

/// What a server asked one process for, it asked of the installation.
#[test]
fn a_pause_holds_for_every_process_of_the_installation() {
    let day = Duration::from_secs(86_400);
    // What a process does not live through it cannot see.
    let before = [(None, true, true), (Some(-1), true, true), (Some(1), true, true)];
    let after = [(None, false, true), (Some(-1), false, true), (Some(1), false, false)];
    for (jump, lives_through_it, kept) in before.into_iter().chain(after) {
        let installation = Installation::new();
        let one = installation.granted(USAGE);
        installation.sink.answer(|_| Outcome::Retry { after: Some(Duration::from_secs(600)) });
        one.track(started());
        one.flush(LONG);
        assert_eq!(installation.sink.requests().len(), 1);
        installation.sink.answer(|_| Outcome::Accepted);
        // Noted right after the answer, by the time of day from before the jump.
        let data = installation.directory().join("data");
        let identity = std::fs::read_dir(data).unwrap().next().unwrap().unwrap().path();
        let noted = || std::fs::read_to_string(identity.join("sender.lock")).is_ok_and(|note| note.contains("asked"));
        eventually("the pause is noted", noted);
        let wall = installation.clock.now();
        let earlier = lives_through_it.then(|| installation.start());
        match jump {
            Some(1) => installation.clock.jump_to(wall.plus(day)),
            Some(_) => {
                installation.clock.jump_to(telemetry_core::Timestamp::from_millis(wall.millis() - 86_400_000));
            }
            None => {}
        }
        let two = earlier.unwrap_or_else(|| installation.start());
        two.track(started());
        two.flush(LONG);
        let requests = if kept { 1 } else { 2 };
        assert_eq!(installation.sink.requests().len(), requests, "the time of day jumped by {jump:?} days");
        if !kept {
            continue;
        }
        assert_eq!(destination(&two).pause.map(|pause| pause.why), Some(PauseReason::Asked));
        // It is over for all of them when it is over for the first.
        installation.clock.advance(Duration::from_secs(601));
        assert_eq!((deliver_all(&two), deliver_all(&one)), (1, 1));
    }
}

#[test]
fn a_breaker_that_one_process_opened_is_open_for_the_next_one() {
    let (installation, telemetry) = with_open_breaker(3);
    let asked = installation.sink.requests().len();
    installation.ended(telemetry);
    let telemetry = installation.start();
    eventually("what was left is taken over", || telemetry.stats().adopted == 3);
    assert_eq!(telemetry.flush(LONG).remaining, 3);
    assert_eq!((installation.sink.requests().len(), destination(&telemetry).breaker), (asked, BreakerState::Open));
    installation.sink.answer(|_| Outcome::Accepted);
    installation.clock.advance(Duration::from_secs(3600));
    assert_eq!(deliver_all(&telemetry), 3);
}
