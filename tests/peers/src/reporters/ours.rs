//! `telemetry-core`, with `telemetry-sentry` or with `telemetry-posthog`.

use core::time::Duration;
use std::path::Path;

use telemetry_core::{
    Catalogue, Dsn, EmbeddedKey, ErrorReport as _, PanicReport, ProgramKind, Purpose, Purposes, Report, Sink,
    Telemetry, embedded_key,
};

use super::{Failure, Reporter};
use crate::clients::ours::{agree, sink};

const DSN: EmbeddedKey<Dsn> = embedded_key!(= "http://0123456789abcdef0123456789abcdef@127.0.0.1:24391/1");

/// Everything that is reported.
#[derive(Catalogue)]
#[catalogue(
    app = "peers",
    revision = 1,
    identity = "stable",
    context(app_version, os_family, arch, deployment),
    crates(telemetry_peers, peers)
)]
enum Tracked {
    /// It panicked.
    ///
    /// Why: to measure.
    #[event(name = "program.panicked", purpose = "errors")]
    #[expect(dead_code, reason = "only the hook makes one")]
    Panicked {
        /// Where.
        panic: PanicReport,
    },
    /// A file could not be read.
    ///
    /// Why: to measure.
    #[event(name = "file.failed", purpose = "errors")]
    FileFailed {
        /// Why, and where.
        failure: Report<Failure>,
    },
}

/// As envelopes of Sentry.
pub struct ToSentry(Telemetry<Tracked>);

/// As `$exception` of PostHog.
pub struct ToPosthog(Telemetry<Tracked>);

fn start(state: &Path, sink: impl Sink) -> Telemetry<Tracked> {
    let telemetry = Telemetry::<Tracked>::builder(ProgramKind::Service, state.join("state"), sink).build();
    agree(&telemetry, Purposes::NONE.with(Purpose::Errors));
    telemetry.report_panics();
    telemetry
}

#[track_caller]
fn report(telemetry: &Telemetry<Tracked>, failure: &Failure) {
    telemetry.track(Tracked::FileFailed { failure: failure.report() });
}

fn finish(telemetry: &Telemetry<Tracked>, within: Duration) {
    telemetry.flush(within);
    telemetry.shutdown(within);
}

impl Reporter for ToSentry {
    fn start(state: &Path) -> Self {
        Self(start(state, telemetry_sentry::Sentry::new(DSN)))
    }

    fn report(&self, failure: &Failure) {
        report(&self.0, failure);
    }

    fn finish(self, within: Duration) {
        finish(&self.0, within);
    }
}

impl Reporter for ToPosthog {
    fn start(state: &Path) -> Self {
        Self(start(state, sink()))
    }

    fn report(&self, failure: &Failure) {
        report(&self.0, failure);
    }

    fn finish(self, within: Duration) {
        finish(&self.0, within);
    }
}
