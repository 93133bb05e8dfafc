//! Recorded time. An entry without an end is its user's running timer.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{Error, all, change, insert, one};

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) user_name: String,
    pub(crate) project_id: i64,
    pub(crate) project_name: String,
    pub(crate) task_id: Option<i64>,
    pub(crate) task_name: Option<String>,
    pub(crate) note: String,
    pub(crate) started_at: i64,
    /// `None` while the timer runs.
    pub(crate) ended_at: Option<i64>,
}

const SELECT: &str = "
    SELECT entries.id, users.name, projects.id, projects.name, tasks.id, tasks.name,
        entries.note, started_at, ended_at
    FROM entries
    JOIN users ON users.id = entries.user_id
    JOIN projects ON projects.id = entries.project_id
    LEFT JOIN tasks ON tasks.id = entries.task_id";

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        user_name: row.get(1)?,
        project_id: row.get(2)?,
        project_name: row.get(3)?,
        task_id: row.get(4)?,
        task_name: row.get(5)?,
        note: row.get(6)?,
        started_at: row.get(7)?,
        ended_at: row.get(8)?,
    })
}

/// What time is recorded on. Made only by [`target`], so that a task belongs to its project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) project_id: i64,
    pub(crate) task_id: Option<i64>,
}

/// A person's choice in a form: a project as a whole, or one of its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Project(i64),
    Task(i64),
}

/// Looks a choice up; [`Error::Missing`] when there is no such project or task.
pub(crate) fn target(db: &Connection, choice: Choice) -> Result<Target, Error> {
    match choice {
        Choice::Project(id) => one(db, "SELECT id FROM projects WHERE id = ?1", [id], |row| {
            Ok(Target { project_id: row.get(0)?, task_id: None })
        }),
        Choice::Task(id) => one(db, "SELECT project_id, id FROM tasks WHERE id = ?1", [id], |row| {
            Ok(Target { project_id: row.get(0)?, task_id: row.get(1)? })
        }),
    }
}

/// The user's entries that touch the time from `from` up to `to`, newest first.
pub(crate) fn between(db: &Connection, user: i64, from: i64, to: i64) -> Result<Vec<Entry>, Error> {
    let sql = format!(
        "{SELECT} WHERE users.id = ?1 AND started_at < ?3 AND coalesce(ended_at, ?3) > ?2
         ORDER BY started_at DESC, entries.id DESC"
    );
    all(db, &sql, (user, from, to), read)
}

/// The user's last `count` finished entries, newest first.
pub(crate) fn recent(db: &Connection, user: i64, count: i64) -> Result<Vec<Entry>, Error> {
    let sql = format!(
        "{SELECT} WHERE users.id = ?1 AND ended_at IS NOT NULL
         ORDER BY started_at DESC, entries.id DESC LIMIT ?2"
    );
    all(db, &sql, (user, count), read)
}

/// Everybody's last `count` entries on a project, newest first.
pub(crate) fn on_project(db: &Connection, project: i64, count: i64) -> Result<Vec<Entry>, Error> {
    let sql = format!("{SELECT} WHERE projects.id = ?1 ORDER BY started_at DESC LIMIT ?2");
    all(db, &sql, (project, count), read)
}

/// Everybody's last `count` entries on a task, newest first.
pub(crate) fn on_task(db: &Connection, task: i64, count: i64) -> Result<Vec<Entry>, Error> {
    let sql = format!("{SELECT} WHERE tasks.id = ?1 ORDER BY started_at DESC LIMIT ?2");
    all(db, &sql, (task, count), read)
}

pub(crate) fn running(db: &Connection, user: i64) -> Result<Option<Entry>, Error> {
    let sql = format!("{SELECT} WHERE users.id = ?1 AND ended_at IS NULL");
    Ok(db.prepare_cached(&sql)?.query_row([user], read).optional()?)
}

/// One of the user's own entries; somebody else's is [`Error::Missing`].
pub(crate) fn find(db: &Connection, user: i64, id: i64) -> Result<Entry, Error> {
    one(db, &format!("{SELECT} WHERE entries.id = ?2 AND users.id = ?1"), (user, id), read)
}

/// What a start did.
#[derive(Debug)]
pub(crate) struct Started {
    /// The timer that ran before and was stopped by this start.
    pub(crate) stopped: Option<Entry>,
    pub(crate) entry: Entry,
}

/// Starts the user's timer at `now`, stopping the running one in the same transaction.
pub(crate) fn start(db: &mut Connection, user: i64, target: Target, note: &str, now: i64) -> Result<Started, Error> {
    let transaction = db.transaction()?;
    let stopped = stop_running(&transaction, user, now)?;
    let entry_id = insert(
        &transaction,
        "INSERT INTO entries (user_id, project_id, task_id, note, started_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (user, target.project_id, target.task_id, note, now),
    )?;
    let entry = find(&transaction, user, entry_id)?;
    transaction.commit()?;
    Ok(Started { stopped, entry })
}

/// Stops the user's timer at `now`; `None` when none runs.
pub(crate) fn stop(db: &mut Connection, user: i64, now: i64) -> Result<Option<Entry>, Error> {
    let transaction = db.transaction()?;
    let stopped = stop_running(&transaction, user, now)?;
    transaction.commit()?;
    Ok(stopped)
}

fn stop_running(db: &Connection, user: i64, now: i64) -> Result<Option<Entry>, Error> {
    let Some(mut entry) = running(db, user)? else { return Ok(None) };
    // A clock that was set back must not make the entry end before it started.
    let ended_at = now.max(entry.started_at);
    change(db, "UPDATE entries SET ended_at = ?2 WHERE id = ?1", (entry.id, ended_at))?;
    entry.ended_at = Some(ended_at);
    Ok(Some(entry))
}

/// What a person types about an entry.
#[derive(Debug)]
pub(crate) struct Details {
    pub(crate) target: Target,
    pub(crate) note: String,
    pub(crate) started_at: i64,
    /// `None` keeps the timer running.
    pub(crate) ended_at: Option<i64>,
}

pub(crate) fn create(db: &Connection, user: i64, details: &Details) -> Result<i64, Error> {
    insert(
        db,
        "INSERT INTO entries (user_id, project_id, task_id, note, started_at, ended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (user, details.target.project_id, details.target.task_id, &details.note, details.started_at, details.ended_at),
    )
}

pub(crate) fn update(db: &Connection, user: i64, id: i64, details: &Details) -> Result<(), Error> {
    change(
        db,
        "UPDATE entries SET project_id = ?3, task_id = ?4, note = ?5, started_at = ?6, ended_at = ?7
         WHERE user_id = ?1 AND id = ?2",
        (
            user,
            id,
            details.target.project_id,
            details.target.task_id,
            &details.note,
            details.started_at,
            details.ended_at,
        ),
    )
}

pub(crate) fn delete(db: &Connection, user: i64, id: i64) -> Result<(), Error> {
    change(db, "DELETE FROM entries WHERE user_id = ?1 AND id = ?2", (user, id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{projects, testing::connection, users};

    fn fixture() -> (Connection, i64, Target) {
        let mut db = connection();
        let user = users::NewUser {
            name: "ada".to_owned(),
            password_hash: String::new(),
            role: users::Role::Administrator,
            time_zone: "UTC".to_owned(),
        };
        let user = users::create_first(&mut db, &user, 0).unwrap();
        let details = projects::Details { name: "p".to_owned(), note: String::new(), client_id: None };
        let project_id = projects::create(&db, &details, 0).unwrap();
        (db, user, Target { project_id, task_id: None })
    }

    #[test]
    fn a_start_stops_the_timer_that_runs() {
        let (mut db, user, target) = fixture();
        let first = start(&mut db, user, target, "", 100).unwrap();
        assert!(first.stopped.is_none());
        let second = start(&mut db, user, target, "", 160).unwrap();
        let stopped = second.stopped.unwrap();
        assert_eq!((stopped.id, stopped.ended_at), (first.entry.id, Some(160)));
        assert_eq!(running(&db, user).unwrap().unwrap().id, second.entry.id);
        assert!(stop(&mut db, user, 200).unwrap().is_some());
        assert!(stop(&mut db, user, 200).unwrap().is_none());
    }

    #[test]
    fn a_clock_set_back_ends_the_entry_where_it_started() {
        let (mut db, user, target) = fixture();
        start(&mut db, user, target, "", 100).unwrap();
        assert_eq!(stop(&mut db, user, 40).unwrap().unwrap().ended_at, Some(100));
    }

    #[test]
    fn entries_are_seen_by_their_owner_only() {
        let (mut db, user, target) = fixture();
        let id = start(&mut db, user, target, "", 100).unwrap().entry.id;
        assert!(matches!(find(&db, user + 1, id), Err(Error::Missing)));
        assert!(matches!(delete(&db, user + 1, id), Err(Error::Missing)));
        assert!(find(&db, user, id).is_ok());
    }

    #[test]
    fn time_on_a_project_keeps_it_from_being_deleted() {
        let (mut db, user, target) = fixture();
        start(&mut db, user, target, "", 100).unwrap();
        assert!(matches!(projects::delete(&db, target.project_id), Err(Error::InUse)));
        assert!(matches!(users::delete(&mut db, user), Err(Error::InUse)));
    }
}
