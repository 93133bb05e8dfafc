//! The name on the wire does not change because somebody renames a variant: it is written out.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    CartOpened,
}

fn main() {}
