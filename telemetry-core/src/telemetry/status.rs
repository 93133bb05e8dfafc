//! The state as a person is shown it: computed from the same facts, by the same function, as the gate.

use core::fmt;
use core::time::Duration;
use std::sync::atomic::Ordering;

use serde::Serialize;

use super::Telemetry;
use super::destination::{Beside, DestinationStatus};
use super::lane::Which;
use super::note::{self, Known};
use super::turn::Turn;
use crate::catalogue::Catalogue;
use crate::clock::Timestamp;
use crate::consent::effective::{Effective, Reason, State, effective, state, suspended};
use crate::consent::machine::Consent;
use crate::kill_switch::{Switch, variable_name};
use crate::locale::Locale;
use crate::sentences::{self, AgreedList, Choice, Remark};
use crate::spool;
use crate::stats::Stats;
use crate::{Purpose, Purposes};

/// Everything that can be said about telemetry right now.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status {
    /// The application.
    pub app: &'static str,
    /// The state.
    pub state: State,
    /// Why telemetry is off; empty when it is on.
    pub reasons: Vec<StatusReason>,
    /// Purposes that are on.
    pub purposes: Purposes,
    /// When the stored decision was made.
    pub decided_at: Option<Timestamp>,
    /// The catalogue revision that was agreed to.
    pub granted_revision: Option<u32>,
    /// The catalogue revision of this build.
    pub catalogue_revision: u32,
    /// Where this build sends: one for each sink.
    pub destinations: Vec<DestinationStatus>,
    /// Purposes that were agreed to and are off by themselves, with the reason of each.
    pub suspended: Vec<(Purpose, StatusReason)>,
    /// The application's version.
    pub version: &'static str,
    /// The commit, where the build named it.
    pub commit: Option<&'static str>,
    /// The install id, where the catalogue has one and telemetry is granted.
    pub install_id: Option<String>,
    /// What was noticed and ignored, in a sentence each.
    pub ignored: Vec<String>,
    /// Bytes on disk of what is unsent, of all processes of this installation.
    pub spool_bytes: u64,
    /// What became of this process's events.
    pub stats: Stats,
    /// The language that it is told in.
    locale: Locale,
}

/// A reason with its remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StatusReason {
    /// A short word, stable over versions.
    pub code: &'static str,
    /// The reason as a sentence.
    pub reason: String,
    /// What a person can do about it; empty when nothing needs doing.
    pub remedy: String,
}

impl<C: Catalogue> Telemetry<C> {
    /// Reads the decision, the environment and the policy again and tells the state, in English. Creates no event.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status_in(Locale::English)
    }

    /// The same in this language: every text in it, and all that it prints.
    ///
    /// Codes, the names of states and the shape of its JSON are the same in every language. Programs are better off
    /// with [`status`](Self::status).
    #[must_use]
    pub fn status_in(&self, locale: Locale) -> Status {
        self.refresh();
        let setup = &self.shared.setup;
        let stats = self.stats();
        let (now, wall) = (setup.clock.elapsed(), setup.clock.now());
        // Files are not looked at under the lock.
        let (noted, spool_bytes) = self.beside(now, wall);
        let shared = self.shared.lock();
        let facts = self.shared.facts(&shared);
        let schema = C::SCHEMA;
        let reasons = match effective(&facts) {
            Effective::On(_) => Vec::new(),
            Effective::Off(reasons) => reasons,
        };
        let (decided_at, grant) = match shared.stored.as_ref().map(|stored| &stored.decision.consent) {
            Ok(Consent::Granted(grant)) => (Some(grant.at), Some(grant)),
            Ok(Consent::Denied { at } | Consent::Withdrawn { at }) => (Some(*at), None),
            Ok(Consent::Unasked) | Err(_) => (None, None),
        };
        let variable = variable_name(schema.app);
        let is_erasing = setup.not_erased.load(Ordering::Relaxed) > 0;
        let remarks = [
            (shared.switches.app == Switch::IgnoredOn).then_some(Remark::VariableIgnored(&variable)),
            is_erasing.then_some(Remark::NotErased),
            shared.spool_fails.then_some(Remark::NotSpooled),
        ];
        let sentences = sentences::of(locale);
        let ignored = remarks.into_iter().flatten().map(|remark| sentences.remark(remark)).collect();
        let install_id = grant.and_then(|grant| match schema.identity {
            crate::catalogue::Identity::None => None,
            identity => super::install_id(identity, grant, setup.clock.now()).map(|id| id.to_string()),
        });
        let destinations = shared.lanes.iter().map(|(which, lane)| {
            let purposes = shared.lanes.purposes(which).intersection(setup.purposes);
            let known = noted.iter().find(|(of, _)| *of == which).map_or_else(Known::default, |(_, known)| *known);
            let beside = Beside { known, spool_bytes };
            DestinationStatus::new(purposes, setup.sinks.of(which).destination(), lane, beside, now, wall, locale)
        });
        let told = |reason| StatusReason::new(reason, schema.app, locale);
        let suspended = suspended(&facts).into_iter();
        let suspended = suspended.map(|(purpose, reason)| (purpose, told(reason))).collect();
        Status {
            app: schema.app,
            state: state(&facts),
            reasons: reasons.into_iter().map(told).collect(),
            purposes: shared.active.as_ref().map_or(Purposes::NONE, |active| active.scope.purposes),
            decided_at,
            granted_revision: grant.map(|grant| grant.agreed.list.revision()),
            catalogue_revision: schema.revision,
            destinations: destinations.collect(),
            suspended,
            version: schema.version,
            commit: schema.commit,
            install_id,
            ignored,
            spool_bytes,
            stats,
            locale,
        }
    }

    /// What others noted of the destinations, and the bytes of what is unsent, of all processes; nothing without a yes.
    fn beside(&self, now: Duration, wall: Timestamp) -> (Vec<(Which, Known)>, u64) {
        let setup = &self.shared.setup;
        let state = self.shared.lock();
        let Ok(Consent::Granted(grant)) = state.stored.as_ref().map(|stored| &stored.decision.consent) else {
            return (Vec::new(), 0);
        };
        let identity = setup.data.join(grant.identity.directory());
        drop(state);
        let own = self.shared.number.load(Ordering::Relaxed);
        let note = Turn::look_at_note(&identity);
        let known = note.map(|note| note::read(setup, own, &note, now, wall)).unwrap_or_default();
        (known, spool::bytes_in(&spool::directory(&identity)))
    }
}

impl StatusReason {
    fn new(reason: Reason, app: &str, locale: Locale) -> Self {
        let sentences = sentences::of(locale);
        Self { code: reason.code(), reason: sentences.reason(reason), remedy: sentences.remedy(reason, app) }
    }
}

impl Status {
    /// Whether events are being recorded and sent.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        matches!(self.state, State::Granted | State::GrantedNarrow)
    }

    /// One line of truth.
    #[must_use]
    pub fn line(&self) -> String {
        let sentences = sentences::of(self.locale);
        match (self.state, self.decided_at) {
            (State::Granted, Some(at)) => sentences.on(at, self.purposes, AgreedList::Whole),
            (State::GrantedNarrow, Some(at)) => {
                let list = match self.granted_revision {
                    Some(agreed) if agreed < self.catalogue_revision => {
                        AgreedList::Older { agreed, offered: self.catalogue_revision }
                    }
                    _ => AgreedList::Shorter,
                };
                sentences.on(at, self.purposes, list)
            }
            (State::Unavailable, _) => sentences.unavailable().to_owned(),
            _ => {
                let reasons: Vec<String> = self.reasons.iter().map(|reason| reason.reason.clone()).collect();
                let choice = if self.state == State::Suspended { Choice::Kept } else { Choice::None };
                sentences.off(&reasons, choice)
            }
        }
    }

    /// The status as JSON, for programs. The texts in it are in the language of the status.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Suspended<'a> {
            purpose: Purpose,
            #[serde(flatten)]
            reason: &'a StatusReason,
        }
        #[derive(Serialize)]
        struct Json<'a> {
            app: &'a str,
            version: &'a str,
            commit: Option<&'a str>,
            state: &'a str,
            telemetry_enabled: bool,
            line: String,
            reasons: &'a [StatusReason],
            ignored: &'a [String],
            purposes: Purposes,
            decided_at: Option<Timestamp>,
            granted_revision: Option<u32>,
            catalogue_revision: u32,
            destinations: &'a [DestinationStatus],
            suspended: Vec<Suspended<'a>>,
            install_id: Option<&'a str>,
            tracked: u64,
            delivered: u64,
            queued: u64,
            waiting: u64,
            spool_bytes: u64,
            lost: std::collections::BTreeMap<&'a str, u64>,
        }
        let json = Json {
            app: self.app,
            version: self.version,
            commit: self.commit,
            state: self.state.name(),
            telemetry_enabled: self.is_on(),
            line: self.line(),
            reasons: &self.reasons,
            ignored: &self.ignored,
            purposes: self.purposes,
            decided_at: self.decided_at,
            granted_revision: self.granted_revision,
            catalogue_revision: self.catalogue_revision,
            destinations: &self.destinations,
            suspended: self.suspended.iter().map(|(purpose, reason)| Suspended { purpose: *purpose, reason }).collect(),
            install_id: self.install_id.as_deref(),
            tracked: self.stats.tracked,
            delivered: self.stats.delivered,
            queued: self.stats.queued,
            waiting: self.stats.waiting,
            spool_bytes: self.spool_bytes,
            lost: self.stats.losses().map(|(cause, count)| (cause.name(), count)).collect(),
        };
        serde_json::to_string_pretty(&json).unwrap_or_default()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentences = sentences::of(self.locale);
        writeln!(f, "{}", self.line())?;
        for reason in self.reasons.iter().filter(|reason| !reason.remedy.is_empty()) {
            writeln!(f, "  {}: {}", reason.code, reason.remedy)?;
        }
        for remark in &self.ignored {
            writeln!(f, "  {}", sentences.note(remark))?;
        }
        for (purpose, reason) in &self.suspended {
            writeln!(f, "  {}", sentences.suspended(*purpose, &reason.reason))?;
        }
        for destination in &self.destinations {
            let of = (self.destinations.len() > 1).then_some(destination.purposes);
            writeln!(f, "  {}", sentences.destination(of, &destination.to_string()))?;
            if self.is_on() {
                for (label, words) in destination.lines(|at| sentences.moment(at)) {
                    writeln!(f, "    {label}: {words}")?;
                }
            }
        }
        writeln!(f, "  {}", sentences.build(self.app, self.version, self.commit, self.catalogue_revision))?;
        if let Some(id) = &self.install_id {
            writeln!(f, "  {}", sentences.install_id(id))?;
        }
        if self.is_on() {
            let Stats { tracked, delivered, queued, waiting, .. } = &self.stats;
            writeln!(f, "  {}", sentences.process(*tracked, *delivered, queued + waiting))?;
            if self.spool_bytes > 0 {
                writeln!(f, "  {}", sentences.unsent(self.spool_bytes))?;
            }
            for (cause, count) in self.stats.losses() {
                writeln!(f, "  {}", sentences.lost(count, cause))?;
            }
        }
        Ok(())
    }
}
