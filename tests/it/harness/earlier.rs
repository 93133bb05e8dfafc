//! The time tracker one list earlier, to find out how today's treats a yes to that.
//!
//! Between list 1 and list 2 error reports learned to name the place in the program: until then a failed request told a
//! kind of failure, and a panic was one of the kinds.

use std::path::Path;

use telemetry_core::catalogue::{CatalogueSchema, EventSchema, Fields, PropertySchema};
use telemetry_core::{
    Batch, Catalogue, Coded, Delivery, Destination, EventSet, Outcome, ProgramKind, Property, Purpose, Purposes,
    SendPermit, Sink, Surface, Telemetry, Timestamp,
};
use time_tracker::telemetry::Tracked;

use super::binaries::KEY;
use super::body::fingerprint;

/// What failed, as list 1 told it.
#[derive(Property)]
#[expect(dead_code, reason = "only the names of its values are used: nothing is tracked")]
enum Kind {
    /// The database.
    Database,
    /// The making of a page.
    Template,
    /// A handler panicked.
    Panic,
    /// Something else.
    Other,
}

const FAILED: EventSchema = EventSchema::new(
    "request.failed",
    "A request ended with an internal error.",
    "shows where the program needs mending.",
    Purpose::Errors,
    1,
    &[PropertySchema::new("kind", "What failed.", Kind::DOMAIN, 1)],
);

/// Everything that list 1 had: today's events but for those that came or changed with list 2.
const EVENTS: [EventSchema; 27] = {
    let mut list = [FAILED; 27];
    let (mut from, mut to) = (0, 0);
    while from < Tracked::EVENTS.len() {
        let event = Tracked::EVENTS[from];
        if matches!(event.purpose, Purpose::Usage) && event.since == 1 {
            list[to] = event;
            to += 1;
        }
        from += 1;
    }
    assert!(to == list.len() - 1, "list 1 had 26 events besides `request.failed`");
    list
};

/// What it could report. Nothing is tracked with it: a person agrees, and that is all.
enum Earlier {}

impl EventSet for Earlier {
    const EVENTS: &'static [EventSchema] = &EVENTS;
    const REVISION: u32 = 1;

    fn position(&self) -> usize {
        match *self {}
    }

    fn read(&self, _: &mut Fields) {
        match *self {}
    }
}

impl Catalogue for Earlier {
    const SCHEMA: CatalogueSchema = {
        let mut schema = Tracked::SCHEMA;
        (schema.revision, schema.version, schema.events) = (1, "0.0.1", &EVENTS);
        schema
    };
}

/// Names where the keyed builds send, and sends nothing.
struct Nowhere {
    origin: &'static str,
}

impl Sink for Nowhere {
    fn destination(&self) -> Destination {
        Destination::new(self.origin, "a test", None, Some(fingerprint(KEY)))
    }

    fn most_events(&self) -> usize {
        1
    }

    fn body(&self, _: &Batch, _: Timestamp) -> Vec<u8> {
        Vec::new()
    }

    fn compress(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn deliver(&self, _: Coded, _: &SendPermit<'_>) -> Delivery {
        Delivery::new(Outcome::Refused, None, 0)
    }

    fn body_schema(&self, _: &CatalogueSchema) -> String {
        "false".to_owned()
    }
}

/// Has a person agree to the earlier list for these purposes, in this directory.
pub(crate) fn agree(directory: &Path, origin: String, purposes: Purposes) {
    // A destination lives as long as the program; a test may leak the little it makes.
    let sink = Nowhere { origin: origin.leak() };
    let telemetry: Telemetry<Earlier> = Telemetry::<Earlier>::builder(ProgramKind::Service, directory, sink).build();
    let question = telemetry.present(Surface::Dashboard).expect("the question may be asked");
    telemetry.grant(question.ticket(), purposes).expect("the yes is stored");
}
