//! Projects: what time is recorded on.

use rusqlite::{Connection, Row};

use super::{Error, Shelf, all, change, insert, one};

#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) note: String,
    pub(crate) client_id: Option<i64>,
    pub(crate) client_name: Option<String>,
    pub(crate) archived: bool,
    /// Tasks that are not done.
    pub(crate) open_tasks: i64,
    /// Everybody's finished time, in seconds.
    pub(crate) seconds: i64,
}

const SELECT: &str = "
    SELECT projects.id, projects.name, projects.note, clients.id, clients.name,
        projects.archived_at IS NOT NULL,
        (SELECT count(*) FROM tasks WHERE project_id = projects.id AND status <> 'done'),
        (SELECT coalesce(sum(ended_at - started_at), 0) FROM entries
            WHERE project_id = projects.id)
    FROM projects LEFT JOIN clients ON clients.id = projects.client_id";

fn read(row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        id: row.get(0)?,
        name: row.get(1)?,
        note: row.get(2)?,
        client_id: row.get(3)?,
        client_name: row.get(4)?,
        archived: row.get(5)?,
        open_tasks: row.get(6)?,
        seconds: row.get(7)?,
    })
}

/// What a person types about a project.
#[derive(Debug)]
pub(crate) struct Details {
    pub(crate) name: String,
    pub(crate) note: String,
    pub(crate) client_id: Option<i64>,
}

pub(crate) fn list(db: &Connection, shelf: Shelf) -> Result<Vec<Project>, Error> {
    let archived = shelf == Shelf::Archived;
    let order = "ORDER BY clients.name IS NULL, clients.name, projects.name";
    let sql = format!("{SELECT} WHERE (projects.archived_at IS NOT NULL) = ?1 {order}");
    all(db, &sql, [archived], read)
}

pub(crate) fn find(db: &Connection, id: i64) -> Result<Project, Error> {
    one(db, &format!("{SELECT} WHERE projects.id = ?1"), [id], read)
}

pub(crate) fn create(db: &Connection, details: &Details, now: i64) -> Result<i64, Error> {
    insert(
        db,
        "INSERT INTO projects (client_id, name, note, created_at) VALUES (?1, ?2, ?3, ?4)",
        (details.client_id, &details.name, &details.note, now),
    )
}

pub(crate) fn update(db: &Connection, id: i64, details: &Details) -> Result<(), Error> {
    let sql = "UPDATE projects SET client_id = ?2, name = ?3, note = ?4 WHERE id = ?1";
    change(db, sql, (id, details.client_id, &details.name, &details.note))
}

pub(crate) fn archive(db: &Connection, id: i64, now: i64) -> Result<(), Error> {
    change(db, "UPDATE projects SET archived_at = ?2 WHERE id = ?1", (id, now))
}

pub(crate) fn restore(db: &Connection, id: i64) -> Result<(), Error> {
    change(db, "UPDATE projects SET archived_at = NULL WHERE id = ?1", [id])
}

/// Deletes a project with its tasks and comments; [`Error::InUse`] when time is recorded on it.
pub(crate) fn delete(db: &Connection, id: i64) -> Result<(), Error> {
    change(db, "DELETE FROM projects WHERE id = ?1", [id])
}
