//! Where the core crate is, is said as a path.

use telemetry_core::Entity;

#[derive(Entity)]
#[entity(crate = "telemetry_core")]
pub struct User;

fn main() {}
