//! An exception that nothing needs would hide the next one.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened", allow(path, reason = "whether, not which"))]
    CartOpened {
        /// A detail.
        #[property(allow(reason = "whether, not which"))]
        detail: bool,
    },
}

fn main() {}
