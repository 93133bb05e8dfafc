//! A person's own settings: time zone and password.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::form::{self, Choice, Field, Form, valid};
use super::users::Password;
use super::{Layout, Section, done, mistaken, page};
use crate::app::App;
use crate::db::users;
use crate::error::Failure;
use crate::flash::Flash;
use crate::session::{self, SignedIn};
use crate::time;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account", get(show))
        .route("/account/time-zone", post(set_time_zone))
        .route("/account/password", post(set_password))
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    layout: Layout,
    name: String,
    role: &'static str,
    zone: Field,
    zones: Vec<Choice>,
    current: Field,
    password: Field,
}

impl AccountPage {
    fn new(me: &SignedIn) -> Self {
        Self {
            layout: Layout::new(me, Section::Account, me.words().people.account),
            name: me.user.name.clone(),
            role: me.words().role(me.user.role),
            zone: Field::new(me.user.time_zone.clone()),
            zones: form::zones(&me.user.time_zone),
            current: Field::default(),
            password: Field::default(),
        }
    }
}

async fn show(me: SignedIn) -> Result<Response, Failure> {
    page(&AccountPage::new(&me))
}

#[derive(Deserialize)]
struct ZoneForm {
    #[serde(default)]
    zone: String,
}

async fn set_time_zone(State(app): State<App>, me: SignedIn, Form(form): Form<ZoneForm>) -> Result<Response, Failure> {
    if time::zone(&form.zone).is_none() {
        let mut page = AccountPage::new(&me);
        page.zone.refuse(me.words().frame.choose_zone);
        return mistaken(&page);
    }
    app.db.call(move |db| users::set_time_zone(db, me.user.id, &form.zone)).await?;
    done(&app, "/account", Flash::TimeZoneUpdated)
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
}

/// Changes the password after checking the current one, and signs every other browser out.
async fn set_password(
    State(app): State<App>,
    me: SignedIn,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Failure> {
    let user_id = me.user.id;
    let mut shown = AccountPage::new(&me);
    let mut password = Field::new(form.password);
    let secret = Password::check(&mut password, &me.user.name, me.words());
    shown.password.error = password.error;

    let stored = app.db.call(move |db| users::password_hash(db, user_id)).await?;
    if !app.hasher.verify(form.current, Some(stored)).await {
        shown.current.refuse(me.words().people.not_current_password);
    }
    let Some(secret) = secret.filter(|_| valid(&[&shown.current, &shown.password])) else {
        return mistaken(&shown);
    };
    let hash = app.hasher.hash(secret.into_text()).await?;
    app.db.call(move |db| users::set_password(db, user_id, &hash)).await?;
    let cookie = session::begin(&app, user_id).await?;
    let mut response = done(&app, "/account", Flash::PasswordChanged)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
