//! The sent log: the exact body of every request, as it was written down before it left.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Serialize;
use telemetry_core::{Answer, SentEntry, Timestamp};

use super::super::{Layout, Section, page};
use super::{View, blocking, download, moment, seconds};
use crate::app::App;
use crate::error::{self, Failure};
use crate::receiver::indent;
use crate::session::Administrator;
use crate::time;

/// The page stays quick to read; the download holds all of them.
const SHOWN: usize = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/telemetry/sent", get(show))
        .route("/admin/telemetry/sent.jsonl", get(file))
        .route("/admin/telemetry/sent/clear", get(|| async { Redirect::to(View::Sent.path()) }).post(clear))
}

#[derive(Template)]
#[template(path = "telemetry_sent.html")]
struct Sent {
    layout: Layout,
    view: View,
    result: String,
    total: usize,
    /// Newest first.
    entries: Vec<Entry>,
}

struct Entry {
    number: usize,
    at: String,
    iso: String,
    outcome: String,
    exact: String,
    indented: String,
}

impl Entry {
    fn new(entry: SentEntry, number: usize, me: &Administrator) -> Self {
        Self {
            number,
            at: moment(entry.at, me),
            iso: time::iso(seconds(entry.at)),
            outcome: outcome(entry.answer.as_ref()),
            indented: indent(&entry.body),
            exact: entry.body,
        }
    }
}

fn outcome(answer: Option<&Answer>) -> String {
    match answer {
        None => "no answer is known".to_owned(),
        Some(Answer { outcome, status, wire_bytes, .. }) => {
            let status = status.map_or_else(String::new, |status| format!(" · HTTP {status}"));
            format!("{outcome}{status} · {wire_bytes} bytes on the wire")
        }
    }
}

async fn answer(app: &App, me: Administrator, result: String) -> Result<Response, Failure> {
    let log = blocking(app, telemetry_core::Telemetry::sent_log).await?;
    let total = log.len();
    let entries = (1..=total).rev().zip(log.into_iter().rev()).take(SHOWN);
    page(&Sent {
        layout: Layout::new(&me, Section::Admin, "Telemetry: sent"),
        view: View::Sent,
        result,
        total,
        entries: entries.map(|(number, entry)| Entry::new(entry, number, &me)).collect(),
    })
}

async fn show(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    answer(&app, me, String::new()).await
}

async fn clear(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    let result = match blocking(&app, telemetry_core::Telemetry::clear_sent_log).await? {
        Ok(()) => "The log of what was sent is removed.",
        Err(error) => {
            error::log(&error);
            "The log could not be removed: look at the permissions of the data directory."
        }
    };
    answer(&app, me, result.to_owned()).await
}

/// All entries, a line each; the body is a text in it, so that it stays exact.
async fn file(State(app): State<App>, _: Administrator) -> Result<Response, Failure> {
    #[derive(Serialize)]
    struct Line<'a> {
        at: Timestamp,
        body: &'a str,
        answer: Option<&'a Answer>,
    }
    let log = blocking(&app, telemetry_core::Telemetry::sent_log).await?;
    let line = |entry: &SentEntry| {
        let line = Line { at: entry.at, body: &entry.body, answer: entry.answer.as_ref() };
        serde_json::to_string(&line).map_err(|_| Failure::internal())
    };
    let lines: Vec<String> = log.iter().map(line).collect::<Result<_, _>>()?;
    Ok(download("sent.jsonl", lines).into_response())
}
