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
    /// What happened, in the words that the next page announces.
    pub(crate) enum Flash {
        SetupComplete = "setup-complete", "Setup is complete. You are signed in.";
        SetupWithoutAnswer = "setup-without-answer", "Setup is complete. You are signed in. Your answer about telemetry could not be stored, so it stays off; it can be turned on under Admin → Telemetry.";
        SignedOut = "signed-out", "You are signed out.";
        TimerStarted = "timer-started", "Timer started.";
        TimerSwitched = "timer-switched", "The running timer was stopped and a new one started.";
        TimerStopped = "timer-stopped", "Timer stopped.";
        NoTimer = "no-timer", "No timer was running.";
        EntryCreated = "entry-created", "Entry added.";
        EntryUpdated = "entry-updated", "Entry saved.";
        EntryDeleted = "entry-deleted", "Entry deleted.";
        ClientCreated = "client-created", "Client added.";
        ClientUpdated = "client-updated", "Client saved.";
        ClientArchived = "client-archived", "Client archived.";
        ClientRestored = "client-restored", "Client is current again.";
        ClientDeleted = "client-deleted", "Client deleted.";
        ProjectCreated = "project-created", "Project added.";
        ProjectUpdated = "project-updated", "Project saved.";
        ProjectArchived = "project-archived", "Project archived.";
        ProjectRestored = "project-restored", "Project is current again.";
        ProjectDeleted = "project-deleted", "Project deleted.";
        TaskCreated = "task-created", "Task added.";
        TaskUpdated = "task-updated", "Task saved.";
        TaskStatusChanged = "task-status", "Status changed.";
        TaskDeleted = "task-deleted", "Task deleted.";
        CommentCreated = "comment-created", "Comment added.";
        CommentUpdated = "comment-updated", "Comment saved.";
        CommentDeleted = "comment-deleted", "Comment deleted.";
        UserCreated = "user-created", "User added.";
        UserUpdated = "user-updated", "User saved.";
        UserDeleted = "user-deleted", "User deleted.";
        SettingsUpdated = "settings-updated", "Settings saved.";
        TimeZoneUpdated = "zone-updated", "Time zone saved.";
        PasswordChanged = "password-changed", "Password changed. Other browsers were signed out.";
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
