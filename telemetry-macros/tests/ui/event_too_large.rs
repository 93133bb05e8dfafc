//! An event value fits into one cache line.

use telemetry_core::{Catalogue, Entity, Id};

/// A row.
#[derive(Entity)]
pub struct Row;

#[derive(Catalogue)]
#[catalogue(app = "shop", revision = 1, identity = "none")]
pub enum Tracked {
    /// A cart was opened.
    ///
    /// Why: shows whether carts are used.
    #[event(name = "cart.opened")]
    CartOpened {
        /// A row.
        row_a: Option<Id<Row>>,
        /// A row.
        row_b: Option<Id<Row>>,
        /// A row.
        row_c: Option<Id<Row>>,
        /// A row.
        row_d: Option<Id<Row>>,
        /// A row.
        row_e: Option<Id<Row>>,
    },
}

fn main() {}
