//! A sink for error reports besides the one for everything else: what becomes of the one is nothing to the other.

use std::fs::File;
use std::time::Duration;

use telemetry_core::consent::State;
use telemetry_core::testing::RecordingSink;
use telemetry_core::{Builder, Destination, Loss, Outcome, ProgramKind, Purpose, Purposes, Stats, Surface, Telemetry};

use crate::fixture::{BOTH, Installation, LONG, Tracked, USAGE, agree, deliver_all, eventually, started};

const ERRORS: Purposes = Purposes::NONE.with(Purpose::Errors);

fn destination(origin: &'static str, key: Option<&str>) -> Destination {
    Destination::new(origin, "a test", None, key.map(str::to_owned))
}

fn errors_sink(origin: &'static str) -> RecordingSink {
    RecordingSink::default().with_destination(destination(origin, Some("89abcdef")))
}

fn builder(installation: &Installation) -> Builder<Tracked> {
    Telemetry::<Tracked>::builder(ProgramKind::Service, installation.directory(), installation.sink.clone())
        .clock(installation.clock.clone())
        .policy_file(installation.directory().join("no.policy"))
}

/// An installation that agreed to both, and its second sink.
fn both() -> (Installation, RecordingSink, Telemetry<Tracked>) {
    let (installation, errors) = (Installation::new(), errors_sink("https://errors.example"));
    let telemetry = builder(&installation).errors_sink(errors.clone()).build();
    agree(&telemetry, BOTH);
    (installation, errors, telemetry)
}

#[test]
fn each_purpose_goes_to_its_own_sink() {
    let (installation, errors, telemetry) = both();
    telemetry.track(started());
    telemetry.track(Tracked::HandlerFailed);
    let waiting = telemetry.waiting();
    assert_eq!(telemetry.flush(LONG).delivered, 2);
    assert_eq!(installation.sink.delivered(), ["timer.started"]);
    assert_eq!(errors.delivered(), ["handler.failed"]);
    // What was shown as waiting, what was logged and what was sent are the same bytes, each with where it goes.
    let sent = [installation.sink.requests(), errors.requests()].concat();
    assert_eq!(waiting, sent.iter().map(|request| request.body.clone()).collect::<Vec<_>>());
    let mut logged: Vec<_> =
        telemetry.sent_log().into_iter().map(|entry| (entry.to.clone(), entry.body().into_owned())).collect();
    logged.sort_by_key(|(to, _)| to.contains("errors"));
    let to = ["https://sink.example", "https://errors.example"].map(str::to_owned);
    assert_eq!(logged, to.into_iter().zip(waiting).collect::<Vec<_>>());
    assert_eq!(telemetry.preview(&Tracked::HandlerFailed).is_some(), telemetry.preview(&started()).is_some());
}

#[test]
fn a_server_that_fails_holds_its_own_lane_only() {
    let (installation, errors, telemetry) = both();
    errors.answer(|_| Outcome::Retry { after: Some(Duration::from_secs(3600)) });
    telemetry.track(Tracked::HandlerFailed);
    telemetry.flush(LONG);
    for _ in 0..3 {
        telemetry.track(started());
        assert_eq!(telemetry.flush(LONG).delivered, 1);
    }
    let status = telemetry.status();
    let waiting: Vec<_> = status.destinations.iter().map(|to| (to.origin, to.waiting)).collect();
    assert_eq!(waiting, [("https://sink.example", 0), ("https://errors.example", 1)]);
    assert_eq!((installation.sink.requests().len(), errors.requests().len()), (3, 1));
    errors.answer(|_| Outcome::Accepted);
    installation.clock.advance(Duration::from_secs(3601));
    assert_eq!(deliver_all(&telemetry), 4);
}

#[test]
fn a_server_that_hangs_holds_neither_the_other_lane_nor_the_disk() {
    let (installation, errors, telemetry) = both();
    errors.hang(true);
    telemetry.track(Tracked::HandlerFailed);
    telemetry.flush(Duration::from_millis(1));
    errors.wait_until_hanging();
    for _ in 0..3 {
        telemetry.track(started());
        telemetry.flush(Duration::from_millis(1));
    }
    eventually("the other lane goes on", || installation.sink.delivered().len() == 3);
    // What is for the server that hangs is on disk meanwhile.
    telemetry.track(Tracked::HandlerFailed);
    eventually("it is written down", || telemetry.status().destinations[1].spooled == 1);
    assert_eq!(telemetry.status().destinations[1].waiting, 2);
    errors.hang(false);
    assert_eq!(telemetry.flush(LONG).remaining, 0);
    assert_eq!(errors.delivered().len(), 2);
}

#[test]
fn a_key_that_is_refused_stops_its_own_purpose_only() {
    let (installation, errors, telemetry) = both();
    errors.answer(|_| Outcome::Refused);
    telemetry.track(Tracked::HandlerFailed);
    telemetry.flush(LONG);
    eventually("the purpose is off", || telemetry.status().purposes == USAGE);
    telemetry.track(Tracked::HandlerFailed);
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    let status = telemetry.status();
    assert_eq!(status.state, State::Granted);
    let suspended: Vec<_> = status.suspended.iter().map(|(purpose, reason)| (*purpose, reason.code)).collect();
    assert_eq!(suspended, [(Purpose::Errors, "key-refused")]);
    // The report that was refused waits on disk for a server that takes it; what came after it was not recorded.
    let counts = telemetry.stats();
    assert_eq!((counts.tracked, counts.delivered, counts.waiting, errors.requests().len()), (2, 1, 1, 1), "{counts:?}");
    installation.ended(telemetry);

    errors.answer(|_| Outcome::Accepted);
    let telemetry = builder(&installation).errors_sink(errors.clone()).build();
    eventually("it is taken over", || telemetry.stats().adopted == 1);
    assert_eq!(deliver_all(&telemetry), 1);
    assert_eq!(errors.delivered(), ["handler.failed"]);
}

#[test]
fn a_sink_without_a_key_is_not_available_and_the_other_is() {
    for (general, errors, left) in [(Some("0123abcd"), None, USAGE), (None, Some("89abcdef"), ERRORS)] {
        let mut installation = Installation::new();
        installation.sink = installation.sink.with_destination(destination("https://sink.example", general));
        let sink = RecordingSink::default().with_destination(destination("https://errors.example", errors));
        let telemetry = builder(&installation).errors_sink(sink.clone()).build();
        assert!(telemetry.has_analytics_configured());
        agree(&telemetry, BOTH);
        assert_eq!(telemetry.status().purposes, left, "what has no destination cannot be agreed to");
        telemetry.track(started());
        telemetry.track(Tracked::HandlerFailed);
        assert_eq!(telemetry.flush(LONG).delivered, 1);
        let requests = (installation.sink.requests().len(), sink.requests().len());
        assert_eq!(requests, if left == USAGE { (1, 0) } else { (0, 1) });
        assert_eq!(telemetry.stats().lost(Loss::NotCovered), 0, "it was not even recorded");
    }
}

#[test]
fn a_destination_that_moves_suspends_its_own_purpose_until_a_person_agrees() {
    let (installation, errors, telemetry) = both();
    let id = telemetry.status().install_id;
    installation.ended(telemetry);
    let moved = errors_sink("https://elsewhere.example");
    let telemetry = builder(&installation).errors_sink(moved.clone()).build();
    telemetry.track(Tracked::HandlerFailed);
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    let status = telemetry.status();
    let suspended: Vec<_> = status.suspended.iter().map(|(purpose, reason)| (*purpose, reason.code)).collect();
    assert_eq!((status.purposes, suspended), (USAGE, vec![(Purpose::Errors, "destination-changed")]));
    assert_eq!(status.install_id, id, "the other purpose goes on as it was");
    assert!(moved.requests().is_empty() && errors.requests().is_empty());

    // A yes for the other purpose is no yes for this one.
    let question = telemetry.present(Surface::Dashboard).unwrap();
    telemetry.grant_also(question.ticket(), USAGE).unwrap();
    assert_eq!(telemetry.status().purposes, USAGE);
    agree(&telemetry, BOTH);
    telemetry.track(Tracked::HandlerFailed);
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    assert_eq!((moved.requests().len(), errors.requests().len()), (1, 0));
    let to = telemetry.receipts().unwrap().pop().unwrap().to;
    let origins: Vec<_> = to.iter().map(|(purpose, to)| (purpose, to.origin.clone())).collect();
    let expected = [(Purpose::Usage, "https://sink.example"), (Purpose::Errors, "https://elsewhere.example")];
    assert_eq!(origins, expected.map(|(purpose, origin)| (purpose, origin.to_owned())));
}

/// Starts the application with this sink for error reports, and ends it again when nothing more can be delivered.
fn run_with(installation: &Installation, errors: &RecordingSink) -> Stats {
    let telemetry = builder(installation).errors_sink(errors.clone()).build();
    installation.clock.advance(Duration::from_secs(600));
    telemetry.track(Tracked::TimerStopped);
    assert_eq!(deliver_all(&telemetry), 1 + telemetry.stats().adopted);
    installation.ended(telemetry)
}

/// Nobody has decided anything: a program that sends them elsewhere, or has no key, leaves what waits to one that has.
#[test]
fn what_waits_for_a_destination_that_is_not_there_waits_for_it() {
    let elsewhere = errors_sink("https://elsewhere.example");
    let keyless = RecordingSink::default().with_destination(destination("https://errors.example", None));
    for other in [elsewhere, keyless] {
        let (installation, errors, telemetry) = both();
        for sink in [&installation.sink, &errors] {
            sink.answer(|_| Outcome::Retry { after: None });
        }
        telemetry.track(Tracked::HandlerFailed);
        telemetry.track(started());
        telemetry.flush(LONG);
        assert_eq!(installation.ended(telemetry).waiting, 2);

        for sink in [&installation.sink, &errors] {
            sink.answer(|_| Outcome::Accepted);
        }
        // Nothing is taken out while the rest of the same file is delivered, nor when there is no rest any more.
        for adopted in [1, 0] {
            let stats = run_with(&installation, &other);
            let counts = (stats.adopted, stats.lost(Loss::NotCovered), stats.waiting);
            assert_eq!(counts, (adopted, 0, 0), "it is not this program's: {stats:?}");
        }
        assert!(other.requests().is_empty());
        let stats = run_with(&installation, &errors);
        assert_eq!((stats.adopted, stats.waiting), (1, 0), "{stats:?}");
        let delivered = errors.requests().iter().filter(|request| request.outcome == Outcome::Accepted).count();
        assert_eq!(delivered, 1);
        eventually("nothing is left", || !installation.files().iter().any(|file| file.contains(".spool")));
    }
}

/// Room is made by age alone. What goes for lack of it is told by whoever makes it, as for everything else.
#[test]
fn what_waits_for_another_program_and_makes_room_is_counted() {
    let (installation, errors, telemetry) = both();
    errors.answer(|_| Outcome::Retry { after: None });
    for _ in 0..3 {
        telemetry.track(Tracked::HandlerFailed);
    }
    installation.ended(telemetry);
    let telemetry = builder(&installation).errors_sink(errors_sink("https://elsewhere.example")).build();
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    telemetry.flush(LONG);
    assert_eq!((telemetry.stats().adopted, telemetry.stats().waiting), (0, 1));
    // All the room that there is is another process's from now on.
    let spool = installation.files().into_iter().find(|file| file.ends_with("spool")).unwrap();
    let other = File::create(installation.directory().join(spool).join("999999999999-other.spool")).unwrap();
    other.set_len(16 * 1024 * 1024).unwrap();
    other.lock().unwrap();
    telemetry.track(started());
    eventually("it has gone", || telemetry.stats().lost(Loss::SpoolFull) == 3);
    let stats = telemetry.stats();
    let accounted = stats.delivered + stats.waiting + stats.losses().map(|(_, count)| count).sum::<u64>();
    assert_eq!((stats.tracked, stats.adopted, accounted), (2, 3, 5), "{stats:?}");
}

/// The same for what another process has left when a server refuses this one's key.
#[test]
fn what_another_process_left_waits_for_a_key_that_is_taken() {
    let (installation, errors, telemetry) = both();
    errors.answer(|_| Outcome::Refused);
    telemetry.track(Tracked::HandlerFailed);
    telemetry.flush(LONG);
    eventually("the purpose is off", || telemetry.status().purposes == USAGE);
    let failing = errors_sink("https://errors.example");
    failing.answer(|_| Outcome::Retry { after: None });
    let held = installation.held();
    let other = builder(&installation).errors_sink(failing).build();
    other.track(Tracked::HandlerFailed);
    assert_eq!(installation.ended_beside(other, &held).waiting, 1);
    installation.clock.advance(Duration::from_secs(600));
    telemetry.track(started());
    assert_eq!(deliver_all(&telemetry), 1);
    let stats = installation.ended(telemetry);
    assert_eq!((stats.adopted, stats.lost(Loss::NotCovered), stats.waiting), (0, 0, 1), "{stats:?}");

    errors.answer(|_| Outcome::Accepted);
    let stats = run_with(&installation, &errors);
    assert_eq!((stats.adopted, stats.waiting), (2, 0), "{stats:?}");
    assert_eq!(errors.delivered(), ["handler.failed", "handler.failed"]);
}

#[test]
fn a_sink_gets_no_more_events_in_one_body_than_it_can_hold() {
    let installation = Installation::new();
    let sink = errors_sink("https://errors.example").with_most_events(1);
    let telemetry = builder(&installation).errors_sink(sink.clone()).build();
    agree(&telemetry, BOTH);
    for _ in 0..3 {
        telemetry.track(Tracked::HandlerFailed);
        telemetry.track(started());
    }
    assert_eq!(telemetry.waiting().len(), 4, "one body for the general sink, one for each report");
    assert_eq!(telemetry.flush(LONG).delivered, 6);
    assert_eq!((installation.sink.requests().len(), sink.requests().len()), (1, 3));
}

#[test]
fn the_question_names_both_recipients() {
    use telemetry_core::consent::notice::Locale;
    let (_installation, _errors, telemetry) = both();
    for locale in [Locale::English, Locale::German] {
        let notice = telemetry.notice_in(locale);
        let about: Vec<_> =
            notice.purposes().iter().map(|purpose| purpose.description.contains("errors.example")).collect();
        assert_eq!(about, [false, true], "the recipient of error reports is named with them");
        assert!(notice.recipient().contains("sink.example"));
    }
}
