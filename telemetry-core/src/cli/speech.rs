//! What the commands ask, tell and complain about, in each language.
//!
//! A file per language, and one trait without default methods between them: a language that lacks a message does not
//! compile. It must never praise one answer or question another. What programs read (JSON, exit codes, the codes of
//! reasons, the names of commands) is no message and the same everywhere.

mod english;
mod german;
#[cfg(test)]
mod tests;

use super::Stop;
use super::arguments::UsageError;
use super::events::What;
use super::prove::{Counts, Failure, Operation};
use crate::catalogue::diff::Class;
use crate::catalogue::{CatalogueSchema, EventSchema, PropertySchema};
use crate::consent::Reason;
use crate::consent::notice::RenewalNotice;
use crate::locale::Locale;
use crate::purpose::Purposes;
use crate::sent_log::SentEntry;

/// The messages of a language.
pub(super) const fn of(locale: Locale) -> &'static dyn Speech {
    match locale {
        Locale::English => &english::English,
        Locale::German => &german::German,
    }
}

/// What was answered to a question about a longer list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Keep,
    Agree,
    Off,
}

/// What a command that `status` names is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    TurnOn,
    TurnOff,
    Explain,
}

/// The messages of one language.
pub(super) trait Speech: Sync {
    /// The end of a question that an empty line answers with "no".
    fn yes_or_no(&self) -> &'static str;

    /// Whether the line is a yes or a no; `None` for every other word. English words count everywhere: they are what a
    /// person types who has a program in many languages.
    fn reads_yes(&self, line: &str) -> Option<bool>;

    /// The three answers to a longer list, a line each, and the prompt.
    fn three_answers(&self, notice: &RenewalNotice) -> String;

    /// The one of the three that the line names; `None` for every other word.
    fn reads_choice(&self, line: &str) -> Option<Choice>;

    /// What holds after a decision, and how to change it: the same tone for both results.
    fn decided(&self, purposes: Purposes, on: &str, off: &str) -> String;

    /// That the older list goes on being sent, and how to change it.
    fn list_is_kept(&self, agreed: u32, on: &str) -> String;

    /// That the longer list is sent now.
    fn list_is_agreed(&self, offered: u32) -> String;

    /// What stands before a question that is asked although something is on.
    fn asks_anew(&self, line: &str) -> String;

    /// That an answer is lost.
    fn not_stored(&self, why: &str) -> String;

    /// Why a command stopped, without a full stop.
    fn stop(&self, stop: &Stop) -> String;

    /// Why the command line is not understood, without a full stop; names what would be.
    fn usage(&self, error: &UsageError) -> String;

    /// Where to read on.
    fn see(&self, command: &str) -> String;

    /// By which command something is done about the state.
    fn way(&self, way: Way, command: &str) -> String;

    /// What a reason for "off" means, and what a person can do about it.
    fn explanation(&self, reason: Reason, app: &str) -> String;

    /// That nothing waits.
    fn nothing_waits(&self) -> &'static str;

    /// That nothing is in the log.
    fn log_is_empty(&self) -> &'static str;

    /// The line above a body in the log.
    fn log_entry(&self, entry: &SentEntry) -> String;

    /// That the log is gone.
    fn log_is_removed(&self) -> &'static str;

    /// That there are no receipts.
    fn no_receipts(&self) -> &'static str;

    /// That all receipts are in order.
    fn receipts_hold(&self, count: usize) -> String;

    /// That the identifiers are new.
    fn identifiers_are_new(&self) -> &'static str;

    /// What becomes of a request for deletion.
    fn request_is_yours(&self, schema: &CatalogueSchema) -> String;

    /// The head of the list of events.
    fn listing(&self, schema: &CatalogueSchema) -> String;

    /// An event of the list, with why it is reported.
    fn listed_event(&self, event: &EventSchema) -> String;

    /// A property of it.
    fn listed_property(&self, event: &EventSchema, property: &PropertySchema) -> String;

    /// What goes with each event; nothing if nothing does.
    fn listed_context(&self, schema: &CatalogueSchema) -> Option<String>;

    /// That a committed file is what this program would write.
    fn agrees(&self, file: &str, what: What, revision: u32, digest: &str) -> String;

    /// That two lists do not differ.
    fn nothing_has_changed(&self) -> &'static str;

    /// What a difference means for people who have agreed.
    fn consequence(&self, class: Class) -> &'static str;

    /// What the author has yet to do.
    fn before_release(&self, remedy: &str) -> String;

    /// That tracing begins.
    fn tracing(&self, operations: usize, app: &str) -> String;

    /// What an operation did.
    fn traced(&self, app: &str, operation: &Operation, counts: Counts, failure: Option<&Failure>) -> String;

    /// That there are more calls than are shown.
    fn and_more(&self, count: usize) -> String;

    /// What all operations did.
    fn in_all(&self, counts: Counts) -> String;

    /// That sockets on which services wait are not counted.
    fn excused(&self, listeners: usize) -> String;

    /// That it is off for this reason as well, so that the proof says less than it could.
    fn also_off(&self, reason: &str) -> String;

    /// The head of the help.
    fn help(&self, app: &str) -> String;

    /// What the exit codes mean.
    fn exit_codes(&self) -> &'static str;
}
