//! Revisions count from 1.

use telemetry_core::{Catalogue, Property};

mod part {
    /// A part.
    #[derive(telemetry_core::Catalogue)]
    #[catalogue(part, revision = 2)]
    pub enum Tracked {
        /// A page was printed.
        ///
        /// Why: shows whether printing is worth keeping.
        #[event(name = "page.printed")]
        PagePrinted,
    }
}

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 4, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened", since = 0)]
    CartOpened,
    /// A cart was closed.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.closed", since = "1")]
    CartClosed,
    #[event(flatten, since = [4, 0, 1])]
    Part(part::Tracked),
    #[event(flatten, since = [])]
    Nothing(part::Tracked),
}

#[derive(Property)]
pub enum Source {
    /// The web page.
    #[property(since = 0)]
    Web,
}

fn main() {}
