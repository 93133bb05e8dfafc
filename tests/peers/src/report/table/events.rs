//! Calls, bodies, deliveries, memory and ends.

use super::super::{End, Results};
use super::{ROWS, heading, or_dash, row};
use crate::measure::Nanoseconds;
use crate::measure::encode::Encoded;

pub(super) fn calls(out: &mut String, results: &Results) {
    if results.calls.is_empty() {
        return;
    }
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
                or_dash(instructions, |count| pair(count.off, count.on)),
            ],
        );
    }
    out.push('\n');
}

fn ratio(of: Nanoseconds, to: Nanoseconds) -> String {
    format!("{:.2}", of.median / to.median)
}

pub(super) fn tail(out: &mut String, results: &Results) {
    if results.tail.is_empty() {
        return;
    }
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

pub(super) fn encode(out: &mut String, results: &Results) {
    if results.encode.is_empty() {
        return;
    }
    let columns = results.encode.keys().map(|events| format!("{events} in a body, ns per event")).collect::<Vec<_>>();
    heading(out, "Encoding", &columns.iter().map(String::as_str).collect::<Vec<_>>());
    let mut line = |name: &str, of: &dyn Fn(&Encoded) -> String| {
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

pub(super) fn delivery(out: &mut String, results: &Results) {
    if results.delivery.is_empty() {
        return;
    }
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

pub(super) fn memory(out: &mut String, results: &Results) {
    if results.memory.is_empty() {
        return;
    }
    let columns = [
        "idle: above the program without it, MiB",
        "server down, 10⁶ events offered: above idle, MiB",
        "to set it up, ms",
    ];
    heading(out, "Memory, and the start", &columns);
    for (client, name) in ROWS {
        let Some(memory) = results.memory.get(client) else { continue };
        #[expect(clippy::cast_precision_loss, reason = "KiB")]
        let mib = |kib: u64| format!("{:.1}", kib as f64 / 1024.0);
        let start = results.start.get(client);
        let cells = [
            mib(memory.idle.saturating_sub(memory.before)),
            mib(memory.peak.saturating_sub(memory.idle)),
            or_dash(start, |start| format!("{:.2}", start.median / 1e6)),
        ];
        row(out, name, &cells);
    }
    out.push('\n');
}

pub(super) fn ends(out: &mut String, results: &Results) {
    if results.shutdown.is_empty() {
        return;
    }
    heading(
        out,
        "The end of a program, given 2 s: seconds it took with 1 event and with 10,000, and of the 10,000 those that \
         arrive after the next start",
        &["no answer", "of 10,000", "503", "of 10,000", "no server", "of 10,000"],
    );
    for (client, name) in ROWS {
        let of = |server: &str, queued: u32| -> Option<&End> {
            let mut ends = results.shutdown.iter();
            ends.find(|end| end.client == client && end.server == server && end.queued == queued)
        };
        let cells = ["hangs", "503", "down"].map(|server| {
            let (one, many) = (of(server, 1)?, of(server, 10_000)?);
            let later = match many.lost {
                Some(lost) if lost > 0 => format!("{}, {lost} counted as lost", many.later),
                _ => many.later.to_string(),
            };
            Some([format!("{} / {}", seconds(one), seconds(many)), later])
        });
        if cells.iter().any(Option::is_some) {
            let empty = || ["–".to_owned(), "–".to_owned()];
            row(out, name, &cells.map(|cells| cells.unwrap_or_else(empty)).concat());
        }
    }
    out.push('\n');
}

fn seconds(end: &End) -> String {
    end.seconds.map_or_else(|| "> 20".to_owned(), |seconds| format!("{seconds:.2}"))
}
