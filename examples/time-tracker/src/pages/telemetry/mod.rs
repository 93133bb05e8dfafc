//! Admin → Telemetry: what is on, the two actions that change it, and everything that is needed to check it.
//!
//! Showing any of these pages makes no event. What they say comes from the handle that also sends; nothing here
//! works a state out for itself. The two pages below `/telemetry` are the same for everybody and hold nothing of
//! this installation, so that they can be read before there is an account.

mod catalogue;
mod history;
mod overview;
mod preview;
mod sent;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use telemetry_core::{Purpose, Telemetry, Timestamp};

use crate::app::App;
use crate::error::Failure;
use crate::session::SignedIn;
use crate::telemetry::Tracked;
use crate::time;

/// Where a person changes their mind; the notice names it.
pub(super) const PLACE: &str = "Admin → Telemetry";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(overview::routes())
        .merge(preview::routes())
        .merge(sent::routes())
        .merge(catalogue::routes())
        .merge(history::routes())
}

/// The pages of the second level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Overview,
    Preview,
    Sent,
    Catalogue,
    History,
    Build,
}

impl View {
    const ALL: [Self; 6] = [Self::Overview, Self::Preview, Self::Sent, Self::Catalogue, Self::History, Self::Build];

    const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Preview => "Preview",
            Self::Sent => "Sent",
            Self::Catalogue => "Catalogue",
            Self::History => "History",
            Self::Build => "Build",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/admin/telemetry",
            Self::Preview => "/admin/telemetry/preview",
            Self::Sent => "/admin/telemetry/sent",
            Self::Catalogue => "/admin/telemetry/catalogue",
            Self::History => "/admin/telemetry/history",
            Self::Build => "/admin/telemetry/build",
        }
    }
}

/// Runs what reads or writes the files of telemetry, or waits for a request, where it holds nobody up.
pub(super) async fn blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&Telemetry<Tracked>) -> T + Send + 'static,
) -> Result<T, Failure> {
    let telemetry = app.telemetry.clone();
    // A panic in there becomes the page for faults of the program.
    tokio::task::spawn_blocking(move || work(&telemetry)).await.map_err(|_| Failure::internal())
}

/// What the events of a purpose are called, at the start of a sentence.
const fn title(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Usage => "Usage statistics",
        Purpose::Errors => "Error reports",
    }
}

/// The same inside of a sentence.
const fn title_inside(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Usage => "usage statistics",
        Purpose::Errors => "error reports",
    }
}

/// A time in the person's zone, to the minute.
fn moment(at: Timestamp, me: &SignedIn) -> String {
    time::moment(seconds(at), &me.zone)
}

fn seconds(at: Timestamp) -> i64 {
    i64::try_from(at.millis() / 1_000).unwrap_or(i64::MAX)
}

/// A file to be kept.
fn download(name: &str, lines: Vec<String>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    let text: String = lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect();
    (headers, text).into_response()
}

/// Sentences from core mark names with backticks, which a page has no use for.
fn plain(sentence: &str) -> String {
    sentence.replace('`', "")
}

/// The sentence with a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let text = capital(&plain(words));
    if text.ends_with('.') { text } else { text + "." }
}

/// With a capital at the beginning.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_begin_and_end() {
        assert_eq!(sentence("`DO_NOT_TRACK` is set"), "DO_NOT_TRACK is set.");
        assert_eq!(sentence("it is over."), "It is over.");
        assert_eq!(sentence(""), ".");
    }
}
