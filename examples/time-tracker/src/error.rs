//! What a person sees when a request cannot be answered, and what the operator's log says.
//!
//! The page never shows a cause from inside; the log line never holds a name, a note or an address.

use std::io::Write as _;

use askama::Template;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use telemetry_core::{ErrorReport as _, Place, Report};

use crate::db;
use crate::pages::Layout;
use crate::reader::Reader;
use crate::telemetry::Fault;
use crate::words::Words;

/// Why a handler did not answer with its page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Setup is not complete: everything leads there.
    SetupNeeded,
    /// Nobody is signed in; `back` is a path of this application.
    SignInNeeded { back: String },
    /// The person may not do this.
    Forbidden,
    /// Somebody came to the setup without the token of its link.
    SetupLocked,
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
            Self::SetupLocked => Explanation::SetupLink.into_response(),
            Self::Forbidden => Explanation::Forbidden.into_response(),
            Self::CrossSite => Explanation::CrossSite.into_response(),
            Self::NotFound => Explanation::NotFound.into_response(),
            Self::BadRequest => Explanation::BadRequest.into_response(),
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

/// What a page says that stands in for another one. An answer carries it as far as [`explain`], which knows the
/// language; what makes the answer, does not.
#[derive(Clone, Copy, Debug)]
enum Explanation {
    SetupLink,
    Forbidden,
    CrossSite,
    NotFound,
    BadRequest,
    Internal,
}

impl Explanation {
    const fn status(self) -> StatusCode {
        match self {
            Self::SetupLink | Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What is wrong, and what can be done.
    const fn words(self, words: &Words) -> (&'static str, &'static str) {
        let words = &words.faults;
        match self {
            Self::SetupLink => (words.setup_link, words.setup_link_advice),
            Self::Forbidden => (words.forbidden, words.forbidden_advice),
            Self::CrossSite => (words.cross_site, words.cross_site_advice),
            Self::NotFound => (words.not_found, words.not_found_advice),
            Self::BadRequest => (words.bad_request, words.bad_request_advice),
            Self::Internal => (words.internal, words.internal_advice),
        }
    }
}

impl IntoResponse for Explanation {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives an answer that explains itself its page, in the reader's language.
pub(crate) async fn explain(request: Request, next: Next) -> Response {
    let reader = Reader::of(request.method(), request.uri(), request.headers());
    let mut response = next.run(request).await;
    if let Some(explanation) = response.extensions().get::<Explanation>().copied() {
        let (title, advice) = explanation.words(reader.words);
        let page = ErrorPage { layout: Layout::bare(&reader, title), status: explanation.status().as_u16(), advice };
        if let Ok(html) = page.render() {
            let (head, body) = Html(html).into_response().into_parts();
            response.headers_mut().extend(head.headers);
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = Body::new(body);
        }
    }
    response
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
    let mut response = Explanation::Internal.into_response();
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
