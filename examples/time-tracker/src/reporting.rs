//! Putting telemetry together: what the build embedded, where the decision is kept, and nothing else.
//!
//! Built without the feature `telemetry`, or with `no-telemetry`, there is no sink: nothing is ever asked or sent.
//!
//! What can be reported is in [`telemetry`](crate::telemetry); when, is in the handlers.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use telemetry_core::{Builder, Deployment, Dsn, EmbeddedHost, EmbeddedKey, ProgramKind, Sink, Telemetry};

use crate::db::tasks::{Priority, Status};
use crate::db::users::Role;
use crate::decision::DatabaseStore;
use crate::telemetry::{AccountRole, TaskPriority, TaskStatus, Tracked};

/// What the build embedded. Nothing at run time changes any of it.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// The key of product events.
    pub key: EmbeddedKey,
    /// Where product events go.
    pub host: EmbeddedHost,
    /// Where error reports go; without it they go where product events go.
    pub dsn: EmbeddedKey<Dsn>,
    /// How the binary is installed.
    pub deployment: Deployment,
}

/// The directory below the data directory that holds the decision, the receipts and the sent log.
pub(crate) fn directory(data_dir: &Path) -> PathBuf {
    data_dir.join("telemetry")
}

/// What there is beside a decision in the database: the sent log and what waits. Apart from the files of a decision in a
/// file, since each start removes what does not belong to its own decision.
fn directory_beside_database(data_dir: &Path) -> PathBuf {
    directory(data_dir).join("database")
}

/// Whether there is a decision in a file, readable or not.
pub(crate) fn has_decision_in_file(data_dir: &Path) -> bool {
    fs::symlink_metadata(directory(data_dir).join("installation.json")).is_ok()
}

/// Where the decision about telemetry is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In `installation.json` in the data directory.
    #[default]
    File,
    /// In this database, for any number of processes with data directories of their own.
    Database(PathBuf),
}

/// Telemetry for the installation in `data_dir`. Off until an administrator has agreed.
///
/// The sent log stays in the data directory, wherever the decision is kept.
#[must_use]
pub fn open(embedded: &Embedded, data_dir: &Path, place: Place) -> Telemetry<Tracked> {
    builder(embedded, data_dir, place).build()
}

/// The same, sent as soon as a few events have come together: for the demo, where somebody waits for it.
pub(crate) fn open_hasty(embedded: &Embedded, data_dir: &Path) -> Telemetry<Tracked> {
    builder(embedded, data_dir, Place::File).flush_interval(Duration::from_secs(2)).build()
}

fn builder(embedded: &Embedded, data_dir: &Path, place: Place) -> Builder<Tracked> {
    let directory = match &place {
        Place::File => directory(data_dir),
        Place::Database(_) => directory_beside_database(data_dir),
    };
    let builder =
        Telemetry::<Tracked>::builder(ProgramKind::Service, directory, sink(embedded)).deployment(embedded.deployment);
    let builder = with_errors_sink(builder, embedded);
    match place {
        Place::File => builder,
        Place::Database(path) => builder.store(DatabaseStore::new(path)),
    }
}

#[cfg(all(feature = "telemetry", not(feature = "no-telemetry")))]
fn with_errors_sink(builder: Builder<Tracked>, embedded: &Embedded) -> Builder<Tracked> {
    if embedded.dsn.is_configured() {
        builder.errors_sink(telemetry_sentry::Sentry::new(embedded.dsn))
    } else {
        builder
    }
}

#[cfg(not(all(feature = "telemetry", not(feature = "no-telemetry"))))]
fn with_errors_sink(builder: Builder<Tracked>, _: &Embedded) -> Builder<Tracked> {
    builder
}

#[cfg(all(feature = "telemetry", not(feature = "no-telemetry")))]
fn sink(embedded: &Embedded) -> impl Sink {
    telemetry_posthog::Posthog::new(embedded.key, embedded.host)
}

#[cfg(not(all(feature = "telemetry", not(feature = "no-telemetry"))))]
fn sink(_: &Embedded) -> impl Sink {
    telemetry_core::NoSink
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
