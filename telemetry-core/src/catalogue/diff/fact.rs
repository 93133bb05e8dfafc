//! What can change from one catalogue to another: a fact each, in no language.

use super::super::lock::LockedTrace;
use super::super::{IdForm, Identity, Resolution};
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

/// A language in which changes can be told: one whole sentence with a full stop for each fact.
pub(crate) trait Telling: Sync {
    /// The sentence.
    fn sentence(&self, fact: &Fact) -> String;
}
