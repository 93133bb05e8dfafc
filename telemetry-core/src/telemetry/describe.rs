//! What the handle knows about its sink, for documents and commands.

use super::Telemetry;
use crate::catalogue::Catalogue;
use crate::sink::Destination;

impl<C: Catalogue> Telemetry<C> {
    /// Where this build sends, or that it has no key; for the generated documents.
    #[must_use]
    pub fn destination(&self) -> Destination {
        self.shared.setup.sink.destination()
    }

    /// The JSON Schema that every body satisfies, as text.
    #[must_use]
    pub fn body_schema(&self) -> String {
        self.shared.setup.sink.body_schema(&C::SCHEMA)
    }
}
