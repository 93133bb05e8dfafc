//! The last error report, exactly as it was sent.
//!
//! It is looked for in the sent log, so it is there as long as that is: a request of which no copy was written down is
//! not made. A report is recognised by its name, which is an event of the catalogue with the purpose of error reports.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use telemetry_core::{Catalogue as _, Purpose, SentEntry, Telemetry};

use super::super::{Layout, page};
use super::preview::{Body, Example, examples};
use super::sent::outcome;
use super::{View, blocking, download, moment, seconds};
use crate::app::App;
use crate::error::Failure;
use crate::session::Administrator;
use crate::telemetry::Tracked;
use crate::time;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/telemetry/report", get(show)).route("/admin/telemetry/report.txt", get(file))
}

#[derive(Template)]
#[template(path = "telemetry_report.html")]
struct LastReport {
    layout: Layout,
    view: View,
    /// Whether error reports are on.
    is_on: bool,
    last: Option<Last>,
    /// What a report would hold; made where none was sent.
    examples: Vec<Example>,
}

/// The newest request with an error report in it.
struct Last {
    at: String,
    iso: String,
    to: String,
    outcome: String,
    names: String,
    bytes: usize,
    body: Body,
}

impl Last {
    fn new(entry: SentEntry, me: &Administrator) -> Self {
        let body = entry.body().into_owned();
        Self {
            at: moment(entry.at, me),
            iso: time::iso(seconds(entry.at)),
            outcome: outcome(entry.answer.as_ref(), me.words()),
            names: reports_in(&body).collect::<Vec<_>>().join(", "),
            bytes: body.len(),
            to: entry.to,
            body: Body::new(body),
        }
    }
}

/// The names of the reports in a body, whichever format it has: names of events stand in quotation marks in each.
fn reports_in(body: &str) -> impl Iterator<Item = &'static str> {
    let reports = Tracked::SCHEMA.events.iter().filter(|event| event.purpose == Purpose::Errors);
    reports.map(|event| event.name).filter(move |name| body.contains(&format!("\"{name}\"")))
}

fn last(telemetry: &Telemetry<Tracked>) -> Option<SentEntry> {
    telemetry.sent_log().into_iter().rev().find(|entry| reports_in(&entry.body()).next().is_some())
}

async fn show(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    let (last, is_on) =
        blocking(&app, |telemetry| (last(telemetry), telemetry.status().purposes.contains(Purpose::Errors))).await?;
    let is_report = |name: &str| Tracked::SCHEMA.event(name).is_some_and(|event| event.purpose == Purpose::Errors);
    let examples = match &last {
        Some(_) => Vec::new(),
        None => examples(&app).into_iter().filter(|example| is_report(example.name)).collect(),
    };
    let last = last.map(|entry| Last::new(entry, &me));
    page(&LastReport { layout: View::Report.layout(&me), view: View::Report, is_on, last, examples })
}

/// The body alone, byte for byte.
async fn file(State(app): State<App>, _: Administrator) -> Result<Response, Failure> {
    let entry = blocking(&app, last).await?.ok_or(Failure::NotFound)?;
    Ok(download("last-error-report.txt", "text/plain", entry.body().into_owned()))
}
