//! Taking over what the panic hook wrote: this process's own records, and those that ended processes left.
//!
//! Owns the way of such a record into the lane of its purpose, where it is an event like all others. The records stay in
//! their files until the event has been written to the spool. Where the disk takes nothing they go all the same, since they
//! would be taken twice otherwise: the event is in memory alone then, like every other.

use core::time::Duration;

use super::crash::Records;
use super::shared::{Active, Shared, State};
use crate::catalogue::{Catalogue, EventSchema, PropertySchema};
use crate::event::{Event, Field, FieldValue};
use crate::limits;
use crate::outbox::Waiting;
use crate::property::ClosedValue;
use crate::purpose::Purpose;
use crate::report::PanicRecord;
use crate::stats::Loss;

/// When the worker looks for records.
#[derive(Debug, Default)]
pub(super) struct Panics {
    /// When files of processes that ended are looked for again.
    look_at: Duration,
}

/// What was found in one look.
pub(super) struct Found {
    active: Active,
    own: Records,
    ended: Records,
}

impl Panics {
    /// Looks for records, as far as error reports are on; otherwise closes the file that the hook writes to.
    pub(super) fn look<C: Catalogue>(&mut self, shared: &Shared<C>) -> Option<Found> {
        C::SCHEMA.panic_event()?;
        shared.crash.sweep();
        let active = shared.lock().active.clone();
        let Some(active) = active.filter(|active| active.scope.purposes.contains(Purpose::Errors)) else {
            // Whoever turned them off has closed the file already; what is suspended leaves it to be found again.
            shared.crash.leave();
            self.look_at = Duration::ZERO;
            return None;
        };
        if Covered::of::<C>(&active).is_none() {
            shared.crash.close();
        } else if !shared.crash.is_ready(active.scope.epoch) {
            shared.prepare_for_panics();
        }
        let (crates, epoch) = (C::SCHEMA.crates, active.scope.epoch);
        let own = if shared.crash.is_written() { shared.crash.read(crates, epoch) } else { Records::default() };
        let now = shared.setup.clock.elapsed();
        let ended = if now >= self.look_at {
            self.look_at = now.saturating_add(limits::ADOPT_INTERVAL);
            Records::of_ended(crates, &shared.setup.data.join(active.grant.identity.directory()), epoch)
        } else {
            Records::default()
        };
        Some(Found { active, own, ended })
    }
}

impl Found {
    /// Whether it was found for what is open.
    pub(super) fn is_of(&self, active: Option<&Active>) -> bool {
        active.is_some_and(|now| now.opening == self.active.opening)
    }

    /// Makes events of the records, in the lane of their purpose.
    pub(super) fn take<C: Catalogue>(&self, shared: &Shared<C>, state: &mut State) {
        let counters = &shared.counters;
        counters.taken(self.own.panics.len() + self.own.damaged);
        counters.adopted(self.ended.panics.len() + self.ended.damaged);
        counters.lost(Loss::Damaged, self.own.damaged + self.ended.damaged);
        let covered = Covered::of::<C>(&self.active);
        let (now, wall) = (shared.setup.clock.elapsed(), shared.setup.clock.now());
        for record in self.own.panics.iter().chain(&self.ended.panics) {
            let lane = state.lanes.of_mut(state.lanes.which(Purpose::Errors));
            match covered.and_then(|covered| covered.event::<C>(record)) {
                None => counters.lost(Loss::NotCovered, 1),
                Some(_) if now < lane.held_until => counters.lost(Loss::Quota, 1),
                // A clock that was set back makes nothing younger than new.
                Some(event) => {
                    lane.fresh.push(Waiting { event, since: now, age: wall.since(record.at), place: None });
                }
            }
        }
    }

    /// Takes the records out of their files: the events are in the spool, or the disk takes nothing.
    pub(super) fn settle<C: Catalogue>(self, shared: &Shared<C>) {
        if !self.own.is_empty() {
            shared.crash.forget(&self.own);
        }
        self.ended.remove();
    }
}

/// What of the panic event is open: only as much as a person was shown and agreed to, like that of any other event.
#[derive(Clone, Copy)]
pub(super) struct Covered {
    schema: &'static EventSchema,
    property: &'static PropertySchema,
    code: &'static ClosedValue,
}

impl Covered {
    /// The panic event, if what is open covers it with its report; without the report it would say nothing.
    pub(super) fn of<C: Catalogue>(active: &Active) -> Option<Self> {
        let (event, property) = C::SCHEMA.panic_event()?;
        let (schema, position) = C::EVENTS.iter().zip(0..).find(|(schema, _)| schema.name == event.name)?;
        let of_event = active.coverage.event(position)?;
        let (property, position) = schema.properties.iter().zip(0..).find(|(known, _)| known.name == property.name)?;
        let code = property.domain.values().next()?;
        let is_covered = active.scope.purposes.contains(schema.purpose) && of_event.has_value(position, 0);
        is_covered.then_some(Self { schema, property, code })
    }

    /// The event that a record is; `None` if its last day is over. What else the event could say is not known of a panic.
    fn event<C: Catalogue>(self, record: &PanicRecord) -> Option<Event> {
        let ends = [self.schema.until, self.property.until, self.code.last_day()];
        if ends.into_iter().flatten().any(|day| record.at.is_after(day)) {
            return None;
        }
        Some(Event {
            uuid: record.uuid,
            name: self.schema.name,
            at: record.at.coarse(C::SCHEMA.resolution),
            fields: vec![Field { name: self.property.name, value: FieldValue::Word(self.code.name()) }],
            report: Some(Box::new(record.facts.clone())),
        })
    }
}
