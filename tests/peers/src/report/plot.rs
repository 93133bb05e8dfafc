//! The plot: one panel per figure, one bar per client, as SVG.

use std::fmt::Write as _;

use super::Results;

const CLIENTS: [(&str, &str, &str); 4] = [
    ("ours", "telemetry-core", "#1f6f5c"),
    ("posthog-rs", "posthog-rs", "#b5651d"),
    ("sentry", "sentry", "#6a5a8c"),
    ("opentelemetry", "opentelemetry", "#4a6fa5"),
];

const WIDTH: f64 = 860.0;
const LABELS: f64 = 130.0;
const BARS: f64 = 600.0;
const LINE: f64 = 22.0;
const PANEL: f64 = 4.0 * LINE + 46.0;

struct Panel {
    title: &'static str,
    /// The end of the axis is this, or the largest value.
    bars: Vec<(&'static str, &'static str, Option<f64>)>,
    show: fn(f64) -> String,
    is_logarithmic: bool,
}

/// The whole picture.
pub(super) fn plot(results: &Results) -> String {
    let bars = |value: &dyn Fn(&str) -> Option<f64>| {
        CLIENTS.map(|(client, name, colour)| (name, colour, value(client))).to_vec()
    };
    let push = results.calls.get("queue").map_or(f64::NAN, |of| of.one.median);
    let best = |client: &str| {
        let of = results.delivery.iter().filter(|of| of.client == client);
        // Compressed where it can be.
        of.min_by(|a, b| a.wire_bytes.total_cmp(&b.wire_bytes)).cloned()
    };
    #[expect(clippy::cast_precision_loss, reason = "KiB")]
    let above_idle =
        |client: &str| results.memory.get(client).map(|of| of.peak.saturating_sub(of.idle) as f64 / 1024.0);
    let panels = [
        Panel {
            title: "A call while on, × the push into a queue (logarithmic; shorter is better)",
            bars: bars(&|client| results.calls.get(client).map(|of| of.one.median / push)),
            show: |value| format!("{value:.1} ×"),
            is_logarithmic: true,
        },
        Panel {
            title: "Events per second from the call to the answer, compressed where possible (longer is better)",
            bars: bars(&|client| best(client).map(|of| of.per_second)),
            show: |value| format!("{:.0} k", value / 1e3),
            is_logarithmic: false,
        },
        Panel {
            title: "Processor time per delivered event (shorter is better)",
            bars: bars(&|client| best(client).map(|of| of.cpu_micros)),
            show: |value| format!("{value:.1} µs"),
            is_logarithmic: false,
        },
        Panel {
            title: "Memory above idle, server down, a million events offered (shorter is better)",
            bars: bars(&above_idle),
            show: |value| format!("{value:.1} MiB"),
            is_logarithmic: false,
        },
    ];
    let height = 16.0 + PANEL * 4.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (panel, top) in panels.iter().zip([16.0, 16.0 + PANEL, 16.0 + 2.0 * PANEL, 16.0 + 3.0 * PANEL]) {
        draw(&mut out, panel, top);
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
