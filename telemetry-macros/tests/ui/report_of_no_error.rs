use telemetry_core::{Catalogue, Report};

pub struct Failure(String);

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
enum Tracked {
    /// It failed.
    ///
    /// Why: shows where it fails.
    #[event(name = "shop.failed", purpose = "errors")]
    Failed {
        /// What failed.
        failure: Report<Failure>,
    },
}

fn main() {}
