//! A name means one thing.

use telemetry_core::{Catalogue, Property};

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "cart.opened")]
    Variant0,
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "cart.closed")]
    Variant1,
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "cart.opened")]
    Variant2,
}

#[derive(Property)]
pub enum Source {
    /// The web page.
    Web,
    /// The same.
    #[property(name = "web")]
    Page,
}

fn main() {}
