//! Doubles for tests of applications and sinks. Feature `testing`; adds types only and changes nothing that is sent.

mod answer;
mod clock;
mod sink;
pub mod store_conformance;

use core::time::Duration;
use std::time::Instant;

pub use answer::{Answer, answered};
pub use clock::ManualClock;
pub use sink::{RecordingSink, Request};

use crate::Deployment;
use crate::catalogue::coverage::EventCoverage;
use crate::catalogue::{Catalogue, Fields};
use crate::clock::Timestamp;
use crate::coding::Coded;
use crate::event::{Batch, Covered, Event, Uuid, common, encode, report};
use crate::permit::SendPermit;
use crate::pseudonym::Pseudonyms;
use crate::report::Function;
use crate::signal::Signal;
use crate::sink::Sink;
use crate::store::SendGuard;

/// Encodes `events` as the worker would under a full grant, with fixed identifiers and time, so that the bytes a
/// sink makes of them can be compared with a golden file.
pub fn batch<C: Catalogue>(events: impl IntoIterator<Item = C>, at: Timestamp) -> Batch {
    let at = at.coarse(C::SCHEMA.resolution);
    let pseudonyms = Pseudonyms::under([7; 32]);
    let covered = Covered { of_event: &EventCoverage::WHOLE, pseudonyms: &pseudonyms, ids: C::SCHEMA.ids };
    let encoded = events.into_iter().zip(0..).filter_map(|(event, n)| {
        let schema = C::EVENTS.get(event.position())?;
        let mut read = Fields::new();
        event.read(&mut read);
        let fields = encode(schema, &read, at, covered)?;
        let report = report(schema, C::SCHEMA.crates, &read, &fields);
        Some(Event { uuid: Uuid::counted([7; 16], n), name: schema.name, at, fields, report })
    });
    Batch {
        install_id: Uuid::random([7; 16]),
        common: common(&C::SCHEMA, Deployment::Source, C::SCHEMA.revision),
        events: encoded.collect(),
    }
}

/// The same batch, with the functions of a backtrace in each of its reports, as far as they are of the catalogue's
/// crates.
#[must_use]
pub fn with_functions<C: Catalogue>(mut batch: Batch, names: &[&str]) -> Batch {
    for event in &mut batch.events {
        if let Some(report) = &mut event.report {
            let functions = names.iter().filter_map(|name| Function::new(C::SCHEMA.crates, name));
            **report = report.with_functions(functions.collect());
        }
    }
    batch
}

/// A body as core gives it to the sink that made it.
#[must_use]
pub fn coded(sink: &dyn Sink, body: &[u8]) -> Coded {
    sink.compress(body).map_or_else(|| Coded::plain(body.to_vec()), Coded::gzip)
}

/// A permit that no store gave, for tests of a sink by itself.
#[derive(Debug, Default)]
pub struct TestPermit {
    signal: Signal,
}

struct NoGuard;
impl SendGuard for NoGuard {}

impl TestPermit {
    /// The permit, good for `time`.
    #[must_use]
    pub fn permit(&self, time: Duration) -> SendPermit<'_> {
        SendPermit::new(&self.signal, Instant::now() + time, Box::new(NoGuard), &|| true)
    }

    /// Cancels the permits, as a withdrawal does.
    pub fn cancel(&self) {
        self.signal.raise();
    }
}
