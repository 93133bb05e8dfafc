//! The result of an action, carried over the redirect after it and announced once.
//!
//! Only a code from a closed set travels in the cookie, so nothing typed by anyone can appear.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::choice::choice;
use crate::cookie::{self, CookieSecurity, Lifetime};

const COOKIE: &str = "flash";

/// A minute: the page that shows it follows at once.
const SECONDS: i64 = 60;

choice! {
    /// What happened; the next page announces it in its words.
    pub(crate) enum Flash {
        SetupComplete = "setup-complete";
        SetupWithoutAnswer = "setup-without-answer";
        SignedOut = "signed-out";
        TimerStarted = "timer-started";
        TimerSwitched = "timer-switched";
        TimerStopped = "timer-stopped";
        NoTimer = "no-timer";
        EntryCreated = "entry-created";
        EntryUpdated = "entry-updated";
        EntryDeleted = "entry-deleted";
        ClientCreated = "client-created";
        ClientUpdated = "client-updated";
        ClientArchived = "client-archived";
        ClientRestored = "client-restored";
        ClientDeleted = "client-deleted";
        ProjectCreated = "project-created";
        ProjectUpdated = "project-updated";
        ProjectArchived = "project-archived";
        ProjectRestored = "project-restored";
        ProjectDeleted = "project-deleted";
        TaskCreated = "task-created";
        TaskUpdated = "task-updated";
        TaskStatusChanged = "task-status";
        TaskDeleted = "task-deleted";
        CommentCreated = "comment-created";
        CommentUpdated = "comment-updated";
        CommentDeleted = "comment-deleted";
        UserCreated = "user-created";
        UserUpdated = "user-updated";
        UserDeleted = "user-deleted";
        SettingsUpdated = "settings-updated";
        TimeZoneUpdated = "zone-updated";
        PasswordChanged = "password-changed";
    }
}

/// A redirect to `path` that announces `flash` there.
pub(crate) fn redirect(path: &str, flash: Flash, security: CookieSecurity) -> Response {
    let mut response = Redirect::to(path).into_response();
    if let Some(cookie) = set(flash.code(), Lifetime::Seconds(SECONDS), security) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The result that this request's page has to announce.
pub(crate) fn read(headers: &HeaderMap) -> Option<Flash> {
    cookie::read(headers, COOKIE).and_then(Flash::from_code)
}

/// Removes the cookie with the first page that could show it.
pub(crate) async fn show_once(State(app): State<App>, request: Request, next: Next) -> Response {
    let present = cookie::read(request.headers(), COOKIE).is_some();
    let page = request.method() == Method::GET && !request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    if present
        && page
        && !response.status().is_redirection()
        && let Some(cookie) = set("", Lifetime::Expired, app.cookies)
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn set(code: &str, lifetime: Lifetime, security: CookieSecurity) -> Option<HeaderValue> {
    cookie::set(COOKIE, code, lifetime, security)
}
