//! The difference between two catalogues, in plain language and classified by what it means for consent.
//!
//! Owns the rules of what counts as growing. It must never call a change harmless that lets more leave a machine
//! than people agreed to: when in doubt, a change is wider.

use core::cmp::Ordering;
use core::fmt;
use std::collections::BTreeMap;

use super::lock::{Lock, LockedEvent, LockedKind, LockedProperty, LockedTrace, Terms, identity_name};
use super::{IdForm, Identity};
use crate::Purpose;
use crate::document::words::{list, purpose_label};

/// What a change means for people who have agreed already. Later classes outweigh earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Nothing that leaves a machine has changed.
    Same,
    /// Less leaves than before: no question, only a word in the change log.
    Narrower,
    /// More leaves than before: a new revision and a new question.
    Wider,
    /// Something means another thing than before: a new revision and a new question, and a break in the publisher's
    /// own series.
    Breaking,
}

impl Class {
    /// The class as one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Narrower => "narrower",
            Self::Wider => "wider",
            Self::Breaking => "breaking",
        }
    }
}

/// One change of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    class: Class,
    sentence: String,
    /// What must carry a new `since`, with the one that it has.
    item: Option<(String, u32)>,
}

impl Change {
    /// What the change means for people who have agreed already.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// The change as one sentence with a full stop.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

/// Everything that changed from one catalogue to another.
///
/// `Display` prints one line for each change, with its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    changes: Vec<Change>,
    old_revision: u32,
    new_revision: u32,
}

impl Difference {
    /// Compares two catalogues.
    #[must_use]
    pub fn between(old: &Lock, new: &Lock) -> Self {
        let mut found = Self { changes: Vec::new(), old_revision: old.revision, new_revision: new.revision };
        found.whole(old, new);
        found.events(&old.events, &new.events);
        found.revision();
        found
    }

    /// Compares only what holds for the whole catalogue.
    pub(super) fn of_terms(old: &Terms, new: &Terms) -> Self {
        let mut found = Self { changes: Vec::new(), old_revision: 0, new_revision: 0 };
        found.terms(old, new);
        found
    }

    /// The weightiest class among the changes.
    #[must_use]
    pub fn class(&self) -> Class {
        self.changes.iter().map(Change::class).max().unwrap_or(Class::Same)
    }

    /// The changes: first those of the whole catalogue, then event by event.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What the author must still do before this difference may be shipped, as one sentence; `None` if nothing.
    ///
    /// A difference that is wider or breaking needs a raised revision, and everything that it brings must carry
    /// a `since` above the old revision. Otherwise people who agreed to the old catalogue would send it unasked. For
    /// an event of a flattened part, that is the list in `#[event(flatten, since = […])]`.
    #[must_use]
    pub fn needs_revision(&self) -> Option<String> {
        if self.new_revision < self.old_revision {
            return Some(format!("set `revision` back to at least {}: it may never sink", self.old_revision));
        }
        let growing = || self.changes.iter().filter(|change| change.class >= Class::Wider);
        growing().next()?;
        let is_raised = self.new_revision > self.old_revision;
        let needed = if is_raised { self.new_revision } else { self.old_revision.saturating_add(1) };
        let misdated: Vec<&str> = growing()
            .filter_map(|change| change.item.as_ref())
            .filter(|(_, since)| *since <= self.old_revision)
            .map(|(item, _)| item.as_str())
            .collect();
        match (is_raised, misdated.is_empty()) {
            (true, true) => None,
            (true, false) => Some(format!("mark {} with `since = {needed}`", list(&misdated))),
            (false, true) => Some(format!("raise `revision` to {needed}")),
            (false, false) => {
                Some(format!("raise `revision` to {needed} and mark {} with `since = {needed}`", list(&misdated)))
            }
        }
    }

    fn add(&mut self, class: Class, sentence: String) {
        self.changes.push(Change { class, sentence, item: None });
    }

    fn add_item(&mut self, class: Class, sentence: String, item: &str, since: u32) {
        self.changes.push(Change { class, sentence, item: Some((item.to_owned(), since)) });
    }

    fn revision(&mut self) {
        let (old, new) = (self.old_revision, self.new_revision);
        if new < old {
            self.add(Class::Breaking, format!("The revision sank from {old} to {new}."));
        } else if new > old && self.class() < Class::Wider {
            let sentence = format!("The revision rose from {old} to {new}, although nothing has grown.");
            self.add(Class::Same, sentence);
        }
    }

    fn whole(&mut self, old: &Lock, new: &Lock) {
        if old.app != new.app {
            self.add(Class::Breaking, format!("The application is called `{}` instead of `{}`.", new.app, old.app));
        }
        self.terms(&old.terms, &new.terms);
        for purpose in Purpose::ALL {
            let (label, had, has) = (purpose_label(purpose), has_purpose(old, purpose), has_purpose(new, purpose));
            match (had, has) {
                (false, true) => self.add(Class::Wider, format!("There are {label} now, a purpose of its own.")),
                (true, false) => self.add(Class::Narrower, format!("There are no {label} any more.")),
                _ => {}
            }
        }
    }

    fn terms(&mut self, old: &Terms, new: &Terms) {
        if old.publisher != new.publisher {
            let sentence = format!("The data goes to {} instead of {}.", new.publisher, old.publisher);
            self.add(Class::Wider, sentence);
        }
        if old.identity != new.identity {
            let class = grown(lifetime(old.identity), lifetime(new.identity));
            let (old, new) = (identity_name(old.identity), identity_name(new.identity));
            self.add(class, format!("Events are linked by the identity `{new}` instead of `{old}`."));
        }
        if old.ids != new.ids {
            let (class, sentence) = match new.ids {
                IdForm::Raw => {
                    (Class::Wider, "Ids leave as the numbers of the rows themselves instead of as pseudonyms.")
                }
                IdForm::Keyed => (Class::Narrower, "Ids leave as pseudonyms instead of as the numbers of the rows."),
            };
            self.add(class, sentence.to_owned());
        }
        if old.resolution != new.resolution {
            // A smaller step is a finer time.
            let class = grown(new.resolution.millis(), old.resolution.millis());
            let (old, new) = (old.resolution.name(), new.resolution.name());
            self.add(class, format!("Times are told to the {new} instead of to the {old}."));
        }
        if old.retention_days != new.retention_days {
            let class = grown(keeping(old.retention_days), keeping(new.retention_days));
            let (old, new) = (retention(old.retention_days), retention(new.retention_days));
            self.add(class, format!("The data is kept {new} instead of {old}."));
        }
        for context in new.context.difference(&old.context) {
            self.add(Class::Wider, format!("Every event now also says `{context}`."));
        }
        for context in old.context.difference(&new.context) {
            self.add(Class::Narrower, format!("Events no longer say `{context}`."));
        }
        // Where there were no reports, new ones are marked with `since` themselves.
        for name in new.crates.difference(&old.crates).filter(|_| !old.crates.is_empty()) {
            self.add(Class::Wider, format!("Error reports can now also name places in the code of `{name}`."));
        }
        for name in old.crates.difference(&new.crates) {
            self.add(Class::Narrower, format!("Error reports no longer name places in the code of `{name}`."));
        }
    }

    fn events(&mut self, old: &BTreeMap<String, LockedEvent>, new: &BTreeMap<String, LockedEvent>) {
        let gone: Vec<_> = old.iter().filter(|(name, _)| !new.contains_key(*name)).collect();
        let come: Vec<_> = new.iter().filter(|(name, _)| !old.contains_key(*name)).collect();
        let renamed = renamings(&gone, &come, |a, b| a.purpose == b.purpose && a.has_shape_of(b));
        for (name, _) in &gone {
            if !renamed.iter().any(|(from, _)| from == name) {
                self.add(Class::Narrower, format!("The event `{name}` is gone."));
            }
        }
        for (name, event) in come {
            let item = format!("event `{name}`");
            if let Some((from, _)) = renamed.iter().find(|(_, to)| *to == name) {
                let sentence = format!("The event `{from}` is now called `{name}`.");
                self.add_item(Class::Breaking, sentence, &item, event.since);
            } else {
                let properties: Vec<String> = event.properties.keys().map(|name| format!("`{name}`")).collect();
                let with = if properties.is_empty() { "no properties".to_owned() } else { list(&properties) };
                let label = purpose_label(event.purpose);
                let sentence = format!("The event `{name}` is new ({label}), with {with}.");
                self.add_item(Class::Wider, sentence, &item, event.since);
            }
        }
        for (name, old) in old {
            if let Some(new) = new.get(name) {
                self.event(name, old, new);
            }
        }
    }

    fn event(&mut self, name: &str, old: &LockedEvent, new: &LockedEvent) {
        let item = format!("event `{name}`");
        if old.purpose != new.purpose {
            let (from, to) = (purpose_label(old.purpose), purpose_label(new.purpose));
            let sentence = format!("The event `{name}` counts among the {to} instead of the {from}.");
            self.add_item(Class::Breaking, sentence, &item, new.since);
        }
        self.until(&item, (old.until.as_deref(), new.until.as_deref()), new.since);
        let of_event = self.since(&item, old.since, new.since, Class::Same);

        let gone: Vec<_> = old.properties.iter().filter(|(name, _)| !new.properties.contains_key(*name)).collect();
        let come: Vec<_> = new.properties.iter().filter(|(name, _)| !old.properties.contains_key(*name)).collect();
        let renamed = renamings(&gone, &come, LockedProperty::has_shape_of);
        for (property, _) in &gone {
            if !renamed.iter().any(|(from, _)| from == property) {
                self.add(Class::Narrower, format!("The {item} no longer says `{property}`."));
            }
        }
        for (property, locked) in come {
            let place = format!("property `{property}` of `{name}`");
            if let Some((from, _)) = renamed.iter().find(|(_, to)| *to == property) {
                let sentence = format!("The property `{from}` of `{name}` is now called `{property}`.");
                self.add_item(Class::Breaking, sentence, &place, locked.since);
            } else {
                let sentence = format!("The {item} now also says `{property}`: {}.", locked.describe());
                self.add_item(Class::Wider, sentence, &place, locked.since);
            }
        }
        for (property, old) in &old.properties {
            if let Some(new) = new.properties.get(property) {
                self.property(name, property, (old, new), of_event);
            }
        }
    }

    fn property(&mut self, event: &str, name: &str, (old, new): (&LockedProperty, &LockedProperty), of_event: Class) {
        let item = format!("property `{name}` of `{event}`");
        if old.kind != new.kind || old.entity != new.entity {
            let (from, to) = (old.describe(), new.describe());
            let sentence = format!("The {item} is {to} instead of {from}.");
            self.add_item(Class::Breaking, sentence, &item, new.since);
            return;
        }
        match old.trace.cmp(&new.trace) {
            Ordering::Less => {
                let now = new.trace.map_or("", tells);
                self.add_item(Class::Wider, format!("The {item} now also tells {now}."), &item, new.since);
            }
            Ordering::Greater => {
                let before = old.trace.map_or("", tells);
                self.add(Class::Narrower, format!("The {item} no longer tells {before}."));
            }
            Ordering::Equal => {}
        }
        match (old.optional, new.optional) {
            // Whether something is there is one more thing that an event can tell.
            (false, true) => {
                self.add_item(Class::Wider, format!("The {item} may now be left out."), &item, new.since);
            }
            (true, false) => self.add(Class::Narrower, format!("The {item} is always there now.")),
            _ => {}
        }
        self.until(&item, (old.until.as_deref(), new.until.as_deref()), new.since);
        let of_property = self.since(&item, old.since, new.since, of_event).max(of_event);
        for (value, since) in &new.values {
            let value_item = format!("value `{value}` of `{name}` of `{event}`");
            if let Some(before) = old.values.get(value) {
                self.since(&value_item, *before, *since, of_property);
            } else {
                let sentence = format!("The {item} can now also be `{value}`.");
                self.add_item(Class::Wider, sentence, &value_item, *since);
            }
        }
        for value in old.values.keys().filter(|value| !new.values.contains_key(*value)) {
            self.add(Class::Narrower, format!("The {item} can no longer be `{value}`."));
        }
    }

    fn until(&mut self, item: &str, (old, new): (Option<&str>, Option<&str>), since: u32) {
        match (old, new) {
            (None, Some(day)) => self.add(Class::Narrower, format!("The {item} is only sent until {day}.")),
            (Some(day), None) => {
                let sentence = format!("The {item} is sent without an end instead of until {day}.");
                self.add_item(Class::Wider, sentence, item, since);
            }
            (Some(from), Some(to)) if from < to => {
                let sentence = format!("The {item} is sent until {to} instead of until {from}.");
                self.add_item(Class::Wider, sentence, item, since);
            }
            (Some(from), Some(to)) if from > to => {
                self.add(Class::Narrower, format!("The {item} is sent until {to} instead of until {from}."));
            }
            _ => {}
        }
    }

    /// Compares marks; what an enclosing item reported already, in `outer`, is not reported again.
    fn since(&mut self, item: &str, old: u32, new: u32, outer: Class) -> Class {
        let class = match new.cmp(&old) {
            Ordering::Less => Class::Wider,
            Ordering::Greater => Class::Narrower,
            Ordering::Equal => return Class::Same,
        };
        if class != outer {
            let sentence = format!("The {item} is marked `since = {new}` instead of `since = {old}`.");
            self.changes.push(Change {
                class,
                sentence,
                item: (class == Class::Wider).then(|| (item.to_owned(), new)),
            });
        }
        class
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, change) in self.changes.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: {}", change.class.name(), change.sentence)?;
        }
        Ok(())
    }
}

impl LockedEvent {
    fn has_shape_of(&self, other: &Self) -> bool {
        // Without properties all events look alike, and a guess would be wrong more often than right.
        !self.properties.is_empty()
            && self.properties.len() == other.properties.len()
            && self
                .properties
                .iter()
                .zip(&other.properties)
                .all(|((a, this), (b, that))| a == b && this.has_shape_of(that))
    }
}

impl LockedProperty {
    fn has_shape_of(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.entity == other.entity
            && self.optional == other.optional
            && self.trace == other.trace
            && self.values.keys().eq(other.values.keys())
    }

    fn describe(&self) -> String {
        let values: Vec<String> = self.values.keys().map(|value| format!("`{value}`")).collect();
        let described = match (self.kind, &self.entity) {
            (LockedKind::Closed, _) => format!("one of {}", values.join(", ")),
            (LockedKind::Boolean, _) => "`true` or `false`".to_owned(),
            (LockedKind::Id, Some(entity)) => format!("the id of a row of `{entity}`"),
            (LockedKind::Id, None) => "the id of a row".to_owned(),
        };
        match self.trace {
            Some(trace) => format!("{described}, with {}", tells(trace)),
            None => described,
        }
    }
}

/// What comes with a report.
const fn tells(trace: LockedTrace) -> &'static str {
    match trace {
        LockedTrace::Place => "the place in the program's source code and the kind of thread",
        LockedTrace::Functions => {
            "the place in the program's source code, the functions that led there and the kind of thread"
        }
    }
}

/// Pairs what is gone with what has come where exactly one fits on either side.
fn renamings<'a, T>(
    gone: &[(&'a String, &T)],
    come: &[(&'a String, &T)],
    fits: impl Fn(&T, &T) -> bool,
) -> Vec<(&'a String, &'a String)> {
    let only = |candidates: Vec<&'a String>| if let [one] = candidates.as_slice() { Some(*one) } else { None };
    gone.iter()
        .filter_map(|(from, old)| {
            let to = only(come.iter().filter(|(_, new)| fits(old, new)).map(|(name, _)| *name).collect())?;
            let (_, new) = come.iter().find(|(name, _)| *name == to)?;
            only(gone.iter().filter(|(_, old)| fits(old, new)).map(|(name, _)| *name).collect())?;
            Some((*from, to))
        })
        .collect()
}

fn has_purpose(lock: &Lock, purpose: Purpose) -> bool {
    lock.events.values().any(|event| event.purpose == purpose)
}

const fn grown(old: u64, new: u64) -> Class {
    if new > old { Class::Wider } else { Class::Narrower }
}

/// Identities in the order of how long they link events, in days.
fn lifetime(identity: Identity) -> u64 {
    match identity {
        Identity::None => 0,
        Identity::Rotating { days } => u64::from(days),
        Identity::Stable => u64::MAX,
    }
}

/// Unsaid is as long as it can be.
fn keeping(days: u32) -> u64 {
    if days == 0 { u64::MAX } else { u64::from(days) }
}

fn retention(days: u32) -> String {
    if days == 0 { "for a time that is not said".to_owned() } else { format!("for {days} days") }
}

#[cfg(test)]
mod tests;
