//! The difference between two catalogues, in plain language and classified by what it means for consent.
//!
//! Owns the rules of what counts as growing. It must never call a change harmless that lets more leave a machine
//! than people agreed to: when in doubt, a change is wider.

mod english;
mod fact;
mod german;

use core::cmp::Ordering;
use core::fmt;
use std::collections::BTreeMap;

use super::lock::{Lock, LockedEvent, LockedKind, LockedProperty, Terms};
use super::{IdForm, Identity};
use crate::locale::Locale;
use crate::{Purpose, Purposes};
use fact::{About, Fact, Item, Remedy, Renamable, Says, Telling};

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

    /// The same word in this language.
    #[must_use]
    pub fn word_in(self, locale: Locale) -> &'static str {
        telling(locale).class(self)
    }
}

/// One change of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    class: Class,
    fact: Fact,
    sentence: String,
    /// What must carry a new `since`, with the one that it has.
    item: Option<(Item, u32)>,
}

impl Change {
    /// What the change means for people who have agreed already.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// The change as one sentence with a full stop, in English.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The same in this language. Names of events, properties and values are the author's and stay as they are.
    #[must_use]
    pub fn sentence_in(&self, locale: Locale) -> String {
        telling(locale).sentence(&self.fact)
    }
}

pub(super) const fn telling(locale: Locale) -> &'static dyn Telling {
    match locale {
        Locale::English => &english::English,
        Locale::German => &german::German,
    }
}

impl Change {
    /// Whether it concerns one of these purposes, in the list that it leads to or, where it is gone there, in the one
    /// before.
    pub(crate) fn concerns(&self, purposes: Purposes, old: &Lock, new: &Lock) -> bool {
        match self.fact.about() {
            About::Everything => true,
            About::Purpose(purpose) => purposes.contains(purpose),
            About::Event(name) => {
                let event = new.events.get(name).or_else(|| old.events.get(name));
                event.is_some_and(|event| purposes.contains(event.purpose))
            }
        }
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
        self.needs_revision_in(Locale::English)
    }

    /// The same in this language.
    #[must_use]
    pub fn needs_revision_in(&self, locale: Locale) -> Option<String> {
        Some(telling(locale).remedy(&self.remedy()?))
    }

    /// The changes in this language, a line each with its class.
    #[must_use]
    pub fn told_in(&self, locale: Locale) -> String {
        let line = |change: &Change| format!("{}: {}", change.class.word_in(locale), change.sentence_in(locale));
        self.changes.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn remedy(&self) -> Option<Remedy> {
        if self.new_revision < self.old_revision {
            return Some(Remedy::SetBack(self.old_revision));
        }
        let growing = || self.changes.iter().filter(|change| change.class >= Class::Wider);
        growing().next()?;
        let is_raised = self.new_revision > self.old_revision;
        let needed = if is_raised { self.new_revision } else { self.old_revision.saturating_add(1) };
        let items: Vec<Item> = growing()
            .filter_map(|change| change.item.as_ref())
            .filter(|(_, since)| *since <= self.old_revision)
            .map(|(item, _)| item.clone())
            .collect();
        match (is_raised, items.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Remedy::Mark { items, since: needed }),
            (false, true) => Some(Remedy::Raise { to: needed }),
            (false, false) => Some(Remedy::RaiseAndMark { to: needed, items }),
        }
    }

    fn add(&mut self, class: Class, fact: Fact) {
        self.push(class, fact, None);
    }

    fn add_item(&mut self, class: Class, fact: Fact, item: Item, since: u32) {
        self.push(class, fact, Some((item, since)));
    }

    fn push(&mut self, class: Class, fact: Fact, item: Option<(Item, u32)>) {
        let sentence = english::English.sentence(&fact);
        self.changes.push(Change { class, fact, sentence, item });
    }

    fn revision(&mut self) {
        let (from, to) = (self.old_revision, self.new_revision);
        if to < from {
            self.add(Class::Breaking, Fact::RevisionSank { from, to });
        } else if to > from && self.class() < Class::Wider {
            self.add(Class::Same, Fact::RevisionRoseAlone { from, to });
        }
    }

    fn whole(&mut self, old: &Lock, new: &Lock) {
        if old.app != new.app {
            let (from, to) = (old.app.clone(), new.app.clone());
            self.add(Class::Breaking, Fact::Renamed { what: Renamable::Application, from, to });
        }
        self.terms(&old.terms, &new.terms);
        for purpose in Purpose::ALL {
            match (has_purpose(old, purpose), has_purpose(new, purpose)) {
                (false, true) => self.add(Class::Wider, Fact::PurposeNew(purpose)),
                (true, false) => self.add(Class::Narrower, Fact::PurposeGone(purpose)),
                _ => {}
            }
        }
    }

    fn terms(&mut self, old: &Terms, new: &Terms) {
        if old.publisher != new.publisher {
            let (from, to) = (old.publisher.clone(), new.publisher.clone());
            self.add(Class::Wider, Fact::Publisher { from, to });
        }
        if old.identity != new.identity {
            let class = grown(lifetime(old.identity), lifetime(new.identity));
            self.add(class, Fact::Identity { from: old.identity, to: new.identity });
        }
        if old.ids != new.ids {
            let class = if new.ids == IdForm::Keyed { Class::Narrower } else { Class::Wider };
            self.add(class, Fact::Ids { to: new.ids });
        }
        if old.resolution != new.resolution {
            // A smaller step is a finer time.
            let class = grown(new.resolution.millis(), old.resolution.millis());
            self.add(class, Fact::Resolution { from: old.resolution, to: new.resolution });
        }
        if old.retention_days != new.retention_days {
            let class = grown(keeping(old.retention_days), keeping(new.retention_days));
            self.add(class, Fact::Retention { from: old.retention_days, to: new.retention_days });
        }
        for context in new.context.difference(&old.context) {
            self.add(Class::Wider, Fact::ContextNew(context.clone()));
        }
        for context in old.context.difference(&new.context) {
            self.add(Class::Narrower, Fact::ContextGone(context.clone()));
        }
        // Where there were no reports, new ones are marked with `since` themselves.
        for name in new.crates.difference(&old.crates).filter(|_| !old.crates.is_empty()) {
            self.add(Class::Wider, Fact::CodeNew(name.clone()));
        }
        for name in old.crates.difference(&new.crates) {
            self.add(Class::Narrower, Fact::CodeGone(name.clone()));
        }
    }

    fn events(&mut self, old: &BTreeMap<String, LockedEvent>, new: &BTreeMap<String, LockedEvent>) {
        let gone: Vec<_> = old.iter().filter(|(name, _)| !new.contains_key(*name)).collect();
        let come: Vec<_> = new.iter().filter(|(name, _)| !old.contains_key(*name)).collect();
        let renamed = renamings(&gone, &come, |a, b| a.purpose == b.purpose && a.has_shape_of(b));
        for (name, _) in &gone {
            if !renamed.iter().any(|(from, _)| from == name) {
                self.add(Class::Narrower, Fact::EventGone { event: (*name).clone() });
            }
        }
        for (name, event) in come {
            let item = Item::Event(name.clone());
            if let Some((from, _)) = renamed.iter().find(|(_, to)| *to == name) {
                let fact = Fact::Renamed { what: Renamable::Event, from: (*from).clone(), to: name.clone() };
                self.add_item(Class::Breaking, fact, item, event.since);
            } else {
                let properties = event.properties.keys().cloned().collect();
                let fact = Fact::EventNew { event: name.clone(), purpose: event.purpose, properties };
                self.add_item(Class::Wider, fact, item, event.since);
            }
        }
        for (name, old) in old {
            if let Some(new) = new.get(name) {
                self.event(name, old, new);
            }
        }
    }

    fn event(&mut self, name: &str, old: &LockedEvent, new: &LockedEvent) {
        let item = Item::Event(name.to_owned());
        if old.purpose != new.purpose {
            let fact = Fact::EventPurpose { event: name.to_owned(), from: old.purpose, to: new.purpose };
            self.add_item(Class::Breaking, fact, item.clone(), new.since);
        }
        self.until(&item, (old.until.as_ref(), new.until.as_ref()), new.since);
        let of_event = self.since(&item, old.since, new.since, Class::Same);

        let gone: Vec<_> = old.properties.iter().filter(|(name, _)| !new.properties.contains_key(*name)).collect();
        let come: Vec<_> = new.properties.iter().filter(|(name, _)| !old.properties.contains_key(*name)).collect();
        let renamed = renamings(&gone, &come, LockedProperty::has_shape_of);
        for (property, _) in &gone {
            if !renamed.iter().any(|(from, _)| from == property) {
                let fact = Fact::PropertyGone { event: name.to_owned(), property: (*property).clone() };
                self.add(Class::Narrower, fact);
            }
        }
        for (property, locked) in come {
            let place = Item::Property { property: property.clone(), event: name.to_owned() };
            if let Some((from, _)) = renamed.iter().find(|(_, to)| *to == property) {
                let what = Renamable::PropertyOf { event: name.to_owned() };
                let fact = Fact::Renamed { what, from: (*from).clone(), to: property.clone() };
                self.add_item(Class::Breaking, fact, place, locked.since);
            } else {
                let says = locked.says();
                let fact = Fact::PropertyNew { event: name.to_owned(), property: property.clone(), says };
                self.add_item(Class::Wider, fact, place, locked.since);
            }
        }
        for (property, old) in &old.properties {
            if let Some(new) = new.properties.get(property) {
                self.property(name, property, (old, new), of_event);
            }
        }
    }

    fn property(&mut self, event: &str, name: &str, (old, new): (&LockedProperty, &LockedProperty), of_event: Class) {
        let item = Item::Property { property: name.to_owned(), event: event.to_owned() };
        if old.kind != new.kind || old.entity != new.entity {
            let fact = Fact::PropertySays { item: item.clone(), from: old.says(), to: new.says() };
            self.add_item(Class::Breaking, fact, item, new.since);
            return;
        }
        match (old.trace.cmp(&new.trace), new.trace, old.trace) {
            (Ordering::Less, Some(trace), _) => {
                self.add_item(Class::Wider, Fact::TellsNow { item: item.clone(), trace }, item.clone(), new.since);
            }
            (Ordering::Greater, _, Some(trace)) => {
                self.add(Class::Narrower, Fact::TellsNoMore { item: item.clone(), trace });
            }
            _ => {}
        }
        match (old.optional, new.optional) {
            // Whether something is there is one more thing that an event can tell.
            (false, true) => self.add_item(Class::Wider, Fact::LeftOutNow(item.clone()), item.clone(), new.since),
            (true, false) => self.add(Class::Narrower, Fact::AlwaysThereNow(item.clone())),
            _ => {}
        }
        self.until(&item, (old.until.as_ref(), new.until.as_ref()), new.since);
        let of_property = self.since(&item, old.since, new.since, of_event).max(of_event);
        for (value, since) in &new.values {
            let value_item = Item::Value { value: value.clone(), property: name.to_owned(), event: event.to_owned() };
            if let Some(before) = old.values.get(value) {
                self.since(&value_item, *before, *since, of_property);
                let ends = (old.until_of_values.get(value), new.until_of_values.get(value));
                self.until(&value_item, ends, *since);
            } else {
                let fact = Fact::ValueNew { item: item.clone(), value: value.clone() };
                self.add_item(Class::Wider, fact, value_item, *since);
            }
        }
        for value in old.values.keys().filter(|value| !new.values.contains_key(*value)) {
            self.add(Class::Narrower, Fact::ValueGone { item: item.clone(), value: value.clone() });
        }
    }

    fn until(&mut self, item: &Item, (old, new): (Option<&String>, Option<&String>), since: u32) {
        let item = item.clone();
        match (old.cloned(), new.cloned()) {
            (None, Some(day)) => self.add(Class::Narrower, Fact::EndsNow { item, day }),
            (Some(day), None) => {
                self.add_item(Class::Wider, Fact::EndsNoMore { item: item.clone(), day }, item, since);
            }
            (Some(from), Some(to)) if from < to => {
                self.add_item(Class::Wider, Fact::EndMoved { item: item.clone(), from, to }, item, since);
            }
            (Some(from), Some(to)) if from > to => self.add(Class::Narrower, Fact::EndMoved { item, from, to }),
            _ => {}
        }
    }

    /// Compares marks; what an enclosing item reported already, in `outer`, is not reported again.
    fn since(&mut self, item: &Item, from: u32, to: u32, outer: Class) -> Class {
        let class = match to.cmp(&from) {
            Ordering::Less => Class::Wider,
            Ordering::Greater => Class::Narrower,
            Ordering::Equal => return Class::Same,
        };
        if class != outer {
            let marked = (class == Class::Wider).then(|| (item.clone(), to));
            self.push(class, Fact::Since { item: item.clone(), from, to }, marked);
        }
        class
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told_in(Locale::English))
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

    fn says(&self) -> Says {
        match (self.kind, self.trace) {
            (LockedKind::Closed, None) => Says::OneOf(self.values.keys().cloned().collect()),
            (LockedKind::Closed, Some(trace)) => Says::OneOfWith(self.values.keys().cloned().collect(), trace),
            (LockedKind::Boolean, _) => Says::TrueOrFalse,
            (LockedKind::Id, _) => Says::IdOf(self.entity.clone()),
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

#[cfg(test)]
mod tests;
