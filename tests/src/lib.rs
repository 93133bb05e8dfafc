//! What the black-box tests and their helper programs share: small catalogues and the helpers' set-up.
//!
//! The tests themselves are in `it/`. Nothing in here may open a door that an application does not have.

#![forbid(unsafe_code)]

pub mod counting;
pub mod growing;

use core::time::Duration;
use std::path::PathBuf;

use telemetry_core::{Catalogue, EmbeddedHost, EmbeddedKey, ProgramKind, Telemetry, embedded_host, embedded_key};
use telemetry_posthog::Posthog;

/// The key of the helper program. The tests look for it on the wire.
pub const KEY: EmbeddedKey = embedded_key!(= "phc_offstress_test_key");

/// The destination of the helper program. The tests replace the port in a copy of the binary by their server's.
const HOST: EmbeddedHost = embedded_host!(= "http://127.0.0.1:59999");

/// Everything that the helper program can report.
#[derive(Catalogue)]
#[catalogue(app = "offstress", revision = 1, identity = "stable", context(app_version))]
pub enum Tracked {
    /// A round of the stress test was begun.
    ///
    /// Why: gives the helper something to send.
    #[event(name = "round.begun")]
    RoundBegun {
        /// Whether it was the first.
        first: bool,
    },
}

/// The helper's handle: what any application has, with the shortest interval.
#[must_use]
pub fn telemetry(directory: impl Into<PathBuf>) -> Telemetry<Tracked> {
    telemetry_of(ProgramKind::Service, directory)
}

/// An interval in which nothing is delivered.
pub const LONG: Duration = Duration::from_hours(1);

/// One in which next to nothing is gathered.
pub const SHORT: Duration = Duration::from_millis(100);

/// The same for another catalogue and kind of program.
#[must_use]
pub fn telemetry_of<C: Catalogue>(program: ProgramKind, directory: impl Into<PathBuf>) -> Telemetry<C> {
    telemetry_every(SHORT, program, directory)
}

/// The same with another interval.
#[must_use]
pub fn telemetry_every<C: Catalogue>(
    interval: Duration,
    program: ProgramKind,
    directory: impl Into<PathBuf>,
) -> Telemetry<C> {
    Telemetry::<C>::builder(program, directory, Posthog::new(KEY, HOST)).flush_interval(interval).build()
}

/// The code that the README shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
