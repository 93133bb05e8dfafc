//! Numeric ids: the only numbers that an event can carry.

use core::fmt;
use core::marker::PhantomData;

use super::{Domain, Index, Property, Repr};

/// A kind of thing that has rows with numbers, such as users or projects.
///
/// Derive it on a unit struct or an empty enum; the name on the wire and in the catalogue is the type's name in
/// `snake_case`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    note = "derive `Entity` on a unit struct: `#[derive(Entity)] struct User;`"
)]
pub trait Entity: 'static {
    /// The entity's name, for example `user`.
    const NAME: &'static str;
}

/// The number of a row of the entity `E`.
///
/// # Privacy
///
/// Unless the catalogue says `ids = "raw"`, the number itself never leaves the machine. What leaves is a 48-bit
/// pseudonym: a keyed hash of the entity's name and the number, under a secret that is made when a person agrees
/// and destroyed when they withdraw. It links events of one installation and shows neither rank nor size. It is
/// pseudonymous, not anonymous: whoever holds the secret and the database can recompute it.
pub struct Id<E> {
    row: i64,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> Id<E> {
    /// Names the row with this number.
    #[must_use]
    pub const fn new(row: i64) -> Self {
        Self { row, entity: PhantomData }
    }
}

impl<E: Entity> From<i64> for Id<E> {
    fn from(row: i64) -> Self {
        Self::new(row)
    }
}

impl<E: Entity> From<i32> for Id<E> {
    fn from(row: i32) -> Self {
        Self::new(i64::from(row))
    }
}

impl<E: Entity> From<u32> for Id<E> {
    fn from(row: u32) -> Self {
        Self::new(i64::from(row))
    }
}

impl<E: Entity> Property for Id<E> {
    const DOMAIN: Domain = Domain::id(E::NAME);

    fn index(&self) -> Index {
        Index(Repr::Row(self.row))
    }
}

impl<E> Clone for Id<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Id<E> {}

impl<E> PartialEq for Id<E> {
    fn eq(&self, other: &Self) -> bool {
        self.row == other.row
    }
}

impl<E> Eq for Id<E> {}

// The row number is left out on purpose: debug output ends up in logs.
impl<E: Entity> fmt::Debug for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id<{}>", E::NAME)
    }
}
