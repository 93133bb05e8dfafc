//! Signed-in browsers. Holds the SHA-256 of each token, never the token.

use rusqlite::{Connection, OptionalExtension, params};

use super::users::{self, User};
use super::{Error, insert};

/// The stored form of a session token.
pub(crate) type TokenHash = [u8; 32];

/// Starts a session and clears away those that have ended.
pub(crate) fn create(
    db: &mut Connection,
    token: &TokenHash,
    user_id: i64,
    now: i64,
    expires_at: i64,
) -> Result<(), Error> {
    let transaction = db.transaction()?;
    transaction.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now])?;
    insert(
        &transaction,
        "INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
        params![token, user_id, now, expires_at],
    )?;
    Ok(transaction.commit()?)
}

/// The active user whose session this is.
pub(crate) fn user(db: &Connection, token: &TokenHash, now: i64) -> Result<Option<User>, Error> {
    let sql = format!(
        "SELECT {} FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE token_hash = ?1 AND expires_at > ?2 AND users.state = 'active'",
        users::COLUMNS,
    );
    Ok(db.prepare_cached(&sql)?.query_row(params![token, now], users::read).optional()?)
}

/// Ends a session; ending one that is not there is no error.
pub(crate) fn delete(db: &Connection, token: &TokenHash) -> Result<(), Error> {
    db.prepare_cached("DELETE FROM sessions WHERE token_hash = ?1")?.execute(params![token])?;
    Ok(())
}
