//! Who is asking: session tokens, the first-run token, and the extractors that pages use.
//!
//! A token is 256 random bits, known to the browser alone; the database holds its SHA-256.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::{HeaderValue, Method, request::Parts};
use jiff::tz::TimeZone;
use subtle::ConstantTimeEq;

use telemetry_core::Place;

use crate::app::App;
use crate::cookie::{self, Lifetime};
use crate::db::sessions::{self, TokenHash};
use crate::db::settings::{self, Settings};
use crate::db::users::{Role, User};
use crate::error::Failure;
use crate::flash::{self, Flash};
use crate::reader::Reader;
use crate::words::Words;
use crate::{db, time};

const COOKIE: &str = "session";

/// Two weeks: long enough for daily use, short enough for a lost browser to be forgotten.
const SECONDS: i64 = 14 * 24 * 60 * 60;

/// The system's random generator failed.
#[derive(Debug, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct RandomError;

/// `N` random bytes as hexadecimal digits.
pub(crate) fn random_hex<const N: usize>() -> Result<String, RandomError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|_| RandomError)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Starts a session and returns the cookie for it.
pub(crate) async fn begin(app: &App, user_id: i64) -> Result<HeaderValue, Failure> {
    let token = random_hex::<32>()?;
    let hash = hash(&token);
    let now = time::now();
    app.db.call(move |db| sessions::create(db, &hash, user_id, now, now + SECONDS)).await?;
    cookie::set(COOKIE, &token, Lifetime::Seconds(SECONDS), app.cookies).ok_or(Failure::internal())
}

/// Ends the session of this request and returns the cookie that removes its own.
pub(crate) async fn end(app: &App, session: TokenHash) -> Result<HeaderValue, Failure> {
    app.db.call(move |db| sessions::delete(db, &session)).await?;
    cookie::set(COOKIE, "", Lifetime::Expired, app.cookies).ok_or(Failure::internal())
}

fn hash(token: &str) -> TokenHash {
    hmac_sha256::Hash::hash(token.as_bytes())
}

/// A person with a session. As a handler's argument it sends everybody else to the sign-in page.
pub(crate) struct SignedIn {
    pub(crate) reader: Reader,
    pub(crate) user: User,
    pub(crate) zone: TimeZone,
    pub(crate) settings: Settings,
    /// The result of the action before, to be shown once.
    pub(crate) flash: Option<Flash>,
    pub(crate) session: TokenHash,
}

impl SignedIn {
    async fn from_request(parts: &Parts, app: &App) -> Result<Option<Self>, Failure> {
        let Some(token) = cookie::read(&parts.headers, COOKIE) else { return Ok(None) };
        let session = hash(token);
        let now = time::now();
        let found = app
            .db
            .call(move |db| {
                let Some(user) = sessions::user(db, &session, now)? else { return Ok(None) };
                Ok(Some((user, settings::load(db)?)))
            })
            .await?;
        Ok(found.map(|(user, settings)| Self {
            reader: Reader::of(&parts.method, &parts.uri, &parts.headers),
            zone: time::zone(&user.time_zone).unwrap_or(TimeZone::UTC),
            user,
            settings,
            flash: flash::read(&parts.headers),
            session,
        }))
    }
}

impl SignedIn {
    pub(crate) const fn words(&self) -> &'static Words {
        self.reader.words
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    App: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let app = App::from_ref(state);
        match Self::from_request(parts, &app).await? {
            Some(signed_in) => Ok(signed_in),
            None if app.needs_setup().await? => Err(Failure::SetupNeeded),
            // Only a page can be returned to; a form would have to be filled in again.
            None if parts.method == Method::GET => Err(Failure::SignInNeeded { back: parts.uri.path().to_owned() }),
            None => Err(Failure::SignInNeeded { back: "/".to_owned() }),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for SignedIn
where
    App: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Failure> {
        Self::from_request(parts, &App::from_ref(state)).await
    }
}

/// A signed-in administrator. As a handler's argument it refuses everybody else.
pub(crate) struct Administrator(pub(crate) SignedIn);

impl Deref for Administrator {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Administrator
where
    App: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let signed_in = <SignedIn as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        match signed_in.user.role {
            Role::Administrator => Ok(Self(signed_in)),
            Role::User => Err(Failure::Forbidden),
        }
    }
}

/// The token of the setup link. In memory only: each start without a user prints a new one.
pub(crate) struct FirstRun(Mutex<Option<String>>);

impl FirstRun {
    pub(crate) fn pending() -> Result<Self, RandomError> {
        Ok(Self(Mutex::new(Some(random_hex::<32>()?))))
    }

    pub(crate) fn done() -> Self {
        Self(Mutex::new(None))
    }

    /// The token, while setup is not complete.
    pub(crate) fn token(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether setup is open and `offered` is its token, without telling how much of it is right.
    pub(crate) fn admits(&self, offered: &str) -> bool {
        self.token().is_some_and(|token| token.as_bytes().ct_eq(offered.as_bytes()).into())
    }

    /// Closes setup for good.
    pub(crate) fn complete(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl From<RandomError> for Failure {
    #[track_caller]
    fn from(_: RandomError) -> Self {
        Self::internal()
    }
}

impl From<db::Error> for Failure {
    // The place is that of the `?`.
    #[track_caller]
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Missing => Self::NotFound,
            error => Self::Database(error, Place::here()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_two_digits_each() {
        assert_eq!(hex(&[0, 1, 0x7f, 0xff]), "00017fff");
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (random_hex::<32>().unwrap(), random_hex::<32>().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
    }

    #[test]
    fn only_the_whole_token_admits_and_only_until_completion() {
        let first_run = FirstRun::pending().unwrap();
        let token = first_run.token().unwrap();
        assert!(first_run.admits(&token));
        assert!(!first_run.admits(""));
        assert!(!first_run.admits(token.split_at(63).0));
        first_run.complete();
        assert!(!first_run.admits(&token));
        assert!(!FirstRun::done().admits(""));
    }
}
