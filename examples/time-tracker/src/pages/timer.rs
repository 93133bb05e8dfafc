//! The running timer: start, switch, resume and stop. Each user has one timer at most.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use telemetry_core::DurationBucket;

use super::form::{Form, NOTE};
use super::{done, entries::parse_target, own_path};
use crate::app::App;
use crate::db::entries::{self, Entry, Started};
use crate::error::Failure;
use crate::flash::Flash;
use crate::session::SignedIn;
use crate::telemetry::{Source, Tracked};
use crate::time;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/timer/start", post(start)).route("/timer/stop", post(stop))
}

#[derive(Deserialize)]
struct StartForm {
    target: String,
    #[serde(default)]
    note: String,
    /// The page to return to.
    #[serde(default)]
    back: String,
}

/// Starts a timer; one that runs is stopped at the same second (a switch).
async fn start(State(app): State<App>, me: SignedIn, Form(form): Form<StartForm>) -> Result<Response, Failure> {
    let choice = parse_target(&form.target).ok_or(Failure::BadRequest)?;
    let note: String = form.note.trim().chars().take(NOTE).collect();
    let user_id = me.user.id;
    let Started { stopped, entry } = app
        .db
        .call(move |db| {
            let target = entries::target(db, choice)?;
            entries::start(db, user_id, target, &note, time::now())
        })
        .await?;
    app.telemetry.track(Tracked::TimerStarted {
        user_id: user_id.into(),
        project_id: entry.project_id.into(),
        task_id: entry.task_id.map(Into::into),
        source: source(&form.back),
        switched: stopped.is_some(),
    });
    if let Some(stopped) = &stopped {
        app.telemetry.track(ended(user_id, stopped));
    }
    let flash = match stopped {
        Some(_) => Flash::TimerSwitched,
        None => Flash::TimerStarted,
    };
    done(&app, own_path(&form.back), flash)
}

#[derive(Deserialize)]
struct StopForm {
    #[serde(default)]
    back: String,
}

async fn stop(State(app): State<App>, me: SignedIn, Form(form): Form<StopForm>) -> Result<Response, Failure> {
    let user_id = me.user.id;
    let stopped = app.db.call(move |db| entries::stop(db, user_id, time::now())).await?;
    if let Some(stopped) = &stopped {
        app.telemetry.track(ended(user_id, stopped));
    }
    let flash = match stopped {
        Some(_) => Flash::TimerStopped,
        None => Flash::NoTimer,
    };
    done(&app, own_path(&form.back), flash)
}

/// The report of a timer that was stopped.
fn ended(user_id: i64, entry: &Entry) -> Tracked {
    let seconds = entry.ended_at.map_or(0, |end| end - entry.started_at);
    Tracked::TimerStopped {
        user_id: user_id.into(),
        project_id: entry.project_id.into(),
        duration: DurationBucket::of(Duration::from_secs(u64::try_from(seconds).unwrap_or(0))),
    }
}

/// From which page a timer was started, told by the page to return to.
fn source(back: &str) -> Source {
    let first = back.trim_start_matches('/').split(['/', '?']).next();
    match first {
        Some("") => Source::Dashboard,
        Some("projects") => Source::ProjectPage,
        Some("tasks") => Source::TaskPage,
        Some("entries") => Source::EntryList,
        _ => Source::Other,
    }
}
