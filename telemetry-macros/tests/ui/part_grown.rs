//! A dependency cannot widen a catalogue unnoticed.

use telemetry_core::Catalogue;

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
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    #[event(flatten, since = 1)]
    Part(part::Tracked),
}

fn main() {}
