use telemetry_core::{Catalogue, PanicReport};

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
enum Usage {
    /// It panicked.
    ///
    /// Why: shows where it fails.
    #[event(name = "shop.panicked")]
    Panicked {
        /// Where.
        panic: PanicReport,
    },
}

fn main() {}
