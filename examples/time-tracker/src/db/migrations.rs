//! Brings a database to the current tables, one numbered step at a time.
//!
//! `PRAGMA user_version` counts the steps taken. A step that was released must never change.

use rusqlite::Connection;

use super::OpenError;

const STEPS: &[&str] = &[include_str!("../../migrations/001_initial.sql")];

pub(super) fn run(connection: &mut Connection) -> Result<(), OpenError> {
    let taken: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(OpenError::Open)?;
    let steps = usize::try_from(taken).ok().and_then(|taken| STEPS.get(taken..));
    for (number, step) in (taken + 1..).zip(steps.ok_or(OpenError::Newer)?) {
        take(connection, number, step).map_err(OpenError::Migrate)?;
    }
    Ok(())
}

fn take(connection: &mut Connection, number: u32, step: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(step)?;
    transaction.pragma_update(None, "user_version", number)?;
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
}
