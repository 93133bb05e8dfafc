//! What one event can say is bounded.

use telemetry_core::{Catalogue, CountBucket};

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// A count.
        count_a: Option<CountBucket>,
        /// A count.
        count_b: Option<CountBucket>,
        /// A count.
        count_c: Option<CountBucket>,
        /// A count.
        count_d: Option<CountBucket>,
        /// A count.
        count_e: Option<CountBucket>,
    },
}

fn main() {}
