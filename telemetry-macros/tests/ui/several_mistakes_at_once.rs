//! All mistakes of an enum are shown in one compile, a wrong type among them.

use telemetry_core::{Catalogue, EventSet};

#[derive(Catalogue)]
#[catalogue(app = "The Shop", revision = 1, colour = "red")]
pub enum Tracked {
    #[event(name = "cart")]
    CartOpened {
        email: String,
        /// Whether it was full.
        #[property(since = 2)]
        full: bool,
    },
    /// A cart was closed.
    #[event(name = "cart.closed", purpose = "marketing", purpose = "usage")]
    CartClosed(bool),
    /// A cart was lost.
    ///
    /// Why: shows whether carts are used.
    #[event(name = )]
    CartLost,
    #[event(flatten since = 1)]
    Part(part::Tracked),
}

// No further errors where the type is used.
fn main() {
    let _ = Tracked::EVENTS;
    let _ = <Tracked as Catalogue>::SCHEMA;
}
