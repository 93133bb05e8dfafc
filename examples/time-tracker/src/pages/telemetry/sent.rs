//! The sent log: the exact body of every request, as it was written down before it left.

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;
use futures_util::stream;
use serde::Serialize;
use telemetry_core::{Answer, SentEntry, Timestamp};

use super::super::{Layout, page};
use super::{View, blocking, download, moment, seconds};
use crate::app::App;
use crate::error::{self, Failure};
use crate::receiver::indent;
use crate::session::Administrator;
use crate::time;
use crate::words::Words;

/// The page stays quick to read; the download holds all of them.
const SHOWN: usize = 50;

/// Once the bodies on the page have so many bytes, no more are shown: a request of a backlog has half a megabyte.
const SHOWN_BYTES: usize = 512 * 1024;

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
    fn new(entry: &SentEntry, number: usize, me: &Administrator) -> Self {
        let exact = entry.body().into_owned();
        Self {
            number,
            at: moment(entry.at, me),
            iso: time::iso(seconds(entry.at)),
            outcome: outcome(entry.answer.as_ref(), me.words()),
            indented: indent(&exact),
            exact,
        }
    }
}

/// What came of a request.
pub(super) fn outcome(answer: Option<&Answer>, words: &Words) -> String {
    let words = &words.checking;
    let Some(Answer { outcome, status, wire_bytes, .. }) = answer else { return words.no_answer.to_owned() };
    // The log keeps a word for each, in English.
    let outcome = match outcome.as_str() {
        "accepted" => words.accepted,
        "discarded by the server" => words.discarded,
        "not delivered, will be tried again" => words.retried,
        "too large" => words.too_large,
        "rejected" => words.rejected,
        "key refused" => words.key_refused,
        "cancelled" => words.cancelled,
        other => other,
    };
    let status = status.map(|status| words.http(status));
    let facts = [Some(outcome.to_owned()), status, Some(words.on_the_wire(*wire_bytes))];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

async fn answer(app: &App, me: Administrator, result: String) -> Result<Response, Failure> {
    let log = blocking(app, telemetry_core::Telemetry::sent_log).await?;
    let total = log.len();
    let newest = (1..=total).rev().zip(log.iter().rev()).take(SHOWN);
    let mut bytes = 0;
    let entries = newest.map(|(number, entry)| Entry::new(entry, number, &me)).take_while(|entry| {
        let is_room = bytes < SHOWN_BYTES;
        bytes += entry.exact.len();
        is_room
    });
    page(&Sent { layout: View::Sent.layout(&me), view: View::Sent, result, total, entries: entries.collect() })
}

async fn show(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    answer(&app, me, String::new()).await
}

async fn clear(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    let words = &me.words().checking;
    let result = match blocking(&app, telemetry_core::Telemetry::clear_sent_log).await? {
        Ok(()) => words.cleared,
        Err(error) => {
            error::log(&error);
            words.not_cleared
        }
    };
    answer(&app, me, result.to_owned()).await
}

/// All entries, a line each; the body is a text in it, so that it stays exact. One after the other: together they may
/// have more than a hundred megabytes.
async fn file(State(app): State<App>, _: Administrator) -> Result<Response, Failure> {
    #[derive(Serialize)]
    struct Line<'a> {
        at: Timestamp,
        to: &'a str,
        body: &'a str,
        answer: Option<&'a Answer>,
    }
    let log = blocking(&app, telemetry_core::Telemetry::sent_log).await?;
    let line = |entry: SentEntry| {
        let line = Line { at: entry.at, to: &entry.to, body: &entry.body(), answer: entry.answer.as_ref() };
        serde_json::to_string(&line).map(|line| line + "\n")
    };
    let lines = Body::from_stream(stream::iter(log.into_iter().map(line)));
    Ok(download("sent.jsonl", "application/jsonl", lines))
}
