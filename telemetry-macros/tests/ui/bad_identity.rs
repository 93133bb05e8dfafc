//! How closely a person can be followed is said in one of three ways.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "user")]
pub enum Tracked0 {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened,
}

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "rotating")]
pub enum Tracked1 {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened,
}

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "rotating(days = 0)")]
pub enum Tracked2 {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened,
}

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = 90)]
pub enum Tracked3 {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened,
}

fn main() {}
