//! An identifier from elsewhere is no property.

use telemetry_core::Catalogue;

/// Stands for the type of the crate `uuid`.
pub struct Uuid([u8; 16]);

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// A detail.
        detail: Uuid,
    },
}

fn main() {}
