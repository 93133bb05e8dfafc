//! The tables, as Markdown.

mod aims;
mod errors;
mod events;

use std::fmt::Write as _;

use super::{Added, Results};

/// In this order, under these names.
const ROWS: [(&str, &str); 7] = [
    ("load", "*bound: a relaxed load and a branch*"),
    ("queue", "*bound: `ArrayQueue` push of 64 bytes*"),
    ("queue-clock", "*the same, and the coarse clock*"),
    ("ours", "**telemetry-core, telemetry-posthog**"),
    ("posthog-rs", "posthog-rs"),
    ("sentry", "sentry, a log"),
    ("opentelemetry", "opentelemetry, a log record"),
];

/// Those about events.
pub(super) fn events(results: &Results) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(out, "\nMeasured on {}. Versions: {}.\n", results.machine, versions(results));
    aims::aims(&mut out, results);
    events::calls(&mut out, results);
    events::tail(&mut out, results);
    events::encode(&mut out, results);
    events::delivery(&mut out, results);
    events::memory(&mut out, results);
    events::ends(&mut out, results);
    size(&mut out, results);
    out
}

/// Those about errors.
pub(super) fn errors(results: &Results) -> String {
    let mut out = "\n".to_owned();
    errors::held(&mut out, results);
    errors::wire(&mut out, results, "panic", |told| &told.panic);
    errors::wire(&mut out, results, "handled error", |told| &told.error);
    out
}

fn versions(results: &Results) -> String {
    let named = ROWS.iter().filter_map(|(client, _)| {
        let version = results.versions.get(*client)?;
        let name = if *client == "ours" { "telemetry-core" } else { client };
        Some(format!("{name} {version}"))
    });
    named.collect::<Vec<_>>().join(", ")
}

fn heading(out: &mut String, title: &str, columns: &[&str]) {
    let _ = writeln!(out, "### {title}\n");
    let _ = writeln!(out, "| | {} |", columns.join(" | "));
    let _ = writeln!(out, "|---|{}", "---:|".repeat(columns.len()));
}

fn row(out: &mut String, name: &str, cells: &[String]) {
    let _ = writeln!(out, "| {name} | {} |", cells.join(" | "));
}

/// What there is, or a dash.
fn or_dash<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), show)
}

fn size(out: &mut String, results: &Results) {
    if results.size.is_empty() {
        return;
    }
    heading(
        out,
        "What a client adds to a program",
        &["crates", "stripped binary, MB", "to one with `reqwest` and `tokio`: crates", "MB"],
    );
    for (client, name) in [
        ("core", "**telemetry-core** alone"),
        ("ours", "**telemetry-core, telemetry-posthog**"),
        ("ours-reports", "**telemetry-core, telemetry-sentry**"),
        ("ours-both", "**telemetry-core, telemetry-posthog, telemetry-sentry**"),
        ("posthog-rs", "posthog-rs, events and errors"),
        ("sentry", "sentry, logs and errors"),
        ("opentelemetry", "opentelemetry with OTLP, logs"),
        ("host", "*`reqwest` with rustls, and `tokio`*"),
    ] {
        let Some(of) = results.size.get(client) else { continue };
        #[expect(clippy::cast_precision_loss, reason = "bytes")]
        let cells =
            |of: Added| [of.crates.to_string(), or_dash(of.bytes, |bytes| format!("{:.2}", bytes as f64 / 1e6))];
        let onto_host = if client == "host" { ["–".to_owned(), "–".to_owned()] } else { cells(of.onto_host) };
        row(out, name, &[cells(of.alone), onto_host].concat());
    }
    out.push('\n');
}
