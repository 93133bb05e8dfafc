//! What a yes covers of this build's catalogue, down to single values.
//!
//! A yes is kept together with the list that was shown. Covered is what stands in that list and in this build's, and
//! means the same in both. So a build whose list has grown sends the older one, whatever revision its author wrote
//! beside the new parts; a forgotten number costs the author data and nobody their privacy.

use super::lock::{Lock, LockedEvent, LockedProperty};
use super::{EventSchema, MAX_PROPERTIES};
use crate::property::Kind;
use crate::purpose::Purposes;

/// What of each event is covered, in the order of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Coverage(Vec<Option<EventCoverage>>);

/// The covered values of each property of an event, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventCoverage([u64; MAX_PROPERTIES]);

impl Coverage {
    /// What a person who agreed to `agreed` has agreed to of these events.
    pub(crate) fn of(events: &[EventSchema], agreed: &Lock) -> Self {
        Self(events.iter().map(|event| EventCoverage::of(event, agreed)).collect())
    }

    /// What is covered of the event at `position`; `None` if it is not.
    pub(crate) fn event(&self, position: usize) -> Option<&EventCoverage> {
        self.0.get(position)?.as_ref()
    }
}

impl EventCoverage {
    /// All of an event.
    pub(crate) const WHOLE: Self = Self([u64::MAX; MAX_PROPERTIES]);

    fn of(event: &EventSchema, agreed: &Lock) -> Option<Self> {
        let now = LockedEvent::of(event);
        let before = agreed.events.get(event.name).filter(|before| covers_event(before, &now, agreed.revision))?;
        let mut values = [0; MAX_PROPERTIES];
        for (bits, property) in values.iter_mut().zip(event.properties) {
            let (Some(was), Some(is)) = (before.properties.get(property.name), now.properties.get(property.name))
            else {
                continue;
            };
            if !covers_property(was, is, agreed.revision) {
                continue;
            }
            *bits = match property.domain.kind() {
                Kind::Boolean | Kind::Id(_) => u64::MAX,
                // At most 64 values, so each has a bit.
                Kind::Closed(all) => all
                    .iter()
                    .zip(0_u32..)
                    .filter(|(value, _)| covers_value(was, is, value.name(), agreed.revision))
                    .fold(0, |bits, (_, n)| bits | 1_u64.checked_shl(n).unwrap_or(0)),
            };
        }
        Some(Self(values))
    }

    /// Whether anything of the property at `position` is covered.
    pub(crate) fn has_property(&self, position: usize) -> bool {
        self.0.get(position).is_some_and(|bits| *bits != 0)
    }

    /// Whether the value at `value` of the property at `position` is covered.
    pub(crate) fn has_value(&self, position: usize, value: usize) -> bool {
        let bit = u32::try_from(value).ok().and_then(|value| 1_u64.checked_shl(value)).unwrap_or(0);
        self.0.get(position).is_some_and(|bits| bits & bit != 0)
    }
}

/// The purposes that have an event in both lists which a person who agreed to `agreed` has agreed to.
pub(crate) fn purposes(agreed: &Lock, now: &Lock) -> Purposes {
    let both = now.events.iter().filter_map(|(name, now)| Some((agreed.events.get(name)?, now)));
    both.filter(|(before, now)| covers_event(before, now, agreed.revision)).map(|(_, now)| now.purpose).collect()
}

/// Whether `now` holds anything for these purposes that a person who agreed to `agreed` has not agreed to. What is new
/// for a purpose that is off concerns nobody until they turn it on.
pub(crate) fn has_grown(agreed: &Lock, now: &Lock, purposes: Purposes) -> bool {
    let revision = agreed.revision;
    let covers_all_values = |was: &LockedProperty, is: &LockedProperty| {
        is.values.keys().all(|value| covers_value(was, is, value, revision))
    };
    let covers_all_properties = |was: &LockedEvent, is: &LockedEvent| {
        is.properties.iter().all(|(name, is)| {
            was.properties.get(name).is_some_and(|was| covers_property(was, is, revision) && covers_all_values(was, is))
        })
    };
    let mut concerned = now.events.iter().filter(|(_, is)| purposes.contains(is.purpose));
    !concerned.all(|(name, is)| {
        agreed.events.get(name).is_some_and(|was| covers_event(was, is, revision) && covers_all_properties(was, is))
    })
}

fn covers_event(agreed: &LockedEvent, now: &LockedEvent, revision: u32) -> bool {
    // An author who raised `since` says that the same name means something else now.
    agreed.purpose == now.purpose && now.since <= revision && ends_in_time(agreed.until.as_ref(), now.until.as_ref())
}

fn covers_property(agreed: &LockedProperty, now: &LockedProperty, revision: u32) -> bool {
    agreed.kind == now.kind
        && agreed.entity == now.entity
        // That it is missing would be one more thing to tell, and cannot be stripped.
        && (agreed.optional || !now.optional)
        && now.trace <= agreed.trace
        && now.since <= revision
        && ends_in_time(agreed.until.as_ref(), now.until.as_ref())
}

fn covers_value(agreed: &LockedProperty, now: &LockedProperty, name: &str, revision: u32) -> bool {
    agreed.values.contains_key(name)
        && now.values.get(name).is_some_and(|since| *since <= revision)
        && ends_in_time(agreed.until_of_values.get(name), now.until_of_values.get(name))
}

/// Whether what is sent until `now` ends no later than what was agreed to. Days are `YYYY-MM-DD`, which sorts as text.
fn ends_in_time(agreed: Option<&String>, now: Option<&String>) -> bool {
    agreed.is_none_or(|agreed| now.is_some_and(|now| now <= agreed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Purpose;
    use crate::catalogue::{CatalogueSchema, Date, PropertySchema};
    use crate::document::sample::{GROWN, SAMPLE};
    use crate::property::{ClosedValue, Domain};

    /// Everything that is covered of `now`, as `event`, `event.property` and `event.property=value`.
    fn covered(agreed: &CatalogueSchema, now: &CatalogueSchema) -> Vec<String> {
        let coverage = Coverage::of(now.events, &Lock::of(agreed));
        let mut all = Vec::new();
        for (event, n) in now.events.iter().zip(0..) {
            let Some(covered) = coverage.event(n) else { continue };
            all.push(event.name.to_owned());
            for (property, n) in event.properties.iter().zip(0..).filter(|(_, n)| covered.has_property(*n)) {
                all.push(format!("{}.{}", event.name, property.name));
                for (value, _) in property.domain.values().zip(0..).filter(|(_, v)| covered.has_value(n, *v)) {
                    all.push(format!("{}.{}={}", event.name, property.name, value.name()));
                }
            }
        }
        all
    }

    #[test]
    fn all_of_the_same_list_is_covered_and_nothing_more_of_a_longer_one() {
        let all = covered(&SAMPLE, &SAMPLE);
        assert!(all.contains(&"timer.started.source=import".to_owned()), "{all:?}");
        assert_eq!(covered(&SAMPLE, &GROWN), all, "neither the new event nor the new value");
        assert_eq!(covered(&GROWN, &SAMPLE), all, "a shorter list is sent whole");
    }

    #[test]
    fn a_list_that_has_grown_under_the_same_revision_is_covered_as_it_was_shown() {
        // Nothing is marked: what an author forgets is not sent all the same.
        let unmarked = CatalogueSchema { revision: SAMPLE.revision, ..GROWN };
        assert_eq!(covered(&SAMPLE, &unmarked), covered(&SAMPLE, &SAMPLE));
    }

    const fn list(events: &'static [EventSchema]) -> CatalogueSchema {
        CatalogueSchema { events, revision: 1, ..SAMPLE }
    }

    macro_rules! one {
        ($property:expr) => {
            one!($property, Purpose::Usage, 1)
        };
        ($property:expr, $purpose:expr, $since:expr) => {{
            const EVENTS: &[EventSchema] = &[EventSchema::new("a.done", "", "", $purpose, $since, &[$property])];
            list(EVENTS)
        }};
    }

    const AGREED: CatalogueSchema = one!(PropertySchema::new("p", "", Domain::boolean(), 1));

    #[test]
    fn what_means_something_else_is_not_covered() {
        assert_eq!(covered(&AGREED, &AGREED), ["a.done", "a.done.p"]);
        for other in [
            one!(PropertySchema::new("p", "", Domain::id("user"), 1)),
            one!(PropertySchema::new("p", "", Domain::boolean().optional(), 1)),
            one!(PropertySchema::new("p", "", Domain::boolean(), 2)),
        ] {
            assert_eq!(covered(&AGREED, &other), ["a.done"], "{other:?}");
        }
        for other in [
            one!(PropertySchema::new("p", "", Domain::boolean(), 1), Purpose::Errors, 1),
            one!(PropertySchema::new("p", "", Domain::boolean(), 1), Purpose::Usage, 2),
        ] {
            assert_eq!(covered(&AGREED, &other), [""; 0], "{other:?}");
        }
    }

    #[test]
    fn ends_may_come_sooner_and_not_later() {
        const SOONER: Date = Date::new(2027, 1, 1);
        const LATER: Date = Date::new(2027, 6, 1);
        const OPEN: CatalogueSchema =
            one!(PropertySchema::new("p", "", Domain::closed(&[ClosedValue::new("v", "", 1)]), 1));
        const SHORT: CatalogueSchema =
            one!(PropertySchema::new("p", "", Domain::closed(&[ClosedValue::new("v", "", 1).until(SOONER)]), 1));
        const LONG: CatalogueSchema =
            one!(PropertySchema::new("p", "", Domain::closed(&[ClosedValue::new("v", "", 1).until(LATER)]), 1));
        for (agreed, now, is_covered) in [
            (&OPEN, &SHORT, true),
            (&SHORT, &SHORT, true),
            (&LONG, &SHORT, true),
            (&SHORT, &LONG, false),
            (&SHORT, &OPEN, false),
        ] {
            assert_eq!(covered(agreed, now).contains(&"a.done.p=v".to_owned()), is_covered, "{agreed:?} {now:?}");
        }
    }

    #[test]
    fn a_list_has_grown_when_something_of_it_is_not_covered() {
        let (agreed, grown) = (Lock::of(&SAMPLE), Lock::of(&GROWN));
        assert!(has_grown(&agreed, &grown, Purposes::ALL));
        assert!(!has_grown(&grown, &agreed, Purposes::ALL) && !has_grown(&agreed, &agreed, Purposes::ALL));
        let raised = Lock::of(&one!(PropertySchema::new("p", "", Domain::boolean(), 2)));
        assert!(has_grown(&Lock::of(&AGREED), &raised, Purposes::ALL), "an author says that it means something else");
        let only = |purpose| Purposes::NONE.with(purpose);
        assert!(has_grown(&agreed, &grown, only(Purpose::Usage)));
        assert!(!has_grown(&agreed, &grown, only(Purpose::Errors)), "nothing is new for error reports");
    }

    #[test]
    fn purposes_need_an_event_in_both_lists() {
        let only_usage = AGREED;
        assert_eq!(purposes(&Lock::of(&SAMPLE), &Lock::of(&SAMPLE)), Purposes::ALL);
        assert_eq!(purposes(&Lock::of(&only_usage), &Lock::of(&SAMPLE)), Purposes::NONE);
        assert_eq!(purposes(&Lock::of(&only_usage), &Lock::of(&only_usage)), Purposes::NONE.with(Purpose::Usage));
    }
}
