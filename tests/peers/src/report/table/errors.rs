//! What reports cost and tell.

use super::super::{Results, Told};
use super::{heading, or_dash, row};
use crate::found::Found;

/// In this order, under these names; bounds first.
const REPORTERS: [(&str, &str); 6] = [
    ("nothing", "*bound: no hook, nothing reported*"),
    ("backtrace", "*bound: message and backtrace as text*"),
    ("ours-sentry", "**telemetry-core, telemetry-sentry**"),
    ("ours-posthog", "**telemetry-core, telemetry-posthog**"),
    ("sentry", "sentry"),
    ("posthog-rs", "posthog-rs"),
];

pub(super) fn held(out: &mut String, results: &Results) {
    if results.errors.is_empty() {
        return;
    }
    let columns = [
        "handled error, µs: first",
        "later",
        "p99",
        "instructions",
        "panic, ms: first",
        "later",
        "first, no answer from the server",
    ];
    heading(out, "How long the thread is held", &columns);
    for (reporter, name) in REPORTERS {
        let Some(of) = results.errors.get(reporter) else { continue };
        let milliseconds = |micros: f64| format!("{:.2}", micros / 1e3);
        let cells = [
            format!("{:.1}", of.error_first),
            format!("{:.1}", of.error),
            format!("{:.1}", of.error_p99),
            or_dash(of.instructions, |count| format!("{count:.0}")),
            milliseconds(of.panic_first),
            milliseconds(of.panic),
            milliseconds(of.panic_silent),
        ];
        row(out, name, &cells);
    }
    out.push('\n');
}

pub(super) fn wire(out: &mut String, results: &Results, what: &str, of: fn(&Told) -> &Found) {
    if results.wire.is_empty() {
        return;
    }
    let told: Vec<(&str, &Found)> =
        REPORTERS.iter().filter_map(|(reporter, name)| Some((*name, of(results.wire.get(*reporter)?)))).collect();
    let names: Vec<&str> = told.iter().map(|(name, _)| *name).collect();
    heading(out, &format!("What is on the wire for the same {what}"), &names);
    let mut line = |name: &str, cell: &dyn Fn(&Found) -> String| {
        row(out, name, &told.iter().map(|(_, found)| cell(found)).collect::<Vec<_>>());
    };
    let yes = |is: bool| if is { "**yes**" } else { "no" }.to_owned();
    let count = |number: usize| if number == 0 { "0".to_owned() } else { format!("**{number}**") };
    line("requests", &|found| found.requests.to_string());
    line("bytes, heads included", &|found| found.wire_bytes.to_string());
    line("bytes of the bodies, uncompressed", &|found| found.unpacked_bytes.to_string());
    line("file and line in the program's sources", &|found| if found.place { "yes" } else { "no" }.to_owned());
    line("functions of the program", &|found| found.own_functions.to_string());
    line("functions of other code", &|found| found.other_functions.to_string());
    line("the message", &|found| yes(found.message));
    line("the e-mail address in it", &|found| yes(found.address));
    line("the path below the home directory in it", &|found| yes(found.path));
    line("the token in it", &|found| yes(found.token));
    line("the name of the thread", &|found| yes(found.thread));
    line("the name of the machine", &|found| yes(found.host));
    line("the version of the kernel", &|found| yes(found.kernel));
    line("the distribution", &|found| yes(found.distribution));
    line("the directory of the program", &|found| yes(found.program));
    line("absolute paths", &|found| count(found.paths));
    line("shared libraries, by name", &|found| count(found.libraries));
    line("addresses in memory", &|found| count(found.addresses));
    line("when it happened, to less than a second", &|found| yes(found.exact_time));
    line("identifiers that stay the same for the next one", &|found| count(found.lasting));
    line("asks that nothing is made of the sender's address", &|found| {
        if found.declines_address { "yes" } else { "no" }.to_owned()
    });
    out.push('\n');
}
