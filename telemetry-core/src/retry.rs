//! When to try again: a pure function of the attempt, what the server said, and a random number.

use core::time::Duration;

/// The delay before the second attempt; doubles from there.
const FIRST: Duration = Duration::from_secs(1);

/// The longest delay: a server that was down for hours is not asked more often than this.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// The longest that a server's `Retry-After` is believed: more than a day is a mistake.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);

/// The delay after failed attempt number `attempt` (from 1): exponential with equal jitter, and never less than the
/// server asked for.
///
/// `random` is uniform over all of `u32`. Half of the delay is fixed, so that a fleet does not hammer a server that
/// comes back, and half is random, so that it does not come in step.
pub(crate) fn delay(attempt: u32, asked: Option<Duration>, random: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let half = whole / 2;
    let jitter = half.mul_f64(f64::from(random) / f64::from(u32::MAX));
    (half + jitter).max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn doubles_up_to_the_longest() {
        let bounds = |attempt| (delay(attempt, None, 0), delay(attempt, None, u32::MAX));
        assert_eq!(bounds(1), (FIRST / 2, FIRST));
        assert_eq!(bounds(2), (FIRST, FIRST * 2));
        assert_eq!(bounds(30), (LONGEST / 2, LONGEST));
    }

    /// PostHog's suite for client libraries waits 5 s for the second repetition, 10 s and 15 s for the third, and wants
    /// at least 100 ms before the first; see `tests/conformance`.
    #[test]
    fn the_public_suite_would_wait_long_enough() {
        let at_most = |repetitions: u32| (1..=repetitions).map(|n| delay(n, None, u32::MAX)).sum::<Duration>();
        assert!(at_most(2) < Duration::from_secs(5) && at_most(3) < Duration::from_secs(10));
        assert!(delay(1, None, 0) >= Duration::from_millis(100));
    }

    proptest! {
        #[test]
        fn stays_within_bounds(attempt: u32, asked in prop::option::of(0_u64..1_000_000), random: u32) {
            let asked = asked.map(Duration::from_secs);
            let delay = delay(attempt, asked, random);
            prop_assert!(delay >= FIRST / 2);
            prop_assert!(delay >= asked.unwrap_or_default().min(LONGEST_ASKED));
            prop_assert!(delay <= LONGEST.max(asked.unwrap_or_default().min(LONGEST_ASKED)));
        }
    }
}
