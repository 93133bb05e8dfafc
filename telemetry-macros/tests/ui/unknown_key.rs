//! A misspelt key is no silent default.

use telemetry_core::{Catalogue, Property};

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none", retention = 5, context(colour, arch, arch))]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened", propose = "usage")]
    CartOpened {
        /// Whether it was full.
        #[property(sinse = 1)]
        full: bool,
        /// Whether it was heavy.
        #[event(since = 1)]
        heavy: bool,
    },
}

#[derive(Property)]
#[property(rename = "lower")]
pub enum Source {
    /// The web page.
    #[property(alias = "page")]
    Web,
}

fn main() {}
