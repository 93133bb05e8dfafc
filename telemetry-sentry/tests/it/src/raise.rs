//! Where the reports of these tests come from. Lines matter: the snapshots show them.

use telemetry_core::{ErrorReport as _, PanicReport};

use crate::catalogue::{Failure, Tracked};

pub(crate) fn error() -> Tracked {
    let failure = Failure::Database("could not open /home/alice/secret.db for alice@example.com".to_owned());
    Tracked::RequestFailed { failure: failure.report(), in_background: true }
}

pub(crate) fn panic() -> Tracked {
    Tracked::Panicked { panic: PanicReport::here() }
}
