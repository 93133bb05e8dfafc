//! An exception says why.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened", allow(path))]
    CartOpened {
        /// A detail.
        #[property(allow)]
        has_email: bool,
        /// A detail.
        #[property(allow(reason = " "))]
        has_phone: bool,
    },
}

fn main() {}
