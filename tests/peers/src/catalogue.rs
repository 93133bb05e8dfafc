//! The event, as our catalogue has it.

use telemetry_core::{Catalogue, Entity, Id, Property};

/// A person with an account.
#[derive(Entity)]
pub struct User;

/// A project.
#[derive(Entity)]
pub struct Project;

/// Which front end asked.
#[derive(Property, Clone, Copy)]
pub enum Source {
    /// The page.
    Web,
    /// The programming interface.
    Api,
}

/// The event with four properties.
#[derive(Catalogue)]
#[catalogue(app = "peers", revision = 1, identity = "stable", context(app_version, os_family, arch, deployment))]
pub enum Tracked {
    /// A timer was started.
    ///
    /// Why: to measure.
    #[event(name = "timer.started")]
    TimerStarted {
        /// Who.
        user_id: Id<User>,
        /// Where.
        project_id: Id<Project>,
        /// How.
        source: Source,
        /// Whether it is billable.
        billable: bool,
    },
}

/// The event.
#[must_use]
pub fn event(n: i64) -> Tracked {
    let source = if n % 2 == 0 { Source::Web } else { Source::Api };
    Tracked::TimerStarted { user_id: Id::new(n % 50), project_id: Id::new(n % 7), source, billable: n % 3 == 0 }
}
