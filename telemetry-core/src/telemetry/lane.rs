//! Lanes: what goes to one sink waits, pauses and fails by itself.
//!
//! Error reports may go to another server than everything else. One queue, one worker, one spool and one sent log serve
//! all of them; what must not mix is here: what waits, whether the server asked for a pause, whether it refuses the key.

use core::time::Duration;

use super::note::Last;
use crate::event::Event;
use crate::outbox::{Outbox, Waiting};
use crate::retry::History;
use crate::{Purpose, Purposes, limits};

/// Which lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Everything that has no lane of its own.
    General,
    /// Error reports, where they go to a sink of their own.
    Errors,
}

impl Which {
    /// The word that logs and measures use.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Errors => "errors",
        }
    }
}

/// Something for each lane. There is always the general one.
#[derive(Debug, Default)]
pub(crate) struct Lanes<T> {
    general: T,
    errors: Option<T>,
}

impl<T> Lanes<T> {
    pub(crate) const fn new(general: T, errors: Option<T>) -> Self {
        Self { general, errors }
    }

    /// The lane of the events of this purpose.
    pub(crate) const fn which(&self, purpose: Purpose) -> Which {
        match purpose {
            Purpose::Errors if self.errors.is_some() => Which::Errors,
            Purpose::Errors | Purpose::Usage => Which::General,
        }
    }

    /// The purposes whose events take this lane.
    pub(crate) fn purposes(&self, lane: Which) -> Purposes {
        Purpose::ALL.into_iter().filter(|purpose| self.which(*purpose) == lane).collect()
    }

    pub(crate) fn of(&self, lane: Which) -> &T {
        match (lane, &self.errors) {
            (Which::Errors, Some(errors)) => errors,
            (Which::Errors | Which::General, _) => &self.general,
        }
    }

    pub(crate) fn of_mut(&mut self, lane: Which) -> &mut T {
        match (lane, &mut self.errors) {
            (Which::Errors, Some(errors)) => errors,
            (Which::Errors | Which::General, _) => &mut self.general,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Which, &T)> {
        let errors = self.errors.iter().map(|errors| (Which::Errors, errors));
        core::iter::once((Which::General, &self.general)).chain(errors)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Which, &mut T)> {
        let errors = self.errors.iter_mut().map(|errors| (Which::Errors, errors));
        core::iter::once((Which::General, &mut self.general)).chain(errors)
    }

    /// Something else for each of the same lanes.
    pub(crate) fn map<U>(&self, mut make: impl FnMut(&T) -> U) -> Lanes<U> {
        Lanes { general: make(&self.general), errors: self.errors.as_ref().map(make) }
    }
}

/// What changes in a lane; lives under the lock of the state.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// Encoded events on their way to the disk and the outbox.
    pub(crate) fresh: Vec<Waiting>,
    /// How many of them the worker has in its hands.
    pub(crate) in_hand: usize,
    pub(crate) outbox: Outbox,
    /// Events that are on disk alone, because there was no room in the outbox.
    pub(crate) unloaded: usize,
    /// When those are read back again, after nothing of them could be read.
    pub(crate) load_at: Duration,
    /// Events with the carrier, in the request under way and in the next one; they are neither in the outbox nor
    /// settled.
    pub(crate) in_flight: usize,
    /// The carrier has the events of the next request as well.
    pub(crate) has_next: bool,
    /// The newest flush that was wanted when the request under way began: no later one has had its attempt with it.
    pub(crate) attempt_for: u64,
    /// When the batch that gathers now is due; none while nothing waits.
    pub(crate) due: Option<Duration>,
    /// The newest flush for which there is nothing left to do in this lane.
    pub(crate) flushed: u64,
    /// What is known of the destination: whether it works, pauses, refuses the key.
    pub(crate) history: History,
    /// What is recorded before is dropped, and nothing is sent: the server wants no more of it; see
    /// [`Delivery::hold`](crate::Delivery).
    pub(crate) held_until: Duration,
    /// How the last requests went, of this process and, as far as it was told, of others.
    pub(crate) last: Last,
}

impl Lane {
    /// Everything in memory that waits, oldest first.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.outbox.events().chain(self.fresh.iter().map(|waiting| &waiting.event))
    }

    /// Whether what is on disk alone is to be read back.
    pub(crate) fn loads(&self) -> bool {
        self.unloaded > 0 && !self.history.is_key_refused() && self.outbox.len() < limits::OUTBOX_EVENTS / 2
    }

    /// How many of the events that wait are on disk, alone or as well.
    pub(crate) fn spooled(&self) -> usize {
        self.outbox.spooled() + self.unloaded
    }

    /// How many events wait, those on disk alone and those of the request under way included.
    pub(crate) fn waiting(&self) -> usize {
        self.fresh.len() + self.in_hand + self.outbox.len() + self.unloaded + self.in_flight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_reports_take_their_own_lane_where_there_is_one() {
        let errors = Purposes::NONE.with(Purpose::Errors);
        let one = Lanes::new('a', None);
        assert_eq!((one.which(Purpose::Errors), one.purposes(Which::General)), (Which::General, Purposes::ALL));
        assert_eq!((one.of(Which::Errors), one.iter().count()), (&'a', 1));
        let mut two = Lanes::new('a', Some('b'));
        assert_eq!((two.which(Purpose::Errors), two.which(Purpose::Usage)), (Which::Errors, Which::General));
        assert_eq!((two.purposes(Which::Errors), two.of(Which::Errors)), (errors, &'b'));
        *two.of_mut(Which::Errors) = 'c';
        assert_eq!(two.iter().map(|(_, lane)| *lane).collect::<String>(), "ac");
    }
}
