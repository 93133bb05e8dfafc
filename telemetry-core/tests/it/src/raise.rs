//! Where the reports of these tests come from: places are told of files below a `src` only.

use telemetry_core::{ErrorReport as _, PanicReport};

use crate::reports::{Failure, Reported};

pub(crate) fn database() -> Reported {
    let failure = Failure::Database("could not open /home/alice/secret.db for alice@example.com".to_owned());
    Reported::RequestFailed { failure: failure.report(), in_background: true }
}

pub(crate) fn time_out() -> Reported {
    Reported::RequestFailed { failure: Failure::TimeOut.report(), in_background: false }
}

pub(crate) fn panic() -> Reported {
    Reported::Panicked { panic: PanicReport::here() }
}

#[expect(clippy::panic, reason = "what is to be reported")]
pub(crate) fn panicking() {
    panic!("on purpose");
}
