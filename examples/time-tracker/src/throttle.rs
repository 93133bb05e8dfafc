//! Slows password guessing down: counts failed sign-ins per key within a window.
//!
//! Holds counters in memory only; a restart forgets them. It must never learn whether a user exists.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wrong guesses allowed for one account from one address; a person who mistypes stays below it.
const PER_ACCOUNT: u32 = 5;

/// Wrong guesses allowed from one address over all accounts; several people may share an address.
const PER_ADDRESS: u32 = 30;

/// How long a count lives: long enough to make guessing pointless, short enough to wait out.
const WINDOW: Duration = Duration::from_mins(15);

/// Beyond this many keys the expired ones are swept, so that made-up names cannot fill memory.
const SWEEP_ABOVE: usize = 4096;

/// Counts attempts by account and by address.
#[derive(Default)]
pub(crate) struct Throttle {
    counts: Mutex<HashMap<String, Count>>,
}

struct Count {
    attempts: u32,
    since: Instant,
}

/// The attempt must wait this long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

impl Throttle {
    /// Counts one attempt **before** the password is checked, so that parallel guesses count too.
    pub(crate) fn attempt(&self, account: &str, address: &str, now: Instant) -> Result<(), Wait> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() > SWEEP_ABOVE {
            counts.retain(|_, count| now.duration_since(count.since) < WINDOW);
        }
        let account = account_key(account, address);
        for (key, limit) in [(&account, PER_ACCOUNT), (&address.to_owned(), PER_ADDRESS)] {
            let count = counts.entry(key.clone()).or_insert(Count { attempts: 0, since: now });
            if now.duration_since(count.since) >= WINDOW {
                *count = Count { attempts: 0, since: now };
            }
            if count.attempts >= limit {
                return Err(Wait(WINDOW.saturating_sub(now.duration_since(count.since))));
            }
            count.attempts += 1;
        }
        Ok(())
    }

    /// Forgets the account's count after a right password.
    pub(crate) fn succeeded(&self, account: &str, address: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(&account_key(account, address));
        if let Some(count) = counts.get_mut(address) {
            count.attempts = count.attempts.saturating_sub(1);
        }
    }
}

fn account_key(account: &str, address: &str) -> String {
    format!("{address}\n{}", account.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_guess_waits_and_the_window_ends() {
        let throttle = Throttle::default();
        let start = Instant::now();
        for _ in 0..PER_ACCOUNT {
            assert_eq!(throttle.attempt("Ada", "::1", start), Ok(()));
        }
        assert_eq!(throttle.attempt("ada", "::1", start), Err(Wait(WINDOW)));
        assert_eq!(throttle.attempt("grace", "::1", start), Ok(()));
        assert_eq!(throttle.attempt("ada", "::2", start), Ok(()));
        assert_eq!(throttle.attempt("ada", "::1", start + WINDOW), Ok(()));
    }

    #[test]
    fn one_address_cannot_walk_through_all_names() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for name in 0..PER_ADDRESS {
            assert_eq!(throttle.attempt(&name.to_string(), "::1", now), Ok(()));
        }
        assert!(throttle.attempt("another", "::1", now).is_err());
    }

    #[test]
    fn a_right_password_clears_the_count() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..PER_ADDRESS * 2 {
            assert_eq!(throttle.attempt("ada", "::1", now), Ok(()));
            throttle.succeeded("ada", "::1");
        }
    }
}
