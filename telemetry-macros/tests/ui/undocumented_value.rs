//! A value says what it means.

use telemetry_core::Property;

#[derive(Property)]
pub enum Source {
    /// The web page.
    Web,
    Api,
}

fn main() {}
