//! An id names an entity.

use telemetry_core::Catalogue;

use telemetry_core::Id;

pub struct User;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// A detail.
        detail: Id<User>,
    },
}

fn main() {}
