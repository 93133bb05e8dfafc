//! Property types: everything that a field of an event may be.
//!
//! Owns the [`Property`] trait and its shape. It must never gain an implementation that can hold text, a raw
//! number, a time, a path or an address: what is listed here is all that can ever leave a machine.

mod bucket;
mod id;

use core::panic::Location;

pub use bucket::{CountBucket, DurationBucket, SizeBucket};
pub use id::{Entity, Id};

use crate::catalogue::Date;
use crate::report::ThreadKind;

/// The largest number of values that one closed property may have.
///
/// 64 values are 6 bits; more is a list of identifiers in disguise.
pub const MAX_VALUES: usize = 64;

/// A type that may be a property of an event.
///
/// The promise that no text leaves the machine rests on the shape of this trait, not on who implements it:
/// [`DOMAIN`](Self::DOMAIN) is an associated constant, so the compiler evaluates it and nothing that arrives at
/// run time can be in it, and [`index`](Self::index) can only point into it. Numbers exist only as [`Id`].
///
/// Derive it on a field-less enum; `bool`, the buckets, [`Id`] and `Option` of any of these are properties already.
///
/// ```
/// use telemetry_core::Property;
///
/// /// Which front end asked.
/// #[derive(Property)]
/// enum Source {
///     /// The web page.
///     Web,
///     /// The programming interface.
///     Api,
/// }
/// assert_eq!(Source::DOMAIN.values().map(|v| v.name()).collect::<Vec<_>>(), ["web", "api"]);
/// ```
///
/// # Privacy
///
/// Every value in the domain is printed in the generated catalogue and may reach the wire.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a property of an event",
    label = "not a closed value, a bucket or an id",
    note = "for a closed choice, derive `Property` on a field-less enum",
    note = "for an amount, use `CountBucket`, `DurationBucket` or `SizeBucket`",
    note = "for a row of your database, use `Id<E>` with an entity `E`",
    note = "for an error, derive `ErrorReport` on it and use `Report<E>`",
    note = "text, raw numbers, times, paths, addresses and collections are refused on purpose: they can hold personal data"
)]
pub trait Property: Sized + 'static {
    /// Every value that the property can take.
    const DOMAIN: Domain;

    /// Where this value stands in the domain.
    fn index(&self) -> Index;
}

/// Every value that a property can take, known to the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain {
    kind: Kind,
    optional: bool,
    trace: Option<Trace>,
}

/// What a property tells besides its value: places in the program's own code.
///
/// What is told so is written down by the compiler and reduced to the crates that the catalogue names; see
/// [`Report`](crate::Report) and [`PanicReport`](crate::PanicReport), the only properties that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Trace {
    /// A file, a line and a column, and the kind of thread.
    Place,
    /// The same, and the functions that led there.
    Functions,
}

impl Trace {
    /// The word that the catalogue uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Functions => "functions",
        }
    }
}

/// What sort of values a [`Domain`] has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// One of a closed list of names.
    Closed(&'static [ClosedValue]),
    /// `true` or `false`.
    Boolean,
    /// The number of a row of the named entity, as a keyed pseudonym unless the catalogue says `raw`.
    Id(&'static str),
}

/// One value of a closed domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedValue {
    name: &'static str,
    what: &'static str,
    since: u32,
    until: Option<Date>,
}

impl ClosedValue {
    /// Declares a value: its name on the wire, what it means (may be empty), and the catalogue revision that
    /// brought it.
    #[must_use]
    pub const fn new(name: &'static str, what: &'static str, since: u32) -> Self {
        Self { name, what, since, until: None }
    }

    /// The same value, sent up to and including this day.
    #[must_use]
    pub const fn until(mut self, day: Date) -> Self {
        self.until = Some(day);
        self
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What the value means, in the author's words; may be empty.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// The catalogue revision that brought the value.
    #[must_use]
    pub const fn since(&self) -> u32 {
        self.since
    }

    /// The last day on which the value is sent.
    #[must_use]
    pub const fn last_day(&self) -> Option<Date> {
        self.until
    }
}

impl Domain {
    /// A domain of the given values.
    ///
    /// # Panics
    ///
    /// Stops the build, evaluated as a constant, if there are none or more than [`MAX_VALUES`].
    #[must_use]
    pub const fn closed(values: &'static [ClosedValue]) -> Self {
        assert!(!values.is_empty(), "a property needs at least one value");
        assert!(values.len() <= MAX_VALUES, "a property may have at most 64 values");
        Self { kind: Kind::Closed(values), optional: false, trace: None }
    }

    /// The domain of `bool`.
    #[must_use]
    pub const fn boolean() -> Self {
        Self { kind: Kind::Boolean, optional: false, trace: None }
    }

    pub(crate) const fn id(entity: &'static str) -> Self {
        Self { kind: Kind::Id(entity), optional: false, trace: None }
    }

    /// The same domain, of a property that also tells this.
    pub(crate) const fn traced(mut self, trace: Trace) -> Self {
        self.trace = Some(trace);
        self
    }

    /// What the property tells besides its value.
    #[must_use]
    pub const fn trace(&self) -> Option<Trace> {
        self.trace
    }

    /// The same domain, where the property may also be left out.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { kind: self.kind, optional: true, trace: self.trace }
    }

    /// What sort of values there are.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the property may be left out.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        self.optional
    }

    /// The closed values; none for `bool` and ids.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &'static ClosedValue> + use<> {
        match self.kind {
            Kind::Closed(values) => values.iter(),
            Kind::Boolean | Kind::Id(_) => [].iter(),
        }
    }

    /// How many closed states the property has, "left out" included; an id counts as one state, since it is
    /// described by words instead. What a [`Trace`] tells is described by words too.
    #[must_use]
    pub const fn states(&self) -> u64 {
        let values = match self.kind {
            Kind::Closed(values) => values.len() as u64,
            Kind::Boolean => 2,
            Kind::Id(_) => 1,
        };
        if self.optional { values + 1 } else { values }
    }
}

/// The position of a value in its [`Domain`].
///
/// A position outside the domain is dropped at encoding, so a wrong hand-written implementation can leave a
/// property out but never put something else in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index(pub(crate) Repr);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repr {
    Absent,
    Position(usize),
    Row(i64),
    /// A position, and where it came from.
    Report {
        position: u8,
        thread: ThreadKind,
        location: &'static Location<'static>,
    },
}

impl Index {
    /// The value at `position` of a closed domain; for `bool`, 0 is `false` and 1 is `true`.
    #[must_use]
    pub const fn position(position: usize) -> Self {
        Self(Repr::Position(position))
    }
}

impl Property for bool {
    const DOMAIN: Domain = Domain::boolean();

    fn index(&self) -> Index {
        Index::position(usize::from(*self))
    }
}

impl<P: Property> Property for Option<P> {
    const DOMAIN: Domain = P::DOMAIN.optional();

    fn index(&self) -> Index {
        self.as_ref().map_or(Index(Repr::Absent), Property::index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_count_absence() {
        assert_eq!(bool::DOMAIN.states(), 2);
        assert_eq!(<Option<bool>>::DOMAIN.states(), 3);
        assert_eq!(CountBucket::DOMAIN.states(), 6);
    }

    #[test]
    fn option_indexes_like_its_content() {
        assert_eq!(Some(true).index(), true.index());
        assert_eq!(None::<bool>.index(), Index(Repr::Absent));
    }
}
