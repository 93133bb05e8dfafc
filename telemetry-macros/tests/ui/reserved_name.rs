//! The crates and the receiving services have names of their own.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "consent.granted")]
    Variant0,
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "telemetry.sent")]
    Variant1,
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "$pageview")]
    Variant2,
}

fn main() {}
