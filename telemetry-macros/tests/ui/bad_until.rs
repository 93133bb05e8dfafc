//! The last day is a day.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened", until = "2027-02-29")]
    CartOpened {
        /// Whether it was full.
        #[property(until = "tomorrow")]
        full: bool,
        /// Whether it was heavy.
        #[property(until = 2027)]
        heavy: bool,
    },
}

#[derive(telemetry_core::Property)]
pub enum Size {
    /// Small.
    #[property(until = "2027-13-01")]
    Small,
}

fn main() {}
