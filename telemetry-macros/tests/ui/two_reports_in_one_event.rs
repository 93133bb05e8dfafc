use telemetry_core::{Catalogue, PanicReport};

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
enum Tracked {
    /// It panicked.
    ///
    /// Why: shows where it fails.
    #[event(name = "shop.panicked", purpose = "errors")]
    Panicked {
        /// Where.
        panic: PanicReport,
        /// Where else.
        other: PanicReport,
    },
}

fn main() {}
