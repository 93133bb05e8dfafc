//! The quick start of the README, word for word: a test compares the two, and tries what it promises.

use std::{process::ExitCode, time::Duration};

use telemetry_core::{Catalogue, ProgramKind, Telemetry, cli, embedded_host, embedded_key};
use telemetry_posthog::Posthog;

/// Everything that this program can ever report.
#[derive(Catalogue)]
#[catalogue(app = "hello", revision = 1, identity = "none", context(app_version))]
enum Tracked {
    /// A file was counted.
    ///
    /// Why: shows whether counting deserves more work.
    #[event(name = "file.counted")]
    FileCounted,
}

fn main() -> ExitCode {
    let sink = Posthog::new(embedded_key!("POSTHOG_API_KEY"), embedded_host!("POSTHOG_HOST"));
    let telemetry = Telemetry::builder(ProgramKind::CommandLine, "hello-telemetry", sink).build();
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "telemetry") {
        return cli::main(&telemetry, arguments); // `hello telemetry off`, `status`, `log` and more
    }
    telemetry.track(Tracked::FileCounted); // where it happened, in the program's work
    cli::ask_once(&telemetry, &mut cli::Terminal::standard()); // once, and only a person at a terminal
    telemetry.shutdown(Duration::from_secs(1));
    ExitCode::SUCCESS
}
