//! How often one cause is reported.
//!
//! A fault in a loop would fill every queue with copies of itself and say nothing new. So a process reports one cause
//! a few times an hour; the rest is counted here and sent nowhere.

use core::time::Duration;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::limits;

/// What makes two reports the same: event, code and origin, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// Of what `parts` say.
    pub(crate) fn of(parts: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        parts.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Counts reports by cause. Its memory is bounded and taken from the start, so that asking it allocates nothing.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// Cause, start of its hour, reports in it. Ordered by nothing; a new cause takes the place of the oldest.
    seen: [Option<(Fingerprint, Duration, u32)>; limits::REPORT_CAUSES],
}

impl Default for Limiter {
    fn default() -> Self {
        Self { seen: [None; limits::REPORT_CAUSES] }
    }
}

impl Limiter {
    /// Whether one more report of this cause may be made `now`, which only goes forward.
    pub(crate) fn admits(&mut self, cause: Fingerprint, now: Duration) -> bool {
        let known = self.seen.iter_mut().flatten().find(|(known, ..)| *known == cause);
        if let Some((_, since, count)) = known {
            if now.saturating_sub(*since) >= limits::REPORT_WINDOW {
                (*since, *count) = (now, 0);
            }
            *count = count.saturating_add(1);
            return *count <= limits::REPORTS_OF_A_CAUSE;
        }
        // An empty slot sorts before every used one.
        let oldest = self.seen.iter_mut().min_by_key(|slot| slot.map(|(_, since, _)| since));
        if let Some(slot) = oldest {
            *slot = Some((cause, now, 1));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_reported_a_few_times_an_hour() {
        let mut limiter = Limiter::default();
        let (one, other) = (Fingerprint::of("one"), Fingerprint::of("other"));
        let start = Duration::from_secs(100);
        let admitted = (0..1000).filter(|_| limiter.admits(one, start)).count();
        assert_eq!(admitted, limits::REPORTS_OF_A_CAUSE as usize);
        assert!(limiter.admits(other, start), "another cause counts by itself");
        assert!(!limiter.admits(one, start + limits::REPORT_WINDOW * 9 / 10));
        assert!(limiter.admits(one, start + limits::REPORT_WINDOW));
    }

    #[test]
    fn many_causes_take_no_more_memory_and_the_oldest_is_forgotten() {
        let mut limiter = Limiter::default();
        let causes = limits::REPORT_CAUSES as u64 * 3;
        for n in 0..causes {
            for _ in 0..limits::REPORTS_OF_A_CAUSE {
                assert!(limiter.admits(Fingerprint::of(n), Duration::from_secs(n)));
            }
        }
        assert!(!limiter.admits(Fingerprint::of(causes - 1), Duration::from_secs(causes)));
        assert!(limiter.admits(Fingerprint::of(0_u64), Duration::from_secs(causes)), "forgotten");
    }
}
