//! The English messages of the commands.

use super::{Choice, Speech, Way};
use crate::catalogue::diff::Class;
use crate::catalogue::lock::property_since;
use crate::catalogue::{CatalogueSchema, EventSchema, PropertySchema};
use crate::cli::arguments::{Missing, UsageError};
use crate::cli::events::{CheckError, What, one_line};
use crate::cli::prove::{Counts, Failure, Obstacle, Operation, PATIENCE};
use crate::cli::{Stop, arguments, explain};
use crate::consent::notice::RenewalNotice;
use crate::consent::{FaultKind, Reason};
use crate::document::words;
use crate::kill_switch::{policy_path, variable_name};
use crate::locale::Locale;
use crate::property::{ClosedValue, Kind, Trace};
use crate::purpose::Purposes;
use crate::sent_log::{Answer, SentEntry};
use crate::sentences;

pub(super) struct English;

const fn missing(what: Missing) -> &'static str {
    match what {
        Missing::Reason => "a reason from `status`",
        Missing::Shell => "a shell: bash, zsh or fish",
        Missing::LockFile => "a lock file",
        Missing::File => "a file",
        Missing::Directory => "a directory",
    }
}

fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::NoOperations => "this program does not name the operations that would have to be traced".to_owned(),
        Obstacle::NotLinux => "system calls can only be traced on Linux".to_owned(),
        Obstacle::NoStrace => "`strace` is not installed, or not in PATH".to_owned(),
        Obstacle::NotPermitted => "system calls may not be traced here; containers often forbid it".to_owned(),
        Obstacle::NoDirectory(error) => format!("a fresh directory could not be made: {}", error.kind()),
        Obstacle::NotStarted(error) => format!("the program could not be started anew: {}", error.kind()),
    }
}

fn counted(counts: Counts) -> String {
    let Counts { sockets, connections, look_ups, files } = counts;
    words::list(&[
        words::count(sockets, "socket"),
        words::count(connections, "connection"),
        words::count(look_ups, "look-up"),
        words::count(files, "telemetry file"),
    ])
}

impl Speech for English {
    fn yes_or_no(&self) -> &'static str {
        "[y/N]"
    }

    fn reads_yes(&self, line: &str) -> Option<bool> {
        match line {
            "y" | "yes" => Some(true),
            "" | "n" | "no" => Some(false),
            _ => None,
        }
    }

    fn three_answers(&self, notice: &RenewalNotice) -> String {
        let (keep, agree, off) = (notice.keep(), notice.agree(), notice.off());
        format!("  k  {keep}\n  a  {agree}\n  o  {off}\n\nYour answer (an empty line keeps the list) [K/a/o] ")
    }

    fn reads_choice(&self, line: &str) -> Option<Choice> {
        match line {
            "" | "k" | "keep" => Some(Choice::Keep),
            "a" | "agree" => Some(Choice::Agree),
            "o" | "off" => Some(Choice::Off),
            _ => None,
        }
    }

    fn decided(&self, purposes: Purposes, on: &str, off: &str) -> String {
        if purposes.is_empty() {
            return format!("Off. Change it with: {on}");
        }
        format!("On for: {purposes}. Change it with: {off}")
    }

    fn list_is_kept(&self, agreed: u32, on: &str) -> String {
        format!("Only list {agreed} is sent. Change it with: {on}")
    }

    fn list_is_agreed(&self, offered: u32) -> String {
        format!("List {offered} is sent from now on.")
    }

    fn asks_anew(&self, line: &str) -> String {
        format!("{line} This asks anew.")
    }

    fn not_stored(&self, why: &str) -> String {
        format!("The answer could not be stored: {why}.")
    }

    fn stop(&self, stop: &Stop) -> String {
        match stop {
            Stop::Usage(error) => self.usage(error),
            Stop::UnknownEvent { given, known } => format!("there is no event `{given}`; the events are: {known}"),
            Stop::NoPerson => "only a person at a terminal can turn telemetry on; nothing was changed".to_owned(),
            Stop::Unavailable { reasons, explain } => {
                format!("telemetry cannot be turned on here: {reasons}\n{}", self.see(explain))
            }
            Stop::NoDecision => "no decision was made; nothing was changed".to_owned(),
            Stop::Grant(why) => why.to_string(),
            Stop::NoId => "telemetry is not on, so there is no id to replace".to_owned(),
            Stop::Store(why) => why.to_string(),
            Stop::NotStored(why) => format!("telemetry is off in this process, but not for good: {why}"),
            Stop::Receipts(why) => format!("the receipts do not hold together: {why}"),
            Stop::Clear(error) => format!("a file of the sent log could not be removed: {error}"),
            Stop::Write(error) => format!("the documents cannot be written: {}", error.kind()),
            Stop::Read(error) => format!("the file cannot be read: {error}"),
            Stop::Lock(why) => why.to_string(),
            Stop::Grown(class) => format!("the new list is {}", class.word_in(Locale::English)),
            Stop::NoProof(why) => format!("nothing can be proved here: {}", obstacle(why)),
            Stop::NotSilent => "the program is not silent where nobody has agreed".to_owned(),
            Stop::OperationsFailed(count) => format!("nothing is proved: {count} of the operations failed"),
            Stop::Check(CheckError::Unknown) => "this is none of the files that are made from a catalogue".to_owned(),
            Stop::Check(CheckError::Lock(why)) => why.to_string(),
            Stop::Check(CheckError::Document(drift)) => drift.to_string(),
            Stop::Output(error) => format!("the output could not be written: {error}"),
        }
    }

    fn usage(&self, error: &UsageError) -> String {
        match error {
            UsageError::UnknownCommand { given } => {
                format!("unknown command `{given}`; the commands are: {}", arguments::names())
            }
            UsageError::Unexpected { command, given, options: [] } => format!("`{command}` does not take `{given}`"),
            UsageError::Unexpected { command, given, options } => {
                format!("`{command}` does not take `{given}`; it takes: {}", options.join(", "))
            }
            UsageError::TooMany { command, options } => {
                format!("`{command}` takes one of {} at a time", options.join(", "))
            }
            UsageError::Missing { after, what } => format!("`{after}` needs {}", missing(*what)),
            UsageError::UnknownShell { given } => {
                format!("unknown shell `{given}`; the shells are: {}", arguments::shells())
            }
            UsageError::UnknownReason { given } => {
                format!("unknown reason `{given}`; the reasons are: {}", explain::codes())
            }
        }
    }

    fn see(&self, command: &str) -> String {
        format!("see: {command}")
    }

    fn way(&self, way: Way, command: &str) -> String {
        match way {
            Way::TurnOn => format!("turn it on: {command}"),
            Way::TurnOff => format!("turn it off: {command}"),
            Way::Explain => format!("what this means: {command}"),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one text per reason")]
    fn explanation(&self, reason: Reason, app: &str) -> String {
        let variable = variable_name(app);
        let off = format!("`{app} telemetry off`");
        let on = format!("`{app} telemetry on`");
        let aside =
            format!("{off} sets the unreadable decision aside and stores an \"off\" in its place; {on} asks anew.");
        match reason {
            Reason::NoKey => {
                "The key of the analytics service is put in when the program is built, and whoever built this \
                one put none in; builds from source usually have none. No setting can add it, so nothing is asked and \
                nothing could be sent."
                    .to_owned()
            }
            Reason::DoNotTrack => "The environment variable DO_NOT_TRACK has a value other than `0` or `false` \
                (https://donottrack.sh). Nothing is sent and nothing is asked. What was decided before is kept and counts \
                again when the variable is unset."
                .to_owned(),
            Reason::AppSwitch => format!(
                "The environment variable {variable} is set to `off`, `0`, `false` or `no`, or to a value that is not \
                 known, which means the same. Nothing is sent and nothing is asked. What was decided before is kept and \
                 counts again when the variable is unset. The variable can only turn telemetry off, never on."
            ),
            Reason::Policy => format!(
                "The administrator of this machine denies telemetry, usually in {}; the text `deny` in it, any text that \
                 is not known, and a file that cannot be read all deny. What was decided before is kept and counts again \
                 when the policy is gone. A policy can only turn telemetry off, never on.",
                policy_path(app).display()
            ),
            Reason::Ci => "The variable CI, or one by which a build service makes itself known, is set. Automatic runs \
                speak for nobody, so nothing is asked and nothing is sent, whatever was decided."
                .to_owned(),
            Reason::Held => format!(
                "Somebody turned it off in this running program, and the decision could not be written to disk. Nothing is \
                 recorded or sent until the program ends; to make it last, mend the state directory and run {off}."
            ),
            Reason::Finished => "The program that was asked is shutting down. Nothing is recorded or sent by it any \
                more; what it had not sent stays on disk for its next start."
                .to_owned(),
            Reason::KeyRefused => {
                "The server answered that it does not take the key of this build. Nothing is recorded or \
                sent by this program until it is started again; what it had not sent stays on disk until then."
                    .to_owned()
            }
            Reason::Unasked => {
                format!(
                    "Telemetry is off until somebody says yes, and nobody did so far. {on} shows what would be sent and asks."
                )
            }
            Reason::Denied => {
                format!("The question was answered with no, and the program does not ask again. {on} asks anew.")
            }
            Reason::Withdrawn => format!(
                "It was on and somebody turned it off. What had not been sent and all identifiers were erased then. {on} \
                 asks anew, and starts with new identifiers."
            ),
            Reason::DestinationChanged => format!(
                "Somebody agreed to another server or another key than this build has, and that consent does not cover \
                 this one. `{app} telemetry status` names the destination, {on} asks anew, and {off} ends it."
            ),
            Reason::TermsChanged => format!(
                "Somebody agreed to a list of events under terms that this build does not keep: how long data are kept, \
                 how events are linked, how coarse times are, or something else that holds for all of them. {on} shows the \
                 terms of this build and asks anew, and {off} ends it."
            ),
            Reason::NothingCovered => format!(
                "Somebody agreed to purposes for which this build has no events. {on} asks for what it has, and {off} \
                 ends it."
            ),
            Reason::Fault(kind) => {
                let what = match kind {
                    FaultKind::Unreadable => {
                        "The file with the decision is there but cannot be opened or read; its \
                        permissions or the disk may be the cause. If they are put right, the decision counts again."
                    }
                    FaultKind::Damaged => {
                        "The file with the decision is not whole. It is left as it is, so that a copy can \
                        be put back."
                    }
                    FaultKind::UnknownFormat => {
                        "The file with the decision was written by a newer version of the program. \
                        With that version it counts again."
                    }
                    FaultKind::Inconsistent => {
                        "The file with the decision says two things at once, as happens when it is \
                        changed by hand. It is left as it is."
                    }
                    FaultKind::Permissions => {
                        "The file with the decision belongs to another user, or others may write to \
                        it, so that it may not say what its owner decided. With its owner and permissions put right it \
                        counts again."
                    }
                    FaultKind::WrongApp => {
                        "The file with the decision belongs to another application; the two may share a \
                        directory by mistake."
                    }
                    FaultKind::Copied => {
                        return format!(
                            "Somebody agreed in another installation, and its state directory was copied here: with an \
                             image, from a backup, or to another machine. A copy does not carry the yes, and the \
                             identifiers of the other installation are not used. {on} asks for this one and starts with \
                             identifiers of its own; {off} ends it."
                        );
                    }
                };
                format!("{what} Nothing is recorded or sent meanwhile. {aside}")
            }
        }
    }

    fn nothing_waits(&self) -> &'static str {
        "Nothing is waiting to be sent."
    }

    fn log_is_empty(&self) -> &'static str {
        "The log is empty: nothing was sent, or it was removed."
    }

    fn log_entry(&self, entry: &SentEntry) -> String {
        let at = sentences::of(Locale::English).moment(entry.at);
        match &entry.answer {
            None => format!("{at} to {}: no answer is known", entry.to),
            Some(Answer { outcome, status: None, wire_bytes }) => {
                format!("{at} to {}: {outcome}, {wire_bytes} bytes on the wire", entry.to)
            }
            Some(Answer { outcome, status: Some(status), wire_bytes }) => {
                format!("{at} to {}: {outcome}, HTTP {status}, {wire_bytes} bytes on the wire", entry.to)
            }
        }
    }

    fn log_is_removed(&self) -> &'static str {
        "The log of what was sent is removed."
    }

    fn no_receipts(&self) -> &'static str {
        "There are no receipts: nobody has decided anything."
    }

    fn receipts_hold(&self, count: usize) -> String {
        format!("{}; none was changed, lost or moved.", words::count(count, "receipt"))
    }

    fn identifiers_are_new(&self) -> &'static str {
        "The random identifiers are new. What was unsent under the old ones is deleted, and so is the sent log."
    }

    fn request_is_yours(&self, schema: &CatalogueSchema) -> String {
        format!(
            "Nothing was sent. This request is yours to send or not, and it is kept nowhere:\nthe identifiers in it \
             are erased here and cannot be shown again. {}",
            words::retention(schema)
        )
    }

    fn listing(&self, schema: &CatalogueSchema) -> String {
        format!("Everything that {} can report (catalogue revision {}).", schema.app, schema.revision)
    }

    fn listed_event(&self, event: &EventSchema) -> String {
        let EventSchema { name, what, why, purpose, since, until, .. } = event;
        let until = until.map(|day| format!(", until {day}")).unwrap_or_default();
        format!(
            "{name} ({}, since revision {since}{until}; {})\n  {}\n  Why: {}",
            words::purpose_label(*purpose),
            words::measure(event),
            one_line(what),
            one_line(why)
        )
    }

    fn listed_property(&self, event: &EventSchema, property: &PropertySchema) -> String {
        let values = match property.domain.kind() {
            Kind::Id(entity) => format!("number of a {entity}"),
            Kind::Boolean => "true, false".to_owned(),
            Kind::Closed(_) => property.domain.values().map(ClosedValue::name).collect::<Vec<_>>().join(", "),
        };
        let traced = match property.domain.trace() {
            Some(Trace::Place) => ", with the place in the program's source code and the kind of thread",
            Some(Trace::Functions) => {
                ", with the place and the functions in the program's source code and the kind of thread"
            }
            None => "",
        };
        let absent = if property.domain.is_optional() { ", or absent" } else { "" };
        let since = property_since(event, property);
        let since = if since > event.since { format!(" (since revision {since})") } else { String::new() };
        format!("{}: {} [{values}{absent}{traced}]{since}", property.name, one_line(property.what))
    }

    fn listed_context(&self, schema: &CatalogueSchema) -> Option<String> {
        let context: Vec<&str> = schema.context.iter().map(|context| words::context_words(*context)).collect();
        (!context.is_empty()).then(|| format!("With each event: {}.", words::list(&context)))
    }

    fn agrees(&self, file: &str, what: What, revision: u32, digest: &str) -> String {
        let what = match what {
            What::Manifest => "the manifest",
            What::Catalogue => "the catalogue",
            What::BodySchema => "the schema of the bodies",
            What::LockFile => "the lock file",
            What::Document => "a document",
        };
        format!("{file}: {what} of this program, catalogue revision {revision}, sha256 {digest}")
    }

    fn nothing_has_changed(&self) -> &'static str {
        "same: Nothing has changed."
    }

    fn consequence(&self, class: Class) -> &'static str {
        match class {
            Class::Same => "What can be sent is the same.",
            Class::Narrower => "Less can be sent. Whoever agreed to the old list has agreed to the new one.",
            Class::Wider => "More can be sent. Whoever agreed to the old list has not agreed to what is new.",
            Class::Breaking => {
                "What can be sent means something else. Whoever agreed to the old list has not agreed to it."
            }
        }
    }

    fn before_release(&self, remedy: &str) -> String {
        format!("Before it is released: {remedy}.")
    }

    fn tracing(&self, operations: usize, app: &str) -> String {
        format!("Tracing {} of {app} where nobody has agreed …", words::count(operations, "operation"))
    }

    fn traced(&self, app: &str, operation: &Operation, counts: Counts, failure: Option<&Failure>) -> String {
        let did = counted(counts);
        match failure {
            None => format!("{app} {operation}: {did}"),
            Some(Failure::Ended(status)) => format!("{app} {operation}: {did}; it failed ({status})"),
            Some(Failure::TooLong) => {
                format!("{app} {operation}: {did}; it did not end within {} s", PATIENCE.as_secs())
            }
            Some(Failure::Visit(kind)) => format!("{app} {operation}: {did}; it could not be used ({kind})"),
        }
    }

    fn and_more(&self, count: usize) -> String {
        format!("and {count} more")
    }

    fn in_all(&self, counts: Counts) -> String {
        format!("In all: {}.", counted(counts))
    }

    fn excused(&self, listeners: usize) -> String {
        let sockets = words::count(listeners, "socket");
        format!("Not counted: {sockets} on which a service waits for its own clients.")
    }

    fn also_off(&self, reason: &str) -> String {
        format!("Note: telemetry is off here for another reason too: {reason}.")
    }

    fn help(&self, app: &str) -> String {
        format!(
            "What {app} can report, and whether it may: off until somebody says yes.\n\nUsage: {app} telemetry [COMMAND]"
        )
    }

    fn exit_codes(&self) -> &'static str {
        "Exit codes: 0 done, on or off; 1 not done, or a check found something;
2 not understood, `on` without a person at a terminal, or `prove-off` where
nothing can be traced."
    }
}
