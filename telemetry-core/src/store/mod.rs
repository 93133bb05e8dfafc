//! Where the decision is kept, and the locks under which it is read for sending and changed.
//!
//! A store must fail closed: only "there is nothing" may be read as "nobody was asked", and what cannot be
//! understood is reported and left untouched.

mod file;
mod forward;
pub(crate) mod held;
mod mark;
pub(crate) mod owned;
mod record;

use core::time::Duration;

pub use file::FileStore;
pub(crate) use file::private;
pub use mark::FileMark;

use crate::consent::{Consent, Decision, FaultKind, Receipt};
use crate::locale::Locale;
use crate::sentences;

/// The longest that a [`SendGuard`] is held on purpose: the time that one request may take. A store whose guards end
/// by themselves, because it cannot notice that their holder died, must let them live longer than this.
pub const LONGEST_SEND: Duration = crate::limits::REQUEST_TIMEOUT;

/// What a store holds: the decision and its newest receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The decision.
    pub decision: Decision,
    /// The newest receipt; none only before the first act.
    pub receipt: Option<Receipt>,
}

impl Stored {
    /// Nobody was asked.
    pub const UNASKED: Self = Self { decision: Decision::UNASKED, receipt: None };

    /// The text form of the decision of `app`, for stores that are not files: what `installation.json` holds, without
    /// the mark of its directory. `None` for "unasked", which is the absence of a record.
    ///
    /// # Privacy
    ///
    /// A grant's text holds the install id and the id key: keep it where only the application reads it.
    #[must_use]
    pub fn to_text(&self, app: &str) -> Option<String> {
        record::write(app, self)
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    ///
    /// Whatever is not exactly that is a fault.
    pub fn from_text(app: &str, text: &str) -> Result<Self, FaultKind> {
        record::read(app, text)
    }

    /// The same as "nobody was asked", with the receipts kept: what a grant is worth in a copy of the installation
    /// that it was made in. The identity of the original is not in it.
    #[must_use]
    pub fn as_copied(self) -> Self {
        match self.decision.consent {
            Consent::Granted(_) => Self { decision: Decision { consent: Consent::Unasked, ..self.decision }, ..self },
            Consent::Unasked | Consent::Denied { .. } | Consent::Withdrawn { .. } => self,
        }
    }
}

/// Keeps the decision of one installation, for any number of processes.
///
/// `telemetry_core::testing::store_conformance` (feature `testing`) checks an implementation against all of this.
///
/// There are no default methods, so that a forwarding implementation cannot forget one.
pub trait Store: Send + Sync + 'static {
    /// Reads the decision; [`Stored::UNASKED`] when there is none.
    ///
    /// # Errors
    ///
    /// Any other obstacle than "there is none" is a fault, and means "off". [`FaultKind::Copied`] is a yes that was
    /// given in another installation and came here with a copy of it.
    fn load(&self) -> Result<Stored, FaultKind>;

    /// Changes the decision: calls `change` once with what is stored, while no other writer of the installation
    /// can write, and stores what it returns together with its receipt; `None` leaves everything as it is. `change`
    /// may call [`load`](Self::load) and [`receipts`](Self::receipts) of this store.
    ///
    /// A copied yes reaches `change` as [`Stored::as_copied`]: an answer to the question replaces it.
    ///
    /// # Errors
    ///
    /// The decision could not be stored; what was stored before still holds.
    fn update(&self, change: &mut dyn FnMut(Result<Stored, FaultKind>) -> Option<Stored>) -> Result<(), StoreError>;

    /// Takes the shared lock under which the decision is read for one request. Never waits.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] while somebody is changing the decision, which takes a moment; [`StoreError::Write`] if there is
    /// no lock to be had, as in a directory that cannot be written to. Either way nothing may be sent.
    fn share(&self) -> Result<Box<dyn SendGuard + '_>, StoreError>;

    /// Waits until no request that was permitted before is under way any more, in any process, for at most
    /// `patience`.
    ///
    /// # Errors
    ///
    /// The lock cannot be had at all.
    fn drain(&self, patience: Duration) -> Result<Drained, StoreError>;

    /// Reads all receipts, oldest first; `None` in the place of a line that is not a receipt.
    ///
    /// # Errors
    ///
    /// The receipts cannot be read.
    fn receipts(&self) -> Result<Vec<Option<Receipt>>, StoreError>;
}

/// A held shared lock: while it lives, [`Store::drain`] waits.
pub trait SendGuard: Send + Sync {}

/// How the wait for requests under way ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// None is under way.
    Idle,
    /// One was still under way when patience ended.
    InFlight,
}

/// Why a store could not do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The decision could not be written: look at the directory's permissions and free space.
    #[error("the decision cannot be written: look at the permissions and the free space of the state directory")]
    Write,
    /// The decision is longer than what is read back: the list of events has thousands. Whoever wrote it has to shorten it.
    #[error("the list of events is too long to be stored with a decision")]
    TooLarge,
    /// A lock could not be taken: another process may be changing the decision; try again.
    #[error("the decision is being changed by another process")]
    Busy,
    /// The receipts cannot be read.
    #[error("the receipts cannot be read")]
    Receipts,
}

impl StoreError {
    /// The same in this language, without a full stop.
    #[must_use]
    pub fn words_in(self, locale: Locale) -> String {
        sentences::of(locale).store(self)
    }
}
