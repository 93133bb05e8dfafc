//! Comments on projects and on tasks.

use rusqlite::{Connection, Row};

use super::{Error, all, change, insert, one};

#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: i64,
    pub(crate) project_id: i64,
    pub(crate) task_id: Option<i64>,
    pub(crate) user_id: Option<i64>,
    /// `None` when the author's account was deleted.
    pub(crate) author: Option<String>,
    pub(crate) body: String,
    pub(crate) created_at: i64,
    pub(crate) edited: bool,
}

const SELECT: &str = "
    SELECT comments.id, project_id, task_id, users.id, users.name, body, comments.created_at,
        edited_at IS NOT NULL
    FROM comments LEFT JOIN users ON users.id = comments.user_id";

fn read(row: &Row<'_>) -> rusqlite::Result<Comment> {
    Ok(Comment {
        id: row.get(0)?,
        project_id: row.get(1)?,
        task_id: row.get(2)?,
        user_id: row.get(3)?,
        author: row.get(4)?,
        body: row.get(5)?,
        created_at: row.get(6)?,
        edited: row.get(7)?,
    })
}

/// Those on the project itself, not on its tasks; oldest first.
pub(crate) fn on_project(db: &Connection, project_id: i64) -> Result<Vec<Comment>, Error> {
    let sql = format!("{SELECT} WHERE project_id = ?1 AND task_id IS NULL ORDER BY comments.id");
    all(db, &sql, [project_id], read)
}

pub(crate) fn on_task(db: &Connection, task_id: i64) -> Result<Vec<Comment>, Error> {
    all(db, &format!("{SELECT} WHERE task_id = ?1 ORDER BY comments.id"), [task_id], read)
}

pub(crate) fn find(db: &Connection, id: i64) -> Result<Comment, Error> {
    one(db, &format!("{SELECT} WHERE comments.id = ?1"), [id], read)
}

pub(crate) fn create(
    db: &Connection,
    project_id: i64,
    task_id: Option<i64>,
    user_id: i64,
    body: &str,
    now: i64,
) -> Result<i64, Error> {
    insert(
        db,
        "INSERT INTO comments (project_id, task_id, user_id, body, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (project_id, task_id, user_id, body, now),
    )
}

pub(crate) fn update(db: &Connection, id: i64, body: &str, now: i64) -> Result<(), Error> {
    change(db, "UPDATE comments SET body = ?2, edited_at = ?3 WHERE id = ?1", (id, body, now))
}

pub(crate) fn delete(db: &Connection, id: i64) -> Result<(), Error> {
    change(db, "DELETE FROM comments WHERE id = ?1", [id])
}
