//! Counts the lines, words or bytes of a file, and may report how long that took: `quickstart words FILE`.
//!
//! A whole command-line program with consented telemetry, to copy from. It reports nothing until somebody says yes to
//! `quickstart telemetry on`, and only in a build that embeds a key:
//! `POSTHOG_API_KEY=phc_… cargo build -p quickstart`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the result belongs on the terminal")]

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use etcetera::BaseStrategy as _;
use telemetry_core::cli::{self, Mount, Operation, Terminal};
use telemetry_core::{
    Catalogue, DurationBucket, EmbeddedHost, EmbeddedKey, ProgramKind, Property, Telemetry, embedded_host, embedded_key,
};
use telemetry_posthog::Posthog;

// [quickstart:begin]
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
        /// How long it took.
        took: DurationBucket,
    },
}

fn main() -> ExitCode {
    let Some(state) = state_directory() else { return fail("there is no home directory") };
    let telemetry = Telemetry::<Tracked>::builder(ProgramKind::CommandLine, state, Posthog::new(KEY, HOST)).build();
    let exit = run(&telemetry); // calls telemetry.track(Tracked::FileCounted { unit, took })
    telemetry.shutdown(Duration::from_secs(1));
    exit
}
// [quickstart:end]

fn state_directory() -> Option<PathBuf> {
    let directories = etcetera::choose_base_strategy().ok()?;
    Some(directories.state_dir().unwrap_or_else(|| directories.data_dir()).join("quickstart"))
}

fn run(telemetry: &Telemetry<Tracked>) -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    if command == "telemetry" {
        return Mount::new().operations(OPERATIONS).main(telemetry, arguments);
    }
    let (Some(unit), Some(file)) = (Unit::named(&command), arguments.next()) else {
        return fail("usage: quickstart lines|words|bytes FILE, or quickstart telemetry help");
    };
    let started = Instant::now();
    let count = match fs::read(&file) {
        Ok(text) => unit.count(&text),
        Err(error) => return fail(error),
    };
    println!("{count}");
    telemetry.track(Tracked::FileCounted { unit, took: DurationBucket::of(started.elapsed()) });
    // Only where a person sits at a terminal, nobody has decided yet, and the work is done.
    cli::ask_once(telemetry, &mut Terminal::standard());
    ExitCode::SUCCESS
}

/// What `quickstart telemetry prove-off` traces.
const OPERATIONS: &[Operation] = &[
    Operation::new(&["lines", Operation::PROGRAM]),
    Operation::new(&["words", Operation::PROGRAM]),
    Operation::new(&["bytes", Operation::PROGRAM]),
    Operation::new(&["telemetry", "status"]),
    Operation::new(&["telemetry", "preview"]),
    Operation::new(&["telemetry", "events"]),
];

/// What is counted.
#[derive(Property, Clone, Copy)]
enum Unit {
    /// Lines.
    Lines,
    /// Words between white space.
    Words,
    /// Bytes.
    Bytes,
}

impl Unit {
    fn named(name: &OsStr) -> Option<Self> {
        match name.to_str()? {
            "lines" => Some(Self::Lines),
            "words" => Some(Self::Words),
            "bytes" => Some(Self::Bytes),
            _ => None,
        }
    }

    fn count(self, text: &[u8]) -> usize {
        match self {
            Self::Lines => text.split_inclusive(|byte| *byte == b'\n').count(),
            Self::Words => text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count(),
            Self::Bytes => text.len(),
        }
    }
}

fn fail(why: impl std::fmt::Display) -> ExitCode {
    eprintln!("quickstart: {why}");
    ExitCode::FAILURE
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
        let counts = |text: &[u8]| [Unit::Lines, Unit::Words, Unit::Bytes].map(|unit| unit.count(text));
        assert_eq!(counts(b""), [0, 0, 0]);
        assert_eq!(counts(b"one two\n three\n"), [2, 3, 15]);
    }
}
