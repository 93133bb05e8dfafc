//! A name that sounds like personal data needs a reason.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened", allow(path, reason = "whether, not which"))]
    CartOpened {
        /// A detail.
        email: bool,
        /// A detail.
        user_name: bool,
        /// A detail.
        has_path: bool,
        /// A detail.
        notes: bool,
        /// A detail.
        domain: bool,
    },
}

fn main() {}
