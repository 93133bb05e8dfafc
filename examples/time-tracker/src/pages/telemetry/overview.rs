//! The state in one line, and the two actions that change it.
//!
//! Each action sets a state and none toggles, so a second click, a reload or a second administrator never turns
//! anything back on. The page that answers an action is made after it, from the state that it left.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use telemetry_core::consent::{Notice, RenewalNotice, State as Consent};
use telemetry_core::store::StoreError;
use telemetry_core::{GrantError, Locale, Offer, Purpose, Purposes, RenewalQuestion, Status, Surface, Telemetry};

use super::super::form::Form;
use super::super::{Layout, Section};
use super::{View, blocking, capital, moment, plain, sentence, title, title_inside};
use crate::app::App;
use crate::error::{self, Failure};
use crate::session::Administrator;
use crate::telemetry::Tracked;

pub(super) fn routes() -> Router<App> {
    // Somebody who reloads the address of an action gets the page.
    let back = || async { Redirect::to(View::Overview.path()) };
    Router::new()
        .route("/admin/telemetry", get(show))
        .route("/admin/telemetry/on", get(back).post(on))
        .route("/admin/telemetry/off", get(back).post(off))
        .route("/admin/telemetry/forget", get(back).post(forget))
        .route("/admin/telemetry/keep", get(back).post(keep))
        .route("/admin/telemetry/agree", get(back).post(agree))
}

#[derive(Template)]
#[template(path = "telemetry_overview.html")]
struct Overview {
    layout: Layout,
    view: View,
    /// What an action did; empty when the page is only looked at.
    result: String,
    truth: String,
    /// What can be done about each reason for "off", where there is something.
    remedies: Vec<String>,
    ignored: Vec<String>,
    /// The whole notice, wherever anything can be turned on.
    notice: Option<Notice>,
    ticket: String,
    rows: Vec<Row>,
    /// Whether the notice describes what goes on, and asks no longer whether it may.
    anything_on: bool,
    /// One button for everything: when several purposes are on, or what is stored cannot be told apart by purpose.
    all_off: bool,
    wider: Option<Wider>,
    /// Whether there is an id by which the publisher could find what was sent.
    has_id: bool,
    /// A request for deletion, shown once: this page is all there is of it.
    request: Option<String>,
    counters: Vec<(String, String)>,
}

/// One purpose with its two buttons.
struct Row {
    purpose: Purpose,
    description: String,
    on: bool,
    /// Whether it may be turned on here; a list that has grown is decided about first.
    can_turn_on: bool,
}

impl Row {
    const fn title(&self) -> &'static str {
        title(self.purpose)
    }

    const fn inside(&self) -> &'static str {
        title_inside(self.purpose)
    }
}

/// A list that has grown since it was agreed to.
struct Wider {
    notice: RenewalNotice,
    ticket: String,
    /// Whether somebody has kept the older list; then this informs, and asks no longer.
    is_kept: bool,
}

impl Wider {
    fn of(question: RenewalQuestion) -> Self {
        Self {
            ticket: question.ticket().to_owned(),
            is_kept: question.renewal.offer() == Offer::Declined,
            notice: question.notice,
        }
    }

    fn changes(&self) -> impl Iterator<Item = String> {
        self.notice.changes().iter().map(|change| plain(change))
    }
}

impl Overview {
    /// Reads the state and shows the question, wherever it may be asked.
    fn read(telemetry: &Telemetry<Tracked>, me: &Administrator, result: String) -> Self {
        let status = telemetry.status();
        // An unreadable decision is set aside first, by turning off; an answer to a question could not be stored.
        let question = match status.state {
            Consent::Fault => None,
            _ => telemetry.present(Surface::Dashboard),
        };
        let ticket = question.as_ref().map(|question| question.ticket().to_owned());
        let notice = question.map(|question| question.notice);
        Self {
            layout: Layout::new(me, Section::Admin, "Telemetry"),
            view: View::Overview,
            result,
            counters: counters(&status, me),
            wider: telemetry.present_renewal(Surface::Dashboard, Locale::English).map(Wider::of),
            ..Self::of(&status, &telemetry.notice(), notice, ticket.unwrap_or_default())
        }
    }

    fn of(status: &Status, words: &Notice, notice: Option<Notice>, ticket: String) -> Self {
        let narrow = status.state == Consent::GrantedNarrow;
        let row = |purpose: Purpose, description: String| Row {
            purpose,
            description,
            on: status.purposes.contains(purpose),
            can_turn_on: notice.is_some() && !narrow,
        };
        let rows = words.purposes().iter().map(|words| row(words.purpose, words.description.clone()));
        let rows: Vec<Row> = rows.collect();
        let on = rows.iter().filter(|row| row.on).count();
        // Under a kill switch and the like the status tells that something is granted, not what.
        let hidden = on == 0 && (status.granted_revision.is_some() || status.state == Consent::Fault);
        // Without the rows, which go with the question, this button is the only way to turn anything off.
        let all_off = on > 1 || hidden || (on > 0 && notice.is_none());
        Self {
            layout: Layout::bare("Telemetry"),
            view: View::Overview,
            result: String::new(),
            truth: plain(&status.line()),
            remedies: status
                .reasons
                .iter()
                .filter(|reason| !reason.remedy.is_empty())
                .map(|reason| format!("{} {}", sentence(&reason.reason), sentence(&reason.remedy)))
                .collect(),
            ignored: status.ignored.iter().map(|note| sentence(note)).collect(),
            notice,
            ticket,
            rows,
            anything_on: on > 0,
            all_off,
            wider: None,
            has_id: status.install_id.is_some(),
            request: None,
            counters: Vec::new(),
        }
    }
}

fn counters(status: &Status, me: &Administrator) -> Vec<(String, String)> {
    let counts = &status.stats;
    let mut rows = vec![
        ("Recorded".to_owned(), counts.tracked.to_string()),
        ("Delivered".to_owned(), counts.delivered.to_string()),
        ("Waiting to be sent".to_owned(), (counts.queued + counts.waiting).to_string()),
    ];
    if counts.adopted > 0 {
        rows.push(("Left by an earlier start".to_owned(), counts.adopted.to_string()));
    }
    for (cause, count) in counts.losses() {
        rows.push((format!("Not sent: {}", cause.name().replace('_', " ")), count.to_string()));
    }
    for to in &status.destinations {
        let of = if status.destinations.len() > 1 { format!(", {}", to.origin) } else { String::new() };
        for (label, words) in to.lines(|at| moment(at, me)) {
            rows.push((format!("{}{of}", capital(label)), words));
        }
    }
    if let Some(id) = &status.install_id {
        rows.push(("Install id".to_owned(), id.clone()));
    }
    rows
}

async fn answer(app: &App, me: Administrator, status: StatusCode, result: String) -> Result<Response, Failure> {
    let page = blocking(app, move |telemetry| Overview::read(telemetry, &me, result)).await?;
    Ok((status, Html(page.render()?)).into_response())
}

async fn show(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    answer(&app, me, StatusCode::OK, String::new()).await
}

#[derive(Deserialize)]
struct Switch {
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    purpose: String,
}

impl Switch {
    fn one(&self) -> Result<Purpose, Failure> {
        Purpose::ALL.into_iter().find(|purpose| purpose.name() == self.purpose).ok_or(Failure::BadRequest)
    }
}

/// Turns one purpose on and leaves the others as they are.
async fn on(State(app): State<App>, me: Administrator, Form(form): Form<Switch>) -> Result<Response, Failure> {
    let purpose = form.one()?;
    let granted = blocking(&app, move |telemetry| {
        let status = telemetry.status();
        if status.purposes.contains(purpose) || status.state == Consent::GrantedNarrow {
            return Ok(status.purposes.contains(purpose));
        }
        telemetry.grant_also(&form.ticket, Purposes::NONE.with(purpose)).map(|()| true)
    })
    .await?;
    let name = title(purpose);
    match granted {
        Ok(true) => answer(&app, me, StatusCode::OK, format!("{name}: On. Recorded and sent from now on.")).await,
        Ok(false) => {
            let result = format!("{name}: Off. The list has grown; decide about that first.");
            answer(&app, me, StatusCode::CONFLICT, result).await
        }
        Err(error) => refused(&app, me, error).await,
    }
}

/// Turns one purpose off, or all of them.
async fn off(State(app): State<App>, me: Administrator, Form(form): Form<Switch>) -> Result<Response, Failure> {
    let (purposes, name) = match form.purpose.as_str() {
        "all" => (Purposes::ALL, "Telemetry"),
        _ => form.one().map(|purpose| (Purposes::NONE.with(purpose), title(purpose)))?,
    };
    match blocking(&app, move |telemetry| telemetry.withdraw_purposes(Surface::Dashboard, purposes)).await? {
        Ok(withdrawal) => answer(&app, me, StatusCode::OK, format!("{name}: {withdrawal}")).await,
        Err(error) => {
            error::log(&error);
            let result = format!(
                "Telemetry is off until this program ends, but that could not be stored. {}",
                sentence(&error.to_string())
            );
            answer(&app, me, StatusCode::INTERNAL_SERVER_ERROR, result).await
        }
    }
}

/// Turns everything off and shows the text of a request for deletion, with the ids that go away with it.
async fn forget(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    let page = blocking(&app, move |telemetry| {
        let forgotten = telemetry.forget(Surface::Dashboard)?;
        let (result, request) = match forgotten.request {
            Ok(request) => (forgotten.withdrawal.to_string(), Some(request.to_string())),
            Err(nothing) => (format!("{} {}", forgotten.withdrawal, sentence(&nothing.to_string())), None),
        };
        Ok::<_, StoreError>(Overview { request, ..Overview::read(telemetry, &me, result) })
    })
    .await?;
    match page {
        Ok(page) => Ok(Html(page.render()?).into_response()),
        Err(error) => {
            error::log(&error);
            Err(Failure::internal())
        }
    }
}

/// Keeps the smaller list that was agreed to.
async fn keep(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    match blocking(&app, |telemetry| telemetry.decline(Surface::Dashboard)).await? {
        Ok(()) => {
            answer(&app, me, StatusCode::OK, "Nothing has changed: only the list agreed to is sent.".into()).await
        }
        Err(error) => {
            error::log(&error);
            let result = format!("Only the list agreed to is sent. {}", sentence(&error.to_string()));
            answer(&app, me, StatusCode::INTERNAL_SERVER_ERROR, result).await
        }
    }
}

/// Agrees to the list as it is now, for what is on.
async fn agree(State(app): State<App>, me: Administrator, Form(form): Form<Switch>) -> Result<Response, Failure> {
    let granted = blocking(&app, move |telemetry| telemetry.grant_also(&form.ticket, Purposes::NONE)).await?;
    match granted {
        Ok(()) => answer(&app, me, StatusCode::OK, "On for the list as it is now.".to_owned()).await,
        Err(error) => refused(&app, me, error).await,
    }
}

async fn refused(app: &App, me: Administrator, error: GrantError) -> Result<Response, Failure> {
    if let GrantError::Store(error) = &error {
        error::log(error);
    }
    let result = match error {
        // The page that says so shows it again.
        GrantError::NotShown => {
            "Nothing was changed: the question was shown too long ago, or was answered already. Here it is again."
                .to_owned()
        }
        error => format!("Nothing was changed. {}", sentence(&error.to_string())),
    };
    answer(app, me, StatusCode::CONFLICT, result).await
}

#[cfg(test)]
mod tests {
    use telemetry_core::ProgramKind;
    use telemetry_core::testing::RecordingSink;

    use super::*;

    /// The page for the state that `change` makes of a fresh installation's.
    fn rendered(change: impl FnOnce(&mut Status), asked: bool) -> String {
        let directory = tempfile::tempdir().unwrap();
        let telemetry: Telemetry<Tracked> =
            Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path(), RecordingSink::default()).build();
        let mut status = telemetry.status();
        change(&mut status);
        let notice = asked.then(|| telemetry.notice());
        Overview::of(&status, &telemetry.notice(), notice, "the-ticket".to_owned()).render().unwrap()
    }

    #[test]
    fn on_and_off_are_two_buttons_of_equal_weight() {
        let html = rendered(|_| (), true);
        for action in ["on", "off"] {
            assert_eq!(html.matches(&format!("action=\"/admin/telemetry/{action}\"")).count(), 2, "{html}");
        }
        assert_eq!(html.matches("<button class=\"equal\"").count(), html.matches("<button").count());
        assert!(!html.contains("Turn everything off"));
    }

    #[test]
    fn the_notice_comes_before_the_buttons_and_asks_only_while_all_is_off() {
        let on = |status: &mut Status| status.purposes = Purposes::NONE.with(Purpose::Usage);
        for (html, asks) in [(rendered(|_| (), true), true), (rendered(on, true), false)] {
            let button = html.find("action=\"/admin/telemetry/on\"").unwrap();
            for before in ["Never: ", "href=\"/admin/telemetry/preview\">Exactly", "All events, with every value"] {
                assert!(html.find(before).is_some_and(|at| at < button), "{before} in {html}");
            }
            assert_eq!(html.contains("(optional)"), asks, "{html}");
            assert_eq!(html.contains("It is off until you agree"), asks);
            assert_eq!(html.contains("What is sent"), !asks);
        }
    }

    #[test]
    fn several_purposes_can_be_turned_off_at_once() {
        let html = rendered(|status| status.purposes = Purposes::ALL, true);
        assert!(html.contains("Turn everything off"));
    }

    #[test]
    fn what_is_granted_can_be_turned_off_where_nothing_can_be_turned_on() {
        let suspended = |status: &mut Status| {
            status.state = Consent::Suspended;
            status.granted_revision = Some(1);
        };
        for html in [rendered(suspended, false), rendered(|status| status.state = Consent::Fault, false)] {
            assert!(html.contains("action=\"/admin/telemetry/off\""), "{html}");
            assert!(!html.contains("action=\"/admin/telemetry/on\""), "{html}");
        }
        assert!(!rendered(|status| status.state = Consent::Unavailable, false).contains("<button"));
    }
}
