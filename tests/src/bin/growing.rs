//! A command-line program whose list of events grows from build to build, over one state directory.
//!
//! `growing BUILD DIRECTORY work` reports one of everything and asks what there is to ask; `panic` ends with a panic;
//! `growing BUILD DIRECTORY telemetry …` is what core offers to every application. `BUILD` is `first`, `second` (longer,
//! under revision 2) or `forgetful` (as long, but its author forgot to raise the revision); or `failing`, which reports
//! errors, `panicking`, which reports panics as well under the same revision, or `ended`, which has stopped doing so.

#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "it panics on purpose")]

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use telemetry_core::cli::{self, Terminal};
use telemetry_core::{Catalogue, ProgramKind};
use telemetry_tests::{LONG, SHORT, growing, telemetry_every};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let build = arguments.next().unwrap_or_default();
    match build.to_str() {
        Some("first") => run(arguments, [growing::First::FileRead { format: growing::Format::Text }]),
        Some("second") => run(arguments, growing::second()),
        Some("forgetful") => run(arguments, growing::forgetful()),
        Some("failing") => run(arguments, growing::failing()),
        Some("panicking") => run(arguments, growing::panicking()),
        Some("ended") => run(arguments, growing::ended()),
        _ => ExitCode::from(2),
    }
}

fn run<C: Catalogue>(
    mut arguments: impl Iterator<Item = OsString>,
    everything: impl IntoIterator<Item = C>,
) -> ExitCode {
    let (Some(directory), Some(act)) = (arguments.next(), arguments.next()) else { return ExitCode::from(2) };
    // What ends with a panic leaves it to the next start, however long its end takes.
    let interval = if act == "panic" { LONG } else { SHORT };
    let telemetry = telemetry_every::<C>(interval, ProgramKind::CommandLine, directory);
    telemetry.report_panics();
    match act.to_str() {
        Some("telemetry") => cli::main(&telemetry, arguments),
        Some("work") => {
            for event in everything {
                telemetry.track(event);
            }
            cli::ask_once(&telemetry, &mut Terminal::standard());
            telemetry.shutdown(Duration::from_mins(1));
            ExitCode::SUCCESS
        }
        Some("panic") => panic!("on purpose"),
        _ => ExitCode::from(2),
    }
}
