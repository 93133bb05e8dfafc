//! A misspelt type is said once, by the compiler itself.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// A detail.
        detail: Sauce,
    },
    #[event(flatten)]
    Part(nowhere::Tracked),
}

fn main() {}
