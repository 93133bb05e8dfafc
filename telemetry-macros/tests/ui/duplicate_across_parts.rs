//! A name means one thing, in parts as well.

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
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A page was printed here.
    ///
    /// Why: shows whether printing is worth keeping.
    #[event(name = "page.printed")]
    PagePrinted,
    #[event(flatten)]
    Part(part::Tracked),
}

fn main() {}
