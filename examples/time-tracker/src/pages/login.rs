//! Signing in and out.

use std::net::SocketAddr;
use std::time::Instant;

use askama::Template;
use axum::Router;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::form::Form;
use super::{Layout, done, own_path, page};
use crate::app::App;
use crate::db::users;
use crate::error::Failure;
use crate::flash::{self, Flash};
use crate::reader::Reader;
use crate::session::{self, SignedIn};
use crate::telemetry::{LoginFailure, Tracked};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/login", get(show).post(sign_in)).route("/logout", post(sign_out))
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    layout: Layout,
    name: String,
    next: String,
    problem: Option<String>,
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn show(
    State(app): State<App>,
    reader: Reader,
    me: Option<SignedIn>,
    headers: HeaderMap,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Failure> {
    if app.needs_setup().await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    if me.is_some() {
        return Ok(Redirect::to(own_path(&next)).into_response());
    }
    let mut layout = Layout::bare(&reader, reader.words.people.sign_in);
    layout.flash = flash::read(&headers);
    page(&LoginPage { layout, name: String::new(), next: own_path(&next).to_owned(), problem: None })
}

#[derive(Deserialize)]
struct LoginForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    State(app): State<App>,
    reader: Reader,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Form(form): Form<LoginForm>,
) -> Result<Response, Failure> {
    let name = form.name.trim().to_owned();
    let address = peer.ip().to_string();
    if let Err(wait) = app.throttle.attempt(&name, &address, Instant::now()) {
        app.telemetry.track(Tracked::AuthLoginFailed { reason: LoginFailure::Throttled });
        let minutes = wait.0.as_secs().div_ceil(60);
        let problem = reader.words.people.too_many_attempts(minutes);
        let mut response = refuse(&reader, StatusCode::TOO_MANY_REQUESTS, name, &form.next, problem)?;
        let seconds = HeaderValue::from(wait.0.as_secs().max(1));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
        return Ok(response);
    }
    let wanted = name.clone();
    let found = app.db.call(move |db| users::credentials(db, &wanted)).await?;
    let (user_id, stored) = found.unzip();
    let verified = app.hasher.verify(form.password, stored).await;
    let Some(user_id) = user_id.filter(|_| verified) else {
        app.telemetry.track(Tracked::AuthLoginFailed { reason: LoginFailure::Credentials });
        let problem = reader.words.people.wrong_credentials.to_owned();
        return refuse(&reader, StatusCode::UNAUTHORIZED, name, &form.next, problem);
    };
    app.throttle.succeeded(&name, &address);
    let cookie = session::begin(&app, user_id).await?;
    app.telemetry.track(Tracked::AuthLogin { user_id: user_id.into() });
    let mut response = Redirect::to(own_path(&form.next)).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn refuse(reader: &Reader, status: StatusCode, name: String, next: &str, problem: String) -> Result<Response, Failure> {
    let page = page(&LoginPage {
        layout: Layout::bare(reader, reader.words.people.sign_in),
        name,
        next: own_path(next).to_owned(),
        problem: Some(problem),
    })?;
    Ok((status, page).into_response())
}

async fn sign_out(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    let cookie = session::end(&app, me.session).await?;
    app.telemetry.track(Tracked::AuthLogout { user_id: me.user.id.into() });
    let mut response = done(&app, "/login", Flash::SignedOut)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
