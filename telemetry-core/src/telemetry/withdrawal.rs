//! Turning off: everywhere at once, for all purposes or for some.
//!
//! It must never come back before it is so, nor take along what a person has not turned off by it.

use core::fmt;

use super::change::granted;
use super::shared::State;
use super::{Telemetry, erase};
use crate::Purposes;
use crate::catalogue::Catalogue;
use crate::consent::effective::FaultKind;
use crate::consent::machine::Act;
use crate::consent::notice::Locale;
use crate::consent::receipt::Surface;
use crate::limits;
use crate::sentences;
use crate::store::{Drained, StoreError, Stored};

/// What turning off did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Withdrawal {
    /// Telemetry is off; no request is under way anywhere, and everything unsent is deleted.
    Done {
        /// Events of this process that had not been sent.
        deleted: u64,
    },
    /// Telemetry is off and no request is under way anywhere, but data of it could not be removed from this machine. It
    /// lies under a name where nothing looks for it, is removed at the next start if that works then, and is told of
    /// by `status` in the meantime.
    DoneButNotErased {
        /// Events of this process that had not been sent.
        deleted: u64,
        /// How many directories and files are left.
        left: usize,
    },
    /// Telemetry is off and everything unsent is deleted, but a request of another process that was already under
    /// way did not end in time.
    DoneWithInFlight {
        /// Events of this process that had not been sent.
        deleted: u64,
    },
}

impl Withdrawal {
    /// What it did, in this language.
    #[must_use]
    pub fn sentence_in(&self, locale: Locale) -> String {
        sentences::of(locale).withdrawal(*self)
    }
}

impl fmt::Display for Withdrawal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence_in(Locale::English))
    }
}

impl<C: Catalogue> Telemetry<C> {
    /// Turns telemetry off, everywhere, and returns when it is.
    ///
    /// The request of this process that is under way is cancelled, one of another process is waited for (it notices
    /// within a fraction of a second), for at most 2 s. Everything unsent, the install id, the id key and the sent
    /// log are deleted. Nothing is sent about it. Turning off twice is turning off.
    ///
    /// # Errors
    ///
    /// The decision could not be stored: this process is off until it ends all the same, but the stored decision is
    /// as it was.
    pub fn withdraw(&self, surface: Surface) -> Result<Withdrawal, StoreError> {
        self.withdraw_purposes(surface, Purposes::ALL)
    }

    /// Turns telemetry off for these purposes, in the same way; for all that were on, that is
    /// [`withdraw`](Self::withdraw). With some left on, identity and sent log stay, and what was unsent of any
    /// purpose, in any process, is deleted, records of crashes included. Where others are on and none of these is, that
    /// is done already, and nothing of the others is touched.
    ///
    /// # Errors
    ///
    /// As [`withdraw`](Self::withdraw).
    pub fn withdraw_purposes(&self, surface: Surface, purposes: Purposes) -> Result<Withdrawal, StoreError> {
        let looked = self.shared.setup.store.load();
        let deleted = {
            let mut state = self.shared.lock();
            if are_off_already(purposes, &looked, &state) {
                return Ok(Withdrawal::Done { deleted: 0 });
            }
            state.keeper.withdraw();
            self.shared.close(&mut state)
        };
        self.shared.crash.sweep();
        self.shared.wake();
        let deleted = deleted as u64;
        let changed = match self.change(|| Some(Act::Withdraw { purposes }), surface) {
            Ok(changed) => changed,
            Err(error) => {
                self.shared.lock().keeper.not_withdrawn(purposes.bits());
                return Err(error);
            }
        };
        let drained = self.shared.setup.store.drain(limits::DRAIN_PATIENCE);
        let left = erase::all_but_current(&self.shared.setup);
        self.shared.lock().keeper.withdrawn(changed.epoch, changed.purposes.bits());
        self.refresh();
        Ok(match drained {
            Ok(Drained::Idle) if left > 0 => Withdrawal::DoneButNotErased { deleted, left },
            Ok(Drained::Idle) => Withdrawal::Done { deleted },
            Ok(Drained::InFlight) | Err(_) => Withdrawal::DoneWithInFlight { deleted },
        })
    }
}

/// Whether others are granted and none of these is, by what this process knows, and nobody has decided since: so that
/// nothing here was recorded under another decision, and nobody is waited for.
fn are_off_already(purposes: Purposes, looked: &Result<Stored, FaultKind>, state: &State) -> bool {
    let (Ok(looked), Ok(known)) = (looked, &state.stored) else { return false };
    // What was looked at may be older than what this process has taken over since.
    let is_newest = looked.decision.epoch <= known.decision.epoch;
    let [before, now] = [looked, known].map(|stored| granted(&stored.decision.consent));
    let others_are_on = !before.is_empty() && !now.is_empty() && now.intersection(purposes).is_empty();
    is_newest && others_are_on && !state.keeper.is_withdrawing()
}
