//! A yes to a longer list is one to what was told of it, whatever else was decided while the question was on a screen.

use telemetry_core::consent::{Locale, State};
use telemetry_core::{Catalogue, GrantError, Purpose, Purposes, Surface, Telemetry};

use crate::fixture::{BOTH, Installation, LONG, USAGE, agree};

const ERRORS: Purposes = Purposes::NONE.with(Purpose::Errors);

/// A first list.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 1, identity = "stable")]
enum First {
    /// A timer was stopped.
    ///
    /// Why: shows what is used.
    #[event(name = "timer.stopped")]
    #[expect(dead_code, reason = "only the grant is made under this catalogue")]
    TimerStopped,
}

/// The list of a later build.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 2, identity = "stable")]
enum Second {
    /// A timer was stopped.
    ///
    /// Why: shows what is used.
    #[event(name = "timer.stopped")]
    #[expect(dead_code, reason = "only the grant is made under this catalogue")]
    TimerStopped,
    /// A project was made.
    ///
    /// Why: shows what is used.
    #[event(name = "project.made", since = 2)]
    #[expect(dead_code, reason = "only the grant is made under this catalogue")]
    ProjectMade,
    /// Something broke.
    ///
    /// Why: shows what to mend.
    #[event(name = "handler.failed", purpose = "errors", since = 2)]
    #[expect(dead_code, reason = "only the grant is made under this catalogue")]
    HandlerFailed,
}

/// The list of a build after that: there is more of both.
#[derive(Catalogue)]
#[catalogue(app = "test-app", revision = 3, identity = "stable")]
enum Third {
    /// A timer was stopped.
    ///
    /// Why: shows what is used.
    #[event(name = "timer.stopped")]
    TimerStopped,
    /// A project was made.
    ///
    /// Why: shows what is used.
    #[event(name = "project.made", since = 2)]
    ProjectMade,
    /// A report was exported.
    ///
    /// Why: shows what is used.
    #[event(name = "report.exported", since = 3)]
    ReportExported,
    /// Something broke.
    ///
    /// Why: shows what to mend.
    #[event(name = "handler.failed", purpose = "errors", since = 2)]
    HandlerFailed,
    /// A file was damaged.
    ///
    /// Why: shows what to mend.
    #[event(name = "file.damaged", purpose = "errors", since = 3)]
    FileDamaged,
}

/// Tracks one of each, and gives what arrived.
fn sent_by(telemetry: &Telemetry<Third>, installation: &Installation) -> Vec<String> {
    for event in
        [Third::TimerStopped, Third::ProjectMade, Third::ReportExported, Third::HandlerFailed, Third::FileDamaged]
    {
        telemetry.track(event);
    }
    telemetry.flush(LONG);
    installation.sink.delivered()
}

#[test]
fn a_yes_to_what_is_new_for_one_purpose_is_none_for_another_that_was_turned_on_meanwhile() {
    let installation = Installation::new();
    agree(&installation.start_as::<Second>(), USAGE);
    let telemetry = installation.start_as::<Third>();
    let page = telemetry.present_renewal(Surface::Dashboard, Locale::English).unwrap();
    assert!(!page.notice.to_text().contains("file.damaged"), "of a purpose that is off");
    // Somebody else turns the other purpose on, under the older list.
    let question = telemetry.present(Surface::Dashboard).unwrap();
    telemetry.grant_also(question.ticket(), ERRORS).unwrap();
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::GrantedNarrow, BOTH));

    assert_eq!(telemetry.agree_to_renewal(page.ticket()), Err(GrantError::NotShown));
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::GrantedNarrow, BOTH), "all is as it was");
    assert_eq!(sent_by(&telemetry, &installation), ["timer.stopped", "project.made", "handler.failed"]);
    // Shown once more it tells of both.
    let page = telemetry.present_renewal(Surface::Dashboard, Locale::English).unwrap();
    assert!(page.notice.to_text().contains("file.damaged"), "{}", page.notice.to_text());
    telemetry.agree_to_renewal(page.ticket()).unwrap();
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::Granted, BOTH));
}

#[test]
fn a_yes_to_what_is_new_since_one_list_is_none_to_what_is_new_since_an_older_one() {
    let installation = Installation::new();
    agree(&installation.start_as::<Second>(), USAGE);
    let telemetry = installation.start_as::<Third>();
    let page = telemetry.present_renewal(Surface::Dashboard, Locale::English).unwrap();
    assert!(!page.notice.to_text().contains("project.made"), "it was agreed to");
    // Turned off, and on again by a build with the first list.
    telemetry.withdraw(Surface::Dashboard).unwrap();
    agree(&installation.start_as::<First>(), USAGE);

    assert_eq!(telemetry.agree_to_renewal(page.ticket()), Err(GrantError::NotShown));
    telemetry.refresh();
    assert_eq!(telemetry.state(), State::GrantedNarrow);
    assert_eq!(sent_by(&telemetry, &installation), ["timer.stopped"]);
}

#[test]
fn what_was_turned_off_meanwhile_stays_off_and_the_rest_gets_the_longer_list() {
    let installation = Installation::new();
    agree(&installation.start_as::<Second>(), BOTH);
    let telemetry = installation.start_as::<Third>();
    let page = telemetry.present_renewal(Surface::Dashboard, Locale::English).unwrap();
    telemetry.withdraw_purposes(Surface::Dashboard, ERRORS).unwrap();
    telemetry.agree_to_renewal(page.ticket()).unwrap();
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::Granted, USAGE));
}
