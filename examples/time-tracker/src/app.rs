//! The state that every handler receives.

use std::sync::Arc;

use telemetry_core::Telemetry;

use crate::cookie::CookieSecurity;
use crate::db::{self, Db};
use crate::password::Hasher;
use crate::session::FirstRun;
use crate::telemetry::Tracked;
use crate::throttle::Throttle;

/// The running application: cheap to clone, one per process.
#[derive(Clone)]
pub struct App {
    pub(crate) db: Db,
    pub(crate) hasher: Hasher,
    pub(crate) throttle: Arc<Throttle>,
    /// Holds the token of the setup link until the first administrator exists.
    pub(crate) first_run: Arc<FirstRun>,
    pub(crate) cookies: CookieSecurity,
    pub(crate) telemetry: Telemetry<Tracked>,
}

impl App {
    /// Puts an application together over an open database.
    ///
    /// # Errors
    ///
    /// When the database cannot be read, or the system gives no random bytes.
    pub async fn new(db: Db, cookies: CookieSecurity, telemetry: Telemetry<Tracked>) -> Result<Self, AppError> {
        let any_user = db.call(|db| db::users::any(db)).await?;
        let first_run = if any_user { FirstRun::done() } else { FirstRun::pending()? };
        Ok(Self {
            db,
            hasher: Hasher::new()?,
            throttle: Arc::new(Throttle::default()),
            first_run: Arc::new(first_run),
            cookies,
            telemetry,
        })
    }

    /// Whether there is no administrator yet. Another process on the same database may have made one meanwhile.
    pub(crate) async fn needs_setup(&self) -> Result<bool, db::Error> {
        if self.first_run.token().is_none() {
            return Ok(false);
        }
        if self.db.call(|db| db::users::any(db)).await? {
            self.first_run.complete();
            return Ok(false);
        }
        Ok(true)
    }

    /// The path of the one-time setup link, while setup is not complete.
    #[must_use]
    pub fn setup_path(&self) -> Option<String> {
        self.first_run.token().map(|token| format!("/setup?token={token}"))
    }
}

/// Why an application could not be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// The database could not be read: see the source.
    #[error("the database could not be read")]
    Database(#[from] db::Error),
    /// The system gave no random bytes; nothing can be signed in safely.
    #[error("the system gave no random bytes")]
    Random(#[from] crate::session::RandomError),
}
