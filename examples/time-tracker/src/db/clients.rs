//! Clients: whom the work is for.

use rusqlite::{Connection, Row};

use super::{Error, Shelf, all, change, insert, one};

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) note: String,
    pub(crate) archived: bool,
    /// How many projects it has, archived ones included.
    pub(crate) projects: i64,
    /// Everybody's finished time on those projects, in seconds.
    pub(crate) seconds: i64,
}

const SELECT: &str = "
    SELECT clients.id, clients.name, clients.note, clients.archived_at IS NOT NULL,
        (SELECT count(*) FROM projects WHERE client_id = clients.id),
        (SELECT coalesce(sum(ended_at - started_at), 0) FROM entries
            JOIN projects ON projects.id = entries.project_id WHERE client_id = clients.id)
    FROM clients";

fn read(row: &Row<'_>) -> rusqlite::Result<Client> {
    Ok(Client {
        id: row.get(0)?,
        name: row.get(1)?,
        note: row.get(2)?,
        archived: row.get(3)?,
        projects: row.get(4)?,
        seconds: row.get(5)?,
    })
}

pub(crate) fn list(db: &Connection, shelf: Shelf) -> Result<Vec<Client>, Error> {
    let archived = shelf == Shelf::Archived;
    let sql = format!("{SELECT} WHERE (clients.archived_at IS NOT NULL) = ?1 ORDER BY name");
    all(db, &sql, [archived], read)
}

pub(crate) fn find(db: &Connection, id: i64) -> Result<Client, Error> {
    one(db, &format!("{SELECT} WHERE clients.id = ?1"), [id], read)
}

pub(crate) fn create(db: &Connection, name: &str, note: &str, now: i64) -> Result<i64, Error> {
    let sql = "INSERT INTO clients (name, note, created_at) VALUES (?1, ?2, ?3)";
    insert(db, sql, (name, note, now))
}

pub(crate) fn update(db: &Connection, id: i64, name: &str, note: &str) -> Result<(), Error> {
    change(db, "UPDATE clients SET name = ?2, note = ?3 WHERE id = ?1", (id, name, note))
}

pub(crate) fn archive(db: &Connection, id: i64, now: i64) -> Result<(), Error> {
    change(db, "UPDATE clients SET archived_at = ?2 WHERE id = ?1", (id, now))
}

pub(crate) fn restore(db: &Connection, id: i64) -> Result<(), Error> {
    change(db, "UPDATE clients SET archived_at = NULL WHERE id = ?1", [id])
}

/// Deletes a client without projects; [`Error::InUse`] when it has some.
pub(crate) fn delete(db: &Connection, id: i64) -> Result<(), Error> {
    change(db, "DELETE FROM clients WHERE id = ?1", [id])
}
