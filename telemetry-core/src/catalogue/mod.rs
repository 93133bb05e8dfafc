//! The catalogue: the closed list of everything that an application can report.
//!
//! Owns the traits that the derive implements and the constant schema that documents, encoder, lock file and
//! consent share. It must never learn of an event at run time: the schema is `const` data.

pub(crate) mod coverage;
pub mod diff;
pub mod lock;
pub mod schema;

pub use schema::{
    CatalogueSchema, Context, Date, EventSchema, IdForm, Identity, PropertySchema, Resolution, RevisionMap,
};

use crate::property::{Index, Property, Repr};

/// The largest number of properties of one event.
///
/// Bounds the buffer that an event is read into; an event that needs more is several events.
pub const MAX_PROPERTIES: usize = 12;

/// The largest number of closed forms that one event may have: 4096 forms are 12 bits.
///
/// What an event can say is bounded at compile time, so that a harmless-looking list of properties cannot grow
/// into a fingerprint.
pub const MAX_FORMS: u64 = 4096;

/// The largest size of an event value in bytes, as it lies in the queue.
///
/// One cache line; all property types are one or eight bytes (sixteen as `Option<Id>`).
pub const MAX_EVENT_BYTES: usize = 64;

/// A set of events: what `#[derive(Catalogue)]` implements for every enum, the parts of other crates included.
pub trait EventSet: Send + Sized + 'static {
    /// Every event, in the order of declaration, flattened parts in their place.
    const EVENTS: &'static [EventSchema];

    /// The revision of this set: raised whenever it grows.
    const REVISION: u32;

    /// Where this value's event stands in [`EVENTS`](Self::EVENTS).
    fn position(&self) -> usize;

    /// Reads the properties, in the order of declaration, into `fields`.
    fn read(&self, fields: &mut Fields);
}

/// A whole catalogue: the closed enum that [`Telemetry::track`](crate::Telemetry::track) accepts.
///
/// Implemented by `#[derive(Catalogue)]` only for an enum that names its application; see the derive's
/// documentation for the attributes.
pub trait Catalogue: EventSet {
    /// Everything that the documents, the encoder and the consent need to know.
    const SCHEMA: CatalogueSchema;
}

/// The property values of one event, read in the order of its schema.
#[derive(Debug, Clone)]
pub struct Fields {
    values: [Index; MAX_PROPERTIES],
    len: usize,
}

impl Fields {
    pub(crate) const fn new() -> Self {
        Self { values: [Index(Repr::Absent); MAX_PROPERTIES], len: 0 }
    }

    /// Takes all values out, so that the next event can be read into the same memory.
    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }

    /// Fields with these values.
    pub(crate) fn of(values: impl IntoIterator<Item = Repr>) -> Self {
        let mut fields = Self::new();
        for (slot, value) in fields.values.iter_mut().zip(values) {
            *slot = Index(value);
            fields.len += 1;
        }
        fields
    }

    /// Adds the next property.
    ///
    /// More than [`MAX_PROPERTIES`] are ignored; the derive refuses such an event at compile time.
    pub fn push<P: Property>(&mut self, property: &P) {
        if let Some(slot) = self.values.get_mut(self.len) {
            *slot = property.index();
            self.len += 1;
        }
    }

    pub(crate) fn as_slice(&self) -> &[Index] {
        self.values.get(..self.len).unwrap_or_default()
    }
}
