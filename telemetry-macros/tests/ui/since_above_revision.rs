//! What a revision has not brought cannot have been agreed to.

use telemetry_core::Catalogue;

mod part {
    /// A part.
    #[derive(telemetry_core::Catalogue)]
    #[catalogue(part, revision = 1)]
    pub enum Tracked {
        /// A page was printed.
        ///
        /// Why: shows whether printing is worth keeping.
        #[event(name = "page.printed")]
        PagePrinted,
    }
}

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 2, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened", since = 3)]
    CartOpened,
    /// A cart was closed.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.closed", since = 2)]
    CartClosed {
        /// Whether it was full.
        #[property(since = 4)]
        full: bool,
        /// Whether it was heavy.
        #[property(since = 1)]
        heavy: bool,
    },
    #[event(flatten, since = 3)]
    Part(part::Tracked),
}

fn main() {}
