//! What becomes of events: every outcome, counted.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use telemetry_core::{FlushEnd, Loss, Outcome, Stats, Surface, Withdrawal};

use crate::fixture::{Installation, LONG, Tracked, USAGE, agree, deliver_all, eventually, started};

fn batches(installation: &Installation) -> Vec<usize> {
    installation.sink.requests().iter().map(|request| request.body.matches("\"event\":").count()).collect()
}

#[test]
fn events_are_gathered_into_batches() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    for _ in 0..250 {
        telemetry.track(started());
    }
    assert_eq!(deliver_all(&telemetry), 250);
    let batches = batches(&installation);
    assert_eq!(batches.iter().sum::<usize>(), 250);
    assert!(batches.len() <= 4 && batches.iter().all(|count| *count <= 100), "{batches:?}");
}

#[test]
fn a_retry_has_the_same_identifiers_and_waits() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: Some(Duration::from_secs(60)) });
    telemetry.track(started());
    let report = telemetry.flush(LONG);
    assert_eq!((report.delivered, report.remaining, report.ended), (0, 1, FlushEnd::Finished));
    // The server asked for a pause: a second flush does not override it.
    installation.sink.answer(|_| Outcome::Accepted);
    assert_eq!(telemetry.flush(LONG).remaining, 1);
    assert_eq!(installation.sink.requests().len(), 1);
    installation.clock.advance(Duration::from_secs(61));
    assert_eq!(deliver_all(&telemetry), 1);
    let requests = installation.sink.requests();
    let uuid = |body: &str| body.split("\"uuid\":\"").nth(1).unwrap()[..36].to_owned();
    assert_eq!(uuid(&requests[0].body), uuid(&requests[1].body));
    assert!(requests[0].body.contains("\"sent_at\":\"2026-11-23T10:00:00"), "{}", requests[0].body);
    assert!(requests[1].body.contains("\"sent_at\":\"2026-11-23T10:01:01"), "{}", requests[1].body);
}

#[test]
fn one_poisoned_event_costs_one_event() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    let poisoned = |body: &str| if body.contains("timer.stopped") { Outcome::Rejected } else { Outcome::Accepted };
    installation.sink.answer(poisoned);
    for n in 0..50 {
        telemetry.track(if n == 33 { Tracked::TimerStopped } else { started() });
    }
    assert_eq!(telemetry.flush(LONG).delivered, 49);
    assert_eq!(telemetry.stats().lost(Loss::Rejected), 1);
    assert!(batches(&installation).len() <= 2 * 50, "bounded");
}

#[test]
fn too_large_is_split_and_one_alone_is_lost() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation
        .sink
        .answer(|body| if body.matches("\"event\":").count() > 3 { Outcome::TooLarge } else { Outcome::Accepted });
    for _ in 0..20 {
        telemetry.track(started());
    }
    assert_eq!(telemetry.flush(LONG).delivered, 20);
    installation.sink.answer(|_| Outcome::TooLarge);
    telemetry.track(started());
    telemetry.flush(LONG);
    assert_eq!(telemetry.stats().lost(Loss::TooLarge), 1);
}

#[test]
fn quota_pauses_and_a_refused_key_ends_delivery() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Discarded { pause: Duration::from_secs(60) });
    telemetry.track(started());
    telemetry.flush(LONG);
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).remaining, 1);
    assert_eq!((telemetry.stats().lost(Loss::Quota), installation.sink.requests().len()), (1, 1));

    installation.clock.advance(Duration::from_secs(61));
    installation.sink.answer(|_| Outcome::Refused);
    telemetry.flush(LONG);
    eventually("the gate is shut", || !telemetry.is_on());
    telemetry.track(started());
    telemetry.flush(LONG);
    let status = telemetry.status();
    assert_eq!((status.state.name(), status.reasons[0].code), ("suspended", "key-refused"), "the status does not lie");
    assert_eq!((telemetry.stats().tracked, telemetry.stats().waiting, installation.sink.requests().len()), (2, 1, 2));
    installation.ended(telemetry);
    // What is on disk waits for a start with a server that takes it.
    installation.sink.answer(|_| Outcome::Accepted);
    let telemetry = installation.start();
    eventually("it is taken over", || telemetry.stats().adopted == 1);
    assert_eq!(telemetry.flush(LONG).delivered, 1);
}

#[test]
fn old_events_are_dropped_by_the_clock_that_does_not_jump() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    telemetry.flush(LONG);
    installation.clock.jump_to(telemetry_core::Timestamp::from_millis(4_000_000_000_000));
    telemetry.flush(LONG);
    assert_eq!(telemetry.stats().waiting, 1, "a jump of the wall clock ages nothing");
    installation.clock.advance(Duration::from_secs(73 * 60 * 60));
    telemetry.flush(LONG);
    assert_eq!((telemetry.stats().waiting, telemetry.stats().lost(Loss::TooOld)), (0, 1));
}

fn lost(stats: &Stats) -> u64 {
    stats.losses().map(|(_, count)| count).sum()
}

#[test]
fn a_burst_costs_what_the_queue_cannot_take_and_every_loss_is_counted() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: Some(Duration::from_secs(600)) });
    for _ in 0..1_000_000 {
        telemetry.track(started());
    }
    telemetry.flush(LONG);
    let stats = telemetry.stats();
    assert_eq!(stats.tracked, 1_000_000);
    assert_eq!(stats.tracked, stats.delivered + stats.queued + stats.waiting + lost(&stats), "{stats:?}");
    // Nothing but room in memory and on disk was wanting.
    let room = stats.lost(Loss::QueueFull) + stats.lost(Loss::SpoolFull);
    assert_eq!(lost(&stats), room, "{stats:?}");
    assert!(stats.waiting <= 270_000, "bounded: {stats:?}");
    installation.sink.answer(|_| Outcome::Accepted);
    installation.clock.advance(Duration::from_secs(601));
    telemetry.track(started());
    // More than a slow machine sends in one flush; each does its share.
    loop {
        let before = telemetry.stats().delivered;
        let report = telemetry.flush(LONG);
        if report.ended == FlushEnd::Finished {
            assert_eq!(report.remaining, 0);
            break;
        }
        assert!(telemetry.stats().delivered > before, "{report:?}");
    }
    assert_eq!(telemetry.stats().delivered, stats.waiting + 1);
}

/// More than the memory has room for waits on disk, and all of it arrives, also with the next process.
#[test]
fn a_day_without_a_network_costs_nothing() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    for hour in 0..24 {
        for _ in 0..1000 {
            telemetry.track(started());
        }
        if hour % 2 == 0 {
            telemetry.flush(LONG);
        }
        eventually("the queue is emptied", || telemetry.stats().queued == 0);
        installation.clock.advance(Duration::from_secs(3600));
    }
    let stats = telemetry.stats();
    assert_eq!((stats.waiting, lost(&stats)), (24_000, 0), "{stats:?}");
    assert_eq!(installation.ended(telemetry).waiting, 24_000);

    installation.sink.answer(|_| Outcome::Accepted);
    installation.clock.advance(Duration::from_secs(3600));
    let telemetry = installation.start();
    eventually("all are found", || telemetry.stats().adopted == 24_000);
    assert_eq!((deliver_all(&telemetry), lost(&telemetry.stats())), (24_000, 0));
    telemetry.shutdown(LONG);
    eventually("nothing is left", || !has_spool(&installation));
}

#[test]
fn one_process_sends_at_a_time_and_the_turn_passes_on() {
    let installation = Installation::new();
    let one = installation.granted(USAGE);
    installation.sink.hang(true);
    one.track(started());
    assert_eq!(one.flush(Duration::from_millis(1)).remaining, 1);
    installation.sink.wait_until_hanging();
    // Another process, which the server would answer.
    let sink = telemetry_core::testing::RecordingSink::default();
    let two = telemetry_core::Telemetry::<Tracked>::builder(
        telemetry_core::ProgramKind::Service,
        installation.directory(),
        sink.clone(),
    );
    let two = two.clock(installation.clock.clone()).build();
    two.track(started());
    let report = two.flush(Duration::from_millis(300));
    assert_eq!((report.delivered, report.remaining, report.ended), (0, 1, FlushEnd::Deadline));
    assert!(sink.requests().is_empty(), "it is the other's turn");
    installation.sink.hang(false);
    assert_eq!(deliver_all(&two), 1);
    assert_eq!((one.flush(LONG).remaining, sink.requests().len()), (0, 1));
}

/// What links the events of a request is chosen for the request: it stays the same over a crash.
#[test]
fn a_request_that_is_repeated_after_a_restart_has_the_same_install_id() {
    let installation = Installation::new();
    let telemetry = installation.start_as::<crate::fixture::Unlinked>();
    agree(&telemetry, USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    for _ in 0..3 {
        telemetry.track(crate::fixture::Unlinked::TimerStopped);
        telemetry.flush(LONG);
    }
    drop(telemetry);
    installation.sink.answer(|_| Outcome::Accepted);
    eventually("all three arrive", || {
        let telemetry = installation.start_as::<crate::fixture::Unlinked>();
        telemetry.flush(LONG);
        telemetry.shutdown(LONG);
        installation.sink.delivered().len() == 3
    });
    let ids_of = |body: &str| {
        let install_id = body.split("\"install_id\":\"").nth(1).unwrap()[..36].to_owned();
        let uuids = body.split("\"uuid\":\"").skip(1).map(|rest| rest[..36].to_owned());
        uuids.map(|uuid| (uuid, install_id.clone())).collect::<Vec<_>>()
    };
    let tried: Vec<(String, String)> =
        installation.sink.requests().iter().flat_map(|request| ids_of(&request.body)).collect();
    for (uuid, install_id) in &tried {
        assert!(tried.iter().all(|(other, of_it)| other != uuid || of_it == install_id), "{tried:?}");
    }
    let distinct: std::collections::HashSet<_> = tried.iter().collect();
    assert_eq!(distinct.len(), 3);
}

#[test]
fn files_that_vanish_are_written_anew_and_said() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    telemetry.flush(LONG);
    let data = installation.directory().join("data");
    let identity = std::fs::read_dir(&data).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_dir_all(identity.join("spool")).unwrap();
    telemetry.track(started());
    telemetry.flush(LONG);
    telemetry.track(started());
    telemetry.shutdown(LONG);
    // The one that was tried before it vanished is in memory alone by then.
    let stats = telemetry.stats();
    assert_eq!((stats.tracked, stats.waiting, stats.lost(Loss::Shutdown)), (3, 2, 1), "{stats:?}");
}

#[test]
fn a_panicking_sink_ends_its_attempt_only() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| panic!("on purpose"));
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).remaining, 1);
    installation.sink.answer(|_| Outcome::Accepted);
    assert_eq!(telemetry.flush(LONG).delivered, 1);
}

/// Cannot make a body until it is told that it can.
struct Clumsy(telemetry_core::testing::RecordingSink, Arc<AtomicBool>);

impl telemetry_core::Sink for Clumsy {
    fn destination(&self) -> telemetry_core::Destination {
        self.0.destination()
    }

    fn most_events(&self) -> usize {
        self.0.most_events()
    }

    fn body(&self, batch: &telemetry_core::Batch, sent_at: telemetry_core::Timestamp) -> Vec<u8> {
        assert!(self.1.load(Ordering::SeqCst), "on purpose");
        self.0.body(batch, sent_at)
    }

    fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.0.compress(body)
    }

    fn deliver(
        &self,
        body: telemetry_core::Coded,
        permit: &telemetry_core::SendPermit<'_>,
    ) -> telemetry_core::Delivery {
        self.0.deliver(body, permit)
    }

    fn body_schema(&self, catalogue: &telemetry_core::CatalogueSchema) -> String {
        self.0.body_schema(catalogue)
    }
}

#[test]
fn a_sink_that_cannot_make_a_body_ends_its_attempt_only() {
    let installation = Installation::new();
    drop(installation.granted(USAGE));
    let mended = Arc::new(AtomicBool::new(false));
    let sink = Clumsy(installation.sink.clone(), Arc::clone(&mended));
    let builder = telemetry_core::Telemetry::<Tracked>::builder(
        telemetry_core::ProgramKind::Service,
        installation.directory(),
        sink,
    );
    let telemetry = builder.clock(installation.clock.clone()).build();
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).remaining, 1);
    mended.store(true, Ordering::SeqCst);
    assert_eq!(telemetry.flush(LONG).delivered, 1);
}

#[test]
fn flush_and_shutdown_keep_their_deadline_and_drop_returns() {
    let short = Duration::from_millis(100);
    for has_shutdown in [true, false] {
        let installation = Installation::new();
        let telemetry = installation.granted(USAGE);
        // A request that takes until it is let go, whoever cancels it: what waits for it does not come back.
        let [under_way, let_go] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let (begun, goes) = (Arc::clone(&under_way), Arc::clone(&let_go));
        installation.sink.answer(move |_| {
            begun.store(true, Ordering::SeqCst);
            eventually("it is let go", || goes.load(Ordering::SeqCst));
            Outcome::Cancelled
        });
        telemetry.track(started());
        telemetry.flush(Duration::ZERO);
        eventually("a request is under way", || under_way.load(Ordering::SeqCst));
        assert_eq!(telemetry.flush(short).ended, FlushEnd::Deadline);
        if has_shutdown {
            assert_eq!(telemetry.shutdown(short).ended, FlushEnd::Deadline);
            telemetry.track(started());
            assert_eq!(telemetry.stats().tracked, 1, "nothing is recorded after a shutdown");
        }
        drop(telemetry);
        assert!(installation.sink.requests().is_empty(), "the request is under way all the time");
        let_go.store(true, Ordering::SeqCst);
    }

    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.hang(true);
    telemetry.track(started());
    telemetry.flush(Duration::ZERO);
    installation.sink.wait_until_hanging();
    assert_eq!(telemetry.shutdown(short).ended, FlushEnd::Deadline);
    eventually("the cancelled request is left on disk", || {
        telemetry.stats().waiting == 1 && installation.sink.requests().len() == 1
    });
}

fn has_spool(installation: &Installation) -> bool {
    installation.files().iter().any(|file| file.contains("spool/"))
}

/// What an event's identifier and time are in a body.
fn identity_of(body: &str) -> (String, String) {
    let after = |mark: &str, length| body.split(mark).nth(1).unwrap()[..length].to_owned();
    (after("\"uuid\":\"", 36), after("\"at\":\"", 24))
}

#[test]
fn what_was_not_sent_is_sent_after_a_restart() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    let stats = installation.ended(telemetry);
    assert_eq!((stats.tracked, stats.waiting, stats.lost(Loss::Shutdown)), (1, 1, 0), "left on disk");

    installation.sink.answer(|_| Outcome::Accepted);
    installation.clock.advance(Duration::from_secs(3600));
    let telemetry = installation.start();
    eventually("the left event is taken over", || telemetry.stats().adopted == 1);
    assert_eq!(deliver_all(&telemetry), 1);
    let requests = installation.sink.requests();
    assert_eq!(identity_of(&requests[0].body), identity_of(&requests[1].body));
    telemetry.shutdown(LONG);
    eventually("nothing is left", || !has_spool(&installation));
}

/// The next process, so many hours after the first: its own clock has just begun.
fn hours_later(installation: &mut Installation, hours: u64) {
    installation.clock = telemetry_core::testing::ManualClock::default();
    let begun = telemetry_core::Clock::now(&installation.clock);
    installation.clock.jump_to(begun.plus(Duration::from_secs(hours * 3600)));
}

#[test]
fn an_event_ages_over_restarts() {
    let mut installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    installation.ended(telemetry);
    for (hours, waiting) in [(30, 1), (60, 1), (90, 0)] {
        hours_later(&mut installation, hours);
        let telemetry = installation.start();
        eventually("it is taken over", || telemetry.stats().adopted == 1);
        telemetry.flush(LONG);
        let stats = installation.ended(telemetry);
        assert_eq!((stats.waiting, stats.lost(Loss::TooOld)), (waiting, 1 - waiting), "after {hours} hours");
    }
}

#[test]
fn dropping_the_last_handle_leaves_what_is_in_memory_on_disk() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    for _ in 0..20 {
        telemetry.track(started());
    }
    drop(telemetry);
    installation.sink.answer(|_| Outcome::Accepted);
    // The old worker may still be writing; until it has, its file is its own.
    eventually("all of them are found", || {
        let telemetry = installation.start();
        telemetry.flush(LONG);
        telemetry.shutdown(LONG);
        installation.sink.delivered().len() == 20
    });
}

#[test]
fn a_process_that_lives_keeps_what_is_its_own() {
    let installation = Installation::new();
    let one = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    one.track(started());
    one.flush(LONG);
    let two = installation.start();
    two.track(started());
    two.flush(LONG);
    assert_eq!((two.stats().adopted, two.stats().waiting, one.stats().waiting), (0, 1, 1));
}

/// Nobody has decided anything: what waits on disk is as it was, and goes on when the obstacle is gone.
#[test]
fn what_is_suspended_waits_and_goes_on() {
    type Obstacle = fn(&Installation);
    let obstacles: [(Obstacle, Obstacle); 2] = [
        (
            |installation| fs::write(installation.directory().with_file_name("telemetry.policy"), "deny").unwrap(),
            |installation| fs::remove_file(installation.directory().with_file_name("telemetry.policy")).unwrap(),
        ),
        // The decision cannot be read for a moment. At no moment is it not there, which would be an off.
        (
            |installation| {
                let [aside, damaged] = ["aside", "damaged"].map(|name| installation.file().with_extension(name));
                fs::hard_link(installation.file(), aside).unwrap();
                fs::write(&damaged, "{").unwrap();
                fs::rename(damaged, installation.file()).unwrap();
            },
            |installation| fs::rename(installation.file().with_extension("aside"), installation.file()).unwrap(),
        ),
    ];
    for (comes, goes) in obstacles {
        let installation = Installation::new();
        let telemetry = installation.granted(USAGE);
        installation.sink.answer(|_| Outcome::Retry { after: None });
        for _ in 0..3 {
            telemetry.track(started());
        }
        telemetry.flush(LONG);
        comes(&installation);
        telemetry.refresh();
        assert!(!telemetry.is_on());
        telemetry.track(started());
        assert!(has_spool(&installation), "{:?}", installation.files());
        assert_eq!(telemetry.stats().waiting, 3);

        installation.sink.answer(|_| Outcome::Accepted);
        goes(&installation);
        telemetry.refresh();
        assert!(telemetry.is_on());
        eventually("what was left is found again", || {
            telemetry.flush(LONG);
            installation.sink.delivered().len() == 3
        });
        let stats = telemetry.stats();
        assert_eq!((stats.tracked, stats.adopted, stats.delivered, stats.waiting), (3, 0, 3, 0), "{stats:?}");
        telemetry.shutdown(LONG);
        eventually("nothing is left", || !has_spool(&installation));
    }
}

/// Off is off, also for what was suspended before.
#[test]
fn what_is_suspended_goes_when_it_is_turned_off() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    telemetry.flush(LONG);
    fs::write(installation.directory().with_file_name("telemetry.policy"), "deny").unwrap();
    telemetry.refresh();
    assert!(has_spool(&installation));
    assert_eq!(telemetry.withdraw(Surface::Dashboard), Ok(Withdrawal::Done { deleted: 1 }));
    assert!(!installation.files().iter().any(|file| file.contains("data")), "{:?}", installation.files());
    let stats = telemetry.stats();
    assert_eq!((stats.waiting, stats.lost(Loss::TurnedOff)), (0, 1), "{stats:?}");
}

/// What waits on disk alone is over as well when somebody decides anew, and is counted once.
#[test]
fn a_new_yes_leaves_nothing_on_disk_that_is_counted_twice() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    for _ in 0..8 {
        for _ in 0..1000 {
            telemetry.track(started());
        }
        eventually("the queue is emptied", || telemetry.stats().queued == 0);
    }
    telemetry.flush(LONG);
    assert_eq!(telemetry.stats().waiting, 8000, "more than the memory has room for");
    let question = telemetry.present(Surface::Dashboard).unwrap();
    telemetry.grant_also(question.ticket(), USAGE).unwrap();
    installation.sink.answer(|_| Outcome::Accepted);
    installation.clock.advance(Duration::from_secs(600));
    telemetry.track(started());
    assert_eq!(deliver_all(&telemetry), 1);
    telemetry.shutdown(LONG);
    let stats = telemetry.stats();
    assert_eq!((stats.tracked, stats.delivered, stats.waiting, lost(&stats)), (8001, 1, 0, 8000), "{stats:?}");
    eventually("nothing is left", || !has_spool(&installation));
}

#[test]
fn turning_off_erases_the_spool_and_a_later_yes_does_not_bring_it_back() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    telemetry.flush(LONG);
    assert!(has_spool(&installation));
    telemetry.withdraw(Surface::Dashboard).unwrap();
    assert!(!installation.files().iter().any(|file| file.contains("data")), "{:?}", installation.files());
    installation.sink.answer(|_| Outcome::Accepted);
    agree(&telemetry, USAGE);
    telemetry.flush(LONG);
    assert!(installation.sink.delivered().is_empty());
}

#[test]
fn what_the_grant_or_the_catalogue_no_longer_covers_is_dropped_at_the_start() {
    let installation = Installation::new();
    let telemetry = installation.granted(crate::fixture::BOTH);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    telemetry.track(Tracked::HandlerFailed);
    installation.ended(telemetry);
    // The same installation under a program that knows less.
    installation.sink.answer(|_| Outcome::Accepted);
    let earlier = installation.start_as::<crate::fixture::Earlier>();
    eventually("both are looked at", || earlier.stats().adopted == 2);
    earlier.flush(LONG);
    assert_eq!(
        (installation.sink.delivered().as_slice(), earlier.stats().lost(Loss::NotCovered)),
        (&["timer.started".to_owned()][..], 1)
    );
    let body = &installation.sink.requests().last().unwrap().body.clone();
    assert!(body.contains("user_id") && !body.contains("billable"), "{body}");
}

#[test]
fn without_a_place_on_disk_the_application_goes_on_and_says_so() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    telemetry.track(started());
    telemetry.flush(LONG);
    // A file where the spool's directory should be.
    let data = installation.directory().join("data");
    let identity = std::fs::read_dir(&data).unwrap().next().unwrap().unwrap().path();
    installation.ended(telemetry);
    std::fs::remove_dir_all(identity.join("spool")).unwrap();
    std::fs::write(identity.join("spool"), "in the way").unwrap();

    let telemetry = installation.start();
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).delivered, 1, "sending does not depend on it");
    assert!(telemetry.status().to_string().contains("cannot be written to disk"), "{}", telemetry.status());
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    telemetry.shutdown(LONG);
    assert_eq!(telemetry.stats().lost(Loss::Shutdown), 1);
}
