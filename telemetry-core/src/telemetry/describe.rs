//! What the handle knows about its sinks, for documents and commands.

use super::Telemetry;
use crate::Purpose;
use crate::catalogue::Catalogue;
use crate::document::Recipients;
use crate::sink::Destination;

impl<C: Catalogue> Telemetry<C> {
    /// Where this build sends product events, or that it has no key for them.
    #[must_use]
    pub fn destination(&self) -> Destination {
        self.destination_of(Purpose::Usage)
    }

    /// Where this build sends the events of this purpose, or that it has no key for them.
    #[must_use]
    pub fn destination_of(&self, purpose: Purpose) -> Destination {
        self.shared.setup.sink(purpose).destination()
    }

    /// Where this build sends the events of each purpose, for the generated documents.
    #[must_use]
    pub fn recipients(&self) -> Recipients {
        Recipients::new(self.destination_of(Purpose::Usage), self.destination_of(Purpose::Errors))
    }

    /// The JSON Schema that every body with product events satisfies, as text.
    #[must_use]
    pub fn body_schema(&self) -> String {
        self.body_schema_of(Purpose::Usage)
    }

    /// The JSON Schema that every body with events of this purpose satisfies, as text.
    #[must_use]
    pub fn body_schema_of(&self, purpose: Purpose) -> String {
        self.shared.setup.sink(purpose).body_schema(&C::SCHEMA)
    }
}
