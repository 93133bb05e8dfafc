//! Counts the words or lines of a file, and may report which of the two: `quickstart words FILE`.
//!
//! A whole command-line program with consented telemetry, to copy from. It reports nothing until somebody says yes to
//! `quickstart telemetry on`, and only in a build that embeds a key:
//! `POSTHOG_API_KEY=phc_… cargo build -p quickstart`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the result belongs on the terminal")]

use std::{env, ffi::OsString, fs, process::ExitCode, time::Duration};

use etcetera::BaseStrategy as _;
use telemetry_core::cli::{self, Mount, Operation, Terminal};
use telemetry_core::{Catalogue, EmbeddedHost, EmbeddedKey, ProgramKind, Property, Telemetry};
use telemetry_core::{embedded_host, embedded_key};
use telemetry_posthog::Posthog;

const KEY: EmbeddedKey = embedded_key!("POSTHOG_API_KEY");
const HOST: EmbeddedHost = embedded_host!("POSTHOG_HOST");

/// Everything that this program can ever report.
#[derive(Catalogue)]
#[catalogue(app = "quickstart", revision = 1, identity = "none", context(app_version, os_family))]
enum Tracked {
    /// A file was counted.
    ///
    /// Why: shows which unit is worth making faster.
    #[event(name = "file.counted")]
    FileCounted {
        /// What was counted.
        unit: Unit,
    },
}

#[derive(Property)]
enum Unit {
    /// Lines.
    Lines,
    /// Words between white space.
    Words,
}

fn main() -> Result<ExitCode, etcetera::HomeDirError> {
    let directories = etcetera::choose_base_strategy()?;
    let state = directories.state_dir().unwrap_or_else(|| directories.data_dir()).join("quickstart");
    let telemetry = Telemetry::<Tracked>::builder(ProgramKind::CommandLine, state, Posthog::new(KEY, HOST)).build();
    let mut arguments = env::args_os().skip(1).peekable();
    let exit = if arguments.next_if(|first| first == "telemetry").is_some() {
        Mount::new().operations(OPERATIONS).main(&telemetry, arguments)
    } else if let Some(unit) = count(arguments) {
        telemetry.track(Tracked::FileCounted { unit });
        // Asks once, only a person at a terminal, and only when the work is done.
        cli::ask_once(&telemetry, &mut Terminal::standard());
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    telemetry.shutdown(Duration::from_secs(1));
    Ok(exit)
}

/// What `telemetry prove-off` runs under a trace.
const OPERATIONS: &[Operation] =
    &[Operation::new(&["words", Operation::PROGRAM]), Operation::new(&["lines", Operation::PROGRAM])];

/// The program's own work: prints the count, or what is wrong.
fn count(mut arguments: impl Iterator<Item = OsString>) -> Option<Unit> {
    let unit = match arguments.next().unwrap_or_default().to_str() {
        Some("lines") => Unit::Lines,
        Some("words") => Unit::Words,
        _ => {
            eprintln!("usage: quickstart lines|words FILE, or quickstart telemetry help");
            return None;
        }
    };
    match fs::read(arguments.next().unwrap_or_default()) {
        Ok(text) => println!("{}", unit.count(&text)),
        Err(error) => {
            eprintln!("quickstart: {error}");
            return None;
        }
    }
    Some(unit)
}

impl Unit {
    fn count(&self, text: &[u8]) -> usize {
        match self {
            Self::Lines => text.split_inclusive(|byte| *byte == b'\n').count(),
            Self::Words => text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry_core::catalogue::lock;

    use super::*;

    /// What has grown needs a new revision and shows up in review as a change of the lock file.
    #[test]
    fn lock_file_is_that_of_the_catalogue() {
        let command = "cargo run -p quickstart -- telemetry events --lock > examples/quickstart/catalogue.lock";
        if let Err(error) = lock::check(include_str!("../catalogue.lock"), &Tracked::SCHEMA, command) {
            panic!("{error}");
        }
    }

    #[test]
    fn units_are_counted() {
        let counts = |text: &[u8]| [Unit::Lines, Unit::Words].map(|unit| unit.count(text));
        assert_eq!(counts(b""), [0, 0]);
        assert_eq!(counts(b"one two\n three\n"), [2, 3]);
    }
}
