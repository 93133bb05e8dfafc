//! What a person decides, and what follows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use telemetry_core::consent::{Locale, State};
use telemetry_core::testing::{ManualClock, RecordingSink};
use telemetry_core::{
    Clock, Destination, GrantError, Outcome, ProgramKind, Purposes, Surface, Telemetry, Timestamp, Withdrawal,
};

use crate::fixture::{BOTH, Earlier, Installation, LONG, Tracked, USAGE, agree, eventually, from_api, started};

/// A clock that knows the workers that have looked at it, by the names that the system has for their threads.
#[derive(Clone, Default)]
struct Watched(ManualClock, Arc<Mutex<BTreeSet<PathBuf>>>);

impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn elapsed(&self) -> Duration {
        if thread::current().name() == Some("telemetry") {
            let task = fs::read_link("/proc/thread-self").unwrap();
            self.1.lock().unwrap().insert(Path::new("/proc").join(task));
        }
        self.0.elapsed()
    }
}

#[test]
fn before_a_yes_there_is_nothing() {
    let installation = Installation::new();
    let telemetry = installation.start();
    telemetry.track(started());
    let _ = telemetry.status();
    let _ = telemetry.present(Surface::SetupPage);
    assert_eq!(telemetry.state(), State::Unasked);
    assert_eq!(telemetry.stats().tracked, 0);
    assert!(
        telemetry.examples().count() == 4 && telemetry.preview(&started()).is_some(),
        "preview works before consent"
    );
    assert!(!installation.directory().exists(), "{:?}", installation.files());
    assert!(installation.sink.requests().is_empty());
}

#[test]
fn a_yes_records_and_a_no_stops() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    assert_eq!(telemetry.state(), State::Granted);
    telemetry.track(started());
    let report = telemetry.flush(LONG);
    assert_eq!((report.delivered, report.remaining), (1, 0));
    assert_eq!(installation.sink.delivered(), ["timer.started"]);

    telemetry.track(started());
    assert_eq!(telemetry.withdraw(Surface::Dashboard), Ok(Withdrawal::Done { deleted: 1 }));
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).remaining, 0);
    assert_eq!(installation.sink.requests().len(), 1);
    assert_eq!(telemetry.state(), State::Withdrawn);
    // Turning off twice is turning off.
    assert_eq!(telemetry.withdraw(Surface::Dashboard), Ok(Withdrawal::Done { deleted: 0 }));
    assert_eq!(telemetry.state(), State::Withdrawn);
    let left = ["drain.lock", "gate.lock", "installation.json", "installation.lock", "receipts.jsonl"];
    assert_eq!(installation.files(), left, "identity, queue and sent log are gone");
}

#[test]
fn the_worker_lives_exactly_while_granted() {
    let (installation, clock) = (Installation::new(), Watched::default());
    let builder =
        Telemetry::<Tracked>::builder(ProgramKind::Service, installation.directory(), installation.sink.clone());
    let telemetry = builder.clock(clock.clone()).build();
    let workers = || clock.1.lock().unwrap().clone();
    for _ in 0..2 {
        telemetry.track(started());
        telemetry.flush(LONG);
        assert_eq!(workers().len(), 0, "without a yes there is none");
        agree(&telemetry, USAGE);
        eventually("a worker for a grant", || workers().len() == 1);
        assert_eq!(workers().iter().filter(|worker| worker.exists()).count(), 1, "and it stays");
        telemetry.withdraw(Surface::Dashboard).unwrap();
        eventually("it ends", || !workers().iter().any(|worker| worker.exists()));
        clock.1.lock().unwrap().clear();
    }
}

#[test]
fn a_ticket_is_good_once_and_for_half_an_hour() {
    let installation = Installation::new();
    let telemetry = installation.start();
    assert_eq!(telemetry.grant("0123", USAGE), Err(GrantError::NotShown));

    let question = telemetry.present(Surface::SetupPage).unwrap();
    installation.clock.advance(std::time::Duration::from_secs(30 * 60 + 1));
    assert_eq!(telemetry.grant(question.ticket(), USAGE), Err(GrantError::NotShown));

    let question = telemetry.present(Surface::SetupPage).unwrap();
    assert_eq!(telemetry.grant(question.ticket(), Purposes::NONE), Err(GrantError::NoPurpose));
    let question = telemetry.present(Surface::SetupPage).unwrap();
    assert_eq!(telemetry.grant(question.ticket(), USAGE), Ok(()));
    assert_eq!(telemetry.grant(question.ticket(), BOTH), Err(GrantError::NotShown));
    assert_eq!(telemetry.status().purposes, USAGE);
}

#[test]
fn purposes_are_separate() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    telemetry.track(Tracked::HandlerFailed);
    telemetry.track(Tracked::TimerStopped);
    telemetry.flush(LONG);
    assert_eq!(installation.sink.delivered(), ["timer.stopped"]);
    assert_eq!(telemetry.stats().tracked, 1, "what was not agreed to is not even recorded");

    agree(&telemetry, BOTH);
    telemetry.track(Tracked::HandlerFailed);
    telemetry.flush(LONG);
    assert_eq!(installation.sink.delivered(), ["timer.stopped", "handler.failed"]);
}

#[test]
fn adding_a_purpose_keeps_what_is_granted_and_brings_nothing_back() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    let errors = Purposes::ALL.without(USAGE);
    let question = telemetry.present(Surface::Dashboard).unwrap();
    telemetry.grant_also(question.ticket(), errors).unwrap();
    assert_eq!(telemetry.status().purposes, BOTH);
    // Shown while both were on, answered after somebody turned one off.
    let question = telemetry.present(Surface::Dashboard).unwrap();
    installation.start().withdraw_purposes(Surface::Dashboard, USAGE).unwrap();
    telemetry.grant_also(question.ticket(), errors).unwrap();
    assert_eq!(telemetry.status().purposes, errors);
}

#[test]
fn a_question_about_what_is_new_turns_no_purpose_on() {
    let installation = Installation::new();
    agree(&installation.start_as::<Earlier>(), USAGE);
    let telemetry = installation.start();
    let ticket = || telemetry.present_renewal(Surface::Dashboard, Locale::English).unwrap().ticket().to_owned();
    assert_eq!(telemetry.grant(&ticket(), BOTH), Err(GrantError::NoPurpose));
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::GrantedNarrow, USAGE));
    assert_eq!(telemetry.grant_also(&ticket(), BOTH), Err(GrantError::NoPurpose));
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::GrantedNarrow, USAGE));
    telemetry.agree_to_renewal(&ticket()).unwrap();
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::Granted, USAGE));
    // Answered after somebody turned it off.
    let installation = Installation::new();
    agree(&installation.start_as::<Earlier>(), USAGE);
    let telemetry = installation.start();
    let question = telemetry.present_renewal(Surface::Dashboard, Locale::English).unwrap();
    telemetry.withdraw(Surface::Dashboard).unwrap();
    assert_eq!(telemetry.agree_to_renewal(question.ticket()), Err(GrantError::NoPurpose));
    assert_eq!(telemetry.state(), State::Withdrawn);
}

/// The record is gone and the clock set back, so that the new decision would begin before the one that is known.
#[test]
fn a_yes_that_was_stored_is_on_whatever_the_clock_says() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    fs::remove_file(installation.file()).unwrap();
    assert_eq!(telemetry.state(), State::Unasked);
    installation.clock.jump_to(telemetry_core::Timestamp::from_millis(1_000_000));
    agree(&telemetry, USAGE);
    assert_eq!(telemetry.state(), State::Granted);
    assert!(telemetry.is_on());
}

#[test]
fn consent_covers_exactly_what_was_shown() {
    let installation = Installation::new();
    let earlier = installation.start_as::<Earlier>();
    agree(&earlier, USAGE);
    drop(earlier);

    let telemetry = installation.start();
    assert_eq!(telemetry.state(), State::GrantedNarrow);
    telemetry.track(from_api());
    telemetry.track(telemetry_tracked_report());
    telemetry.flush(LONG);
    let body = &installation.sink.requests()[0].body;
    assert!(body.contains("user_id") && !body.contains("source\":\"api") && !body.contains("billable"), "{body}");
    assert!(body.contains("\"catalogue_revision\":2") && body.contains("\"granted_revision\":1"), "{body}");
    assert_eq!(installation.sink.delivered(), ["timer.started"]);

    // Keeping the old list changes nothing but that it is not asked again; agreeing widens.
    telemetry.decline(Surface::Dashboard).unwrap();
    assert_eq!(telemetry.state(), State::GrantedNarrow);
    agree(&telemetry, USAGE);
    assert_eq!(telemetry.state(), State::Granted);
    telemetry.track(telemetry_tracked_report());
    telemetry.flush(LONG);
    assert_eq!(installation.sink.delivered(), ["timer.started", "report.exported"]);
    assert_eq!(telemetry.verify_receipts(), Ok(3));
}

fn telemetry_tracked_report() -> Tracked {
    Tracked::ReportExported
}

#[test]
fn regrant_new_id() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    let first = telemetry.status().install_id.unwrap();
    telemetry.withdraw(Surface::Dashboard).unwrap();
    assert_eq!(telemetry.status().install_id, None);
    assert!(!fs::read_to_string(installation.file()).unwrap().contains(&first));
    agree(&telemetry, USAGE);
    assert_ne!(telemetry.status().install_id.unwrap(), first);

    let second = telemetry.status().install_id.unwrap();
    telemetry.track(started());
    telemetry.flush(LONG);
    assert_eq!(telemetry.sent_log().len(), 1);
    assert_eq!(telemetry.reset_id(Surface::Dashboard), Ok(true));
    assert_ne!(telemetry.status().install_id.unwrap(), second);
    assert!(telemetry.sent_log().is_empty());
}

#[test]
fn another_destination_means_ask_again() {
    let installation = Installation::new();
    drop(installation.granted(USAGE));
    for (origin, key) in [("https://elsewhere.example", "0123abcd"), ("https://sink.example", "ffffffff")] {
        let sink =
            RecordingSink::default().with_destination(Destination::new(origin, "a test", None, Some(key.into())));
        let moved: Telemetry<Tracked> =
            Telemetry::<Tracked>::builder(ProgramKind::Service, installation.directory(), sink.clone()).build();
        assert_eq!(moved.state(), State::AskAgain);
        moved.track(started());
        moved.flush(LONG);
        assert!(sink.requests().is_empty());
    }
}

#[test]
fn without_a_key_nothing_is_asked_and_a_yes_is_impossible() {
    let installation = Installation::new();
    let sink =
        RecordingSink::default().with_destination(Destination::new("https://sink.example", "a test", None, None));
    let telemetry: Telemetry<Tracked> =
        Telemetry::<Tracked>::builder(ProgramKind::Service, installation.directory(), sink).build();
    assert!(telemetry.present(Surface::SetupPage).is_none());
    assert!(!telemetry.has_analytics_configured());
    assert_eq!(telemetry.state(), State::Unavailable);
    assert!(!installation.directory().exists());
}

#[test]
fn a_policy_denies_and_grants_nothing() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    let policy = installation.directory().parent().unwrap().join("telemetry.policy");
    fs::write(&policy, "deny").unwrap();
    assert_eq!(telemetry.state(), State::Suspended);
    telemetry.track(started());
    telemetry.flush(LONG);
    assert!(telemetry.present(Surface::Dashboard).is_none());
    assert!(installation.sink.requests().is_empty());
    assert!(
        fs::read_to_string(installation.file()).unwrap().contains("\"telemetry_enabled\": true"),
        "the choice is kept"
    );
    fs::write(&policy, "allow").unwrap();
    assert_eq!(telemetry.state(), State::Granted);
    telemetry.withdraw(Surface::Dashboard).unwrap();
    assert_eq!(telemetry.state(), State::Withdrawn);
}

#[test]
fn a_policy_is_obeyed_by_a_program_that_never_looks_at_its_status() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    fs::write(installation.directory().parent().unwrap().join("telemetry.policy"), "deny").unwrap();
    telemetry.track(started());
    telemetry.flush(LONG);
    assert!(installation.sink.requests().is_empty());
    eventually("the gate is shut", || !telemetry.is_on());
}

#[test]
fn what_was_recorded_before_a_purpose_went_off_is_not_sent_when_it_comes_back() {
    let installation = Installation::new();
    let telemetry = installation.granted(BOTH);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(Tracked::HandlerFailed);
    telemetry.track(started());
    telemetry.shutdown(LONG);
    drop(telemetry);
    // Nobody was there to take the file over when it was turned off.
    installation.sink.answer(|_| Outcome::Accepted);
    let other = installation.start_as::<Earlier>();
    other.withdraw_purposes(Surface::Dashboard, Purposes::ALL.without(USAGE)).unwrap();
    other.shutdown(LONG);
    drop(other);
    let telemetry = installation.start();
    let question = telemetry.present(Surface::Dashboard).unwrap();
    telemetry.grant_also(question.ticket(), BOTH).unwrap();
    telemetry.flush(LONG);
    telemetry.shutdown(LONG);
    assert_eq!(installation.sink.delivered(), Vec::<String>::new());
}

#[test]
fn off_cancels_the_request_under_way() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.hang(true);
    telemetry.track(started());
    let flushing = {
        let telemetry = telemetry.clone();
        std::thread::spawn(move || telemetry.flush(LONG))
    };
    installation.sink.wait_until_hanging();
    assert!(matches!(telemetry.withdraw(Surface::Dashboard), Ok(Withdrawal::Done { .. })));
    flushing.join().unwrap();
    eventually("the cancelled request is seen", || installation.sink.requests().len() == 1);
    assert_eq!(installation.sink.requests()[0].outcome, Outcome::Cancelled);
    assert!(telemetry.sent_log().is_empty());
}

#[test]
fn off_in_one_process_is_off_in_the_other() {
    let installation = Installation::new();
    let one = installation.granted(USAGE);
    let two = installation.start();
    assert!(two.is_on());
    // A request of the other is under way, and one more event waits there.
    installation.sink.hang(true);
    two.track(started());
    let flushing = {
        let two = two.clone();
        std::thread::spawn(move || two.flush(LONG))
    };
    installation.sink.wait_until_hanging();
    two.track(started());
    assert!(matches!(one.withdraw(Surface::Dashboard), Ok(Withdrawal::Done { .. })), "the other notices and lets go");
    flushing.join().unwrap();
    installation.sink.hang(false);
    two.track(started());
    two.flush(LONG);
    assert_eq!(two.state(), State::Withdrawn);
    assert!(installation.sink.delivered().is_empty());
    let stats = two.stats();
    assert_eq!(stats.tracked, stats.losses().map(|(_, count)| count).sum::<u64>());
}

#[test]
fn on_in_one_process_is_on_in_the_other_after_a_look() {
    let installation = Installation::new();
    let (one, two) = (installation.start(), installation.start());
    agree(&one, USAGE);
    assert!(!two.is_on());
    two.refresh();
    assert!(two.is_on());
}

#[test]
fn faults_are_off_and_left_untouched_until_an_explicit_no() {
    let installation = Installation::new();
    drop(installation.granted(USAGE));
    let whole = fs::read(installation.file()).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(installation.file(), &whole[..length]).unwrap();
        let telemetry = installation.start();
        assert_eq!(telemetry.state(), State::Fault, "cut at {length}");
        telemetry.track(started());
        telemetry.flush(LONG);
        assert!(telemetry.present(Surface::Dashboard).is_none(), "an answer could not be stored");
        assert_eq!(fs::read(installation.file()).unwrap(), &whole[..length]);
    }
    assert!(installation.sink.requests().is_empty());
    let telemetry = installation.start();
    telemetry.withdraw(Surface::Dashboard).unwrap();
    assert_eq!(telemetry.state(), State::Denied);
    assert_eq!(
        fs::read(installation.directory().join("installation.json.unreadable-1")).unwrap(),
        &whole[..whole.len() - 1]
    );
    assert_eq!(telemetry.verify_receipts(), Ok(2), "the chain goes on over the damage");
}

#[test]
fn a_deleted_directory_is_off() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    telemetry.track(started());
    // The worker may be putting the event on disk right now, which keeps a directory from being removed.
    eventually("the directory can be removed", || fs::remove_dir_all(installation.directory()).is_ok());
    telemetry.flush(LONG);
    assert_eq!(telemetry.state(), State::Unasked);
    assert!(installation.sink.requests().is_empty());
}

#[test]
fn a_crash_while_erasing_is_finished_at_the_next_start() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    telemetry.track(started());
    telemetry.flush(LONG);
    let data = installation.directory().join("data");
    // What others keep there is not ours to remove.
    fs::create_dir(data.join("uploads")).unwrap();
    fs::write(data.join("0123456789abcdef.txt"), "theirs").unwrap();
    for name in ["erased-0123456789abcdef", "456789abcdef0123"] {
        fs::create_dir(data.join(name)).unwrap();
        fs::write(data.join(name).join("sent.log"), "left").unwrap();
    }
    drop(telemetry);
    let telemetry = installation.start();
    assert_eq!(fs::read_dir(&data).unwrap().count(), 3);
    assert_eq!(telemetry.sent_log().len(), 1);
    telemetry.withdraw(Surface::Dashboard).unwrap();
    assert!(data.join("uploads").exists() && data.join("0123456789abcdef.txt").exists());
}

#[test]
fn preview_equals_wire() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    telemetry.track(started());
    let waiting = telemetry.waiting().remove(0);
    telemetry.flush(LONG);
    let wire = &installation.sink.requests()[0].body;
    assert_eq!(&waiting, wire);
    assert_eq!(&telemetry.sent_log()[0].body(), wire);
    // A preview of the same event differs in its identifier only.
    let id_of = |body: &str| body.split("\"uuid\":\"").nth(1).unwrap()[..36].to_owned();
    let preview = telemetry.preview(&started()).unwrap();
    assert_eq!(preview.replace(&id_of(&preview), &id_of(wire)), *wire);
}

#[test]
fn the_receipt_names_the_language_that_was_shown() {
    let installation = Installation::new();
    let telemetry = installation.start();
    let question = telemetry.present_in(Surface::Dashboard, Locale::German).unwrap();
    assert_eq!(question.notice, telemetry.notice_in(Locale::German));
    let digest = question.notice.digest();
    telemetry.grant(question.ticket(), USAGE).unwrap();
    let notice = telemetry.receipts().unwrap().remove(0).notice.unwrap();
    assert_eq!((notice.locale.as_str(), notice.sha256), ("de", digest));
    assert_ne!(notice.id, "");
}
