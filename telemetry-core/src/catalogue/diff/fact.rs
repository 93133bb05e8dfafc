//! What can change from one catalogue to another: a fact each, in no language.

use super::super::lock::{LockError, LockedTrace};
use super::super::{IdForm, Identity, Resolution};
use super::Class;
use crate::Purpose;

/// One change, ready to be said in any language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    RevisionSank { from: u32, to: u32 },
    RevisionRoseAlone { from: u32, to: u32 },
    Renamed { what: Renamable, from: String, to: String },
    Publisher { from: String, to: String },
    Identity { from: Identity, to: Identity },
    Ids { to: IdForm },
    Resolution { from: Resolution, to: Resolution },
    Retention { from: u32, to: u32 },
    ContextNew(String),
    ContextGone(String),
    CodeNew(String),
    CodeGone(String),
    PurposeNew(Purpose),
    PurposeGone(Purpose),
    EventNew { event: String, purpose: Purpose, properties: Vec<String> },
    EventGone { event: String },
    EventPurpose { event: String, from: Purpose, to: Purpose },
    PropertyNew { event: String, property: String, says: Says },
    PropertyGone { event: String, property: String },
    PropertySays { item: Item, from: Says, to: Says },
    TellsNow { item: Item, trace: LockedTrace },
    TellsNoMore { item: Item, trace: LockedTrace },
    LeftOutNow(Item),
    AlwaysThereNow(Item),
    ValueNew { item: Item, value: String },
    ValueGone { item: Item, value: String },
    EndsNow { item: Item, day: String },
    EndsNoMore { item: Item, day: String },
    EndMoved { item: Item, from: String, to: String },
    Since { item: Item, from: u32, to: u32 },
}

impl Fact {
    /// What of a catalogue it is about.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::RevisionSank { .. }
            | Self::RevisionRoseAlone { .. }
            | Self::Renamed { what: Renamable::Application, .. }
            | Self::Publisher { .. }
            | Self::Identity { .. }
            | Self::Ids { .. }
            | Self::Resolution { .. }
            | Self::Retention { .. }
            | Self::ContextNew(_)
            | Self::ContextGone(_)
            | Self::CodeNew(_)
            | Self::CodeGone(_) => About::Everything,
            Self::PurposeNew(purpose) | Self::PurposeGone(purpose) => About::Purpose(*purpose),
            Self::Renamed { what: Renamable::Event, to: event, .. }
            | Self::Renamed { what: Renamable::PropertyOf { event }, .. }
            | Self::EventNew { event, .. }
            | Self::EventGone { event }
            | Self::EventPurpose { event, .. }
            | Self::PropertyNew { event, .. }
            | Self::PropertyGone { event, .. } => About::Event(event),
            Self::PropertySays { item, .. }
            | Self::TellsNow { item, .. }
            | Self::TellsNoMore { item, .. }
            | Self::LeftOutNow(item)
            | Self::AlwaysThereNow(item)
            | Self::ValueNew { item, .. }
            | Self::ValueGone { item, .. }
            | Self::EndsNow { item, .. }
            | Self::EndsNoMore { item, .. }
            | Self::EndMoved { item, .. }
            | Self::Since { item, .. } => About::Event(item.event()),
        }
    }
}

/// What of a catalogue a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About<'a> {
    Everything,
    Purpose(Purpose),
    Event(&'a str),
}

impl Item {
    fn event(&self) -> &str {
        match self {
            Self::Event(event) | Self::Property { event, .. } | Self::Value { event, .. } => event,
        }
    }
}

/// What can have another name without being another thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Renamable {
    Application,
    Event,
    PropertyOf { event: String },
}

/// What a sentence is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Event(String),
    Property { property: String, event: String },
    Value { value: String, property: String, event: String },
}

/// What a property can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Says {
    OneOf(Vec<String>),
    OneOfWith(Vec<String>, LockedTrace),
    TrueOrFalse,
    IdOf(Option<String>),
}

/// What an author must still do before a difference may be shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Set the revision back to this at least.
    SetBack(u32),
    /// Mark these with this revision.
    Mark { items: Vec<Item>, since: u32 },
    /// Raise the revision to this.
    Raise { to: u32 },
    /// Both.
    RaiseAndMark { to: u32, items: Vec<Item> },
}

/// A language in which changes can be told.
pub(crate) trait Telling: Sync {
    /// A change: one whole sentence with a full stop.
    fn sentence(&self, fact: &Fact) -> String;

    /// What changes mean for people who have agreed already, in one word.
    fn class(&self, class: Class) -> &'static str;

    /// What the author must still do, without a full stop.
    fn remedy(&self, remedy: &Remedy) -> String;

    /// That a file is no lock file, without a full stop.
    fn unreadable(&self, why: LockError) -> String;

    /// That the catalogue has grown and does not say so. `changes` are lines.
    fn has_grown(&self, changes: &str, remedy: &str) -> String;

    /// That a lock file is older than its catalogue.
    fn is_older(&self, changes: &str, command: &str) -> String;
}
