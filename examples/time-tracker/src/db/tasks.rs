//! Tasks: pieces of a project, with a priority and a status.

use rusqlite::{Connection, Row};

use super::{Error, all, change, insert, one};
use crate::choice::choice;

choice! {
    /// How pressing a task is.
    pub(crate) enum Priority {
        Low = "low";
        Normal = "normal";
        High = "high";
        Urgent = "urgent";
    }
}

choice! {
    /// How far a task has come.
    pub(crate) enum Status {
        ToDo = "to-do";
        InProgress = "in-progress";
        Review = "review";
        Done = "done";
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) note: String,
    pub(crate) priority: Priority,
    pub(crate) status: Status,
    pub(crate) project_id: i64,
    pub(crate) project_name: String,
    pub(crate) project_archived: bool,
    /// Everybody's finished time, in seconds.
    pub(crate) seconds: i64,
}

const SELECT: &str = "
    SELECT tasks.id, tasks.name, tasks.note, priority, status, projects.id, projects.name,
        projects.archived_at IS NOT NULL,
        (SELECT coalesce(sum(ended_at - started_at), 0) FROM entries WHERE task_id = tasks.id)
    FROM tasks JOIN projects ON projects.id = tasks.project_id";

const MOST_PRESSING_FIRST: &str = "
    ORDER BY status = 'done',
        CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END,
        tasks.id";

fn read(row: &Row<'_>) -> rusqlite::Result<Task> {
    Ok(Task {
        id: row.get(0)?,
        name: row.get(1)?,
        note: row.get(2)?,
        priority: row.get(3)?,
        status: row.get(4)?,
        project_id: row.get(5)?,
        project_name: row.get(6)?,
        project_archived: row.get(7)?,
        seconds: row.get(8)?,
    })
}

/// What a person types about a task.
#[derive(Debug)]
pub(crate) struct Details {
    pub(crate) name: String,
    pub(crate) note: String,
    pub(crate) priority: Priority,
}

/// Which tasks a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Not done, in projects that are not archived.
    Open,
    /// Of this status, in projects that are not archived.
    Status(Status),
    /// All of one project.
    Project(i64),
}

pub(crate) fn list(db: &Connection, filter: Filter) -> Result<Vec<Task>, Error> {
    let select = |condition| format!("{SELECT} WHERE {condition} {MOST_PRESSING_FIRST}");
    match filter {
        Filter::Open => {
            let sql = select("projects.archived_at IS NULL AND status <> 'done'");
            all(db, &sql, [], read)
        }
        Filter::Status(status) => {
            let sql = select("projects.archived_at IS NULL AND status = ?1");
            all(db, &sql, [status], read)
        }
        Filter::Project(id) => all(db, &select("projects.id = ?1"), [id], read),
    }
}

pub(crate) fn find(db: &Connection, id: i64) -> Result<Task, Error> {
    one(db, &format!("{SELECT} WHERE tasks.id = ?1"), [id], read)
}

pub(crate) fn create(db: &Connection, project_id: i64, details: &Details, now: i64) -> Result<i64, Error> {
    insert(
        db,
        "INSERT INTO tasks (project_id, name, note, priority, status, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (project_id, &details.name, &details.note, details.priority, Status::ToDo, now),
    )
}

pub(crate) fn update(db: &Connection, id: i64, details: &Details) -> Result<(), Error> {
    let sql = "UPDATE tasks SET name = ?2, note = ?3, priority = ?4 WHERE id = ?1";
    change(db, sql, (id, &details.name, &details.note, details.priority))
}

/// Sets the status and returns the one before.
pub(crate) fn set_status(db: &mut Connection, id: i64, status: Status) -> Result<Status, Error> {
    let transaction = db.transaction()?;
    let before = find(&transaction, id)?.status;
    change(&transaction, "UPDATE tasks SET status = ?2 WHERE id = ?1", (id, status))?;
    transaction.commit()?;
    Ok(before)
}

/// Deletes a task with its comments; time recorded on it stays with the project.
pub(crate) fn delete(db: &Connection, id: i64) -> Result<(), Error> {
    change(db, "DELETE FROM tasks WHERE id = ?1", [id])
}
