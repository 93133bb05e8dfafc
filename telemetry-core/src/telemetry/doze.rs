//! For how long the worker sleeps, and what for, as far as that follows from what came in lately.
//!
//! A call that has to wake a thread takes a hundred times as long as one that has not. So whoever tracks events one after
//! the other wakes the worker for the first of them: after that it looks by itself, the more often the more comes in. It
//! must never sleep for long when an event came in without waking it, and goes back to sleep for good when none does.

use core::time::Duration;
use std::time::Instant;

use super::sleep::Until;
use crate::limits;

/// What came in lately.
#[derive(Debug, Default)]
pub(super) struct Doze {
    /// Until when more events are likely to come.
    lively_until: Option<Instant>,
    /// Until when many of them are.
    rushed_until: Option<Instant>,
}

impl Doze {
    /// So many events came in since the last time: says what to sleep for, and for how long at most. Something is due in
    /// `due`, if anything is.
    pub(super) fn after(&mut self, came: usize, due: Option<Duration>, now: Instant) -> (Until, Option<Duration>) {
        if came > 0 {
            self.lively_until = now.checked_add(limits::SPOOL_INTERVAL);
        }
        if came >= limits::MANY_EVENTS {
            self.rushed_until = now.checked_add(limits::RUSH);
        }
        let left = |until: Option<Instant>| Some(until?.saturating_duration_since(now)).filter(|left| !left.is_zero());
        let nap = left(self.rushed_until).map(|_| limits::NAP);
        match nap.or_else(|| left(self.lively_until)) {
            Some(time) => (Until::Full, Some(due.map_or(time, |due| due.min(time)))),
            None => (Until::First, due),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_by_itself_while_events_come_and_is_woken_by_the_first_after_that() {
        let (mut doze, began) = (Doze::default(), Instant::now());
        let at = |millis| began + Duration::from_millis(millis);
        assert_eq!(doze.after(0, None, at(0)), (Until::First, None));
        // One event: what comes in the next second is looked for after it.
        assert_eq!(doze.after(1, None, at(0)), (Until::Full, Some(limits::SPOOL_INTERVAL)));
        assert_eq!(doze.after(0, None, at(400)), (Until::Full, Some(Duration::from_millis(600))));
        assert_eq!(doze.after(0, Some(Duration::from_millis(5)), at(400)).1, Some(Duration::from_millis(5)));
        assert_eq!(doze.after(0, Some(limits::FLUSH_INTERVAL), at(400)).1, Some(Duration::from_millis(600)));
        assert_eq!(doze.after(0, None, at(1000)), (Until::First, None));
        // Many: naps for a little while, and then as after any event.
        let many = limits::MANY_EVENTS;
        assert_eq!(doze.after(many, None, at(2000)), (Until::Full, Some(limits::NAP)));
        assert_eq!(doze.after(0, Some(Duration::from_secs(30)), at(2049)), (Until::Full, Some(limits::NAP)));
        assert_eq!(doze.after(0, None, at(2050)), (Until::Full, Some(Duration::from_millis(950))));
        assert_eq!(
            doze.after(0, Some(Duration::from_secs(30)), at(3000)),
            (Until::First, Some(Duration::from_secs(30)))
        );
    }
}
