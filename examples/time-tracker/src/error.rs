//! What a person sees when a request cannot be answered, and what the operator's log says.
//!
//! The page never shows a cause from inside; the log line never holds a name, a note or an address.

use std::io::Write as _;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use telemetry_core::{ErrorReport as _, Place, Report};

use crate::db;
use crate::pages::Layout;
use crate::telemetry::Fault;

/// Why a handler did not answer with its page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Setup is not complete: everything leads there.
    SetupNeeded,
    /// Nobody is signed in; `back` is a path of this application.
    SignInNeeded { back: String },
    /// The person may not do this.
    Forbidden,
    /// A form came from another site.
    CrossSite,
    /// There is no such page or thing, or it belongs to somebody else.
    NotFound,
    /// A form held what no page of this application sends.
    BadRequest,
    /// The database refused.
    Database(db::Error, Place),
    /// A template failed.
    Template(askama::Error, Place),
    /// Something that should not happen, already as short as it can be said.
    Internal(Place),
}

impl Failure {
    /// Something that should not happen, here.
    #[track_caller]
    pub(crate) fn internal() -> Self {
        Self::Internal(Place::here())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::SetupNeeded => Redirect::to("/setup").into_response(),
            Self::SignInNeeded { back } if back == "/" => Redirect::to("/login").into_response(),
            Self::SignInNeeded { back } => {
                // A path as the router saw it holds no `&`, `#` or `?` that is not escaped.
                Redirect::to(&format!("/login?next={}", back.replace('&', "%26"))).into_response()
            }
            Self::Forbidden => page(
                StatusCode::FORBIDDEN,
                "This page is for administrators",
                "Your account has no access to it. An administrator can change that.",
            ),
            Self::CrossSite => page(
                StatusCode::FORBIDDEN,
                "This form came from another site",
                "Nothing was changed. If you use a proxy, it must pass the Host and Origin headers \
                 on unchanged, or name its address with --trusted-origin.",
            ),
            Self::NotFound => page(
                StatusCode::NOT_FOUND,
                "There is nothing here",
                "The address may be mistyped, or what was here has been deleted.",
            ),
            Self::BadRequest => page(
                StatusCode::BAD_REQUEST,
                "The request could not be understood",
                "Go back, load the page again and repeat what you did.",
            ),
            Self::Database(error, place) => internal(&error, Fault::Database.report_from(place)),
            Self::Template(error, place) => internal(&error, Fault::Template.report_from(place)),
            Self::Internal(place) => internal_page(Some(Fault::Other.report_from(place))),
        }
    }
}

impl From<askama::Error> for Failure {
    // The place is that of the `?`.
    #[track_caller]
    fn from(error: askama::Error) -> Self {
        Self::Template(error, Place::here())
    }
}

/// A page that says what is wrong and what can be done.
pub(crate) fn page(status: StatusCode, title: &str, advice: &str) -> Response {
    let template = ErrorPage { layout: Layout::bare(title), status: status.as_u16(), advice };
    match template.render() {
        Ok(html) => (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(_) => status.into_response(),
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: Layout,
    status: u16,
    advice: &'a str,
}

fn internal(error: &dyn std::error::Error, report: Report<Fault>) -> Response {
    log(error);
    internal_page(Some(report))
}

/// The page for faults of the program itself. The report, where there is one, goes along for the layer that sends it; a
/// panic has reported itself.
pub(crate) fn internal_page(report: Option<Report<Fault>>) -> Response {
    let mut response = page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong here",
        "It is not your fault. Try again; if it stays, the operator finds the cause in the log.",
    );
    if let Some(report) = report {
        response.extensions_mut().insert(report);
    }
    response
}

/// One line with the chain of causes, on standard error.
pub(crate) fn log(error: &dyn std::error::Error) {
    let mut line = format!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}
