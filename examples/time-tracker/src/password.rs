//! Password hashing with Argon2id. Plain passwords never leave this module's arguments.

use std::sync::Arc;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::session::{RandomError, random_hex};

/// Each hash takes 19 MiB and a core for some tens of milliseconds; more at once would only let
/// strangers exhaust the machine.
const HASHES_AT_ONCE: usize = 2;

/// The shortest password accepted (NIST SP 800-63B asks for at least 8 and no composition rules).
pub(crate) const SHORTEST: usize = 10;

/// The longest: Argon2 accepts more, but a form field needs an end.
pub(crate) const LONGEST: usize = 200;

/// Hashes and checks passwords off the async threads, a bounded number at a time.
#[derive(Clone)]
pub(crate) struct Hasher {
    places: Arc<Semaphore>,
    /// The hash of a password that nobody knows: checked when the user does not exist, so that
    /// the answer takes as long as for one who does.
    nobody: Arc<str>,
}

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub(crate) struct HashError;

impl Hasher {
    pub(crate) fn new() -> Result<Self, RandomError> {
        let nobody = hash(&random_hex::<16>()?).map_err(|HashError| RandomError)?;
        Ok(Self { places: Arc::new(Semaphore::new(HASHES_AT_ONCE)), nobody: nobody.into() })
    }

    /// The PHC string to store for this password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, HashError> {
        let _place = self.places.acquire().await.map_err(|_| HashError)?;
        tokio::task::spawn_blocking(move || hash(&password)).await.map_err(|_| HashError)?
    }

    /// Whether this password belongs to `stored`; `None` costs the same time and is never right.
    pub(crate) async fn verify(&self, password: String, stored: Option<String>) -> bool {
        let Ok(_place) = self.places.acquire().await else { return false };
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        let matches = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&stored)
                .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
        });
        matches.await.unwrap_or(false) && exists
    }
}

fn hash(password: &str) -> Result<String, HashError> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|_| HashError)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_an_existing_user_verifies() {
        let hasher = Hasher::new().unwrap();
        let stored = hasher.hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(hasher.verify("correct horse".to_owned(), Some(stored.clone())).await);
        assert!(!hasher.verify("wrong horse".to_owned(), Some(stored)).await);
        assert!(!hasher.verify("correct horse".to_owned(), None).await);
    }

    #[tokio::test]
    async fn a_damaged_hash_verifies_nothing() {
        let hasher = Hasher::new().unwrap();
        assert!(!hasher.verify(String::new(), Some("$argon2id$".to_owned())).await);
    }
}
