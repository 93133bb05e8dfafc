//! More than one request's worth of events: what goes on while a request is under way, and what becomes of the rest.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use telemetry_core::{DropPolicy, Loss, Outcome, ProgramKind, Purpose, Purposes, Surface, Telemetry, Timestamp};

use crate::fixture::{Installation, LONG, Tracked, USAGE, deliver_all, eventually, started};

/// More than three full requests, and less than the queue holds.
const MANY: u64 = 3_500;

/// Everything that was tracked has one fate.
fn assert_conserved(telemetry: &Telemetry<Tracked>) {
    let stats = telemetry.stats();
    let lost: u64 = stats.losses().map(|(_, count)| count).sum();
    assert_eq!(stats.tracked + stats.adopted, stats.delivered + lost + stats.queued + stats.waiting, "{stats:?}");
}

fn uuids(body: &str) -> impl Iterator<Item = String> {
    body.split("\"uuid\":\"").skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned))
}

/// A sink that compresses, and more than one large request: the log has them compressed, and shows what they say.
#[test]
fn a_compressed_backlog_is_shown_as_it_was_sent() {
    let mut installation = Installation::new();
    installation.sink = installation.sink.compressing();
    let telemetry = installation.granted(USAGE);
    for _ in 0..MANY {
        telemetry.track(started());
    }
    assert_eq!(deliver_all(&telemetry), MANY);
    let sent: Vec<String> = installation.sink.requests().into_iter().map(|request| request.body).collect();
    let shown: Vec<String> = telemetry.sent_log().iter().map(|entry| entry.body().into_owned()).collect();
    assert_eq!(shown, sent);
    assert_eq!(sent.iter().flat_map(|body| uuids(body)).collect::<HashSet<_>>().len() as u64, MANY);

    let log = installation.files().into_iter().find(|name| name.ends_with("sent.log")).unwrap();
    let (kept, bodies) = (fs::read(installation.directory().join(log)).unwrap().len(), sent.concat().len());
    assert!(sent.iter().any(|body| body.len() > 64 * 1024) && kept < bodies / 2, "{kept} for {bodies} bytes");
}

/// A request hangs, and everything else has been encoded meanwhile.
fn with_a_request_that_hangs(events: u64) -> (Installation, Telemetry<Tracked>) {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    installation.sink.hang(true);
    for _ in 0..events {
        telemetry.track(started());
        if telemetry.stats().queued > 1_000 {
            eventually("the queue is taken over", || telemetry.stats().queued == 0);
        }
    }
    installation.sink.wait_until_hanging();
    eventually("the queue is taken over", || telemetry.stats().queued == 0);
    // Looking at what waits takes until it is on disk.
    assert!(telemetry.waiting().len() as u64 <= events);
    (installation, telemetry)
}

#[test]
fn the_next_request_waits_where_the_one_before_it_fails() {
    let (installation, telemetry) = with_a_request_that_hangs(MANY);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    installation.sink.hang(false);
    eventually("the request has failed", || installation.sink.requests().len() == 1);
    assert_conserved(&telemetry);
    installation.sink.answer(|_| Outcome::Accepted);
    telemetry.flush(LONG);
    eventually("all arrive", || telemetry.stats().delivered == MANY);
    let requests = installation.sink.requests();
    assert_eq!(requests[1].body.len(), requests[0].body.len(), "what failed comes first");
    let accepted = requests.iter().filter(|request| request.outcome == Outcome::Accepted);
    let found: Vec<String> = accepted.flat_map(|request| uuids(&request.body).collect::<Vec<_>>()).collect();
    let different: HashSet<&String> = found.iter().collect();
    assert_eq!((found.len() as u64, different.len() as u64), (MANY, MANY));
    assert_conserved(&telemetry);
}

#[test]
fn what_the_carrier_has_in_hand_is_turned_off_like_everything_else() {
    let (installation, telemetry) = with_a_request_that_hangs(MANY);
    telemetry.withdraw(Surface::Dashboard).unwrap();
    eventually("what was in hand is over", || telemetry.stats().lost(Loss::TurnedOff) == MANY);
    assert_conserved(&telemetry);
    assert_eq!(installation.sink.delivered().len(), 0);
    assert_eq!(installation.sink.requests().len(), 1, "the next one was not made");
}

/// More than the memory holds waits on disk alone; a new decision counts it once.
#[test]
fn what_waits_on_disk_alone_is_counted_once_by_a_new_decision() {
    let many = 9_000;
    let (installation, telemetry) = with_a_request_that_hangs(many);
    let question = telemetry.present(Surface::Dashboard).unwrap();
    telemetry.grant_also(question.ticket(), Purposes::NONE.with(Purpose::Errors)).unwrap();
    installation.sink.hang(false);
    eventually("what was recorded before is over", || telemetry.stats().lost(Loss::TurnedOff) == many);
    telemetry.track(started());
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    assert_eq!(telemetry.stats().lost(Loss::NotCovered), 0, "{:?}", telemetry.stats());
    assert_conserved(&telemetry);
    installation.ended(telemetry);
    let next = installation.start();
    let report = next.flush(LONG);
    assert_eq!((report.remaining, next.stats().adopted), (0, 0), "nor is any of it left to the next process");
}

/// Tracks so many events for a server that fails: all wait, and are on disk.
fn leave_on_disk(installation: &Installation, telemetry: &Telemetry<Tracked>, events: u64) {
    installation.sink.answer(|_| Outcome::Retry { after: None });
    for n in 0..events {
        telemetry.track(started());
        if n % 500 == 0 {
            eventually("the queue is taken over", || telemetry.stats().queued == 0);
        }
    }
    telemetry.flush(LONG);
    eventually("all are on disk", || {
        telemetry.status().destinations.iter().map(|destination| destination.spooled).sum::<u64>() == events
    });
}

/// More than is read back at once has grown too old on disk alone: it holds nothing up, and nobody has to ask twice.
#[test]
fn what_has_grown_too_old_on_disk_holds_nothing_new_up() {
    let (old, installation) = (12_000, Installation::new());
    let telemetry = installation.granted(USAGE);
    leave_on_disk(&installation, &telemetry, old);
    installation.clock.advance(Duration::from_secs(73 * 60 * 60));
    installation.sink.answer(|_| Outcome::Accepted);
    telemetry.track(started());
    let report = telemetry.flush(LONG);
    let stats = telemetry.stats();
    assert_eq!((report.delivered, report.remaining, stats.lost(Loss::TooOld)), (1, 0, old), "{stats:?}");
    assert_conserved(&telemetry);
}

/// The spool's files of an installation.
fn spool_files(installation: &Installation) -> Vec<PathBuf> {
    let files = installation.files().into_iter().map(|file| installation.directory().join(file));
    files.filter(|file| file.extension().is_some_and(|extension| extension == "spool")).collect()
}

/// What is on disk alone is read through the handle that the process has: no other thing at the path of the file, and no
/// lack of handles, loses it.
#[test]
fn what_stands_at_the_path_of_a_file_for_a_moment_costs_nothing() {
    let many = 9_000;
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    leave_on_disk(&installation, &telemetry, many);
    let files = spool_files(&installation);
    for file in &files {
        fs::rename(file, file.with_extension("aside")).unwrap();
        fs::create_dir(file).unwrap();
    }
    installation.sink.answer(|_| Outcome::Accepted);
    telemetry.flush(LONG);
    for file in &files {
        fs::remove_dir(file).unwrap();
        fs::rename(file.with_extension("aside"), file).unwrap();
    }
    telemetry.flush(LONG);
    let stats = telemetry.stats();
    assert_eq!((stats.delivered, stats.lost(Loss::Damaged)), (many, 0), "{stats:?}");
    assert_conserved(&telemetry);
}

/// The program boots at the wrong time, and then the clock is set: what waits on disk alone has not grown old by that.
#[test]
fn a_clock_that_is_set_forward_costs_nothing_that_waits_on_disk() {
    let many = 6_000;
    let installation = Installation::new();
    installation.clock.jump_to(Timestamp::from_millis(60_000));
    let telemetry = installation.granted(USAGE);
    leave_on_disk(&installation, &telemetry, many);
    installation.clock.advance(Duration::from_secs(60 * 60));
    installation.clock.jump_to(Timestamp::from_millis(1_795_428_000_000));
    installation.sink.answer(|_| Outcome::Accepted);
    telemetry.flush(LONG);
    let stats = telemetry.stats();
    assert_eq!((stats.delivered, stats.lost(Loss::TooOld)), (many, 0), "{stats:?}");
    assert_conserved(&telemetry);
}

/// A flush that is asked for while a request is under way is about what that request does not hold, too.
#[test]
fn a_flush_has_an_attempt_of_its_own() {
    let installation = Installation::new();
    let telemetry = Arc::new(installation.granted(USAGE));
    let (asks, handle) = (AtomicBool::new(true), Arc::clone(&telemetry));
    installation.sink.answer(move |_| {
        if asks.swap(false, Ordering::SeqCst) {
            let (begun, handle) = (Arc::new(AtomicBool::new(false)), Arc::clone(&handle));
            let has_begun = Arc::clone(&begun);
            thread::spawn(move || {
                has_begun.store(true, Ordering::SeqCst);
                handle.flush(LONG)
            });
            eventually("somebody flushes", || begun.load(Ordering::SeqCst));
            // Long enough for the flush to be noted; where it is not, it is noted after this attempt.
            (0..1_000).for_each(|_| thread::yield_now());
        }
        Outcome::Retry { after: None }
    });
    telemetry.track(started());
    telemetry.flush(LONG);
    eventually("it is tried again for the second flush", || installation.sink.requests().len() >= 2);
}

/// As if other processes had all the room that there is for the spool.
fn with_a_full_spool(when_full: DropPolicy) -> (Installation, Telemetry<Tracked>, File) {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    telemetry.track(started());
    telemetry.shutdown(LONG);
    let data = installation.directory().join("data");
    let spool = fs::read_dir(data).unwrap().next().unwrap().unwrap().path().join("spool");
    let file = File::create(spool.join("000000000000-other.spool")).unwrap();
    file.set_len(16 * 1024 * 1024).unwrap();
    file.lock().unwrap();
    let builder = Telemetry::builder(ProgramKind::Service, installation.directory(), installation.sink.clone())
        .when_full(when_full);
    let telemetry = builder.clock(installation.clock.clone()).build();
    (installation, telemetry, file)
}

#[test]
fn with_a_full_spool_the_newest_is_turned_away_where_that_is_wanted() {
    let (_installation, telemetry, _file) = with_a_full_spool(DropPolicy::Newest);
    for _ in 0..3 {
        telemetry.track(started());
    }
    eventually("they are turned away", || telemetry.stats().lost(Loss::SpoolFull) == 3);
    assert_conserved(&telemetry);
    assert_eq!(telemetry.stats().waiting, 0);
}

#[test]
fn with_a_full_spool_what_is_new_waits_in_memory_otherwise() {
    let (installation, telemetry, file) = with_a_full_spool(DropPolicy::Oldest);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    for _ in 0..3 {
        telemetry.track(started());
    }
    telemetry.flush(LONG);
    assert_eq!((telemetry.stats().waiting, telemetry.status().destinations[0].spooled), (3, 0));
    assert_eq!(file.metadata().unwrap().len(), 16 * 1024 * 1024, "what is another process's is left alone");
    installation.sink.answer(|_| Outcome::Accepted);
    assert_eq!(telemetry.flush(LONG).delivered, 3);
    assert_conserved(&telemetry);
}
