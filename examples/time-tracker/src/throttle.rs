//! Slows password guessing down: counts failed sign-ins per key within a window.
//!
//! Holds counters in memory only; a restart forgets them. It must never learn whether a user exists.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wrong guesses allowed for one account from one address; a person who mistypes stays below it.
const PER_ACCOUNT: u32 = 5;

/// Wrong guesses allowed from one address over all accounts; several people may share an address.
const PER_ADDRESS: u32 = 30;

/// How long a count lives: long enough to make guessing pointless, short enough to wait out.
const WINDOW: Duration = Duration::from_mins(15);

/// Beyond this many keys the expired ones are swept, and again when the rest has doubled.
const SWEEP_ABOVE: usize = 4096;

/// Counts attempts by account and by address.
///
/// A key is a keyed hash, so that what somebody types takes no room, and an address that has to wait adds none.
pub(crate) struct Throttle {
    counts: Mutex<Counts>,
    hasher: RandomState,
}

struct Counts {
    by_key: HashMap<u64, Count>,
    sweep_above: usize,
}

struct Count {
    attempts: u32,
    since: Instant,
}

/// The attempt must wait this long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

impl Default for Throttle {
    fn default() -> Self {
        let counts = Counts { by_key: HashMap::new(), sweep_above: SWEEP_ABOVE };
        Self { counts: Mutex::new(counts), hasher: RandomState::new() }
    }
}

impl Throttle {
    /// Counts one attempt **before** the password is checked, so that parallel guesses count too.
    pub(crate) fn attempt(&self, account: &str, address: &str, now: Instant) -> Result<(), Wait> {
        let keys = [(self.address_key(address), PER_ADDRESS), (self.account_key(account, address), PER_ACCOUNT)];
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.by_key.len() > counts.sweep_above {
            counts.by_key.retain(|_, count| now.duration_since(count.since) < WINDOW);
            counts.sweep_above = SWEEP_ABOVE.max(counts.by_key.len() * 2);
        }
        // The address first: one that has to wait must not add a key for each name that it makes up.
        for (key, limit) in keys {
            let count = counts.by_key.entry(key).or_insert(Count { attempts: 0, since: now });
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
        let (account, address) = (self.account_key(account, address), self.address_key(address));
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.by_key.remove(&account);
        if let Some(count) = counts.by_key.get_mut(&address) {
            count.attempts = count.attempts.saturating_sub(1);
        }
    }

    fn address_key(&self, address: &str) -> u64 {
        self.hasher.hash_one(address)
    }

    fn account_key(&self, account: &str, address: &str) -> u64 {
        self.hasher.hash_one((address, account.to_lowercase()))
    }
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
    fn an_address_that_has_to_wait_takes_no_more_memory() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for name in 0..10_000 {
            let _ = throttle.attempt(&name.to_string(), "::1", now);
        }
        assert_eq!(throttle.counts.lock().unwrap().by_key.len(), 1 + PER_ADDRESS as usize);
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
