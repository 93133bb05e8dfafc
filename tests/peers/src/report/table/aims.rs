//! What was aimed at, what was measured, and whether that is enough.

use std::fmt::Write as _;

use super::super::{Added, Delivery, Results};
use super::or_dash;

/// An aim, the figure of this run, and whether it is reached; none where it was not measured.
type Aim = (&'static str, Option<(String, bool)>);

/// The table of all of them, those that are missed first.
pub(super) fn aims(out: &mut String, results: &Results) {
    let _ = writeln!(out, "### Aims\n\n| aim | here | reached |\n|---|---:|---|");
    let mut aims = [calls(results), spread(results), delivery(results), rest(results), sizes(results)].concat();
    aims.sort_by_key(|(_, measured)| measured.as_ref().is_none_or(|(_, is_reached)| *is_reached));
    for (aim, measured) in aims {
        let reached = match &measured {
            Some((_, true)) => "yes",
            Some((_, false)) => "**no**",
            None => "not measured",
        };
        let _ = writeln!(out, "| {aim} | {} | {reached} |", or_dash(measured.map(|(text, _)| text), |text| text));
    }
    out.push('\n');
}

fn at_most(value: f64, limit: f64, unit: &str) -> (String, bool) {
    (format!("{value:.2}{unit}"), value <= limit)
}

fn at_least(value: f64, limit: f64, unit: &str) -> (String, bool) {
    (format!("{value:.2}{unit}"), value >= limit)
}

fn calls(results: &Results) -> Vec<Aim> {
    let of = |client: &str| results.calls.get(client);
    let (ours, load, push) = (of("ours"), of("load"), of("queue"));
    let instructions = results.instructions.get("ours");
    vec![
        (
            "a call while off ≤ 1.2 × a relaxed load",
            ours.zip(load).map(|(ours, load)| at_most(ours.off.median / load.off.median, 1.2, " ×")),
        ),
        (
            "a call while on ≤ 2 × the push into a queue",
            ours.zip(push).map(|(ours, push)| at_most(ours.one.median / push.one.median, 2.0, " ×")),
        ),
        (
            "a call from two threads at once ≤ 1.3 × one",
            ours.map(|ours| at_most(ours.two.median / ours.one.median, 1.3, " ×")),
        ),
        (
            "no allocation in a call",
            ours.map(|ours| {
                let allocations = ours.allocations.0 + ours.allocations.1;
                (format!("{allocations:.0}"), allocations == 0.0)
            }),
        ),
        ("≤ 12 instructions while off", instructions.map(|count| at_most(count.off, 12.0, ""))),
        ("≤ 160 instructions while on", instructions.map(|count| at_most(count.on, 160.0, ""))),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds")]
fn spread(results: &Results) -> Vec<Aim> {
    let ours = results.tail.get("ours");
    let clock = results.tail.get("load");
    // What reading the clock twice costs is in each value, and in that of the load as well.
    let both = ours.zip(clock);
    vec![
        ("99 of 100 calls ≤ 200 ns", ours.map(|ours| at_most(ours.each.p99 as f64, 200.0, " ns"))),
        ("999 of 1000 calls ≤ 1 µs", ours.map(|ours| at_most(ours.each.p99_9 as f64, 1000.0, " ns"))),
        (
            "a call every 500 µs: in the middle ≤ 150 ns beyond a load",
            both.map(|(ours, load)| at_most(ours.isolated.p50.saturating_sub(load.isolated.p50) as f64, 150.0, " ns")),
        ),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "bytes")]
fn delivery(results: &Results) -> Vec<Aim> {
    let of = |client: &str| results.delivery.iter().find(|of| of.client == client && of.coding == "gzip");
    let ours = of("ours");
    let against = |client: &str| ours.zip(of(client)).map(|(ours, peer)| ours.per_second / peer.per_second);
    let mine = |figure: fn(&Delivery) -> f64| ours.map(figure);
    vec![
        ("≥ 1.0 M events/s delivered, compressed", mine(|of| of.per_second / 1e6).map(|m| at_least(m, 1.0, " M"))),
        ("≥ 3 × `opentelemetry`", against("opentelemetry").map(|ratio| at_least(ratio, 3.0, " ×"))),
        ("≥ 10 × `posthog-rs`", against("posthog-rs").map(|ratio| at_least(ratio, 10.0, " ×"))),
        ("≤ 1.0 µs of processor time an event", mine(|of| of.cpu_micros).map(|micros| at_most(micros, 1.0, " µs"))),
        (
            "≤ 25 bytes an event, compressed, a hundred in a body",
            results.encode.get("100").map(|of| at_most(of.gzip_bytes as f64, 25.0, "")),
        ),
        ("≤ 20 bytes an event on the wire under a backlog", mine(|of| of.wire_bytes).map(|b| at_most(b, 20.0, ""))),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "KiB")]
fn rest(results: &Results) -> Vec<Aim> {
    let memory = results.memory.get("ours");
    let above = memory.map(|of| of.peak.saturating_sub(of.idle) as f64 / 1024.0);
    let idle = memory.map(|of| of.idle.saturating_sub(of.before) as f64 / 1024.0);
    let mut ends = results.shutdown.iter().filter(|end| end.client == "ours").peekable();
    let slowest = ends.peek().is_some().then(|| {
        // One that was cut off is slower than any.
        let slowest = ends.map(|end| end.seconds.unwrap_or(f64::INFINITY)).fold(0.0, f64::max);
        (format!("{slowest:.3} s"), slowest <= 2.05)
    });
    vec![
        ("idle ≤ 1.5 MiB above the program without it", idle.map(|mib| at_most(mib, 1.5, " MiB"))),
        ("set up in ≤ 0.3 ms", results.start.get("ours").map(|start| at_most(start.median / 1e6, 0.3, " ms"))),
        ("≤ 4 MiB above idle, server down, a million events", above.map(|mib| at_most(mib, 4.0, " MiB"))),
        ("`shutdown(2 s)` in ≤ 2.05 s, whatever the server does", slowest),
    ]
}

fn sizes(results: &Results) -> Vec<Aim> {
    let of = |name: &str, which: fn(&super::super::Size) -> Added| results.size.get(name).map(which);
    let crates =
        |added: Option<Added>, limit: usize| added.map(|added| (added.crates.to_string(), added.crates <= limit));
    #[expect(clippy::cast_precision_loss, reason = "bytes")]
    let megabytes = |added: Option<Added>| Some(at_most(added?.bytes? as f64 / 1e6, 0.3, " MB"));
    let (core, alone) = (of("core", |of| of.alone), of("ours", |of| of.alone));
    let onto_host = of("ours", |of| of.onto_host);
    vec![
        ("`telemetry-core` ≤ 20 crates", crates(core, 20)),
        ("`telemetry-core` ≤ 0.3 MB", megabytes(core)),
        ("with `telemetry-posthog` and TLS ≤ 95 crates", crates(alone, 95)),
        ("the same onto `reqwest` and `tokio` ≤ 12 crates", crates(onto_host, 12)),
        ("the same onto `reqwest` and `tokio` ≤ 0.3 MB", megabytes(onto_host)),
    ]
}
