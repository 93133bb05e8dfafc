//! telemetry-core
#![forbid(unsafe_code)]

extern crate self as telemetry_core;

pub mod catalogue;
mod clock;
mod deployment;
mod digest;
mod event;
pub mod key;
mod permit;
pub mod property;
mod purpose;
mod sink;
pub mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use catalogue::{Catalogue, CatalogueSchema, EventSet};
pub use clock::{Clock, SystemClock, Timestamp};
pub use deployment::Deployment;
pub use event::{Batch, CATALOGUE_REVISION, Event, Field, FieldValue, GRANTED_REVISION, Uuid};
pub use key::{Dsn, EmbeddedHost, EmbeddedKey, Token};
pub use permit::{Cancelled, SendPermit};
pub use property::{CountBucket, DurationBucket, Entity, Id, Property, SizeBucket};
pub use purpose::{Purpose, Purposes};
pub use sink::{Delivery, Destination, Outcome, Sink};
