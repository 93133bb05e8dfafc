//! Proof that a question was shown, and what its text was about.
//!
//! A yes goes as far as what a person has read. What else is on by the time of the answer, or was agreed to in the
//! meantime, they were not told about.

use core::time::Duration;

use super::receipt::{NoticeShown, Surface};
use crate::Purposes;
use crate::catalogue::coverage::has_grown;
use crate::catalogue::lock::Lock;

/// Proof that the question was shown by this process. Good for one answer within
/// [`ANSWER_WITHIN`](super::machine::ANSWER_WITHIN).
///
/// It cannot be cloned or made by hand: [`Telemetry::present`](crate::Telemetry::present) gives it, and a grant
/// consumes it. An environment variable, a flag, a policy or an import has none.
#[derive(Debug)]
pub struct PresentedToken {
    pub(crate) notice: NoticeShown,
    pub(crate) surface: Surface,
    /// The purposes that the text asked about. No other can be agreed to with it; what is granted stays.
    pub(crate) offers: Purposes,
    pub(crate) about: About,
    /// By the clock that does not jump.
    pub(crate) shown: Duration,
}

/// What of this build's list a text tells.
#[derive(Debug)]
pub(crate) enum About {
    /// All of it.
    Everything,
    /// What it holds for these purposes beyond that older list.
    Growth { purposes: Purposes, beyond: Box<Lock> },
}

impl About {
    /// Whether it tells everything in `offered` that a person who agreed to `agreed` for these purposes has not agreed to.
    pub(crate) fn tells_all(&self, agreed: &Lock, offered: &Lock, purposes: Purposes) -> bool {
        let Self::Growth { purposes: told, beyond } = self else { return true };
        let untold = if **beyond == *agreed { purposes.without(*told) } else { purposes };
        agreed.terms().cover(offered.terms()) && !has_grown(agreed, offered, untold)
    }
}
