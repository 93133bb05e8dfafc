//! The plots: one panel per figure, one bar per client, as SVG.

use std::fmt::Write as _;

use super::Results;

/// In the results, in the picture, and the colour.
type Row = (&'static str, &'static str, &'static str);

const CLIENTS: [Row; 4] = [
    ("ours", "telemetry-core", "#1f6f5c"),
    ("posthog-rs", "posthog-rs", "#b5651d"),
    ("sentry", "sentry", "#6a5a8c"),
    ("opentelemetry", "opentelemetry", "#4a6fa5"),
];

const REPORTERS: [Row; 4] = [
    ("ours-sentry", "telemetry-sentry", "#1f6f5c"),
    ("ours-posthog", "telemetry-posthog", "#3f8f7c"),
    ("sentry", "sentry", "#6a5a8c"),
    ("posthog-rs", "posthog-rs", "#b5651d"),
];

const WIDTH: f64 = 860.0;
const LABELS: f64 = 130.0;
const BARS: f64 = 600.0;
const LINE: f64 = 22.0;
const PANEL: f64 = 4.0 * LINE + 46.0;

struct Panel {
    title: &'static str,
    /// The axis ends at the largest value.
    bars: Vec<(&'static str, &'static str, Option<f64>)>,
    show: fn(f64) -> String,
    is_logarithmic: bool,
}

fn bars(rows: [Row; 4], value: &dyn Fn(&str) -> Option<f64>) -> Vec<(&'static str, &'static str, Option<f64>)> {
    rows.map(|(client, name, colour)| (name, colour, value(client))).to_vec()
}

/// The picture of events.
pub(super) fn events(results: &Results) -> String {
    let push = results.calls.get("queue").map_or(f64::NAN, |of| of.one.median);
    let best = |client: &str| {
        let of = results.delivery.iter().filter(|of| of.client == client);
        // Compressed where it can be.
        of.min_by(|a, b| a.wire_bytes.total_cmp(&b.wire_bytes)).cloned()
    };
    #[expect(clippy::cast_precision_loss, reason = "KiB")]
    let above_idle =
        |client: &str| results.memory.get(client).map(|of| of.peak.saturating_sub(of.idle) as f64 / 1024.0);
    #[expect(clippy::cast_precision_loss, reason = "bytes")]
    let megabytes = |client: &str| results.size.get(client)?.alone.bytes.map(|bytes| bytes as f64 / 1e6);
    picture(&[
        Panel {
            title: "A call while on, × the push into a queue (logarithmic; shorter is better)",
            bars: bars(CLIENTS, &|client| results.calls.get(client).map(|of| of.one.median / push)),
            show: |value| format!("{value:.1} ×"),
            is_logarithmic: true,
        },
        Panel {
            title: "Events per second from the call to the answer, compressed where possible (longer is better)",
            bars: bars(CLIENTS, &|client| best(client).map(|of| of.per_second)),
            show: |value| format!("{:.0} k", value / 1e3),
            is_logarithmic: false,
        },
        Panel {
            title: "Processor time per delivered event (shorter is better)",
            bars: bars(CLIENTS, &|client| best(client).map(|of| of.cpu_micros)),
            show: |value| format!("{value:.1} µs"),
            is_logarithmic: false,
        },
        Panel {
            title: "Memory above idle, server down, a million events offered (shorter is better)",
            bars: bars(CLIENTS, &above_idle),
            show: |value| format!("{value:.1} MiB"),
            is_logarithmic: false,
        },
        Panel {
            title: "What it adds to a program that prints a line, stripped (shorter is better)",
            bars: bars(CLIENTS, &megabytes),
            show: |value| format!("{value:.1} MB"),
            is_logarithmic: false,
        },
    ])
}

/// The picture of errors.
pub(super) fn errors(results: &Results) -> String {
    let held = |of: fn(&super::HeldBy) -> f64| bars(REPORTERS, &|reporter| results.errors.get(reporter).map(of));
    #[expect(clippy::cast_precision_loss, reason = "bytes")]
    let bytes = |reporter: &str| results.wire.get(reporter).map(|told| told.panic.wire_bytes as f64);
    picture(&[
        Panel {
            title: "A handled error, on its thread (logarithmic; shorter is better)",
            bars: held(|of| of.error),
            show: |value| format!("{value:.1} µs"),
            is_logarithmic: true,
        },
        Panel {
            title: "The first panic of a process, on its thread (shorter is better)",
            bars: held(|of| of.panic_first / 1e3),
            show: |value| format!("{value:.1} ms"),
            is_logarithmic: false,
        },
        Panel {
            title: "The same, when the server does not answer (logarithmic; shorter is better)",
            bars: held(|of| of.panic_silent / 1e3),
            show: |value| format!("{value:.1} ms"),
            is_logarithmic: true,
        },
        Panel {
            title: "Bytes on the wire for the same panic, heads included (shorter is better)",
            bars: bars(REPORTERS, &bytes),
            show: |value| format!("{value:.0}"),
            is_logarithmic: false,
        },
    ])
}

fn picture(panels: &[Panel]) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let height = 16.0 + PANEL * panels.len() as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    let mut top = 16.0;
    for panel in panels {
        draw(&mut out, panel, top);
        top += PANEL;
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, panel: &Panel, top: f64) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "<text x=\"12\" y=\"{:.0}\" font-weight=\"bold\">{}</text>", top + 12.0, panel.title);
    let scale = |value: f64| if panel.is_logarithmic { (1.0 + value).ln() } else { value };
    let largest = panel.bars.iter().filter_map(|bar| bar.2).fold(0.0, f64::max);
    let mut y = top + 24.0;
    for (name, colour, value) in &panel.bars {
        let middle = y + 14.0;
        let _ = writeln!(out, "<text x=\"{LABELS}\" y=\"{middle:.0}\" text-anchor=\"end\">{name}</text>");
        if let Some(value) = value {
            let length = (BARS * scale(*value) / scale(largest)).max(1.0);
            let x = LABELS + 8.0;
            let _ = writeln!(
                out,
                "<rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{length:.1}\" height=\"{:.0}\" fill=\"{colour}\"/>",
                LINE - 4.0
            );
            let _ =
                writeln!(out, "<text x=\"{:.1}\" y=\"{middle:.0}\">{}</text>", x + length + 6.0, (panel.show)(*value));
        }
        y += LINE;
    }
}
