//! A catalogue and a property are enums, an entity is a bare name.

use telemetry_core::{Catalogue, Entity, Property};

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub struct Tracked {
    detail: bool,
}

#[derive(Property)]
pub struct Source;

#[derive(Property)]
pub union Either {
    one: bool,
    other: u8,
}

#[derive(Entity)]
pub struct User {
    row: i64,
}

fn main() {}
