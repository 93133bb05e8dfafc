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
use telemetry_core::{GrantError, Offer, Purpose, Purposes, RenewalQuestion, Status, Surface, Telemetry};

use super::super::form::Form;
use super::super::{Layout, Section};
use super::{View, blocking, capital, moment, plain, sentence};
use crate::app::App;
use crate::error::{self, Failure};
use crate::session::Administrator;
use crate::telemetry::Tracked;
use crate::words::Words;

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
        let words = me.words();
        let status = telemetry.status_in(words.locale);
        // An unreadable decision is set aside first, by turning off; an answer to a question could not be stored.
        let question = match status.state {
            Consent::Fault => None,
            _ => telemetry.present_in(Surface::Dashboard, words.locale),
        };
        let ticket = question.as_ref().map(|question| question.ticket().to_owned());
        let notice = question.map(|question| question.notice);
        Self {
            result,
            counters: counters(&status, me),
            wider: telemetry.present_renewal(Surface::Dashboard, words.locale).map(Wider::of),
            ..Self::of(
                Layout::new(me, Section::Admin, words.deciding.telemetry),
                &status,
                &telemetry.notice_in(words.locale),
                notice,
                ticket.unwrap_or_default(),
            )
        }
    }

    fn of(layout: Layout, status: &Status, words: &Notice, notice: Option<Notice>, ticket: String) -> Self {
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
            truth: plain(&status.line()),
            layout,
            view: View::Overview,
            result: String::new(),
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
    let (counts, words) = (&status.stats, me.words());
    let deciding = &words.deciding;
    let mut rows = vec![
        (deciding.recorded.to_owned(), counts.tracked.to_string()),
        (deciding.delivered.to_owned(), counts.delivered.to_string()),
        (deciding.waiting.to_owned(), (counts.queued + counts.waiting).to_string()),
    ];
    if counts.adopted > 0 {
        rows.push((deciding.adopted.to_owned(), counts.adopted.to_string()));
    }
    for (cause, count) in counts.losses() {
        rows.push((deciding.not_sent(words.loss(cause)), count.to_string()));
    }
    for to in &status.destinations {
        for (label, said) in to.lines(|at| moment(at, me)) {
            let label = capital(label);
            let label = if status.destinations.len() > 1 { deciding.to_destination(&label, to.origin) } else { label };
            rows.push((label, said));
        }
    }
    if let Some(id) = &status.install_id {
        rows.push((deciding.install_id.to_owned(), id.clone()));
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
    let words = me.words();
    let name = words.purpose(purpose);
    match granted {
        Ok(true) => answer(&app, me, StatusCode::OK, words.deciding.now_on(name)).await,
        Ok(false) => {
            let result = words.deciding.grown_first(name);
            answer(&app, me, StatusCode::CONFLICT, result).await
        }
        Err(error) => refused(&app, me, error).await,
    }
}

/// Turns one purpose off, or all of them.
async fn off(State(app): State<App>, me: Administrator, Form(form): Form<Switch>) -> Result<Response, Failure> {
    let words: &Words = me.words();
    let (purposes, name) = match form.purpose.as_str() {
        "all" => (Purposes::ALL, words.deciding.telemetry),
        _ => form.one().map(|purpose| (Purposes::NONE.with(purpose), words.purpose(purpose)))?,
    };
    match blocking(&app, move |telemetry| telemetry.withdraw_purposes(Surface::Dashboard, purposes)).await? {
        Ok(withdrawal) => {
            let result = words.deciding.did(name, &withdrawal.sentence_in(words.locale));
            answer(&app, me, StatusCode::OK, result).await
        }
        Err(error) => {
            error::log(&error);
            let result = words.deciding.off_not_stored(&sentence(&error.words_in(words.locale)));
            answer(&app, me, StatusCode::INTERNAL_SERVER_ERROR, result).await
        }
    }
}

/// Turns everything off and shows the text of a request for deletion, with the ids that go away with it.
async fn forget(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    let page = blocking(&app, move |telemetry| {
        let locale = me.words().locale;
        let forgotten = telemetry.forget_in(Surface::Dashboard, locale)?;
        let withdrawal = forgotten.withdrawal.sentence_in(locale);
        let (result, request) = match forgotten.request {
            Ok(request) => (withdrawal, Some(request.to_string())),
            Err(nothing) => (format!("{withdrawal} {}", sentence(nothing.sentence_in(locale))), None),
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
    let words = me.words();
    match blocking(&app, |telemetry| telemetry.decline(Surface::Dashboard)).await? {
        Ok(()) => answer(&app, me, StatusCode::OK, words.deciding.kept.to_owned()).await,
        Err(error) => {
            error::log(&error);
            let result = words.deciding.kept_not_stored(&sentence(&error.words_in(words.locale)));
            answer(&app, me, StatusCode::INTERNAL_SERVER_ERROR, result).await
        }
    }
}

/// Agrees to the list as it is now, for what is on.
async fn agree(State(app): State<App>, me: Administrator, Form(form): Form<Switch>) -> Result<Response, Failure> {
    let granted = blocking(&app, move |telemetry| telemetry.agree_to_renewal(&form.ticket)).await?;
    match granted {
        Ok(()) => {
            let result = me.words().deciding.agreed.to_owned();
            answer(&app, me, StatusCode::OK, result).await
        }
        Err(error) => refused(&app, me, error).await,
    }
}

async fn refused(app: &App, me: Administrator, error: GrantError) -> Result<Response, Failure> {
    if let GrantError::Store(error) = &error {
        error::log(error);
    }
    let words = me.words();
    let result = match error {
        // The page that says so shows it again.
        GrantError::NotShown => words.deciding.not_shown.to_owned(),
        error => words.deciding.unchanged(&sentence(&error.words_in(words.locale))),
    };
    answer(app, me, StatusCode::CONFLICT, result).await
}

#[cfg(test)]
mod tests {
    use telemetry_core::ProgramKind;
    use telemetry_core::testing::RecordingSink;

    use super::*;
    use crate::reader::Reader;

    /// The page for the state that `change` makes of a fresh installation's.
    fn rendered(change: impl FnOnce(&mut Status), asked: bool) -> String {
        let directory = tempfile::tempdir().unwrap();
        let telemetry: Telemetry<Tracked> =
            Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path(), RecordingSink::default()).build();
        let mut status = telemetry.status();
        change(&mut status);
        let notice = asked.then(|| telemetry.notice());
        let words = Words::of(telemetry_core::Locale::English);
        let layout = Layout::bare(&Reader { words, here: "/".to_owned() }, "Telemetry");
        let page =
            Overview::of(layout, &status, &telemetry.notice(), notice, "the-ticket".to_owned()).render().unwrap();
        let (_, page) = page.split_once("<main").unwrap();
        // Below it is the choice of language, which is no part of the decision.
        page.split_once("</main>").unwrap().0.to_owned()
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
