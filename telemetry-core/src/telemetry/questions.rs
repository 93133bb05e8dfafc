//! Questions that were shown and not answered yet.
//!
//! A page is shown by one request and answered by another, so the proof that it was shown is kept here in between,
//! under a random name that travels in the form.

use std::collections::VecDeque;

use crate::consent::PresentedToken;
use crate::limits;

#[derive(Debug, Default)]
pub(crate) struct Questions(VecDeque<(String, PresentedToken)>);

impl Questions {
    /// Keeps the proof; the oldest one is forgotten when there are too many.
    pub(crate) fn keep(&mut self, name: String, token: PresentedToken) {
        if self.0.len() >= limits::OPEN_QUESTIONS {
            self.0.pop_front();
        }
        self.0.push_back((name, token));
    }

    /// Gives the proof out, once.
    pub(crate) fn redeem(&mut self, name: &str) -> Option<PresentedToken> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        self.0.remove(at).map(|(_, token)| token)
    }
}
