//! A value carries nothing along.

use telemetry_core::Property;

#[derive(Property)]
pub enum Source {
    /// The web page.
    Web,
    /// Something else.
    Other(String),
    /// Another thing.
    Another { text: &'static str },
}

fn main() {}
