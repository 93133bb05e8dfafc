//! The decision about telemetry in the application's database: for any number of processes on one database, where a
//! file beside each of them would be a decision of its own.
//!
//! ```text
//! telemetry_decision   the decision, replaced only by who has read it (compare-and-set on its epoch)
//! telemetry_receipts   one row per decision, written in the same transaction
//! telemetry_senders    one row per request under way, with the time at which it counts as dead
//! telemetry_drains     one row per withdrawal that waits for those; no request begins meanwhile
//! ```
//!
//! Each operation opens a connection of its own, because there are few (one per request that is sent) and none may
//! wait behind the application's statements. Nothing here makes a database before the first decision.
//!
//! # Senders that die
//!
//! A sender's row is removed when its request has ended. A process that is killed in a request leaves the row behind;
//! it counts for 15 s from when the request began. A withdrawal in that time waits its 2 s and says that a
//! request may still be under way, which is all that can be known from a database. Later ones do not see the row.
//!
//! The row of a living sender outlasts its request: a request may take [`LONGEST_SEND`], and is cancelled within a
//! fraction of a second when the decision changes. The times are those of the machine's clock, which all processes on
//! one `SQLite` file share. A clock that is set forward by seconds in the middle of a request can make a withdrawal
//! return before that request has ended; with a database server, its clock would be the one to use.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior};
use telemetry_core::Catalogue;
use telemetry_core::consent::{Consent, FaultKind, Receipt};
use telemetry_core::store::{Drained, FileMark, LONGEST_SEND, SendGuard, Store, StoreError, Stored};

use crate::db::{Db, OpenError};
use crate::session::random_hex;
use crate::telemetry::Tracked;

/// How long the row of a sender counts. Longer than a request may take, by as much as a busy machine may be late.
const LEASE: Duration = LONGEST_SEND.saturating_add(Duration::from_secs(5));

/// How long the row of a withdrawal counts beyond its patience, if its process dies before it removes the row.
const DRAIN_MARGIN: Duration = Duration::from_secs(1);

/// How long a change of the decision waits for other writers of the database. Their transactions take milliseconds.
const WRITER_PATIENCE: Duration = Duration::from_secs(2);

/// How long a sender waits for other writers of the database (never for a decision or another sender): enough for the
/// application's own statements, and so short that it is no wait.
const SENDER_PATIENCE: Duration = Duration::from_millis(100);

/// How often a withdrawal looks whether the senders have ended.
const DRAIN_STEP: Duration = Duration::from_millis(5);

/// A [`Store`] in the application's database.
///
/// A copied database does not carry a yes: the decision names the database file by inode and birth time, see
/// [`FileMark`].
#[derive(Debug)]
pub struct DatabaseStore {
    path: PathBuf,
}

impl DatabaseStore {
    /// Keeps the decision in the database file at `path`, which is made with the first decision at the latest.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Whether the database holds a decision, readable or not.
    #[must_use]
    pub fn holds_decision(&self) -> bool {
        self.load().as_ref() != Ok(&Stored::UNASKED)
    }

    /// A connection, unless there is no database with these tables.
    fn connect(&self, patience: Duration) -> rusqlite::Result<Option<Connection>> {
        if std::fs::metadata(&self.path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(None);
        }
        let db = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.busy_timeout(patience)?;
        let tables = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'telemetry_decision')";
        let is_there = db.query_row(tables, [], |row| row.get(0))?;
        Ok(if is_there { Some(db) } else { None })
    }

    /// A connection for a change of the decision; makes the database if need be.
    fn connect_to_change(&self) -> Result<Connection, StoreError> {
        let mut db = self.connect(WRITER_PATIENCE).map_err(|error| why(&error))?;
        if db.is_none() {
            // Two processes that make it at the same time can get into each other's way: one is told to try again.
            Db::open(&self.path).map_err(|error| match error {
                OpenError::Open(error) | OpenError::Migrate(error) => why(&error),
                OpenError::Newer => StoreError::Write,
            })?;
            db = self.connect(WRITER_PATIENCE).map_err(|error| why(&error))?;
        }
        let db = db.ok_or(StoreError::Write)?;
        // A decision is on the disk before anybody is told of it.
        db.pragma_update(None, "synchronous", "full").map_err(|error| why(&error))?;
        Ok(db)
    }

    fn read(&self, db: &Connection) -> Result<Found, FaultKind> {
        let row = db
            .query_row("SELECT epoch, record, file_mark FROM telemetry_decision", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
            })
            .optional()
            .map_err(|_| FaultKind::Unreadable)?;
        let Some((epoch, record, mark)) = row else { return Ok(Found::Here(Stored::UNASKED)) };
        let stored = Stored::from_text(Tracked::SCHEMA.app, &record)?;
        if i64::try_from(stored.decision.epoch) != Ok(epoch) {
            return Err(FaultKind::Inconsistent);
        }
        let granted = matches!(stored.decision.consent, Consent::Granted(_));
        Ok(if granted && mark != Some(self.mark()) { Found::Copied(stored) } else { Found::Here(stored) })
    }

    /// A mark that cannot be had is nobody's: its text differs from that of every yes.
    fn mark(&self) -> String {
        FileMark::at(&self.path).map_or_else(|_| String::new(), |mark| mark.to_string())
    }

    fn write(&self, transaction: &Transaction<'_>, before: Before, next: &Stored) -> Result<(), StoreError> {
        let (Some(record), Some(receipt)) = (next.to_text(Tracked::SCHEMA.app), &next.receipt) else {
            return Err(StoreError::Write);
        };
        let number = |n: u64| i64::try_from(n).map_err(|_| StoreError::Write);
        let mark = match next.decision.consent {
            Consent::Granted(_) => Some(FileMark::at(&self.path).map_err(|_| StoreError::Write)?.to_string()),
            Consent::Unasked | Consent::Denied { .. } | Consent::Withdrawn { .. } => None,
        };
        let epoch = number(next.decision.epoch)?;
        let sql = |statement: &str, params: &[&dyn rusqlite::ToSql]| {
            transaction.execute(statement, params).map_err(|error| why(&error))
        };
        let written = match before {
            Before::Epoch(before) => sql(
                "UPDATE telemetry_decision SET epoch = ?1, record = ?2, file_mark = ?3 WHERE id = 1 AND epoch = ?4",
                &[&epoch, &record, &mark, &number(before)?],
            )?,
            Before::Nothing | Before::Unreadable => {
                if before == Before::Unreadable {
                    sql("INSERT INTO telemetry_unreadable (record) SELECT record FROM telemetry_decision", &[])?;
                    sql("DELETE FROM telemetry_decision", &[])?;
                }
                sql(
                    "INSERT INTO telemetry_decision (id, epoch, record, file_mark) VALUES (1, ?1, ?2, ?3)",
                    &[&epoch, &record, &mark],
                )?
            }
        };
        if written != 1 {
            return Err(StoreError::Busy);
        }
        let receipt_row = "INSERT INTO telemetry_receipts (n, line) VALUES (?1, ?2)";
        sql(receipt_row, &[&number(receipt.n)?, &receipt.to_line()])?;
        Ok(())
    }
}

/// What the database holds.
enum Found {
    /// A decision that was made in this database file.
    Here(Stored),
    /// A yes that was given in another one.
    Copied(Stored),
}

/// What a change has read, and so what it may replace.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Epoch(u64),
    Unreadable,
}

impl Store for DatabaseStore {
    fn load(&self) -> Result<Stored, FaultKind> {
        let Some(db) = self.connect(WRITER_PATIENCE).map_err(|_| FaultKind::Unreadable)? else {
            return Ok(Stored::UNASKED);
        };
        match self.read(&db)? {
            Found::Here(stored) => Ok(stored),
            Found::Copied(_) => Err(FaultKind::Copied),
        }
    }

    fn update(&self, change: &mut dyn FnMut(Result<Stored, FaultKind>) -> Option<Stored>) -> Result<(), StoreError> {
        let mut db = self.connect_to_change()?;
        // Takes the write lock at once: nobody else writes between the reading and the writing of the decision.
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|error| why(&error))?;
        let (before, current) = match self.read(&transaction) {
            Ok(Found::Here(stored)) if stored.receipt.is_none() => (Before::Nothing, Ok(stored)),
            Ok(Found::Here(stored)) => (Before::Epoch(stored.decision.epoch), Ok(stored)),
            Ok(Found::Copied(stored)) => (Before::Epoch(stored.decision.epoch), Ok(stored.as_copied())),
            Err(kind) => (Before::Unreadable, Err(kind)),
        };
        let Some(next) = change(current) else { return Ok(()) };
        self.write(&transaction, before, &next)?;
        transaction.commit().map_err(|error| why(&error))
    }

    fn share(&self) -> Result<Box<dyn SendGuard + '_>, StoreError> {
        let nonce = random_hex::<16>().map_err(|_| StoreError::Busy)?;
        // Without a database there is no yes.
        let mut db = self.connect(SENDER_PATIENCE).map_err(|_| StoreError::Busy)?.ok_or(StoreError::Busy)?;
        let begin = |db: &mut Connection| -> rusqlite::Result<bool> {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let drains = "SELECT EXISTS (SELECT 1 FROM telemetry_drains WHERE expires_at > ?1)";
            if transaction.query_row(drains, [now()], |row| row.get(0))? {
                return Ok(false);
            }
            transaction.execute("DELETE FROM telemetry_senders WHERE expires_at <= ?1", [now()])?;
            let row = "INSERT INTO telemetry_senders (nonce, expires_at) VALUES (?1, ?2)";
            transaction.execute(row, (&nonce, now() + millis(LEASE)))?;
            transaction.commit().map(|()| true)
        };
        match begin(&mut db) {
            Ok(true) => Ok(Box::new(Lease { store: self, nonce })),
            Ok(false) | Err(_) => Err(StoreError::Busy),
        }
    }

    fn drain(&self, patience: Duration) -> Result<Drained, StoreError> {
        let Some(db) = self.connect(WRITER_PATIENCE).map_err(|_| StoreError::Busy)? else {
            return Ok(Drained::Idle);
        };
        let deadline = Instant::now() + patience;
        let _waiting = Waiting::begin(&db, patience).ok_or(StoreError::Busy)?;
        loop {
            let senders = "SELECT EXISTS (SELECT 1 FROM telemetry_senders WHERE expires_at > ?1)";
            match db.query_row(senders, [now()], |row| row.get(0)) {
                Ok(false) => return Ok(Drained::Idle),
                Ok(true) if Instant::now() >= deadline => return Ok(Drained::InFlight),
                Ok(true) => thread::sleep(DRAIN_STEP),
                Err(_) => return Err(StoreError::Busy),
            }
        }
    }

    fn receipts(&self) -> Result<Vec<Option<Receipt>>, StoreError> {
        let Some(db) = self.connect(WRITER_PATIENCE).map_err(|_| StoreError::Receipts)? else {
            return Ok(Vec::new());
        };
        let read = || -> rusqlite::Result<Vec<Option<Receipt>>> {
            let mut rows = db.prepare("SELECT line FROM telemetry_receipts ORDER BY n")?;
            let lines = rows.query_map([], |row| row.get::<_, String>(0))?;
            lines.map(|line| line.map(|line| serde_json::from_str(&line).ok())).collect()
        };
        read().map_err(|_| StoreError::Receipts)
    }
}

/// The row of a request under way.
struct Lease<'a> {
    store: &'a DatabaseStore,
    nonce: String,
}

impl SendGuard for Lease<'_> {}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        // What cannot be removed here ends by itself.
        if let Ok(Some(db)) = self.store.connect(WRITER_PATIENCE) {
            let _ = db.execute("DELETE FROM telemetry_senders WHERE nonce = ?1", [&self.nonce]);
        }
    }
}

/// The row of a withdrawal that waits; while it is there, no request begins.
struct Waiting<'a> {
    db: &'a Connection,
    nonce: String,
}

impl<'a> Waiting<'a> {
    fn begin(db: &'a Connection, patience: Duration) -> Option<Self> {
        let nonce = random_hex::<16>().ok()?;
        let until = now() + millis(patience.saturating_add(DRAIN_MARGIN));
        db.execute("INSERT INTO telemetry_drains (nonce, expires_at) VALUES (?1, ?2)", (&nonce, until)).ok()?;
        Some(Self { db, nonce })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let rows = "DELETE FROM telemetry_drains WHERE nonce = ?1 OR expires_at <= ?2";
        let _ = self.db.execute(rows, (&self.nonce, now()));
    }
}

fn why(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        _ => StoreError::Write,
    }
}

/// Unix milliseconds.
fn now() -> i64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use telemetry_core::testing::store_conformance::{self, Installation};
    use telemetry_core::testing::{Answer, RecordingSink, answered};
    use telemetry_core::{ProgramKind, Purpose, Purposes, Surface, Telemetry, Timestamp, Withdrawal};

    use super::*;

    fn directory_with_store() -> (tempfile::TempDir, DatabaseStore) {
        let directory = tempfile::tempdir().unwrap();
        let store = DatabaseStore::new(directory.path().join("a.db"));
        (directory, store)
    }

    fn granted(store: &DatabaseStore) {
        store.update(&mut |current| answered(current.unwrap(), Answer::Yes, Timestamp::from_millis(0))).unwrap();
    }

    /// `keep_open` is the application's own connection, which is there in real life.
    fn installation(keep_open: bool) -> Installation<DatabaseStore> {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let path = directory.path().join("a.db");
        let db = keep_open.then(|| Db::open(&path).unwrap());
        let (damaged, source, copies) = (path.clone(), path.clone(), AtomicUsize::new(0));
        Installation::new(move || {
            let _held = (&directory, &db);
            DatabaseStore::new(&path)
        })
        .damaged_by(move || {
            let db = Connection::open(&damaged).unwrap();
            db.execute("UPDATE telemetry_decision SET record = '{'", []).unwrap();
        })
        .copied_by(move || {
            let copy = source.with_extension(format!("copy-{}", copies.fetch_add(1, Ordering::SeqCst)));
            // What lies in the write-ahead log belongs to the copy.
            let db = Connection::open(&source).unwrap();
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
            fs::copy(&source, &copy).unwrap();
            DatabaseStore::new(copy)
        })
    }

    #[test]
    fn the_database_conforms() {
        store_conformance::run(|| installation(true));
    }

    #[test]
    fn the_database_conforms_without_the_application() {
        store_conformance::run(|| installation(false));
    }

    #[test]
    fn nothing_is_made_before_a_decision() {
        let (directory, store) = directory_with_store();
        assert_eq!(store.load(), Ok(Stored::UNASKED));
        assert!(!store.holds_decision());
        assert_eq!(store.drain(Duration::ZERO), Ok(Drained::Idle));
        assert_eq!(store.share().err(), Some(StoreError::Busy));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        // A database of a version without these tables holds no decision either.
        Connection::open(directory.path().join("a.db")).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        assert_eq!(store.load(), Ok(Stored::UNASKED));
    }

    #[test]
    fn what_is_no_database_is_a_fault() {
        let (directory, store) = directory_with_store();
        fs::write(directory.path().join("a.db"), "certainly not a database, but long enough to be looked at").unwrap();
        assert_eq!(store.load(), Err(FaultKind::Unreadable));
        assert!(store.holds_decision(), "who cannot read it does not claim that it holds none");
    }

    #[test]
    fn a_sender_that_died_is_waited_for_until_its_lease_ends() {
        let (directory, store) = directory_with_store();
        granted(&store);
        std::mem::forget(store.share());
        assert_eq!(store.drain(Duration::ZERO), Ok(Drained::InFlight));
        let db = Connection::open(directory.path().join("a.db")).unwrap();
        let left: i64 = db.query_row("SELECT expires_at FROM telemetry_senders", [], |row| row.get(0)).unwrap();
        assert!((now() + 10_000..=now() + 15_000).contains(&left), "the lease is longer than a request, and bounded");
        db.execute("UPDATE telemetry_senders SET expires_at = ?1", [now()]).unwrap();
        assert_eq!(store.drain(Duration::ZERO), Ok(Drained::Idle));
        drop(store.share().unwrap());
        let rows: i64 = db.query_row("SELECT count(*) FROM telemetry_senders", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "the next sender cleans up");
    }

    #[test]
    fn no_request_begins_while_somebody_waits() {
        let (directory, store) = directory_with_store();
        granted(&store);
        let db = Connection::open(directory.path().join("a.db")).unwrap();
        let waiting = Waiting::begin(&db, Duration::from_mins(1)).unwrap();
        assert_eq!(store.share().err(), Some(StoreError::Busy));
        drop(waiting);
        assert!(store.share().is_ok());
        // Nor does one who died waiting stop telemetry for good.
        let waiting = Waiting::begin(&db, Duration::from_mins(1)).unwrap();
        std::mem::forget(waiting);
        db.execute("UPDATE telemetry_drains SET expires_at = ?1", [now()]).unwrap();
        assert!(store.share().is_ok());
    }

    #[test]
    fn what_was_decided_since_is_not_overwritten() {
        let (directory, store) = directory_with_store();
        granted(&store);
        let stale = store.load().unwrap();
        store.update(&mut |current| answered(current.unwrap(), Answer::Off, Timestamp::from_millis(0))).unwrap();
        let mut db = Connection::open(directory.path().join("a.db")).unwrap();
        let transaction = db.transaction().unwrap();
        let late = answered(stale.clone(), Answer::Yes, Timestamp::from_millis(0)).unwrap();
        let before = Before::Epoch(stale.decision.epoch);
        assert_eq!(store.write(&transaction, before, &late), Err(StoreError::Busy));
        assert_eq!(store.write(&transaction, Before::Nothing, &late), Err(StoreError::Write));
    }

    /// Two replicas: one database, each with a directory and a connection to the server of its own.
    #[test]
    fn off_in_one_replica_is_off_in_the_other_before_it_returns() {
        let shared = tempfile::tempdir().unwrap();
        let database = shared.path().join("a.db");
        let _application = Db::open(&database).unwrap();
        let sinks = [RecordingSink::default(), RecordingSink::default()];
        let replicas = [0, 1].map(|n: usize| {
            let directory = shared.path().join(n.to_string());
            Telemetry::<Tracked>::builder(ProgramKind::Service, directory, sinks[n].clone())
                .store(DatabaseStore::new(&database))
                .policy_file(shared.path().join("telemetry.policy"))
                .build()
        });
        let [one, two] = &replicas;
        let question = one.present(Surface::Dashboard).unwrap();
        one.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).unwrap();
        two.refresh();
        let track = || two.track(Tracked::SetupCompleted);
        track();
        two.flush(Duration::from_secs(20));
        assert_eq!(sinks[1].delivered(), ["setup.completed"], "a yes in one is a yes in the other");

        // A request of the other replica is under way when this one turns off.
        sinks[1].hang(true);
        track();
        thread::scope(|scope| {
            scope.spawn(|| two.flush(Duration::from_secs(20)));
            sinks[1].wait_until_hanging();
            assert!(matches!(one.withdraw(Surface::Dashboard), Ok(Withdrawal::Done { .. })));
            assert_eq!(sinks[1].delivered(), ["setup.completed"], "it was cancelled before off returned");
        });
        sinks[1].hang(false);
        track();
        two.flush(Duration::from_secs(20));
        assert_eq!(sinks[1].delivered(), ["setup.completed"]);
        assert_eq!(two.state(), one.state());
        assert!(!shared.path().join("0/installation.json").exists(), "the decision is in the database alone");
    }
}
