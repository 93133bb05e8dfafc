//! Putting telemetry together: what the build embedded, where the decision is kept, and nothing else.
//!
//! What can be reported is in [`telemetry`](crate::telemetry); when, is in the handlers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use telemetry_core::{Deployment, Dsn, EmbeddedHost, EmbeddedKey, ProgramKind, Telemetry};
use telemetry_posthog::Posthog;

use crate::db::tasks::{Priority, Status};
use crate::db::users::Role;
use crate::telemetry::{AccountRole, TaskPriority, TaskStatus, Tracked};

/// What the build embedded. Nothing at run time changes any of it.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// The key of product events.
    pub key: EmbeddedKey,
    /// Where product events go.
    pub host: EmbeddedHost,
    /// Where error reports would go. This version makes none by this way; `Admin → Telemetry → Build` shows it.
    pub dsn: EmbeddedKey<Dsn>,
    /// How the binary is installed.
    pub deployment: Deployment,
}

/// The directory below the data directory that holds the decision, the receipts and the sent log.
pub(crate) fn directory(data_dir: &Path) -> PathBuf {
    data_dir.join("telemetry")
}

/// Telemetry for the installation in `data_dir`. Off until an administrator has agreed.
#[must_use]
pub fn open(embedded: &Embedded, data_dir: &Path) -> Telemetry<Tracked> {
    Telemetry::<Tracked>::builder(ProgramKind::Service, directory(data_dir), Posthog::new(embedded.key, embedded.host))
        .deployment(embedded.deployment)
        .build()
}

/// The same, sent as soon as a few events have come together: for the demo, where somebody waits for it.
pub(crate) fn open_hasty(embedded: &Embedded, data_dir: &Path) -> Telemetry<Tracked> {
    Telemetry::<Tracked>::builder(ProgramKind::Service, directory(data_dir), Posthog::new(embedded.key, embedded.host))
        .deployment(embedded.deployment)
        .flush_interval(Duration::from_secs(2))
        .build()
}

// What the application stores and what it reports are different types on purpose: a new value in the database is not
// reported before it stands in the catalogue, because it does not compile.

impl From<Priority> for TaskPriority {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::Low => Self::Low,
            Priority::Normal => Self::Normal,
            Priority::High => Self::High,
            Priority::Urgent => Self::Urgent,
        }
    }
}

impl From<Status> for TaskStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::ToDo => Self::ToDo,
            Status::InProgress => Self::InProgress,
            Status::Review => Self::Review,
            Status::Done => Self::Done,
        }
    }
}

impl From<Role> for AccountRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Administrator => Self::Administrator,
            Role::User => Self::User,
        }
    }
}
