use telemetry_core::Catalogue;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none", crates = "shared")]
enum Text {
    /// It ran.
    ///
    /// Why: shows whether it runs.
    #[event(name = "shop.opened")]
    Opened,
}

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none", crates(shared, shared, other = "x"))]
enum Twice {
    /// It ran.
    ///
    /// Why: shows whether it runs.
    #[event(name = "shop.opened")]
    Opened,
}

fn main() {}
