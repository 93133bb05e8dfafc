//! Storage: one `SQLite` database, one module per kind of thing in it.
//!
//! Owns all SQL of the application. Functions here take a connection and plain values; they must
//! never know about requests or pages.

pub(crate) mod clients;
pub(crate) mod comments;
pub(crate) mod entries;
mod migrations;
pub(crate) mod projects;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod tasks;
pub(crate) mod users;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Params, Row, TransactionBehavior, ffi};

/// How long a statement waits while another process (a backup, say) holds the database.
const BUSY: Duration = Duration::from_secs(5);

/// An open database, shared by all handlers.
///
/// There is one connection behind a lock: `SQLite` has one writer at a time anyway, and every
/// statement here takes well under a millisecond.
#[derive(Clone)]
pub struct Db {
    connection: Arc<Mutex<Connection>>,
}

/// How many accounts and how many projects there are.
pub(crate) fn size(db: &Connection) -> Result<(u64, u64), Error> {
    let count = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
    Ok((count("SELECT count(*) FROM users")?, count("SELECT count(*) FROM projects")?))
}

impl Db {
    /// Opens or creates the database file and brings its tables up to date.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, or was written by a newer version of the program.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::prepare(Connection::open(path).map_err(OpenError::Open)?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, OpenError> {
        let settings = |connection: &Connection| -> rusqlite::Result<()> {
            connection.busy_timeout(BUSY)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            // With a write-ahead log, `normal` loses no committed data when the program dies.
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.pragma_update(None, "foreign_keys", true)
        };
        settings(&connection).map_err(OpenError::Open)?;
        // Every transaction here writes. One that began by reading could not wait for another process that writes, and
        // would be refused.
        connection.set_transaction_behavior(TransactionBehavior::Immediate);
        migrations::run(&mut connection)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs `work` with the connection on a thread that may block.
    ///
    /// # Errors
    ///
    /// Those of `work`; [`Error::Interrupted`] when the thread did not finish.
    pub async fn call<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
    {
        let connection = Arc::clone(&self.connection);
        let result = tokio::task::spawn_blocking(move || {
            // A panic elsewhere cannot leave a transaction open: rusqlite rolls back on drop.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection)
        });
        result.await.map_err(|_| Error::Interrupted)?
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file is missing, unreadable or not a database: see the source.
    #[error("the database cannot be opened")]
    Open(#[source] rusqlite::Error),
    /// A step to the current tables failed and was rolled back: see the source.
    #[error("the database cannot be brought up to date")]
    Migrate(#[source] rusqlite::Error),
    /// A newer version of the program wrote it: run that version.
    #[error("the database was written by a newer version of this program")]
    Newer,
}

/// Why a read or a change did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name is in use: ask for another.
    #[error("the name is taken")]
    Taken,
    /// Other rows depend on the row: remove or archive those first.
    #[error("other data depend on it")]
    InUse,
    /// There is no such row, or it belongs to somebody else.
    #[error("no such row")]
    Missing,
    /// The change would leave nobody who can administer the installation.
    #[error("the last administrator must remain")]
    LastAdministrator,
    /// `SQLite` refused: see the source.
    #[error("the database refused a statement")]
    Sqlite(#[source] rusqlite::Error),
    /// The thread that did the work died.
    #[error("a database task did not finish")]
    Interrupted,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error().map(|error| error.extended_code) {
            Some(ffi::SQLITE_CONSTRAINT_UNIQUE) => Self::Taken,
            Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER) => Self::InUse,
            _ if matches!(error, rusqlite::Error::QueryReturnedNoRows) => Self::Missing,
            _ => Self::Sqlite(error),
        }
    }
}

/// Which rows of something that can be archived are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shelf {
    Current,
    Archived,
}

fn all<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    let rows = db.prepare_cached(sql)?.query_map(params, read)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

fn one<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T, Error> {
    Ok(db.prepare_cached(sql)?.query_row(params, read)?)
}

/// Runs a statement that must change at least one row.
fn change(db: &Connection, sql: &str, params: impl Params) -> Result<(), Error> {
    match db.prepare_cached(sql)?.execute(params)? {
        0 => Err(Error::Missing),
        _ => Ok(()),
    }
}

fn insert(db: &Connection, sql: &str, params: impl Params) -> Result<i64, Error> {
    Ok(db.prepare_cached(sql)?.insert(params)?)
}

#[cfg(test)]
pub(crate) mod testing {
    //! An empty database in memory, with the current tables.

    use super::{Connection, migrations};

    pub(crate) fn connection() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        migrations::run(&mut connection).unwrap();
        connection
    }
}
