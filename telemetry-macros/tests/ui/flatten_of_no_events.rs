//! What is flattened has events, and nothing is said twice about it.

use telemetry_core::Catalogue;

pub enum Plain {
    One,
}

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    #[event(flatten)]
    Part(Plain),
}

fn main() {}
