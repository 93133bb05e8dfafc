//! A catalogue says whose it is.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened,
}

fn main() {}
