//! A property is called in snake case.

use telemetry_core::Catalogue;

#[allow(non_snake_case)]
#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// One.
        isOpen: bool,
        /// Two.
        #[property(name = "is open")]
        open: bool,
    },
}

fn main() {}
