//! The tables, as Markdown.

use std::fmt::Write as _;

use super::Results;
use crate::measure::Nanoseconds;

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

/// All of them.
pub(super) fn tables(results: &Results) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(out, "\nMeasured on {}. Versions: {}.\n", results.machine, versions(results));
    calls(&mut out, results);
    tail(&mut out, results);
    encode(&mut out, results);
    delivery(&mut out, results);
    ends(&mut out, results);
    size(&mut out, results);
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

fn calls(out: &mut String, results: &Results) {
    let columns = [
        "off, ns",
        "off, × load",
        "on, ns",
        "on, × push",
        "two threads, × one",
        "allocations off / on",
        "instructions off / on",
    ];
    heading(out, "A call, in bursts of 1000", &columns);
    let bound = |client: &str| results.calls.get(client);
    for (client, name) in ROWS {
        let (Some(of), Some(load), Some(push)) = (bound(client), bound("load"), bound("queue")) else { continue };
        // A queue cannot be off, and a load does nothing when it is on.
        let (has_off, has_on) = (!client.starts_with("queue"), client != "load");
        let when = |has: bool, text: String| if has { text } else { "–".to_owned() };
        let pair = |off: f64, on: f64| {
            format!("{} / {}", when(has_off, format!("{off:.0}")), when(has_on, format!("{on:.0}")))
        };
        let instructions = results.instructions.get(client);
        row(
            out,
            name,
            &[
                when(has_off, format!("{:.2}", of.off.median)),
                when(has_off, ratio(of.off, load.off)),
                when(has_on, format!("{:.1}", of.one.median)),
                when(has_on, ratio(of.one, push.one)),
                when(has_on, ratio(of.two, of.one)),
                pair(of.allocations.0, of.allocations.1),
                instructions.map_or_else(|| "–".to_owned(), |count| pair(count.off, count.on)),
            ],
        );
    }
    out.push('\n');
}

fn ratio(of: Nanoseconds, to: Nanoseconds) -> String {
    format!("{:.2}", of.median / to.median)
}

fn tail(out: &mut String, results: &Results) {
    heading(
        out,
        "The spread of a million calls, and a call every 500 µs, in ns",
        &["p50", "p99", "p99.9", "worst", "every 500 µs: p50", "p99"],
    );
    for (client, name) in ROWS {
        let Some(of) = results.tail.get(client) else { continue };
        let each = [of.each.p50, of.each.p99, of.each.p99_9, of.each.max, of.isolated.p50, of.isolated.p99];
        row(out, name, &each.map(|value| value.to_string()));
    }
    out.push_str("\nTwo readings of the precise clock are in each value; the first row shows what they cost.\n\n");
}

fn encode(out: &mut String, results: &Results) {
    let columns = results.encode.keys().map(|events| format!("{events} in a body, ns per event")).collect::<Vec<_>>();
    heading(out, "Encoding", &columns.iter().map(String::as_str).collect::<Vec<_>>());
    let mut line = |name: &str, of: &dyn Fn(&super::Encoded) -> String| {
        row(out, name, &results.encode.values().map(of).collect::<Vec<_>>());
    };
    line("**value → names and numbers**", &|of| format!("{:.0}", of.read.median));
    line("**names and numbers → body**", &|of| format!("{:.0}", of.body.median));
    line("the same body, `serde_json` with `Serialize`", &|of| format!("{:.0}", of.derived.median));
    line("the same body, `serde_json::Value`", &|of| format!("{:.0}", of.tree.median));
    line("gzip at level 2", &|of| format!("{:.0}", of.gzip.median));
    line("bytes per event, before and after gzip", &|of| format!("{} / {}", of.bytes, of.gzip_bytes));
    out.push('\n');
}

fn delivery(out: &mut String, results: &Results) {
    let columns = [
        "events/s",
        "× opentelemetry gzip",
        "CPU µs/event",
        "wire bytes/event",
        "events/request",
        "arrived of 100,000",
    ];
    heading(out, "From the call to the server's answer, on loopback", &columns);
    let base = results.delivery.iter().find(|of| of.client == "opentelemetry" && of.coding == "gzip");
    for (client, name) in ROWS {
        for of in results.delivery.iter().filter(|of| of.client == client) {
            let name = if of.coding == "gzip" { format!("{name}, gzip") } else { name.to_owned() };
            row(
                out,
                &name,
                &[
                    format!("{:.0} k", of.per_second / 1e3),
                    base.map_or_else(String::new, |base| format!("{:.2}", of.per_second / base.per_second)),
                    format!("{:.2}", of.cpu_micros),
                    format!("{:.1}", of.wire_bytes),
                    format!("{}", of.received / of.requests.max(1)),
                    of.received.to_string(),
                ],
            );
        }
    }
    out.push('\n');
}

fn ends(out: &mut String, results: &Results) {
    heading(
        out,
        "Memory with the server down, and the end of a program whose server accepts and never answers",
        &["idle, MiB", "10⁶ events offered: above idle, MiB", "end with 1 queued, s", "end with 1000 queued, s"],
    );
    for (client, name) in ROWS {
        let (Some(memory), Some(took)) = (results.memory.get(client), results.shutdown.get(client)) else { continue };
        #[expect(clippy::cast_precision_loss, reason = "KiB")]
        let mib = |kib: u64| format!("{:.1}", kib as f64 / 1024.0);
        let [one, many] = took.map(|took| took.map_or_else(|| "> 40".to_owned(), |took| format!("{took:.2}")));
        row(out, name, &[mib(memory.idle), mib(memory.peak.saturating_sub(memory.idle)), one, many]);
    }
    out.push_str("\nEach end was given 2 s, where it takes a time.\n\n");
}

fn size(out: &mut String, results: &Results) {
    heading(out, "What a client adds to a program that prints a line", &["crates", "stripped binary, MB"]);
    for (client, name) in [("core", "**telemetry-core**"), ("ours", "**telemetry-core, telemetry-posthog**")]
        .into_iter()
        .chain(ROWS.into_iter().skip(4))
    {
        let Some(of) = results.size.get(client) else { continue };
        #[expect(clippy::cast_precision_loss, reason = "bytes")]
        let megabytes = of.added_bytes as f64 / 1e6;
        row(out, name, &[of.crates.to_string(), format!("{megabytes:.2}")]);
    }
    out.push('\n');
}
