//! An entity has a name in snake case, and nothing else.

use telemetry_core::Entity;

#[derive(Entity)]
#[entity(name = "Time Entry")]
pub struct TimeEntry;

#[derive(Entity)]
#[entity(table = "users")]
pub struct User;

#[derive(Entity)]
pub struct Row<T>(T);

fn main() {}
