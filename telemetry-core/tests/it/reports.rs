//! Error reports on the way of all events.

use std::time::Duration;

use telemetry_core::{Catalogue, ErrorReport, Loss, PanicReport, Purpose, Purposes, Report, Surface, Telemetry};

use crate::fixture::{Installation, LONG, USAGE, agree, eventually};
use crate::src::raise;

/// Why a request failed.
#[derive(ErrorReport)]
pub(crate) enum Failure {
    /// The database refused.
    Database(#[expect(dead_code, reason = "what nobody may read")] String),
    /// It took too long.
    #[report(code = "time-out", since = 2)]
    TimeOut,
}

/// An application with reports.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 2, identity = "stable", crates(it))]
pub(crate) enum Reported {
    /// It was started.
    ///
    /// Why: shows its use.
    #[event(name = "program.started")]
    Started,
    /// A request failed.
    ///
    /// Why: shows what to mend.
    #[event(name = "request.failed", purpose = "errors")]
    RequestFailed {
        /// Why, and where.
        failure: Report<Failure>,
        /// Whether nobody waited for it.
        in_background: bool,
    },
    /// It panicked.
    ///
    /// Why: shows what to mend.
    #[event(name = "program.panicked", purpose = "errors")]
    Panicked {
        /// Where.
        panic: PanicReport,
    },
}

/// The same application one revision earlier.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 1, identity = "stable", crates(it))]
enum Earlier {
    /// A request failed.
    ///
    /// Why: shows what to mend.
    #[event(name = "request.failed", purpose = "errors")]
    #[expect(dead_code, reason = "only the grant is made under this catalogue")]
    RequestFailed {
        /// Whether nobody waited for it.
        in_background: bool,
    },
}

const ERRORS: Purposes = Purposes::NONE.with(Purpose::Errors);

fn granted(installation: &Installation) -> Telemetry<Reported> {
    let telemetry = installation.start_as::<Reported>();
    agree(&telemetry, ERRORS);
    telemetry
}

#[test]
fn a_report_is_previewed_logged_and_sent_as_one_and_the_same() {
    let installation = Installation::new();
    let telemetry = granted(&installation);
    let preview = telemetry.preview(&raise::database()).unwrap();
    telemetry.track(raise::database());
    let waiting = telemetry.waiting();
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    let [request] = &installation.sink.requests()[..] else { panic!("one request") };
    assert_eq!(waiting.first(), Some(&request.body));
    assert_eq!(telemetry.sent_log()[0].body(), request.body);
    for body in [&preview, &request.body] {
        assert!(body.contains("\"failure\":\"database\""), "{body}");
        assert!(body.contains("[\"it/src/raise.rs\",9,"), "{body}");
        assert!(!body.contains("alice") && !body.contains("secret"), "{body}");
    }
}

#[test]
fn without_a_yes_to_errors_nothing_is_reported() {
    let installation = Installation::new();
    let telemetry = installation.start_as::<Reported>();
    agree(&telemetry, USAGE);
    for _ in 0..3 {
        telemetry.track(raise::database());
        telemetry.track(raise::panic());
    }
    telemetry.track(Reported::Started);
    telemetry.flush(LONG);
    assert_eq!(installation.sink.delivered(), ["program.started"]);
    assert_eq!(telemetry.preview(&raise::panic()), None);
}

#[test]
fn an_older_yes_does_not_cover_a_newer_code_nor_its_place() {
    let installation = Installation::new();
    let earlier = installation.start_as::<Earlier>();
    agree(&earlier, ERRORS);
    drop(earlier);
    let telemetry = installation.start_as::<Reported>();
    telemetry.track(raise::time_out());
    telemetry.flush(LONG);
    let [request] = &installation.sink.requests()[..] else { panic!("one request") };
    assert!(request.body.contains("\"in_background\":false"), "{}", request.body);
    assert!(!request.body.contains("time-out") && !request.body.contains("raise.rs"), "{}", request.body);
}

/// Events and records of crashes of every process go with their purpose, and so do those that a process would still write
/// that has not looked.
#[test]
fn a_purpose_takes_what_waits_for_it_along_in_every_process() {
    let installation = Installation::new();
    installation.sink.answer(|_| telemetry_core::Outcome::Retry { after: None });
    let (one, two) = (installation.start_as::<Reported>(), installation.start_as::<Reported>());
    agree(&one, USAGE.union(ERRORS));
    two.refresh();
    one.report_panics();
    for telemetry in [&one, &two] {
        telemetry.track(raise::database());
        telemetry.flush(LONG);
    }
    let waits = || {
        let files = installation.files();
        files.into_iter().filter(|file| file.contains("/spool/") || file.contains("/crash/")).collect::<Vec<_>>()
    };
    assert_eq!(waits().len(), 3, "{:?}", waits());
    two.withdraw_purposes(Surface::Dashboard, ERRORS).unwrap();
    assert_eq!(waits(), [""; 0]);
    // The first one does not know yet.
    assert!(std::thread::spawn(|| panic!("on purpose")).join().is_err());
    assert_eq!(waits(), [""; 0], "nothing is written any more");
    installation.sink.answer(|_| telemetry_core::Outcome::Accepted);
    for telemetry in [&one, &two] {
        telemetry.refresh();
        telemetry.track(Reported::Started);
        telemetry.flush(LONG);
    }
    let delivered = installation.sink.delivered();
    assert!(!delivered.is_empty() && delivered.iter().all(|name| name == "program.started"), "{delivered:?}");
}

/// The same where it dies in between: the next start finishes it.
#[test]
fn what_waits_for_a_purpose_that_is_over_is_removed_at_the_next_start() {
    let installation = Installation::new();
    installation.sink.answer(|_| telemetry_core::Outcome::Retry { after: None });
    let telemetry = installation.start_as::<Reported>();
    agree(&telemetry, USAGE.union(ERRORS));
    telemetry.track(raise::database());
    telemetry.shutdown(LONG);
    let spool = |installation: &Installation| installation.files().into_iter().find(|file| file.contains("/spool/"));
    let path = installation.directory().join(spool(&installation).unwrap());
    let bytes = std::fs::read(&path).unwrap();
    installation.start_as::<Reported>().withdraw_purposes(Surface::Dashboard, ERRORS).unwrap();
    assert_eq!(spool(&installation), None);
    std::fs::write(&path, bytes).unwrap();
    drop(installation.start_as::<Reported>());
    assert_eq!(spool(&installation), None);
}

#[test]
fn a_cause_in_a_loop_is_reported_a_few_times_and_counted() {
    let installation = Installation::new();
    let telemetry = granted(&installation);
    for _ in 0..1000 {
        telemetry.track(raise::database());
    }
    telemetry.track(raise::panic());
    telemetry.flush(LONG);
    let stats = telemetry.stats();
    assert_eq!((stats.tracked, stats.delivered, stats.lost(Loss::Repeated)), (1001, 6, 995), "{stats:?}");
    installation.clock.advance(Duration::from_secs(3601));
    telemetry.track(raise::database());
    assert_eq!(telemetry.flush(LONG).delivered, 1, "an hour later it is news again");
}

#[test]
fn a_report_outlives_its_process() {
    let installation = Installation::new();
    let telemetry = granted(&installation);
    installation.sink.answer(|_| telemetry_core::Outcome::Retry { after: None });
    telemetry.track(raise::database());
    installation.ended(telemetry);
    installation.sink.answer(|_| telemetry_core::Outcome::Accepted);
    let telemetry = installation.start_as::<Reported>();
    eventually("it is taken over", || telemetry.stats().adopted == 1);
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    let body = installation.sink.requests().pop().unwrap().body;
    assert!(body.contains("\"failure\":\"database\"") && body.contains("[\"it/src/raise.rs\",9,"), "{body}");
}

#[test]
fn what_comes_while_a_server_wants_no_more_is_dropped() {
    let installation = Installation::new();
    let telemetry = granted(&installation);
    installation.sink.hold(Some(Duration::from_secs(60)));
    telemetry.track(raise::database());
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    installation.sink.hold(None);
    telemetry.track(raise::panic());
    assert_eq!(telemetry.flush(LONG).delivered, 0);
    assert_eq!(telemetry.stats().lost(Loss::Quota), 1);
    installation.clock.advance(Duration::from_secs(61));
    telemetry.track(raise::time_out());
    assert_eq!(telemetry.flush(LONG).delivered, 1);
    let stats = telemetry.stats();
    assert_eq!((stats.tracked, stats.delivered, stats.waiting), (3, 2, 0), "{stats:?}");
}

#[test]
fn examples_show_a_place() {
    let installation = Installation::new();
    let telemetry = installation.start_as::<Reported>();
    for (name, body) in telemetry.examples() {
        assert_eq!(body.contains("telemetry-core/src/main.rs"), name != "program.started", "{name}: {body}");
    }
}
