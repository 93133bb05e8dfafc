//! People who can sign in.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{Error, all, change, insert, one};
use crate::choice::choice;

choice! {
    /// What a person may do.
    pub(crate) enum Role {
        User = "user";
        Administrator = "administrator";
    }
}

choice! {
    /// Whether a person may sign in. Disabling keeps the recorded time of those who left.
    pub(crate) enum State {
        Active = "active";
        Disabled = "disabled";
    }
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) state: State,
    pub(crate) time_zone: String,
    pub(crate) created_at: i64,
}

/// The columns that [`read`] expects, in its order.
pub(super) const COLUMNS: &str = "users.id, users.name, users.role, users.state, users.time_zone, users.created_at";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        state: row.get(3)?,
        time_zone: row.get(4)?,
        created_at: row.get(5)?,
    })
}

/// A person to be added.
#[derive(Debug)]
pub(crate) struct NewUser {
    pub(crate) name: String,
    pub(crate) password_hash: String,
    pub(crate) role: Role,
    pub(crate) time_zone: String,
}

pub(crate) fn any(db: &Connection) -> Result<bool, Error> {
    one(db, "SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0))
}

pub(crate) fn list(db: &Connection) -> Result<Vec<User>, Error> {
    all(db, &format!("SELECT {COLUMNS} FROM users ORDER BY state, name"), [], read)
}

pub(crate) fn find(db: &Connection, id: i64) -> Result<User, Error> {
    one(db, &format!("SELECT {COLUMNS} FROM users WHERE id = ?1"), [id], read)
}

pub(crate) fn create(db: &Connection, user: &NewUser, now: i64) -> Result<i64, Error> {
    insert(
        db,
        "INSERT INTO users (name, password_hash, role, time_zone, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (&user.name, &user.password_hash, user.role, &user.time_zone, now),
    )
}

/// Adds the first administrator; [`Error::Taken`] when there is any user already.
pub(crate) fn create_first(db: &mut Connection, user: &NewUser, now: i64) -> Result<i64, Error> {
    let transaction = db.transaction()?;
    if any(&transaction)? {
        return Err(Error::Taken);
    }
    let id = create(&transaction, user, now)?;
    transaction.commit()?;
    Ok(id)
}

/// The id and password hash of an active user of this name.
pub(crate) fn credentials(db: &Connection, name: &str) -> Result<Option<(i64, String)>, Error> {
    let found = db
        .prepare_cached("SELECT id, password_hash FROM users WHERE name = ?1 AND state = 'active'")?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

pub(crate) fn password_hash(db: &Connection, id: i64) -> Result<String, Error> {
    one(db, "SELECT password_hash FROM users WHERE id = ?1", [id], |row| row.get(0))
}

/// Changes name, role and state; at least one active administrator must remain.
pub(crate) fn update(db: &mut Connection, id: i64, name: &str, role: Role, state: State) -> Result<(), Error> {
    let transaction = db.transaction()?;
    let sql = "UPDATE users SET name = ?2, role = ?3, state = ?4 WHERE id = ?1";
    change(&transaction, sql, (id, name, role, state))?;
    if state == State::Disabled {
        transaction.execute("DELETE FROM sessions WHERE user_id = ?1", [id])?;
    }
    administrator_remains(&transaction)?;
    Ok(transaction.commit()?)
}

pub(crate) fn set_time_zone(db: &Connection, id: i64, time_zone: &str) -> Result<(), Error> {
    change(db, "UPDATE users SET time_zone = ?2 WHERE id = ?1", (id, time_zone))
}

/// Changes a password and ends every session of that user.
pub(crate) fn set_password(db: &mut Connection, id: i64, hash: &str) -> Result<(), Error> {
    let transaction = db.transaction()?;
    change(&transaction, "UPDATE users SET password_hash = ?2 WHERE id = ?1", (id, hash))?;
    transaction.execute("DELETE FROM sessions WHERE user_id = ?1", [id])?;
    Ok(transaction.commit()?)
}

/// Deletes a user without recorded time; [`Error::InUse`] when there is some.
pub(crate) fn delete(db: &mut Connection, id: i64) -> Result<(), Error> {
    let transaction = db.transaction()?;
    change(&transaction, "DELETE FROM users WHERE id = ?1", [id])?;
    administrator_remains(&transaction)?;
    Ok(transaction.commit()?)
}

fn administrator_remains(db: &Connection) -> Result<(), Error> {
    let sql = "SELECT EXISTS
        (SELECT 1 FROM users WHERE role = 'administrator' AND state = 'active')";
    if one(db, sql, [], |row| row.get(0))? { Ok(()) } else { Err(Error::LastAdministrator) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::connection;

    fn user(name: &str, role: Role) -> NewUser {
        NewUser { name: name.to_owned(), password_hash: String::new(), role, time_zone: "UTC".to_owned() }
    }

    #[test]
    fn the_last_administrator_cannot_go() {
        let mut db = connection();
        let id = create_first(&mut db, &user("ada", Role::Administrator), 0).unwrap();
        create(&db, &user("bob", Role::User), 0).unwrap();
        assert!(matches!(delete(&mut db, id), Err(Error::LastAdministrator)));
        for (role, state) in [(Role::User, State::Active), (Role::Administrator, State::Disabled)] {
            let refused = update(&mut db, id, "ada", role, state);
            assert!(matches!(refused, Err(Error::LastAdministrator)));
        }
        assert_eq!(find(&db, id).unwrap().role, Role::Administrator);
    }

    #[test]
    fn there_is_one_first_user_and_names_ignore_case() {
        let mut db = connection();
        create_first(&mut db, &user("ada", Role::Administrator), 0).unwrap();
        let second = create_first(&mut db, &user("eve", Role::Administrator), 0);
        assert!(matches!(second, Err(Error::Taken)));
        assert!(matches!(create(&db, &user("ADA", Role::User), 0), Err(Error::Taken)));
        assert!(credentials(&db, "Ada").unwrap().is_some());
    }
}
