//! The state as a person is shown it: computed from the same facts, by the same function, as the gate.

use core::fmt;
use std::sync::PoisonError;

use serde::Serialize;

use super::Telemetry;
use super::destination::DestinationStatus;
use crate::catalogue::Catalogue;
use crate::clock::Timestamp;
use crate::consent::effective::{Effective, FaultKind, Reason, State, effective, state, suspended};
use crate::consent::machine::Consent;
use crate::document::words;
use crate::kill_switch::{Switch, variable_name};
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
    /// Reads the decision, the environment and the policy again and tells the state. Creates no event.
    #[must_use]
    pub fn status(&self) -> Status {
        self.refresh();
        let setup = &self.shared.setup;
        let stats = self.stats();
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
        let mut ignored = Vec::new();
        if shared.switches.app == Switch::IgnoredOn {
            let name = variable_name(schema.app);
            ignored.push(format!(
                "`{name}` asks for telemetry and is ignored: an environment variable cannot give consent"
            ));
        }
        if *setup.erasing.lock().unwrap_or_else(PoisonError::into_inner) > 0 {
            ignored.push(
                "data of an earlier yes could not be removed from this machine, which is tried again at the next start: \
                 look at the permissions of the state directory"
                    .to_owned(),
            );
        }
        if shared.spool_fails {
            ignored.push(
                "what is unsent cannot be written to disk and would be lost with this process: look at the permissions \
                 and the free space of the state directory"
                    .to_owned(),
            );
        }
        let install_id = grant.and_then(|grant| match schema.identity {
            crate::catalogue::Identity::None => None,
            identity => super::install_id(identity, grant, setup.clock.now()).map(|id| id.to_string()),
        });
        let (now, wall) = (setup.clock.elapsed(), setup.clock.now());
        let destinations = shared.lanes.iter().map(|(which, lane)| {
            let purposes = shared.lanes.purposes(which).intersection(setup.purposes);
            DestinationStatus::new(purposes, setup.sinks.of(which).destination(), lane, now, wall)
        });
        let spool = grant.map(|grant| spool::directory(&setup.data.join(grant.identity.directory())));
        let suspended = suspended(&facts).into_iter();
        let suspended = suspended.map(|(purpose, reason)| (purpose, StatusReason::new(reason, schema.app))).collect();
        Status {
            app: schema.app,
            state: state(&facts),
            reasons: reasons.into_iter().map(|reason| StatusReason::new(reason, schema.app)).collect(),
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
            spool_bytes: spool.map_or(0, |directory| spool::bytes_in(&directory)),
            stats,
        }
    }
}

impl StatusReason {
    fn new(reason: Reason, app: &str) -> Self {
        let remedy = match reason {
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
        };
        Self { code: reason.code(), reason: reason.to_string(), remedy }
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
        match (self.state, self.decided_at) {
            (State::Granted | State::GrantedNarrow, Some(at)) => {
                let day: String = at.to_string().chars().take(10).collect();
                let scope = match self.granted_revision {
                    Some(revision) if self.state == State::GrantedNarrow && revision < self.catalogue_revision => {
                        format!(" (list {revision} of {})", self.catalogue_revision)
                    }
                    // Its author forgot to raise the number.
                    Some(_) if self.state == State::GrantedNarrow => " (a shorter list than this build's)".to_owned(),
                    _ => String::new(),
                };
                let purposes: Vec<&str> = self.purposes.iter().map(words::purpose_label).collect();
                format!("On since {day} for: {}{scope}.", words::list(&purposes))
            }
            (State::Unavailable, _) => {
                "Unavailable: this build has no analytics key. Nothing is recorded or sent.".to_owned()
            }
            _ => {
                let reasons: Vec<&str> = self.reasons.iter().map(|reason| reason.reason.as_str()).collect();
                let kept = if self.state == State::Suspended { " The stored choice (on) is kept." } else { "" };
                format!("Off: {}. Nothing is recorded or sent.{kept}", reasons.join("; "))
            }
        }
    }

    /// The status as JSON, for programs.
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
        writeln!(f, "{}", self.line())?;
        for reason in self.reasons.iter().filter(|reason| !reason.remedy.is_empty()) {
            writeln!(f, "  {}: {}", reason.code, reason.remedy)?;
        }
        for ignored in &self.ignored {
            writeln!(f, "  note: {ignored}")?;
        }
        for (purpose, reason) in &self.suspended {
            writeln!(f, "  {purpose}: off, {}", reason.reason)?;
        }
        for destination in &self.destinations {
            let several = self.destinations.len() > 1;
            let of = if several { format!(" of {}", destination.purposes) } else { String::new() };
            writeln!(f, "  destination{of}: {destination}")?;
            if self.is_on() {
                for (label, words) in destination.lines(|at| at.to_string()) {
                    writeln!(f, "    {label}: {words}")?;
                }
            }
        }
        let commit = self.commit.map(|commit| format!(", commit {commit}")).unwrap_or_default();
        writeln!(f, "  build: {} {}{commit}, catalogue revision {}", self.app, self.version, self.catalogue_revision)?;
        if let Some(id) = &self.install_id {
            writeln!(f, "  install id: {id}")?;
        }
        if self.is_on() {
            let Stats { tracked, delivered, queued, waiting, .. } = &self.stats;
            writeln!(f, "  this process: {tracked} tracked, {delivered} delivered, {} waiting", queued + waiting)?;
            if self.spool_bytes > 0 {
                writeln!(f, "  unsent on disk, of all processes: {} bytes", self.spool_bytes)?;
            }
            for (cause, count) in self.stats.losses() {
                writeln!(f, "  lost: {count} ({cause})")?;
            }
        }
        Ok(())
    }
}
