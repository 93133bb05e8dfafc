//! The installation's settings and its telemetry page, for administrators.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::form::{self, Choice, Field, Form, valid};
use super::{Layout, Section, done, mistaken, page};
use crate::app::App;
use crate::db::settings::{self, Settings, WeekStart};
use crate::error::Failure;
use crate::flash::Flash;
use crate::session::Administrator;
use crate::telemetry::Tracked;
use crate::time;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(|_: Administrator| async { Redirect::to("/admin/users") }))
        .route("/admin/settings", get(show).post(update))
        .route("/admin/telemetry", get(telemetry))
}

#[derive(Template)]
#[template(path = "admin_settings.html")]
struct SettingsPage {
    layout: Layout,
    organisation: Field,
    zone: Field,
    zones: Vec<Choice>,
    week_start: Field,
    week_starts: Vec<Choice>,
}

#[derive(Deserialize)]
struct SettingsForm {
    #[serde(default)]
    organisation: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    week_start: String,
}

impl SettingsPage {
    fn new(me: &Administrator, form: SettingsForm) -> Self {
        let day = |day: &WeekStart| Choice::new(day.code(), day.label(), &form.week_start);
        Self {
            layout: Layout::new(me, Section::Admin, "Settings"),
            week_starts: WeekStart::ALL.iter().map(day).collect(),
            zones: form::zones(&form.zone),
            organisation: Field::new(form.organisation),
            zone: Field::new(form.zone),
            week_start: Field::new(form.week_start),
        }
    }
}

async fn show(me: Administrator) -> Result<Response, Failure> {
    let form = SettingsForm {
        organisation: me.settings.organisation.clone(),
        zone: me.settings.time_zone.clone(),
        week_start: me.settings.week_start.code().to_owned(),
    };
    page(&SettingsPage::new(&me, form))
}

async fn update(
    State(app): State<App>,
    me: Administrator,
    Form(form): Form<SettingsForm>,
) -> Result<Response, Failure> {
    let mut shown = SettingsPage::new(&me, form);
    let organisation = shown.organisation.text(60);
    let week_start = WeekStart::from_code(&shown.week_start.value);
    if week_start.is_none() {
        shown.week_start.refuse("Choose a day.");
    }
    if time::zone(&shown.zone.value).is_none() {
        shown.zone.refuse("Choose a time zone from the list.");
    }
    let (Some(week_start), true) = (week_start, valid(&[&shown.organisation, &shown.zone])) else {
        return mistaken(&shown);
    };
    let settings = Settings { organisation, time_zone: shown.zone.value, week_start };
    app.db.call(move |db| settings::save(db, &settings)).await?;
    app.telemetry.track(Tracked::AdminSettingsUpdated);
    done(&app, "/admin/settings", Flash::SettingsUpdated)
}

/// The telemetry page: one line of truth, two actions of equal weight, and everything to check it.
#[derive(Template)]
#[template(path = "admin_telemetry.html")]
struct TelemetryPage {
    layout: Layout,
    /// The one line of truth.
    truth: String,
    /// Why it is so, a line each.
    reasons: Vec<String>,
    /// Whether there is anything that a person could turn on.
    controls: Controls,
    sections: Vec<Part>,
}

#[derive(PartialEq, Eq)]
enum Controls {
    /// Nothing could be sent by this build, so nothing is asked.
    Hidden,
    /// *Turn on* and *Turn off*, both always present: each sets a state, none toggles.
    Shown,
}

/// Preview, Sent, Catalogue, History or Build.
struct Part {
    anchor: &'static str,
    title: &'static str,
    about: &'static str,
    /// Facts in two columns.
    facts: Vec<(String, String)>,
    /// Text to be shown exactly as it is.
    exact: Option<String>,
}

impl Part {
    const fn empty(anchor: &'static str, title: &'static str, about: &'static str) -> Self {
        Self { anchor, title, about, facts: Vec::new(), exact: None }
    }
}

async fn telemetry(me: Administrator) -> Result<Response, Failure> {
    let mut build = Part::empty("build", "Build", "What this program was made from.");
    build.facts = vec![("Version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
    page(&TelemetryPage {
        layout: Layout::new(&me, Section::Admin, "Telemetry"),
        truth: "Off – nothing is recorded or sent.".to_owned(),
        reasons: vec!["This build holds no telemetry.".to_owned()],
        controls: Controls::Hidden,
        sections: vec![
            Part::empty("preview", "Preview", "Nothing would be sent, so there is nothing to preview."),
            Part::empty("sent", "Sent", "Nothing has been sent."),
            Part::empty("catalogue", "Catalogue", "This build can report no event."),
            Part::empty("history", "History", "No decision has been made, because nothing was asked."),
            build,
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(controls: Controls) -> String {
        let page = TelemetryPage {
            layout: Layout::bare("Telemetry"),
            truth: "Off – nothing is recorded or sent.".to_owned(),
            reasons: Vec::new(),
            controls,
            sections: Vec::new(),
        };
        page.render().unwrap()
    }

    #[test]
    fn on_and_off_are_two_buttons_of_equal_weight() {
        let html = rendered(Controls::Shown);
        for action in ["on", "off"] {
            assert!(html.contains(&format!("action=\"/admin/telemetry/{action}\"")));
        }
        assert_eq!(html.matches("<button class=\"equal\"").count(), 2);
    }

    #[test]
    fn where_nothing_can_be_sent_nothing_can_be_turned_on() {
        assert!(!rendered(Controls::Hidden).contains("<button"));
    }
}
