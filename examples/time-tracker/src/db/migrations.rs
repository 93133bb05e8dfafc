//! Brings a database to the current tables, one numbered step at a time.
//!
//! `PRAGMA user_version` counts the steps taken. A step that was released must never change.

use rusqlite::{Connection, TransactionBehavior};

use super::OpenError;

const STEPS: &[&str] =
    &[include_str!("../../migrations/001_initial.sql"), include_str!("../../migrations/002_telemetry_decision.sql")];

pub(super) fn run(connection: &mut Connection) -> Result<(), OpenError> {
    while let Some((number, step)) = next(connection)? {
        take(connection, number, step).map_err(OpenError::Migrate)?;
    }
    Ok(())
}

/// The first step that was not taken, with its number.
fn next(connection: &Connection) -> Result<Option<(u32, &'static str)>, OpenError> {
    let taken = taken(connection).map_err(OpenError::Open)?;
    let steps = usize::try_from(taken).ok().and_then(|taken| STEPS.get(taken..)).ok_or(OpenError::Newer)?;
    Ok(steps.first().map(|step| (taken + 1, *step)))
}

fn taken(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn take(connection: &mut Connection, number: u32, step: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have started at the same time, and taken it.
    if taken(&transaction)? + 1 == number {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_changes_nothing_and_a_newer_file_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        run(&mut connection).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(run(&mut connection), Err(OpenError::Newer)));
    }
    #[test]
    fn processes_that_start_together_take_every_step_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        // Only one of them could switch that on, and this is about the steps.
        Connection::open(&path).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| crate::db::Db::open(&path).unwrap());
            }
        });
        assert_eq!(taken(&Connection::open(&path).unwrap()).unwrap() as usize, STEPS.len());
    }
}
