//! Consent: what a person decided, and what follows from it.
//!
//! Owns the decision's state machine ([`machine`]), what it is bound to ([`Destinations`]), the pure function from all facts to "on" or "off"
//! ([`mod@effective`]), the text of the question ([`notice`]) and the receipts ([`receipt`]). It must do no input or
//! output, and no fact but a person's act may ever turn "off" into "on".

mod destinations;
pub mod effective;
pub mod machine;
pub mod notice;
pub(crate) mod presented;
mod reason;
pub mod receipt;

pub use destinations::Destinations;
pub use effective::{Effective, Facts, FaultKind, Reason, Scope, State, effective, suspended};
pub use machine::{Act, Agreed, Consent, DecideError, Decision, Grant, InstallIdentity};
pub use notice::{Locale, Notice, RenewalNotice};
pub use presented::PresentedToken;
pub use receipt::{Actor, Control, Receipt, Surface, VerifyError};
