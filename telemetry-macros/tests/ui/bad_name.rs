//! An event is called `resource.action`.

use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "cart")]
    Variant0,
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "cart.")]
    Variant1,
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "Cart.opened")]
    Variant2,
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "cart.item.added")]
    Variant3,
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "cart.was-opened")]
    Variant4,
    /// Something.
    ///
    /// Why: something else.
    #[event(name = "")]
    Variant5,
}

fn main() {}
