//! An event says why its publisher wants to know, in words.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    #[event(name = "cart.opened")]
    CartOpened,
    /// A cart was closed.
    ///
    /// Why:
    #[event(name = "cart.closed")]
    CartClosed,
    /// Why: shows whether carts are used.
    #[event(name = "cart.lost")]
    CartLost,
    /// A cart was found.
    ///
    /// Why: shows whether carts are lost.
    ///
    /// Why: shows whether carts are found.
    #[event(name = "cart.found")]
    CartFound,
}

fn main() {}
