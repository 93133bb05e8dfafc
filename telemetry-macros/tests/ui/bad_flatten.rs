//! A flattened variant holds one enum and says nothing about events.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    #[event(flatten)]
    Nothing,
    #[event(flatten, name = "cart.opened")]
    Named { detail: bool },
    #[event(flatten = true)]
    Two(bool, bool),
    #[event(flatten)]
    Dressed(#[property(since = 1)] bool),
}

fn main() {}
