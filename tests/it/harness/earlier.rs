//! The time tracker as it might have been one list earlier, to find out how today's treats a yes to that.

use std::path::Path;

use telemetry_core::catalogue::{CatalogueSchema, Context, EventSchema, Fields, Identity};
use telemetry_core::{
    Batch, Catalogue, Delivery, Destination, EventSet, Outcome, ProgramKind, Purpose, Purposes, SendPermit, Sink,
    Surface, Telemetry, Timestamp,
};

use super::binaries::KEY;
use super::body::fingerprint;

/// Two events, of which the second knew less than it does today.
const EVENTS: &[EventSchema] = &[
    EventSchema::new("setup.completed", "The first-run setup was completed.", "", Purpose::Usage, 1, &[]),
    EventSchema::new("auth.login", "Somebody signed in.", "", Purpose::Usage, 1, &[]),
];

/// What it could report. Nothing is tracked with it: a person agrees, and that is all.
enum Earlier {}

impl EventSet for Earlier {
    const EVENTS: &'static [EventSchema] = EVENTS;
    const REVISION: u32 = 1;

    fn position(&self) -> usize {
        match *self {}
    }

    fn read(&self, _: &mut Fields) {
        match *self {}
    }
}

impl Catalogue for Earlier {
    const SCHEMA: CatalogueSchema = CatalogueSchema::new("time-tracker", "0.0.1", 1, Identity::Stable, EVENTS)
        .context(&[Context::AppVersion, Context::OsFamily, Context::Arch, Context::Deployment])
        .publisher("the Time Tracker project")
        .retention_days(90);
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

    fn deliver(&self, _: &[u8], _: &SendPermit<'_>) -> Delivery {
        Delivery::new(Outcome::Refused, None, 0)
    }

    fn body_schema(&self, _: &CatalogueSchema) -> String {
        "false".to_owned()
    }
}

/// Has a person agree to the earlier list, in this directory.
pub(crate) fn agree(directory: &Path, origin: String) {
    // A destination lives as long as the program; a test may leak the little it makes.
    let sink = Nowhere { origin: origin.leak() };
    let telemetry: Telemetry<Earlier> = Telemetry::<Earlier>::builder(ProgramKind::Service, directory, sink).build();
    let question = telemetry.present(Surface::Dashboard).expect("the question may be asked");
    telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).expect("the yes is stored");
}
