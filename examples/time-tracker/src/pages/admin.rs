//! The installation's settings, for administrators.

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
        let day = |day: &WeekStart| Choice::new(day.code(), me.words().week_start(*day), &form.week_start);
        Self {
            layout: Layout::new(me, Section::Admin, me.words().people.settings),
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
    let organisation = shown.organisation.text(60, me.words());
    let week_start = WeekStart::from_code(&shown.week_start.value);
    if week_start.is_none() {
        shown.week_start.refuse(me.words().people.choose_day);
    }
    if time::zone(&shown.zone.value).is_none() {
        shown.zone.refuse(me.words().frame.choose_zone);
    }
    let (Some(week_start), true) = (week_start, valid(&[&shown.organisation, &shown.zone])) else {
        return mistaken(&shown);
    };
    let settings = Settings { organisation, time_zone: shown.zone.value, week_start };
    app.db.call(move |db| settings::save(db, &settings)).await?;
    app.telemetry.track(Tracked::AdminSettingsUpdated);
    done(&app, "/admin/settings", Flash::SettingsUpdated)
}
