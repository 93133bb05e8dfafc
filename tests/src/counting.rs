//! What the program that is killed can report: numbers, so that each event can be told from all others.

use telemetry_core::{Catalogue, Entity, Id};

/// A number that was counted.
#[derive(Entity)]
pub struct Number;

/// Everything that the program can report.
#[derive(Catalogue)]
#[catalogue(app = "counting", revision = 1, identity = "rotating(days = 30)", ids = "raw")]
pub enum Tracked {
    /// A number was counted.
    ///
    /// Why: shows that nothing gets lost.
    #[event(name = "number.counted")]
    NumberCounted {
        /// Which number.
        number_id: Id<Number>,
    },
}
