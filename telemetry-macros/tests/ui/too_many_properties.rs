//! What one event can say is bounded.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// A detail.
        detail_0: bool,
        /// A detail.
        detail_1: bool,
        /// A detail.
        detail_2: bool,
        /// A detail.
        detail_3: bool,
        /// A detail.
        detail_4: bool,
        /// A detail.
        detail_5: bool,
        /// A detail.
        detail_6: bool,
        /// A detail.
        detail_7: bool,
        /// A detail.
        detail_8: bool,
        /// A detail.
        detail_9: bool,
        /// A detail.
        detail_10: bool,
        /// A detail.
        detail_11: bool,
        /// A detail.
        detail_12: bool,
    },
}

fn main() {}
