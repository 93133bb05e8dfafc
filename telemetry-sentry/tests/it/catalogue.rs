//! A catalogue with reports of both kinds, an event of the purpose that is none, and one of another purpose.

use telemetry_core::{Catalogue, Entity, ErrorReport, Id, PanicReport, Report};

/// Somebody.
#[derive(Entity)]
pub(crate) enum User {}

/// Why a request failed.
#[derive(ErrorReport)]
pub(crate) enum Failure {
    /// The database refused.
    Database(#[expect(dead_code, reason = "what nobody may read")] String),
    /// It took too long.
    #[report(code = "time-out", since = 2)]
    #[expect(dead_code, reason = "only its code is looked at")]
    TimeOut,
}

/// Everything.
#[derive(Catalogue)]
#[catalogue(
    app = "sample",
    revision = 2,
    identity = "stable",
    context(app_version, os_family, arch, deployment),
    crates(it)
)]
pub(crate) enum Tracked {
    /// It was started.
    ///
    /// Why: shows its use.
    #[event(name = "program.started")]
    #[expect(dead_code, reason = "never given to this sink")]
    Started,
    /// A request failed.
    ///
    /// Why: shows where to mend.
    #[event(name = "request.failed", purpose = "errors")]
    RequestFailed {
        /// Why, and where.
        failure: Report<Failure>,
        /// Whether nobody waited for it.
        in_background: bool,
    },
    /// The program panicked.
    ///
    /// Why: shows where to mend.
    #[event(name = "program.panicked", purpose = "errors")]
    Panicked {
        /// Where.
        panic: PanicReport,
    },
    /// A backup was not readable.
    ///
    /// Why: shows how often that happens.
    #[event(name = "backup.damaged", purpose = "errors")]
    BackupDamaged {
        /// Whose.
        user_id: Id<User>,
    },
}
