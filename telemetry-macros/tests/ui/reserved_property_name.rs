//! The crates and the receiving services have names of their own.

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
        app_version: bool,
        /// A detail.
        granted_revision: bool,
        /// A detail.
        distinct_id: bool,
        /// A detail.
        uuid: bool,
        /// A detail.
        token: bool,
        /// A detail.
        _hidden: bool,
        /// A detail.
        #[property(name = "$ip")]
        address: bool,
    },
}

fn main() {}
