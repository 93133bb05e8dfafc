//! A catalogue is one closed list.

use telemetry_core::{Catalogue, EventSet, Property};

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked<P: Property> {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// A detail.
        detail: P,
    },
}

#[derive(Property)]
pub enum Choice<'a> {
    /// One.
    One,
    /// Two.
    Two(&'a str),
}

// No further errors where the type is used.
fn main() {
    let _ = Tracked::<bool>::EVENTS;
    let _ = Choice::<'static>::DOMAIN;
}
