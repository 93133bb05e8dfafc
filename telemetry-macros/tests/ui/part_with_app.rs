//! What an application decides is not decided by a part.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(part, app = "shop", revision = 1, identity = "none", ids = "raw", context(arch))]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened,
}

fn main() {}
