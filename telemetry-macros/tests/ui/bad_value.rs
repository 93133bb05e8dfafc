//! A value is one of those that the key knows.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "My Shop", revision = 0, identity = "none", resolution = "week", ids = true, context = "arch", contact = "", retention_days = -1)]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened", purpose = "profit")]
    CartOpened,
}

fn main() {}
