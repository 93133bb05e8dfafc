//! What was decided, with its receipts, and what the program was built from.

use std::path::Path;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use telemetry_core::catalogue::lock::Lock;
use telemetry_core::consent::Actor;
use telemetry_core::consent::receipt::{Receipt, ReceiptAct};
use telemetry_core::{Catalogue as _, Purpose, Purposes, Surface};

use super::super::{Layout, page};
use super::{View, blocking, download_lines, moment, seconds, sentence};
use crate::app::App;
use crate::error::Failure;
use crate::session::Administrator;
use crate::telemetry::Tracked;
use crate::time;
use crate::words::Words;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/telemetry/history", get(history))
        .route("/admin/telemetry/receipts.jsonl", get(file))
        .route("/admin/telemetry/build", get(build))
}

#[derive(Template)]
#[template(path = "telemetry_history.html")]
struct History {
    layout: Layout,
    view: View,
    verified: String,
    /// Newest first.
    receipts: Vec<Row>,
}

struct Row {
    number: u64,
    act: &'static str,
    at: String,
    iso: String,
    surface: &'static str,
    actor: &'static str,
    purposes: String,
    revision: u32,
    /// The first digits of the digest of the text that was shown.
    notice: String,
}

/// As many digits as are easily compared by eye.
const DIGITS: usize = 12;

impl Row {
    fn new(receipt: &Receipt, me: &Administrator) -> Self {
        let words = me.words();
        let checking = &words.checking;
        Self {
            number: receipt.n,
            act: act(receipt.act, words),
            at: moment(receipt.at, me),
            iso: time::iso(seconds(receipt.at)),
            surface: match receipt.surface {
                Surface::SetupPage => checking.setup_page,
                Surface::Dashboard => checking.this_page,
                Surface::Terminal => checking.terminal,
                _ => checking.elsewhere,
            },
            actor: match receipt.actor {
                Actor::InstanceAdmin => checking.by_administrator,
                Actor::OsUser => checking.by_os_user,
                _ => checking.by_another,
            },
            purposes: match receipt.act {
                ReceiptAct::Narrowed => checking.left_on(&purposes(receipt.purposes, words)),
                _ => purposes(receipt.purposes, words),
            },
            revision: receipt.catalogue.revision,
            notice: receipt.notice.as_ref().map_or_else(
                || checking.none_needed.to_owned(),
                |notice| notice.sha256.chars().take(DIGITS).chain(['…']).collect(),
            ),
        }
    }
}

const fn act(act: ReceiptAct, words: &Words) -> &'static str {
    let words = &words.checking;
    match act {
        ReceiptAct::Granted => words.granted,
        ReceiptAct::Denied => words.denied,
        ReceiptAct::Withdrawn => words.withdrawn,
        ReceiptAct::IdReset => words.id_reset,
        ReceiptAct::Kept => words.kept,
        ReceiptAct::Narrowed => words.narrowed,
        _ => act.name(),
    }
}

fn purposes(purposes: Purposes, words: &Words) -> String {
    if purposes.is_empty() {
        return words.checking.no_purposes.to_owned();
    }
    purposes.iter().map(|purpose| words.purpose_inside(purpose)).collect::<Vec<_>>().join(", ")
}

async fn history(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    let (receipts, verified) = blocking(&app, |telemetry| (telemetry.receipts(), telemetry.verify_receipts())).await?;
    let (words, locale) = (&me.words().checking, me.words().locale);
    let (receipts, verified) = match (receipts, verified) {
        (Err(error), _) => (Vec::new(), sentence(&error.words_in(locale))),
        (Ok(receipts), Err(error)) => (receipts, words.receipts_wrong(&sentence(&error.words_in(locale)))),
        (Ok(receipts), Ok(count)) => (receipts, words.receipts_are(count)),
    };
    page(&History {
        layout: View::History.layout(&me),
        view: View::History,
        verified,
        receipts: receipts.iter().rev().map(|receipt| Row::new(receipt, &me)).collect(),
    })
}

async fn file(State(app): State<App>, _: Administrator) -> Result<Response, Failure> {
    let receipts = blocking(&app, telemetry_core::Telemetry::receipts).await?.unwrap_or_default();
    Ok(download_lines("receipts.jsonl", receipts.iter().map(Receipt::to_line).collect()))
}

#[derive(Template)]
#[template(path = "telemetry_build.html")]
struct Build {
    layout: Layout,
    view: View,
    facts: Vec<(&'static str, String)>,
    key: Key,
    /// The program file, as a shell reads it.
    program: String,
}

/// The path of the running program for a shell; the bare name where the system does not tell it.
fn program() -> String {
    std::env::current_exe().map_or_else(|_| "time-tracker".to_owned(), |path| shell_quoted(&path))
}

/// In quotation marks, so that a shell takes it for one word.
fn shell_quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// What the program file holds, and under which mark. The patterns that the page shows do not find the page itself,
/// which is in the program file as well.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    None,
    Embedded,
    /// Written in the source, with a host on loopback.
    Demo,
}

async fn build(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    let to = app.telemetry.destination();
    let schema = Tracked::SCHEMA;
    let key = match (to.is_configured(), to.origin.starts_with("https://")) {
        (false, _) => Key::None,
        (true, true) => Key::Embedded,
        (true, false) => Key::Demo,
    };
    let words = &me.words().checking;
    let not_named = || words.not_named.to_owned();
    let fingerprint = |key: Option<&str>| key.map_or_else(|| words.no_key.to_owned(), |key| words.fingerprint(key));
    let mut facts = vec![
        (words.destination, to.origin.to_owned()),
        // What listens on this machine has no operator whom a language would leave as it is.
        (words.operated_by, if key == Key::Demo { words.this_machine } else { to.operator }.to_owned()),
        (words.region, to.region.map_or_else(not_named, str::to_owned)),
        (words.key, fingerprint(to.key_fingerprint.as_deref())),
    ];
    let errors = app.telemetry.destination_of(Purpose::Errors);
    if errors.is_configured() && errors != to {
        facts.extend([
            (words.errors_destination, errors.origin.to_owned()),
            (words.operated_by, errors.operator.to_owned()),
            (words.key, fingerprint(errors.key_fingerprint.as_deref())),
        ]);
    }
    facts.extend([
        (words.version, schema.version.to_owned()),
        (words.commit, schema.commit.map_or_else(not_named, str::to_owned)),
        (words.list_of_events, words.list_digest(schema.revision, &Lock::of(&schema).digest())),
    ]);
    page(&Build { layout: View::Build.layout(&me), view: View::Build, facts, key, program: program() })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::reader::Reader;

    /// What the command of the page prints for a program file that holds `embedded` and, as any does, the page.
    fn printed(key: Key, embedded: &str) -> String {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("it's a program");
        let words = Words::of(telemetry_core::Locale::English);
        let layout = Layout::bare(&Reader { words, here: "/".to_owned() }, "Build");
        let page = Build { layout, view: View::Build, facts: Vec::new(), key, program: shell_quoted(&file) };
        let text = page.render().unwrap();
        let template = include_str!("../../../templates/telemetry_build.html");
        std::fs::write(&file, format!("\0{template}\0\u{fffd}{embedded}\0more")).unwrap();
        let (_, command) = text.split_once("<pre tabindex=\"0\">").unwrap();
        let (command, _) = command.split_once("</pre>").unwrap();
        let command = command.replace("&#39;", "'");
        let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn the_command_prints_what_is_embedded_and_nothing_else() {
        let with = "telemetry-embedded:POSTHOG_API_KEY=phc_x;telemetry-embedded:literal=phc_demo;";
        let without = "telemetry-embedded:POSTHOG_API_KEY=;telemetry-embedded:literal=phc_demo;";
        assert_eq!(printed(Key::Embedded, with), "telemetry-embedded:POSTHOG_API_KEY=phc_x;\n");
        assert_eq!(printed(Key::Demo, with), "telemetry-embedded:literal=phc_demo;\n");
        assert_eq!(printed(Key::None, without), "");
        assert_ne!(printed(Key::None, with), "", "a key would be found");
    }
}
