//! An event value is plain data, even where a hand-written property is not.

use telemetry_core::{Catalogue, Property};

use telemetry_core::property::{Domain, Index};

pub struct Boxed(Box<bool>);

impl Property for Boxed {
    const DOMAIN: Domain = Domain::boolean();

    fn index(&self) -> Index {
        self.0.index()
    }
}

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// A detail.
        detail: Boxed,
    },
}

fn main() {}
