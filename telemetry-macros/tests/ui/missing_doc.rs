//! An event says what happened.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    #[event(name = "cart.opened")]
    CartOpened,
}

fn main() {}
