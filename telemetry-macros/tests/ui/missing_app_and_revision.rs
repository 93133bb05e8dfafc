//! A catalogue says whose it is, and which revision.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened,
}

fn main() {}
