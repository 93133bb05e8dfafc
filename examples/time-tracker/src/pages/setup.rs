//! First-run setup: the administrator's account and, apart from it, the telemetry question.
//!
//! Nobody gets past this module without the token of the link that the program printed.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::form::{self, Choice, Field, Form, valid};
use super::users::{self, Password};
use super::{Layout, done, mistaken, page};
use crate::app::App;
use crate::db;
use crate::db::settings::{Settings, WeekStart};
use crate::db::users::{NewUser, Role};
use crate::error::{self, Failure};
use crate::flash::Flash;
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
    title: String,
    /// One box per purpose. None may be ticked when the page is first shown.
    boxes: Vec<Purpose>,
    /// The notice, a paragraph each.
    notice: Vec<String>,
    /// Where to read more: the exact payload, the whole catalogue.
    links: Vec<Link>,
}

struct Purpose {
    /// The name of the form field.
    field: String,
    label: String,
    description: String,
    /// What the person ticked before another field was refused.
    ticked: bool,
}

struct Link {
    path: String,
    label: String,
}

/// The question of this build, or why there is none.
fn question() -> Result<Question, String> {
    Err("This build holds no telemetry, so there is nothing to ask about.".to_owned())
}

#[derive(Deserialize)]
struct Offered {
    #[serde(default)]
    token: String,
}

async fn show(State(app): State<App>, Query(offered): Query<Offered>) -> Result<Response, Failure> {
    if app.first_run.token().is_none() {
        return Ok(Redirect::to("/").into_response());
    }
    if !app.first_run.admits(&offered.token) {
        return Ok(locked());
    }
    page(&SetupPage {
        layout: Layout::bare("Set up Time Tracker"),
        token: offered.token,
        name: Field::default(),
        password: Field::default(),
        zones: form::zones(&time::system_zone_name()),
        zone: Field::new(time::system_zone_name()),
        telemetry: question(),
    })
}

fn locked() -> Response {
    error::page(
        StatusCode::FORBIDDEN,
        "Open the setup link",
        "Time Tracker is not set up yet. The link to do it was printed where the program was \
         started; it looks like /setup?token=… and a restart prints a new one.",
    )
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
}

async fn complete(State(app): State<App>, Form(form): Form<SetupForm>) -> Result<Response, Failure> {
    if !app.first_run.admits(&form.token) {
        return Ok(locked());
    }
    let mut name = Field::new(form.name);
    let mut password = Field::new(form.password);
    let mut zone = Field::new(form.zone);
    let account = users::account_name(&mut name);
    let secret = Password::check(&mut password, &account);
    if time::zone(&zone.value).is_none() {
        zone.refuse("Choose a time zone from the list.");
    }
    let Some(secret) = secret.filter(|_| valid(&[&name, &password, &zone])) else {
        return mistaken(&SetupPage {
            layout: Layout::bare("Set up Time Tracker"),
            token: form.token,
            name,
            // A password is typed again rather than sent back.
            password: Field { value: String::new(), ..password },
            zones: form::zones(&zone.value),
            zone,
            telemetry: question(),
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
        Err(db::Error::Taken) => return Ok(Redirect::to("/login").into_response()),
        Err(error) => return Err(error.into()),
    };
    app.first_run.complete();
    let cookie = session::begin(&app, user_id).await?;
    let mut response = done(&app, "/", Flash::SetupComplete)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(telemetry: Result<Question, String>) -> String {
        let page = SetupPage {
            layout: Layout::bare("Set up"),
            token: "t".to_owned(),
            name: Field::default(),
            password: Field::default(),
            zone: Field::default(),
            zones: Vec::new(),
            telemetry,
        };
        page.render().unwrap()
    }

    fn purpose(field: &str, label: &str, description: &str) -> Purpose {
        Purpose { field: field.to_owned(), label: label.to_owned(), description: description.to_owned(), ticked: false }
    }

    #[test]
    fn the_question_has_its_own_group_and_nothing_is_ticked() {
        let html = rendered(Ok(Question {
            title: "Help improve Time Tracker? (optional)".to_owned(),
            boxes: vec![
                purpose("telemetry_usage", "Send usage statistics", "Which features were used."),
                purpose("telemetry_errors", "Send error reports", "Where the program failed."),
            ],
            notice: vec!["Time Tracker works the same either way.".to_owned()],
            links: vec![Link { path: "/setup/preview".to_owned(), label: "Preview".to_owned() }],
        }));
        assert!(html.contains("<legend>Help improve Time Tracker? (optional)</legend>"));
        assert_eq!(html.matches("type=\"checkbox\"").count(), 2);
        assert!(!html.contains("checked"));
        for field in ["telemetry_usage", "telemetry_errors"] {
            assert!(html.contains(&format!("<label for=\"{field}\">")));
            assert!(html.contains(&format!("aria-describedby=\"{field}-about\"")));
        }
        assert_eq!(html.matches("<button").count(), 1);
    }

    #[test]
    fn without_a_question_one_line_says_why() {
        let html = rendered(Err("DO_NOT_TRACK is set.".to_owned()));
        assert!(html.contains("DO_NOT_TRACK is set."));
        assert!(!html.contains("checkbox"));
    }
}
