//! Turning off and asking for deletion: a request in words, with the identifiers that only this installation knows.
//!
//! It must never send anything, and never keep what it found: a text that is given once is all there is.

mod history;

use core::fmt;

use super::Telemetry;
use super::shared::install_id;
use super::withdrawal::Withdrawal;
use crate::catalogue::{Catalogue, Identity};
use crate::clock::Timestamp;
use crate::consent::effective::FaultKind;
use crate::consent::machine::{Consent, Grant};
use crate::consent::receipt::{ReceiptAct, Surface};
use crate::document::words;
use crate::event::Uuid;
use crate::locale::Locale;
use crate::sentences::{self, Deletion};
use crate::store::StoreError;
use history::History;

/// The most rotating ids that a request names, the newest: ten years of one a day. A clock that was decades off would
/// make a text of megabytes.
const MAX_ROTATIONS: u64 = 3653;

/// What turning off and asking for deletion gave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgotten {
    /// What turning off did.
    pub withdrawal: Withdrawal,
    /// The request, or why there is nothing to ask for.
    pub request: Result<DeletionRequest, NothingToName>,
}

/// The text of a request for deletion, for the person to send.
///
/// `Display` prints it whole, with its head.
///
/// # Privacy
///
/// It holds the identifiers under which data was sent, which are erased on this machine: show it to the person and
/// keep it nowhere. `Debug` leaves them out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletionRequest {
    /// Whom to send it to, in the words of the catalogue: the publisher, and the contact where there is one.
    pub to: String,
    /// What it is about, in one line.
    pub subject: String,
    /// The request.
    pub body: String,
    /// The identifiers that the request names: the install ids, or those of the single requests.
    pub ids: Vec<String>,
    locale: Locale,
}

impl fmt::Display for DeletionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = sentences::of(self.locale).addressed(&self.to, &self.subject);
        write!(f, "{head}\n\n{}", self.body)
    }
}

impl fmt::Debug for DeletionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeletionRequest").field("to", &self.to).finish_non_exhaustive()
    }
}

/// Why a request for deletion could name nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NothingToName {
    /// Nobody ever agreed here, so nothing was sent.
    NeverOn,
    /// What was sent carries no identifier.
    NoIdentifier,
    /// The events can be linked by ids, but nothing that was sent is in the log of this machine any more.
    NothingKnown,
    /// Telemetry was turned off before, and the identifiers were erased then.
    Erased,
    /// The decision is a copy of another installation's: what was sent came from there.
    Copied,
    /// The decision with the identifiers cannot be read.
    Unreadable,
}

impl fmt::Display for NothingToName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence_in(Locale::English))
    }
}

impl NothingToName {
    /// The same as sentences in this language.
    #[must_use]
    pub fn sentence_in(self, locale: Locale) -> &'static str {
        sentences::of(locale).nothing_to_name(self)
    }
}

impl<C: Catalogue> Telemetry<C> {
    /// Turns telemetry off, as [`withdraw`](Self::withdraw) does, and gives the text of a request to delete what was
    /// sent before.
    ///
    /// The request names the install id, all of them where they rotate, and whatever else names a request in the
    /// sent log. They are collected before the withdrawal, which erases them: there is no second chance, so show the
    /// text. Ids that were replaced or erased earlier are not known any more.
    ///
    /// # Errors
    ///
    /// As [`withdraw`](Self::withdraw); the identifiers are then still there, and calling it again finds them.
    ///
    /// # Privacy
    ///
    /// Nothing is sent, and nothing is kept. The person decides whether the request leaves the machine, and how.
    pub fn forget(&self, surface: Surface) -> Result<Forgotten, StoreError> {
        self.forget_in(surface, Locale::English)
    }

    /// The same, with a request in this language. The person sends it, so it is in theirs; a publisher who asks for
    /// another can be sent the identifiers with it all the same.
    ///
    /// # Errors
    ///
    /// As [`forget`](Self::forget).
    ///
    /// # Privacy
    ///
    /// As [`forget`](Self::forget).
    pub fn forget_in(&self, surface: Surface, locale: Locale) -> Result<Forgotten, StoreError> {
        let traces = self.traces();
        let withdrawal = self.withdraw(surface)?;
        Ok(Forgotten { withdrawal, request: traces.map(|traces| self.request(&traces, locale)) })
    }

    fn traces(&self) -> Result<Traces, NothingToName> {
        let stored = self.shared.setup.store.load().map_err(|kind| match kind {
            FaultKind::Copied => NothingToName::Copied,
            _ => NothingToName::Unreadable,
        })?;
        let Consent::Granted(grant) = stored.decision.consent else {
            let was_on =
                self.receipts().is_ok_and(|receipts| receipts.iter().any(|receipt| receipt.act == ReceiptAct::Granted));
            return Err(if was_on { NothingToName::Erased } else { NothingToName::NeverOn });
        };
        // The terms of the grant count too: an earlier version of the program may have linked what this one does not.
        let policies = [grant.agreed.list.terms().identity(), C::SCHEMA.identity];
        if policies == [Identity::None; 2] && words::is_unlinked(&C::SCHEMA) {
            return Err(NothingToName::NoIdentifier);
        }
        let is_complete = policies != [Identity::None; 2];
        let history = History::of(&self.receipts().unwrap_or_default(), &grant);
        let since = history.since.map_or(grant.at, |since| since.min(grant.at));
        let mut ids = Vec::new();
        for policy in policies {
            for id in self.derived(policy, &grant, since) {
                add(&mut ids, id);
            }
        }
        // What was sent while the clock was wrong, or under a policy that is not known any more.
        for entry in self.sent_log() {
            for id in named_in(&entry.body()) {
                add(&mut ids, id);
            }
        }
        if ids.is_empty() { Err(NothingToName::NothingKnown) } else { Ok(Traces { ids, grant, history, is_complete }) }
    }

    /// The install ids that a policy has made from this grant's secrets so far, in use since a moment.
    fn derived(&self, policy: Identity, grant: &Grant, since: Timestamp) -> Vec<Uuid> {
        match policy {
            // A number for each request, which is stored nowhere but in the sent log.
            Identity::None => Vec::new(),
            Identity::Stable => vec![grant.identity.install_id],
            Identity::Rotating { days } => {
                let step = core::time::Duration::from_secs(u64::from(days.max(1)) * 86_400);
                let now = self.shared.setup.clock.now();
                let last = u64::try_from(now.since(since).as_millis() / step.as_millis().max(1)).unwrap_or(0);
                // One moment in each stretch, and the present one, which may be of a stretch that has just begun.
                let moments = (last.saturating_sub(MAX_ROTATIONS)..=last)
                    .filter_map(|n| Some(since.plus(step.saturating_mul(u32::try_from(n).ok()?))));
                let mut ids: Vec<Uuid> = moments.chain([now]).filter_map(|at| install_id(policy, grant, at)).collect();
                ids.dedup();
                ids
            }
        }
    }

    fn request(&self, traces: &Traces, locale: Locale) -> DeletionRequest {
        let (schema, sentences) = (C::SCHEMA, sentences::of(locale));
        let ids: Vec<String> = traces.ids.iter().map(Uuid::to_string).collect();
        let to = match schema.contact {
            "" => schema.publisher.to_owned(),
            contact => format!("{} ({contact})", schema.publisher),
        };
        let body = sentences.deletion(&Deletion {
            app: schema.app,
            ids: &ids,
            is_complete: traces.is_complete,
            to: &traces.history.to,
            earlier: &traces.history.earlier,
            given: traces.history.given.unwrap_or(traces.grant.at).min(traces.grant.at),
            withdrawn: self.shared.setup.clock.now(),
            entities: &words::entities(&schema),
        });
        DeletionRequest { to, subject: sentences.deletion_subject(schema.app), body, ids, locale }
    }
}

/// What is known of what was sent.
struct Traces {
    ids: Vec<Uuid>,
    grant: Grant,
    history: History,
    /// Whether everything that was sent carries one of the ids.
    is_complete: bool,
}

fn add(ids: &mut Vec<Uuid>, id: Uuid) {
    if !ids.contains(&id) {
        ids.push(id);
    }
}

/// The identifiers of the whole request in the body of one: install ids are random (RFC 9562, version 4), while the
/// identifiers of single events count (version 8). What a sink adds of its own may be among them, which does no harm.
fn named_in(body: &str) -> impl Iterator<Item = Uuid> {
    body.split('"').filter(|text| text.as_bytes().get(14) == Some(&b'4')).filter_map(Uuid::parse)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::Purposes;
    use crate::clock::Clock as _;
    use crate::kill_switch::ProgramKind;
    use crate::property::Id;
    use crate::testing::{ManualClock, RecordingSink};

    const DAY: Duration = Duration::from_secs(86_400);

    struct User;

    impl crate::property::Entity for User {
        const NAME: &'static str = "user";
    }

    macro_rules! catalogue {
        ($name:ident, $identity:literal $(, $id:ident: $type:ty)?) => {
            #[derive(crate::Catalogue)]
            #[catalogue(app = "tool", revision = 1, identity = $identity, contact = "privacy@tool.example", crate = crate)]
            enum $name {
                /// It ran.
                ///
                /// Why: whether it runs.
                #[event(name = "command.ran")]
                Ran {
                    $(
                        /// Who ran it.
                        $id: $type,
                    )?
                },
            }
        };
    }

    catalogue!(Stable, "stable", user_id: Id<User>);
    catalogue!(Rotating, "rotating(days = 7)");
    catalogue!(Unlinked, "none");
    catalogue!(Rows, "none", user_id: Id<User>);

    struct Installation {
        directory: tempfile::TempDir,
        sink: RecordingSink,
        clock: ManualClock,
    }

    impl Installation {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            Self { directory, sink: RecordingSink::default(), clock: ManualClock::default() }
        }

        fn start<C: Catalogue>(&self) -> Telemetry<C> {
            let builder = Telemetry::<C>::builder(ProgramKind::Service, self.directory.path(), self.sink.clone());
            builder.clock(self.clock.clone()).build()
        }

        /// Has a person agree, and sends one event.
        fn used<C: Catalogue>(&self, event: C) -> Telemetry<C> {
            let telemetry = self.start::<C>();
            agree(&telemetry);
            send(&telemetry, event);
            telemetry
        }

        /// The identifiers that the server has seen.
        fn seen(&self) -> Vec<String> {
            let id = |body: String| body.split('"').nth(3).unwrap_or_default().to_owned();
            self.sink.requests().into_iter().map(|request| id(request.body)).collect()
        }
    }

    fn agree<C: Catalogue>(telemetry: &Telemetry<C>) {
        let question = telemetry.present(Surface::Dashboard).unwrap();
        telemetry.grant(question.ticket(), Purposes::ALL).unwrap();
    }

    fn send<C: Catalogue>(telemetry: &Telemetry<C>, event: C) {
        telemetry.track(event);
        let _ = telemetry.flush(Duration::from_secs(30));
    }

    fn forgotten<C: Catalogue>(telemetry: &Telemetry<C>) -> Result<DeletionRequest, NothingToName> {
        let before = telemetry.sent_log().len();
        let forgotten = telemetry.forget(Surface::Dashboard).unwrap();
        assert_eq!(forgotten.withdrawal, Withdrawal::Done { deleted: 0 });
        assert!(!telemetry.is_on() && telemetry.sent_log().is_empty() && before < 10);
        forgotten.request
    }

    #[test]
    fn a_stable_id_is_named() {
        let installation = Installation::new();
        let telemetry = installation.used(Stable::Ran { user_id: Id::new(1) });
        let request = forgotten(&telemetry).unwrap();
        assert_eq!(request.ids, installation.seen());
        let shown = request.to_string().replace(&request.ids[0], "[the install id]");
        insta::assert_snapshot!(shown);
        assert!(!format!("{request:?}").contains(&request.ids[0]), "identifiers stay out of logs");
        assert_eq!(installation.sink.requests().len(), 1, "nothing is sent about it");
    }

    #[test]
    fn every_id_of_a_rotation_is_named() {
        let installation = Installation::new();
        let telemetry = installation.used(Rotating::Ran {});
        for _ in 0..3 {
            installation.clock.advance(DAY * 7);
            send(&telemetry, Rotating::Ran {});
        }
        // Who agrees again keeps the identity, and its stretches go on.
        agree(&telemetry);
        send(&telemetry, Rotating::Ran {});
        let seen = installation.seen();
        telemetry.clear_sent_log().unwrap();
        let request = forgotten(&telemetry).unwrap();
        assert_eq!(request.ids, seen[..4], "the ids of the four weeks, without help of the log");
        assert_eq!(seen[4], seen[3], "agreeing once more brings no old id back");
    }

    #[test]
    fn what_was_sent_with_a_wrong_clock_is_found_in_the_log() {
        let installation = Installation::new();
        let started = installation.clock.now();
        let telemetry = installation.used(Rotating::Ran {});
        installation.clock.advance(DAY * 70);
        send(&telemetry, Rotating::Ran {});
        installation.clock.jump_to(started);
        let request = forgotten(&telemetry).unwrap();
        assert!(installation.seen().iter().all(|id| request.ids.contains(id)), "{:?}", request.ids);
    }

    #[test]
    fn without_an_identifier_there_is_nothing_to_look_up() {
        let installation = Installation::new();
        let telemetry = installation.used(Unlinked::Ran {});
        assert_eq!(forgotten(&telemetry), Err(NothingToName::NoIdentifier));
    }

    #[test]
    fn requests_are_named_where_rows_link_them() {
        let installation = Installation::new();
        let telemetry = installation.used(Rows::Ran { user_id: Id::new(1) });
        send(&telemetry, Rows::Ran { user_id: Id::new(2) });
        let request = forgotten(&telemetry).unwrap();
        assert_eq!((request.ids.len(), &request.ids), (2, &installation.seen()));
        assert!(request.body.contains("the ones that are still known"), "{}", request.body);

        agree(&telemetry);
        assert_eq!(forgotten(&telemetry), Err(NothingToName::NothingKnown));
    }

    #[test]
    fn where_nothing_is_known_it_is_said_why() {
        let installation = Installation::new();
        let telemetry = installation.start::<Stable>();
        assert_eq!(forgotten(&telemetry), Err(NothingToName::NeverOn));
        agree(&telemetry);
        telemetry.withdraw(Surface::Dashboard).unwrap();
        assert_eq!(forgotten(&telemetry), Err(NothingToName::Erased));

        let installation = Installation::new();
        installation.used(Stable::Ran { user_id: Id::new(1) });
        let copy = Installation::new();
        for name in ["installation.json", "installation.mark", "receipts.jsonl"] {
            let path = |directory: &tempfile::TempDir| directory.path().join(name);
            std::fs::copy(path(&installation.directory), path(&copy.directory)).unwrap();
        }
        assert_eq!(forgotten(&copy.start::<Stable>()), Err(NothingToName::Copied));

        let installation = Installation::new();
        std::fs::write(installation.directory.path().join("installation.json"), "{").unwrap();
        assert_eq!(forgotten(&installation.start::<Stable>()), Err(NothingToName::Unreadable));
    }
}
