//! First-run setup: the administrator's account and, apart from it, the telemetry question.
//!
//! Nobody gets past this module without the token of the link that the program printed.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State as Extracted};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use telemetry_core::consent::{Notice, Reason, State};
use telemetry_core::{GrantError, Purpose, Purposes, Surface, Telemetry};

use super::form::{self, Choice, Field, Form, valid};
use super::telemetry::{self, plain};
use super::users::{self, Password};
use super::{Layout, done, mistaken, page};
use crate::app::App;
use crate::db;
use crate::db::settings::{Settings, WeekStart};
use crate::db::users::{NewUser, Role};
use crate::error::{self, Failure};
use crate::flash::Flash;
use crate::reader::Reader;
use crate::telemetry::Tracked;
use crate::words::Words;
use crate::{session, time};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/setup", get(show).post(complete))
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    layout: Layout,
    token: String,
    name: Field,
    password: Field,
    zone: Field,
    zones: Vec<Choice>,
    /// What is asked about telemetry, or the one line that says why nothing is.
    telemetry: Result<Question, String>,
}

/// The telemetry question, apart from everything else on the page.
struct Question {
    notice: Notice,
    /// Names the proof that the question was shown; comes back with the answer.
    ticket: String,
    /// What the person ticked before another field was refused. Nothing, when the page is first shown.
    ticked: Purposes,
}

/// The question, or the one line that says why nothing is asked.
fn question(telemetry: &Telemetry<Tracked>, invitation: Invitation, words: &Words) -> Result<Question, String> {
    let deciding = &words.deciding;
    if invitation == Invitation::Unwanted {
        return Err(deciding.not_invited(deciding.place));
    }
    let status = telemetry.status_in(words.locale);
    match status.state {
        State::Unavailable => return Err(deciding.no_key.to_owned()),
        State::Unasked => {}
        // Somebody has decided at a terminal, or what is stored cannot be read: setup asks nobody twice.
        _ => return Err(deciding.decided(&plain(&status.line()), deciding.place)),
    }
    telemetry
        .present_in(Surface::SetupPage, words.locale)
        .map(|shown| Question { ticket: shown.ticket().to_owned(), notice: shown.notice, ticked: Purposes::NONE })
        .ok_or_else(|| {
            let obstacles = status.reasons.iter().filter(|reason| reason.code != Reason::Unasked.code());
            let obstacles: Vec<String> = obstacles.map(|reason| plain(&reason.reason)).collect();
            deciding.not_asked(&obstacles.join("; "))
        })
}

/// Whether this browser's person may be invited at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Invitation {
    Welcome,
    /// The browser sends Global Privacy Control or Do Not Track.
    Unwanted,
}

impl Invitation {
    fn of(headers: &HeaderMap) -> Self {
        let asked = |name| headers.get(name).is_some_and(|value| value.as_bytes() == b"1");
        if asked("sec-gpc") || asked("dnt") { Self::Unwanted } else { Self::Welcome }
    }
}

/// Stores the answer that came with the form. Returns whether it could be stored.
fn store(telemetry: &Telemetry<Tracked>, answer: &Answer) -> bool {
    if answer.ticked.is_empty() {
        // Who was not asked has not said no.
        return answer.ticket.is_empty()
            || telemetry.decline(Surface::SetupPage).inspect_err(|e| error::log(e)).is_ok();
    }
    match telemetry.grant(&answer.ticket, answer.ticked) {
        Ok(()) => true,
        Err(GrantError::Store(error)) => {
            error::log(&error);
            false
        }
        Err(_) => false,
    }
}

/// What the form said about telemetry.
#[derive(Clone)]
struct Answer {
    ticket: String,
    ticked: Purposes,
}

#[derive(Deserialize)]
struct Offered {
    #[serde(default)]
    token: String,
}

async fn show(
    Extracted(app): Extracted<App>,
    reader: Reader,
    headers: HeaderMap,
    Query(offered): Query<Offered>,
) -> Result<Response, Failure> {
    if !app.needs_setup().await? {
        return Ok(Redirect::to("/").into_response());
    }
    if !app.first_run.admits(&offered.token) {
        return Err(Failure::SetupLocked);
    }
    let (invitation, words) = (Invitation::of(&headers), reader.words);
    let telemetry = telemetry::blocking(&app, move |telemetry| question(telemetry, invitation, words)).await?;
    page(&SetupPage {
        layout: Layout::bare(&reader, words.people.setup),
        token: offered.token,
        name: Field::default(),
        password: Field::default(),
        zones: form::zones(&time::system_zone_name()),
        zone: Field::new(time::system_zone_name()),
        telemetry,
    })
}

#[derive(Deserialize)]
struct SetupForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    zone: String,
    /// Empty when nothing was asked.
    #[serde(default)]
    ticket: String,
    telemetry_usage: Option<String>,
    telemetry_errors: Option<String>,
}

impl SetupForm {
    fn answer(&self) -> Answer {
        let boxes = [(Purpose::Usage, &self.telemetry_usage), (Purpose::Errors, &self.telemetry_errors)];
        let ticked = boxes.into_iter().filter(|(_, ticked)| ticked.is_some()).map(|(purpose, _)| purpose).collect();
        Answer { ticket: self.ticket.clone(), ticked }
    }
}

async fn complete(
    Extracted(app): Extracted<App>,
    reader: Reader,
    headers: HeaderMap,
    Form(form): Form<SetupForm>,
) -> Result<Response, Failure> {
    if !app.first_run.admits(&form.token) {
        return Err(Failure::SetupLocked);
    }
    let words = reader.words;
    let answer = form.answer();
    let mut name = Field::new(form.name);
    let mut password = Field::new(form.password);
    let mut zone = Field::new(form.zone);
    let account = users::account_name(&mut name, words);
    let secret = Password::check(&mut password, &account, words);
    if time::zone(&zone.value).is_none() {
        zone.refuse(words.frame.choose_zone);
    }
    let Some(secret) = secret.filter(|_| valid(&[&name, &password, &zone])) else {
        let invitation = Invitation::of(&headers);
        let telemetry = telemetry::blocking(&app, move |telemetry| match answer {
            Answer { ticket, ticked } if !ticket.is_empty() && telemetry.has_analytics_configured() => {
                Ok(Question { notice: telemetry.notice_in(words.locale), ticket, ticked })
            }
            _ => question(telemetry, invitation, words),
        });
        return mistaken(&SetupPage {
            layout: Layout::bare(&reader, words.people.setup),
            token: form.token,
            name,
            // A password is typed again rather than sent back.
            password: Field { value: String::new(), ..password },
            zones: form::zones(&zone.value),
            zone,
            telemetry: telemetry.await?,
        });
    };
    let administrator = NewUser {
        name: account,
        password_hash: app.hasher.hash(secret.into_text()).await?,
        role: Role::Administrator,
        time_zone: zone.value.clone(),
    };
    let settings = Settings { organisation: String::new(), time_zone: zone.value, week_start: WeekStart::Monday };
    let created = app
        .db
        .call(move |db| {
            let id = db::users::create_first(db, &administrator, time::now())?;
            db::settings::save(db, &settings)?;
            Ok(id)
        })
        .await;
    let user_id = match created {
        Ok(id) => id,
        // Somebody else with the link was faster.
        Err(db::Error::Taken) => {
            app.first_run.complete();
            return Ok(Redirect::to("/login").into_response());
        }
        Err(error) => return Err(error.into()),
    };
    app.first_run.complete();
    let cookie = session::begin(&app, user_id).await?;
    let stored = telemetry::blocking(&app, move |telemetry| store(telemetry, &answer)).await?;
    app.telemetry.track(Tracked::SetupCompleted);
    let flash = if stored { Flash::SetupComplete } else { Flash::SetupWithoutAnswer };
    let mut response = done(&app, "/", flash)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
