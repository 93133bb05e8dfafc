//! The English messages.

use super::{AgreedList, Choice, Deletion, Delivery, Remark, Sentences};
use crate::breaker::BreakerState;
use crate::clock::Timestamp;
use crate::consent::effective::{FaultKind, Reason};
use crate::consent::receipt::VerifyError;
use crate::document::{Drift, words};
use crate::failure::FailureClass;
use crate::kill_switch::variable_name;
use crate::retry::PauseReason;
use crate::stats::Loss;
use crate::store::StoreError;
use crate::telemetry::{GrantError, NothingToName, Withdrawal};
use crate::{Purpose, Purposes};

pub(super) struct English;

/// `usage statistics: https://a.example`, a line each.
fn destinations(to: &[(String, Purposes)], english: &English) -> String {
    let line = |(origin, purposes): &(String, Purposes)| format!("  {}: {origin}\n", english.purposes(*purposes));
    to.iter().map(line).collect::<Vec<_>>().concat()
}

impl Sentences for English {
    fn number(&self, number: u64) -> String {
        super::grouped(number, ',')
    }

    fn day(&self, at: Timestamp) -> String {
        let (year, month, day) = at.date();
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn moment(&self, at: Timestamp) -> String {
        let (hour, minute, second) = at.time();
        format!("{} {hour:02}:{minute:02}:{second:02} UTC", self.day(at))
    }

    fn purposes(&self, purposes: Purposes) -> String {
        words::list(&purposes.iter().map(words::purpose_label).collect::<Vec<_>>())
    }

    fn on(&self, since: Timestamp, purposes: Purposes, list: AgreedList) -> String {
        let (since, purposes) = (self.day(since), self.purposes(purposes));
        match list {
            AgreedList::Whole => format!("On since {since} for: {purposes}."),
            AgreedList::Older { agreed, offered } => {
                format!("On since {since} for: {purposes} (list {agreed} of {offered}).")
            }
            AgreedList::Shorter => format!("On since {since} for: {purposes} (a shorter list than this build's)."),
        }
    }

    fn unavailable(&self) -> &'static str {
        "Unavailable: this build has no analytics key. Nothing is recorded or sent."
    }

    fn off(&self, reasons: &[String], choice: Choice) -> String {
        let reasons = reasons.join("; ");
        match choice {
            Choice::Kept => format!("Off: {reasons}. Nothing is recorded or sent. The stored choice (on) is kept."),
            Choice::None => format!("Off: {reasons}. Nothing is recorded or sent."),
        }
    }

    fn reason(&self, reason: Reason) -> String {
        let words = match reason {
            Reason::NoKey => "this build has no analytics key, so nothing could be sent",
            Reason::DoNotTrack => "`DO_NOT_TRACK` is set",
            Reason::AppSwitch => "the application's telemetry variable is set to off",
            Reason::Policy => "the policy of this machine denies telemetry",
            Reason::Ci => "this is a continuous-integration run",
            Reason::Unasked => "nobody has agreed",
            Reason::Denied => "the answer was no",
            Reason::Withdrawn => "it was turned off",
            Reason::DestinationChanged => "this build sends to another destination than the one agreed to",
            Reason::TermsChanged => "this build links or describes events in a wider way than was agreed to",
            Reason::NothingCovered => "nothing that was agreed to is in this build",
            Reason::Held => "it was turned off in this program, and that could not be stored",
            Reason::Finished => "this program is ending",
            Reason::KeyRefused => "the server has refused the key of this build",
            Reason::Fault(kind) => return self.fault(kind),
        };
        words.to_owned()
    }

    fn remedy(&self, reason: Reason, app: &str) -> String {
        match reason {
            Reason::DoNotTrack => "unset DO_NOT_TRACK to let the stored decision count".to_owned(),
            Reason::AppSwitch => format!("unset {} to let the stored decision count", variable_name(app)),
            Reason::Policy => "ask whoever administers this machine".to_owned(),
            Reason::Fault(FaultKind::Copied) => "decide for this installation".to_owned(),
            Reason::Fault(_) => "turn telemetry off to set the unreadable decision aside, then decide anew".to_owned(),
            Reason::DestinationChanged | Reason::TermsChanged | Reason::NothingCovered => "decide again".to_owned(),
            Reason::Held => format!("mend the state directory and run `{app} telemetry off`"),
            Reason::KeyRefused => "restart the program, or get a build with another key".to_owned(),
            Reason::Finished | Reason::NoKey | Reason::Ci | Reason::Unasked | Reason::Denied | Reason::Withdrawn => {
                String::new()
            }
        }
    }

    fn remark(&self, remark: Remark<'_>) -> String {
        match remark {
            Remark::VariableIgnored(name) => {
                format!("`{name}` asks for telemetry and is ignored: an environment variable cannot give consent")
            }
            Remark::NotErased => {
                "data of an earlier yes could not be removed from this machine, which is tried again at \
                the next start: look at the permissions of the state directory"
                    .to_owned()
            }
            Remark::NotSpooled => {
                "what is unsent cannot be written to disk and would be lost with this process: look at \
                the permissions and the free space of the state directory"
                    .to_owned()
            }
        }
    }

    fn note(&self, remark: &str) -> String {
        format!("note: {remark}")
    }

    fn suspended(&self, purpose: Purpose, reason: &str) -> String {
        format!("{purpose}: off, {reason}")
    }

    fn destination(&self, of: Option<Purposes>, destination: &str) -> String {
        match of {
            None => format!("destination: {destination}"),
            Some(purposes) => format!("destination of {purposes}: {destination}"),
        }
    }

    fn place(&self, origin: &str, operator: &str, fingerprint: Option<&str>) -> String {
        format!("{origin} ({operator}), key fingerprint {}", fingerprint.unwrap_or("none"))
    }

    fn delivery(&self, fact: Delivery<'_>) -> (&'static str, String) {
        match fact {
            Delivery::LastSuccess { at } => ("last delivery", at.to_owned()),
            Delivery::LastFailure { at, class } => ("last failure", format!("{at}: {}", self.failure(class))),
            Delivery::Waiting { waiting, spooled: 0 } => {
                ("waiting", format!("{}, none of them on disk", self.number(waiting)))
            }
            Delivery::Waiting { waiting, spooled } if spooled == waiting => {
                ("waiting", format!("{}, on disk as well", self.number(waiting)))
            }
            Delivery::Waiting { waiting, spooled } => {
                ("waiting", format!("{}, {} of them on disk as well", self.number(waiting), self.number(spooled)))
            }
            Delivery::State(state) => ("state", self.breaker(state).to_owned()),
            Delivery::Paused { until, why } => ("paused", format!("until {until}: {}", self.pause(why))),
            Delivery::Next { at } => ("next attempt", at.to_owned()),
        }
    }

    fn build(&self, app: &str, version: &str, commit: Option<&str>, revision: u32) -> String {
        match commit {
            None => format!("build: {app} {version}, catalogue revision {revision}"),
            Some(commit) => format!("build: {app} {version}, commit {commit}, catalogue revision {revision}"),
        }
    }

    fn install_id(&self, id: &str) -> String {
        format!("install id: {id}")
    }

    fn process(&self, tracked: u64, delivered: u64, waiting: u64) -> String {
        let [tracked, delivered, waiting] = [tracked, delivered, waiting].map(|number| self.number(number));
        format!("this process: {tracked} tracked, {delivered} delivered, {waiting} waiting")
    }

    fn unsent(&self, bytes: u64) -> String {
        format!("unsent on disk, of all processes: {} bytes", self.number(bytes))
    }

    fn lost(&self, count: u64, cause: Loss) -> String {
        let why = match cause {
            Loss::QueueFull => "the queue in memory was full",
            Loss::OutboxFull => "too many waited that could not be written to disk",
            Loss::SpoolFull => "the room on disk was full",
            Loss::TooOld => "waited too long",
            Loss::NotCovered => "not agreed to, or past its end",
            Loss::TurnedOff => "telemetry was turned off before",
            Loss::Rejected => "the server refused them",
            Loss::TooLarge => "too large for the server",
            Loss::Quota => "the server was over its quota",
            Loss::Refused => "the server refused the key",
            Loss::Shutdown => "the program ended before",
            Loss::Damaged => "damaged or removed on disk",
            Loss::Repeated => "the same error was reported often enough",
            Loss::Unrecorded => "a panic could not be written down",
        };
        format!("lost: {} ({cause}: {why})", self.number(count))
    }

    fn failure(&self, class: FailureClass) -> &'static str {
        match class {
            FailureClass::Name => "the server's name could not be looked up",
            FailureClass::Connect => "no connection to the server",
            FailureClass::Tls => "no secure connection to the server",
            FailureClass::Timeout => "no answer in time",
            FailureClass::Reset => "the connection broke",
            FailureClass::Garbage => "the answer made no sense",
            FailureClass::Unreachable => "the server could not be reached",
            FailureClass::ServerError => "the server is in trouble",
            FailureClass::UnexpectedAnswer => "something else answered in the server's place",
            FailureClass::RateLimited => "the server asked for fewer requests",
            FailureClass::Quota => "the server is over its quota",
            FailureClass::TooLarge => "the batch was too large for the server",
            FailureClass::Rejected => "the server refused the batch",
            FailureClass::KeyRefused => "the server refused the key",
            FailureClass::Cancelled => "given up, because something was being turned off",
            FailureClass::Setup => "sending could not be set up on this machine",
            FailureClass::SinkPanicked => "a mistake in the program",
            FailureClass::Disk => "the request could not be written down first",
        }
    }

    fn breaker(&self, state: BreakerState) -> &'static str {
        match state {
            BreakerState::Closed => "works, as far as is known",
            BreakerState::Open => "left alone, after it failed several times in a row",
            BreakerState::HalfOpen => "being tried with one small request",
        }
    }

    fn pause(&self, why: PauseReason) -> &'static str {
        match why {
            PauseReason::Failed => "the last attempt failed",
            PauseReason::Asked => "the server asked for this pause",
            PauseReason::RateLimited => "the server asked for fewer requests",
            PauseReason::Quota => "the server is over its quota",
            PauseReason::BreakerOpen => "it failed several times in a row",
        }
    }

    fn withdrawal(&self, done: Withdrawal) -> String {
        let (Withdrawal::Done { deleted }
        | Withdrawal::DoneButNotErased { deleted, .. }
        | Withdrawal::DoneWithInFlight { deleted }) = done;
        let off = match deleted {
            0 => "Off. Whatever was unsent is deleted.".to_owned(),
            1 => "Off. 1 unsent event deleted.".to_owned(),
            n => format!("Off. {} unsent events deleted.", self.number(n)),
        };
        match done {
            Withdrawal::Done { .. } => format!("{off} No request is under way."),
            Withdrawal::DoneButNotErased { .. } => format!(
                "{off} No request is under way. Data of it could not be removed from this machine; that is tried again \
                 at the next start."
            ),
            Withdrawal::DoneWithInFlight { .. } => format!("{off} One request was already under way."),
        }
    }

    fn nothing_to_name(&self, why: NothingToName) -> &'static str {
        match why {
            NothingToName::NeverOn => "There is nothing to delete: nobody agreed here, so nothing was sent.",
            NothingToName::NoIdentifier => {
                "There is nothing to look up: what was sent carries no identifier, so nobody can tell which of it \
                 came from here."
            }
            NothingToName::NothingKnown => {
                "There is nothing to look up: this installation has no install id, and no request is in the log of \
                 what was sent."
            }
            NothingToName::Erased => {
                "There is nothing left to name: telemetry was turned off before, and the identifiers were erased \
                 then."
            }
            NothingToName::Copied => {
                "There is nothing to delete: these files are a copy of another installation's, and nothing was sent \
                 from here. The request can be made where the original is."
            }
            NothingToName::Unreadable => {
                "The identifiers are not known: the file with the decision cannot be read. It was set aside and not \
                 removed; if it is put right, its identifiers can be read in it."
            }
        }
    }

    fn deletion_subject(&self, app: &str) -> String {
        format!("Deletion of what {app} has sent")
    }

    fn deletion(&self, deletion: &Deletion<'_>) -> String {
        let Deletion { app, ids, is_complete, to, earlier, given, withdrawn, entities } = *deletion;
        let (named, stand_for) = if is_complete {
            ("All of it carries one of these identifiers, exactly as written here:", "one installation")
        } else {
            ("Each request had an identifier of its own. These are the ones that are still known:", "one request each")
        };
        let earlier = if earlier.is_empty() {
            String::new()
        } else {
            format!(
                "Before that, data may also have gone to these destinations, under identifiers\nthat were erased here \
                 since and cannot be named:\n\n{}\n",
                destinations(earlier, self)
            )
        };
        let rows = if entities.is_empty() {
            String::new()
        } else {
            format!(
                "Ids in the events ({}) need not be looked up: delete them together with\nthe rest.\n\n",
                words::spoken(entities)
            )
        };
        format!(
            "Delete what {app} has sent from one installation, and confirm it.\n\n{named}\n\n  {ids}\n\nIt was sent to \
             these destinations, under a consent that was given on\n{given} and withdrawn on \
             {withdrawn}:\n\n{to}\n{earlier}{rows}The identifiers are random and stand for {stand_for}. Whoever \
             received the\ndata knows them; let nobody else have them.\n",
            ids = ids.join("\n  "),
            given = self.day(given),
            withdrawn = self.day(withdrawn),
            to = destinations(to, self),
        )
    }

    fn addressed(&self, to: &str, subject: &str) -> String {
        format!("To: {to}\nSubject: {subject}")
    }

    // Errors say it in English by themselves.

    fn fault(&self, kind: FaultKind) -> String {
        kind.to_string()
    }

    fn not_granted(&self, why: GrantError) -> String {
        why.to_string()
    }

    fn store(&self, why: StoreError) -> String {
        why.to_string()
    }

    fn receipts(&self, why: VerifyError) -> String {
        why.to_string()
    }

    fn drift(&self, drift: &Drift) -> String {
        let Drift { line, committed, generated, command } = drift;
        let [committed, generated] =
            [committed, generated].map(|line| line.as_deref().unwrap_or("(the end of the file)"));
        format!("line {line} differs\n  committed: {committed}\n  generated: {generated}\nwrite it anew: {command}")
    }
}
