//! Something has to be reportable.

use telemetry_core::{Catalogue, Property};

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {}

#[derive(Property)]
pub enum Source {}

fn main() {}
