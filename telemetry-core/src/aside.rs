//! Events with which a server fails time and again: when they are put aside, and when they are tried again.
//!
//! A server that answers every request with an error is down, most of the time; but it may also be one event that it
//! cannot bear. What comes first is tried first, so such an event would keep all others waiting until it is too old. So
//! after some failures in a row the request's events are put aside, and others are tried. If those arrive, the server
//! works, and what it fails with once more is halved until the event is alone, which is tried less and less often.
//!
//! Pure. It must never say of an event that it is lost: only its age does.

use core::time::Duration;

use crate::failure::FailureClass;
use crate::retry::Fate;

/// After so many failures in a row something is put aside, and then each time after twice as many: while a server is down,
/// little is taken apart. By then the pauses add up to a few seconds, in which one that stumbled has recovered.
const FIRST: u32 = 3;

/// The events of a request, as far as their fate depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) events: usize,
    /// Whether they were put aside before.
    pub(crate) is_aside: bool,
}

/// What is known of a lane's events that the server failed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Aside {
    /// Requests in a row that the server failed with, and whose events may be why.
    suspicions: u32,
    /// Times in a row that an event failed alone, right after the server had shown that it works.
    alone: u32,
    /// What is aside is not tried before this.
    until: Duration,
}

impl Aside {
    /// How long what is aside still rests. A flush does not cut it short: who flushes in a loop would ask the server for
    /// the same over and over.
    pub(crate) fn rests(self, now: Duration) -> Option<Duration> {
        self.until.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// The server failed with this, for this reason. `works` says whether the request before it arrived, or was answered;
    /// `backoff` gives the delay after so many failures.
    pub(crate) fn failed(
        self,
        sent: Sent,
        class: FailureClass,
        works: bool,
        now: Duration,
        backoff: impl FnOnce(u32) -> Duration,
    ) -> (Self, Fate) {
        if !class.may_be_of_the_events() {
            return (Self { suspicions: 0, ..self }, Fate::PutBack);
        }
        let next = Self { suspicions: self.suspicions.saturating_add(1), ..self };
        if sent.is_aside && works {
            if sent.events > 1 {
                return (next, Fate::Halved);
            }
            let alone = self.alone.saturating_add(1);
            return (Self { alone, until: now.saturating_add(backoff(alone)), ..next }, Fate::PutAside);
        }
        let (times, rest) = (next.suspicions / FIRST, next.suspicions % FIRST);
        (next, if rest == 0 && times.is_power_of_two() { Fate::PutAside } else { Fate::PutBack })
    }

    /// The server has answered, and did not fail.
    pub(crate) fn answered(self) -> Self {
        Self { suspicions: 0, ..self }
    }

    /// It has taken these.
    pub(crate) fn delivered(self, sent: Sent) -> Self {
        if sent.is_aside { Self::default() } else { self.answered() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1000);
    const MANY: Sent = Sent { events: 100, is_aside: false };

    fn seconds(failures: u32) -> Duration {
        Duration::from_secs(failures.into())
    }

    fn failed(aside: Aside, sent: Sent, works: bool) -> (Aside, Fate) {
        aside.failed(sent, FailureClass::ServerError, works, NOW, seconds)
    }

    #[test]
    fn while_a_server_is_down_little_is_put_aside() {
        let (mut aside, mut at) = (Aside::default(), Vec::new());
        for attempt in 1..=1000 {
            let (next, fate) = failed(aside, MANY, attempt == 1);
            at.extend((fate == Fate::PutAside).then_some(attempt));
            aside = next;
        }
        assert_eq!(at, [3, 6, 12, 24, 48, 96, 192, 384, 768]);
        assert_eq!(aside.rests(NOW), None);
        assert_eq!(failed(aside.answered(), MANY, true).1, Fate::PutBack, "counted anew");
    }

    #[test]
    fn who_cannot_be_reached_has_not_seen_the_events() {
        let mut aside = Aside::default();
        for class in [FailureClass::Name, FailureClass::Connect, FailureClass::Tls, FailureClass::Unreachable] {
            for _ in 0..10 {
                let (next, fate) = aside.failed(MANY, class, false, NOW, seconds);
                assert_eq!((next, fate), (Aside::default(), Fate::PutBack));
                aside = failed(next, MANY, false).0;
            }
        }
    }

    #[test]
    fn what_a_server_that_works_fails_with_is_halved_and_rests_when_it_is_alone() {
        let two = Sent { events: 2, is_aside: true };
        assert_eq!(failed(Aside::default(), two, true).1, Fate::Halved);
        assert_eq!(failed(Aside::default(), two, false).1, Fate::PutBack, "perhaps it does not work");
        let one = Sent { events: 1, ..two };
        let mut aside = Aside::default();
        for times in 1..5 {
            let (next, fate) = failed(aside, one, true);
            assert_eq!((next.rests(NOW), fate), (Some(seconds(times)), Fate::PutAside));
            assert_eq!(next.rests(NOW + seconds(times)), None);
            // Whatever else arrives.
            aside = next.delivered(MANY);
        }
        assert_eq!(aside.delivered(one), Aside::default());
    }
}
