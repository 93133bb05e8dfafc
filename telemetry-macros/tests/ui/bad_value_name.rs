//! A value is called in few letters.

use telemetry_core::Property;

#[derive(Property)]
pub enum Source {
    /// The web page.
    #[property(name = "Web page")]
    Web,
    /// A script.
    #[property(name = "")]
    Api,
}

fn main() {}
