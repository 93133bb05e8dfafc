//! Where the report of the tests comes from: places are told of files below a `src` only.

use telemetry_core::{ErrorReport as _, PanicReport};

use crate::exceptions::{Failure, Reported};

pub(crate) fn error() -> Reported {
    let failure = Failure::Open("could not open /home/alice/secret.db for alice@example.com".to_owned());
    Reported::FileFailed { failure: failure.report(), in_background: true }
}

pub(crate) fn panic() -> Reported {
    Reported::Panicked { panic: PanicReport::here() }
}
