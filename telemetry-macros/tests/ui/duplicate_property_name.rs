//! A name means one thing.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// One.
        one: bool,
        /// Two.
        #[property(name = "one")]
        two: bool,
    },
}

fn main() {}
