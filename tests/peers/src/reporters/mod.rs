//! What reports errors and panics, behind one trait.

pub mod bounds;
pub mod ours;
pub mod posthog_rs;
pub mod sentry;

use core::fmt;
use core::time::Duration;
use std::error::Error;
use std::path::Path;

use telemetry_core::ErrorReport;

/// Personal data of the kind that messages of errors and panics quote. None of it has to leave for a report to be of use.
pub mod personal {
    /// Somebody's address.
    pub const ADDRESS: &str = "erika.mustermann@example.org";
    /// A path below somebody's home directory.
    pub const PATH: &str = "/home/erika/invoices/2026.db";
    /// What opens a door.
    pub const TOKEN: &str = "tok-3f1c77d2a9e04b58";
    /// The rest of the message.
    pub const MESSAGE: &str = "could not open";
    /// The name of the thread.
    pub const THREAD: &str = "invoice of Erika";
}

/// Why something failed.
#[derive(Debug, ErrorReport)]
pub enum Failure {
    /// The file could not be opened.
    Open {
        /// Which.
        path: String,
        /// Whose.
        owner: String,
    },
    /// The file was not what it should be.
    Format,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { path, owner } => {
                write!(f, "{} {path} for {owner} with {}", personal::MESSAGE, personal::TOKEN)
            }
            Self::Format => f.write_str("in no known format"),
        }
    }
}

impl Error for Failure {}

impl Failure {
    /// One that quotes what it should not.
    #[must_use]
    pub fn open() -> Self {
        Self::Open { path: personal::PATH.to_owned(), owner: personal::ADDRESS.to_owned() }
    }
}

/// Something that errors and panics are reported with.
pub trait Reporter: Sized {
    /// Set up and, where there is such a thing, agreed to; panics are reported from now on. Keeps what outlives the
    /// process here, if anything.
    fn start(state: &Path) -> Self;

    /// Reports an error that the program has handled.
    fn report(&self, failure: &Failure);

    /// Has everything delivered that was reported.
    fn finish(self, within: Duration);
}

/// Calls `$f::<Reporter>($args)` for the reporter of this name.
#[macro_export]
macro_rules! with_reporter {
    ($name:expr, $f:ident($($argument:expr),*)) => {
        match $name {
            "ours-sentry" => Some($f::<$crate::reporters::ours::ToSentry>($($argument),*)),
            "ours-posthog" => Some($f::<$crate::reporters::ours::ToPosthog>($($argument),*)),
            "sentry" => Some($f::<$crate::reporters::sentry::Sentry>($($argument),*)),
            "posthog-rs" => Some($f::<$crate::reporters::posthog_rs::PosthogRs>($($argument),*)),
            "nothing" => Some($f::<$crate::reporters::bounds::Nothing>($($argument),*)),
            "backtrace" => Some($f::<$crate::reporters::bounds::PrintsBacktrace>($($argument),*)),
            _ => None,
        }
    };
}
