//! What the handle tells a person about its state and about what it did, in every language.
//!
//! Owns the words of `status`, of what turning off did, and of the request for deletion; the question has its own beside
//! the notice, and the commands have theirs. Each is a whole message, so that a language may order its words as it has
//! to. Nothing in here is for programs: codes, states and names of JSON are the same in every language.

mod english;
mod german;
#[cfg(test)]
pub(crate) mod said;
#[cfg(test)]
mod tests;

pub(crate) use german::{list as german_list, purpose as german_purpose};

use crate::breaker::BreakerState;
use crate::clock::Timestamp;
use crate::consent::effective::{FaultKind, Reason};
use crate::consent::receipt::VerifyError;
use crate::document::Drift;
use crate::failure::FailureClass;
use crate::locale::Locale;
use crate::retry::PauseReason;
use crate::stats::Loss;
use crate::store::StoreError;
use crate::telemetry::{GrantError, NothingToName, Withdrawal};
use crate::{Purpose, Purposes};

/// The messages of a language.
pub(crate) const fn of(locale: Locale) -> &'static dyn Sentences {
    match locale {
        Locale::English => &english::English,
        Locale::German => &german::German,
    }
}

/// How the list that a person agreed to compares with this build's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgreedList {
    /// It covers this build's.
    Whole,
    /// It is an older and shorter one.
    Older { agreed: u32, offered: u32 },
    /// It is a shorter one of the same number: the author forgot to raise it.
    Shorter,
}

/// Whether a yes is kept while telemetry is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// It is, and counts again when the obstacle is gone.
    Kept,
    /// There is none, or it is not enough.
    None,
}

/// What was noticed and changes nothing about the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remark<'a> {
    /// This variable asks for telemetry, which a variable cannot do.
    VariableIgnored(&'a str),
    /// Data of an earlier yes is still on this machine.
    NotErased,
    /// What is unsent cannot be written to disk.
    NotSpooled,
}

/// One thing to say about how a destination is doing. Moments are in words already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery<'a> {
    LastSuccess { at: &'a str },
    LastFailure { at: &'a str, class: FailureClass },
    Waiting { waiting: u64, spooled: u64 },
    State(BreakerState),
    Paused { until: &'a str, why: PauseReason },
    Next { at: &'a str },
}

/// What a request for deletion is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deletion<'a> {
    pub(crate) app: &'a str,
    pub(crate) ids: &'a [String],
    /// Whether everything that was sent carries one of the ids; otherwise each is that of one request.
    pub(crate) is_complete: bool,
    /// Where data went under these ids, each origin with what went there.
    pub(crate) to: &'a [(String, Purposes)],
    /// Where data went under ids that are gone.
    pub(crate) earlier: &'a [(String, Purposes)],
    pub(crate) given: Timestamp,
    pub(crate) withdrawn: Timestamp,
    /// What the numbers in events stand for.
    pub(crate) entities: &'a [&'a str],
}

/// The messages of one language. There are no default methods: a language that lacks a message does not compile.
pub(crate) trait Sentences: Sync {
    /// A number for reading.
    fn number(&self, number: u64) -> String;

    /// The day of a moment, in UTC.
    fn day(&self, at: Timestamp) -> String;

    /// A moment to the second, with its time zone, which is UTC.
    fn moment(&self, at: Timestamp) -> String;

    /// What events of these purposes are called, as a list.
    fn purposes(&self, purposes: Purposes) -> String;

    /// That it is on, since which day, for what.
    fn on(&self, since: Timestamp, purposes: Purposes, list: AgreedList) -> String;

    /// That this build cannot send anything.
    fn unavailable(&self) -> &'static str;

    /// That it is off, for these reasons.
    fn off(&self, reasons: &[String], choice: Choice) -> String;

    /// Why it is off, without a full stop.
    fn reason(&self, reason: Reason) -> String;

    /// What a person can do about it, without a full stop; nothing where nothing needs doing.
    fn remedy(&self, reason: Reason, app: &str) -> String;

    /// What was noticed, without a full stop.
    fn remark(&self, remark: Remark<'_>) -> String;

    /// A remark as a line of the status.
    fn note(&self, remark: &str) -> String;

    /// That one purpose is off by itself.
    fn suspended(&self, purpose: Purpose, reason: &str) -> String;

    /// A destination, with its purposes where there are several.
    fn destination(&self, of: Option<Purposes>, destination: &str) -> String;

    /// A destination by itself, with its operator and the fingerprint of the key.
    fn place(&self, origin: &str, operator: &str, fingerprint: Option<&str>) -> String;

    /// How it is doing: a label, and what it says.
    fn delivery(&self, fact: Delivery<'_>) -> (&'static str, String);

    /// Which build this is.
    fn build(&self, app: &str, version: &str, commit: Option<&str>, revision: u32) -> String;

    /// The install id.
    fn install_id(&self, id: &str) -> String;

    /// What became of this process's events.
    fn process(&self, tracked: u64, delivered: u64, waiting: u64) -> String;

    /// How much waits on disk.
    fn unsent(&self, bytes: u64) -> String;

    /// How many events were lost for this cause.
    fn lost(&self, count: u64, cause: Loss) -> String;

    /// Why a request did not deliver.
    fn failure(&self, class: FailureClass) -> &'static str;

    /// Whether a destination is asked.
    fn breaker(&self, state: BreakerState) -> &'static str;

    /// Why nothing is sent for a while.
    fn pause(&self, why: PauseReason) -> &'static str;

    /// What turning off did.
    fn withdrawal(&self, done: Withdrawal) -> String;

    /// Why a request for deletion could name nothing.
    fn nothing_to_name(&self, why: NothingToName) -> &'static str;

    /// What the request for deletion is about, in one line.
    fn deletion_subject(&self, app: &str) -> String;

    /// The request for deletion.
    fn deletion(&self, deletion: &Deletion<'_>) -> String;

    /// The head of the request.
    fn addressed(&self, to: &str, subject: &str) -> String;

    /// Why a decision could not be read, without a full stop.
    fn fault(&self, kind: FaultKind) -> String;

    /// Why a yes was not stored, without a full stop.
    fn not_granted(&self, why: GrantError) -> String;

    /// Why a store could not do its work, without a full stop.
    fn store(&self, why: StoreError) -> String;

    /// What is wrong with the receipts, without a full stop.
    fn receipts(&self, why: VerifyError) -> String;

    /// Where a committed document differs from the catalogue's.
    fn drift(&self, drift: &Drift) -> String;
}

/// Groups the digits of a number by thousands, from five digits on: four are read at a glance.
fn grouped(number: u64, mark: char) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(mark);
        }
        grouped.push(digit);
    }
    grouped
}
