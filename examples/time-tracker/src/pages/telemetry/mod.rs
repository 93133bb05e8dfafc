//! Admin → Telemetry: what is on, the two actions that change it, and everything that is needed to check it.
//!
//! Showing any of these pages makes no event. What they say comes from the handle that also sends; nothing here
//! works a state out for itself. The two pages below `/telemetry` are the same for everybody and hold nothing of
//! this installation, so that they can be read before there is an account.

mod catalogue;
mod history;
mod overview;
mod preview;
mod report;
mod sent;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use telemetry_core::{Telemetry, Timestamp};

use super::{Layout, Section};
use crate::app::App;
use crate::error::Failure;
use crate::session::SignedIn;
use crate::telemetry::Tracked;
use crate::words::Words;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(overview::routes())
        .merge(preview::routes())
        .merge(sent::routes())
        .merge(report::routes())
        .merge(catalogue::routes())
        .merge(history::routes())
}

/// The pages of the second level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Overview,
    Preview,
    Sent,
    Report,
    Catalogue,
    History,
    Build,
}

impl View {
    const ALL: [Self; 7] =
        [Self::Overview, Self::Preview, Self::Sent, Self::Report, Self::Catalogue, Self::History, Self::Build];

    const fn label(self, words: &Words) -> &'static str {
        let words = &words.checking;
        match self {
            Self::Overview => words.overview,
            Self::Preview => words.preview,
            Self::Sent => words.sent,
            Self::Report => words.report,
            Self::Catalogue => words.catalogue,
            Self::History => words.history,
            Self::Build => words.build,
        }
    }

    /// The page's place among those of the administration.
    fn layout(self, me: &SignedIn) -> Layout {
        let words = me.words();
        Layout::new(me, Section::Admin, &words.checking.title(self.label(words)))
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/admin/telemetry",
            Self::Preview => "/admin/telemetry/preview",
            Self::Sent => "/admin/telemetry/sent",
            Self::Report => "/admin/telemetry/report",
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

/// A time in the person's zone, to the minute.
fn moment(at: Timestamp, me: &SignedIn) -> String {
    me.words().moment(seconds(at), &me.zone)
}

fn seconds(at: Timestamp) -> i64 {
    i64::try_from(at.millis() / 1_000).unwrap_or(i64::MAX)
}

/// A file to be kept.
fn download(name: &str, kind: &str, text: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, text).into_response()
}

/// A file with a line for each.
fn download_lines(name: &str, lines: Vec<String>) -> Response {
    let text: String = lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect();
    download(name, "application/jsonl", text)
}

/// Sentences from core mark names with backticks, which a page has no use for.
pub(super) fn plain(sentence: &str) -> String {
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
