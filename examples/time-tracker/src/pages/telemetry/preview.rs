//! The exact bodies: what waits to be sent, and each event by itself.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use telemetry_core::Catalogue as _;

use super::super::{Layout, page};
use super::{View, blocking};
use crate::app::App;
use crate::error::Failure;
use crate::reader::Reader;
use crate::receiver::indent;
use crate::session::Administrator;
use crate::telemetry::Tracked;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/telemetry/preview", get(show)).route("/admin/telemetry/preview", get(show_here))
}

#[derive(Template)]
#[template(path = "telemetry_preview.html")]
struct Preview {
    layout: Layout,
    view: View,
    /// What waits to be sent by this installation; not part of the page that everybody can read.
    waiting: Option<Vec<Body>>,
    examples: Vec<Example>,
}

/// A body byte by byte, and the same laid out for reading.
pub(super) struct Body {
    pub(super) exact: String,
    pub(super) indented: String,
}

impl Body {
    pub(super) fn new(exact: String) -> Self {
        Self { indented: indent(&exact), exact }
    }
}

/// An event by itself.
pub(super) struct Example {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) body: Body,
}

/// Each event of the catalogue.
pub(super) fn examples(app: &App) -> Vec<Example> {
    let what = |name| Tracked::SCHEMA.event(name).map_or("", |event| event.what);
    app.telemetry.examples().map(|(name, body)| Example { name, what: what(name), body: Body::new(body) }).collect()
}

async fn show(State(app): State<App>, reader: Reader) -> Result<Response, Failure> {
    let layout = Layout::bare(&reader, reader.words.deciding.exactly);
    page(&Preview { layout, view: View::Preview, waiting: None, examples: examples(&app) })
}

async fn show_here(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    let waiting =
        blocking(&app, |telemetry| telemetry.waiting().into_iter().map(Body::new).collect::<Vec<Body>>()).await?;
    page(&Preview {
        layout: View::Preview.layout(&me),
        view: View::Preview,
        waiting: Some(waiting),
        examples: examples(&app),
    })
}
