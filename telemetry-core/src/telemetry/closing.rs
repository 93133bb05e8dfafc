//! Closing: what becomes of what waits when the gate closes.
//!
//! Memory is emptied in any case. What is on disk goes where a person has decided so, and stays where nobody has: no
//! switch, no policy and no fault erases anything.

use super::lane::Lane;
use super::shared::{Active, Shared, State};
use crate::catalogue::Catalogue;
use crate::consent::machine::Consent;
use crate::pseudonym::Pseudonyms;
use crate::stats::Loss;
use crate::store::Stored;

/// What becomes of the copies on disk of what is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Copies {
    /// They are over as well.
    Go,
    /// They are left to whoever comes next.
    Stay,
    /// The same, and that may be this process.
    AreSetAside,
}

/// How many events were dropped.
struct Purged {
    /// With those whose copies on disk stay.
    all: usize,
    stay: usize,
}

/// Events that this process left on disk when they were suspended, and has not found there again.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Suspended {
    /// The decision that they were recorded under.
    epoch: u64,
    events: usize,
}

impl State {
    /// Whether nobody has decided anything since this was opened: the yes is still what is stored, or what is stored
    /// cannot be read right now, and nobody is turning it off. Whatever closes then is suspended.
    pub(crate) fn is_undecided(&self, active: &Active) -> bool {
        self.still_holds(active.scope.epoch)
    }

    fn still_holds(&self, epoch: u64) -> bool {
        let is_stored = match &self.stored {
            Ok(Stored { decision, .. }) => decision.epoch == epoch && matches!(decision.consent, Consent::Granted(_)),
            Err(_) => true,
        };
        is_stored && !self.keeper.is_held()
    }

    /// So many events of this opening stay on disk, as it is suspended.
    pub(crate) const fn set_aside(&mut self, active: &Active, events: usize) {
        if events == 0 {
            return;
        }
        self.suspended = Suspended { epoch: active.scope.epoch, events: self.suspended.events + events };
    }

    /// Of so many events that were found on disk, how many are this process's own of before a suspension.
    pub(crate) fn found_again(&mut self, events: usize) -> usize {
        let own = events.min(self.suspended.events);
        self.suspended.events -= own;
        own
    }
}

impl<C: Catalogue> Shared<C> {
    /// Closes the gate, cancels the request under way and drops everything that was not sent, but for what is on disk
    /// where nobody has decided anything. Returns how many events there were.
    pub(crate) fn close(&self, state: &mut State) -> usize {
        state.keeper.close(&self.gate);
        let was_open = state.active.take();
        // The id key goes with what is open, and with it the numbers that were made under it.
        state.pseudonyms = Pseudonyms::default();
        state.spool_fails = false;
        if was_open.is_some() {
            for (_, lane) in state.lanes.iter_mut() {
                lane.history = lane.history.redecided();
            }
            self.changed.notify_all();
        }
        let is_undecided = was_open.as_ref().is_some_and(|active| state.is_undecided(active));
        let (cause, copies) = match () {
            () if state.keeper.is_finished() => (Loss::Shutdown, Copies::Stay),
            () if is_undecided => (Loss::TurnedOff, Copies::AreSetAside),
            // Also when it was closed before: whatever came in since then was recorded under what is over.
            () => (Loss::TurnedOff, Copies::Go),
        };
        match copies {
            Copies::Go => self.crash.close(),
            Copies::Stay | Copies::AreSetAside => self.crash.leave(),
        }
        let aside = self.purge_suspended(state);
        let purged = self.purge(state, cause, copies);
        if let (Copies::AreSetAside, Some(active)) = (copies, &was_open) {
            state.set_aside(active, purged.stay);
        }
        aside + purged.all
    }

    /// Drops what came in while nothing is open.
    pub(super) fn purge_closed(&self, state: &mut State) {
        self.purge(state, Loss::TurnedOff, Copies::Go);
    }

    /// What was suspended is over, if somebody has decided in the meantime; returns how many events that are.
    fn purge_suspended(&self, state: &mut State) -> usize {
        if state.still_holds(state.suspended.epoch) {
            return 0;
        }
        let over = core::mem::take(&mut state.suspended).events;
        self.counters.found_again(over);
        self.counters.lost(Loss::TurnedOff, over);
        over
    }

    /// Drops everything that was not sent, as far as it is in memory alone; the copies on disk have a fate of their own.
    fn purge(&self, state: &mut State, cause: Loss, copies: Copies) -> Purged {
        let queued = self.queue.drain().count();
        self.counters.taken(queued);
        self.counters.lost(cause, queued);
        let (mut all, mut stay) = (queued, 0);
        for (_, lane) in state.lanes.iter_mut() {
            // A refused key stands in the way of its own lane, whatever else does.
            let is_refused = copies == Copies::AreSetAside && lane.history.is_key_refused();
            let purged = self.purge_lane(lane, if is_refused { Loss::Refused } else { cause }, copies);
            all += purged.all;
            stay += purged.stay;
        }
        Purged { all, stay }
    }

    /// Leaves to the spool what waits for servers that have refused the key: another process may have one that they
    /// take.
    pub(super) fn purge_refused(&self, state: &mut State) -> usize {
        let refused = state.lanes.iter_mut().filter(|(_, lane)| lane.history.is_key_refused());
        refused.map(|(_, lane)| self.purge_lane(lane, Loss::Refused, Copies::Stay).all).sum()
    }

    fn purge_lane(&self, lane: &mut Lane, cause: Loss, copies: Copies) -> Purged {
        let (fresh, unloaded) = (lane.fresh.len(), core::mem::take(&mut lane.unloaded));
        lane.fresh.clear();
        let (stay, dropped) = match copies {
            // This process later on, or another one, may still deliver these.
            Copies::Stay | Copies::AreSetAside => {
                let (stay, dropped) = lane.outbox.leave();
                (stay + unloaded, dropped + fresh)
            }
            Copies::Go => (0, lane.outbox.clear() + unloaded + fresh),
        };
        self.counters.kept(stay);
        self.counters.lost(cause, dropped);
        // What the worker has in its hands is over as well; it counts it when it gets to it.
        Purged { all: stay + dropped + lane.in_hand, stay }
    }
}
