//! Error reports: what can be said about an error or a panic without quoting it.
//!
//! Owns [`ErrorReport`], [`Report`] and [`PanicReport`], which are properties of ordinary events, and [`ReportFacts`],
//! which is what becomes of one. It must never hold a message, a payload, an argument, the name of a thread or a path
//! outside of the program's own code: a report is a code from a closed list and places that the compiler wrote down.
//!
//! A report is an entry of the catalogue like any other, so consent, revision, spool, sent log and withdrawal hold for
//! it as they are. What is special about it is one more thing that it carries: *where*.

mod backtrace;
mod facts;
mod function;
mod limiter;
mod place;
mod record;

use core::fmt;
use core::marker::PhantomData;
use core::panic::Location;

pub(crate) use backtrace::BacktraceReader;
pub use facts::{Frame, ReportFacts, ThreadKind};
pub use function::Function;
pub(crate) use limiter::{Fingerprint, Limiter};
pub(crate) use place::same_crate;
pub use place::{Place, SourcePlace};
pub(crate) use record::{Origin, PanicRecord, RecordBuffer};

use crate::property::{ClosedValue, Domain, Index, Property, Repr, Trace};

/// An error that can be reported by a code of its own: implemented by `#[derive(ErrorReport)]` for an error's enum.
///
/// The codes are an associated constant, so that nothing which arrives at run time can be one, and
/// [`position`](Self::position) can only point at one of them. Neither `Display` nor `Debug` of the error is asked.
///
/// # Privacy
///
/// Every code is printed in the generated catalogue and may reach the wire; what the error holds cannot.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no codes to be reported by",
    label = "not an error that can be reported",
    note = "derive `ErrorReport` on the error's enum: each variant becomes a code, and what it holds stays out"
)]
pub trait ErrorReport: 'static {
    /// Every code.
    const CODES: &'static [ClosedValue];

    /// Where this error's code stands in [`CODES`](Self::CODES).
    fn position(&self) -> usize;

    /// A report of this error, from the place of the call.
    #[track_caller]
    fn report(&self) -> Report<Self>
    where
        Self: Sized,
    {
        self.report_from(Place::here())
    }

    /// A report of this error from `place`, for an error that remembers where it came from.
    fn report_from(&self, place: Place) -> Report<Self>
    where
        Self: Sized,
    {
        Report {
            // More than 64 codes do not compile; what is outside of the domain is left out at encoding.
            position: u8::try_from(self.position()).unwrap_or(u8::MAX),
            thread: ThreadKind::of_current(),
            place,
            error: PhantomData,
        }
    }
}

/// A property that reports an error: the code of an `E`, the place in this program's own code, and the kind of thread.
///
/// ```
/// use telemetry_core::{Catalogue, ErrorReport, EventSet, Report};
///
/// /// Why a file was not read.
/// #[derive(ErrorReport)]
/// enum ReadError {
///     /// The operating system refused.
///     Refused(std::io::Error),
///     /// It is in no known format.
///     #[report(code = "unknown-format")]
///     Format { line: usize },
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(app = "reader", revision = 1, identity = "none")]
/// enum Tracked {
///     /// A file could not be read.
///     ///
///     /// Why: shows which formats are missed.
///     #[event(name = "file.failed", purpose = "errors")]
///     FileFailed {
///         /// What failed, and where.
///         failure: Report<ReadError>,
///     },
/// }
///
/// let error = ReadError::Format { line: 7 };
/// assert_eq!(Tracked::FileFailed { failure: error.report() }.position(), 0);
/// ```
///
/// # Privacy
///
/// The place is a file, a line and a column which the compiler wrote down, and only of the crates that the catalogue
/// names; of the thread only its kind is told. Nothing of the error itself but its code can be in a report.
pub struct Report<E> {
    place: Place,
    position: u8,
    thread: ThreadKind,
    error: PhantomData<fn() -> E>,
}

impl<E: ErrorReport> Property for Report<E> {
    const DOMAIN: Domain = Domain::closed(E::CODES).traced(Trace::Place);

    fn index(&self) -> Index {
        Index(Repr::Report { position: self.position, thread: self.thread, location: self.place.location() })
    }
}

impl<E> Clone for Report<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Report<E> {}

impl<E: ErrorReport> fmt::Debug for Report<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = E::CODES.get(usize::from(self.position)).map_or("", ClosedValue::name);
        write!(f, "Report({code})")
    }
}

/// A property that reports a panic: the place in this program's own code, the functions of the program that led
/// there, and the kind of thread.
///
/// An application declares one event with this property and installs the hook,
/// [`Telemetry::report_panics`](crate::Telemetry::report_panics); nobody needs to make a value.
///
/// # Privacy
///
/// The message of the panic is never looked at. Functions are named only where they belong to the crates that the
/// catalogue names, without type parameters.
#[derive(Debug, Clone, Copy)]
pub struct PanicReport {
    place: Place,
}

impl PanicReport {
    /// A report of a panic that somebody else caught, from the place of the call.
    #[track_caller]
    #[must_use]
    pub fn here() -> Self {
        Self { place: Place::here() }
    }
}

/// The code of panics.
pub(crate) const PANIC: &str = "panic";

impl Property for PanicReport {
    const DOMAIN: Domain =
        Domain::closed(&[ClosedValue::new(PANIC, "The program met a bug and gave up what it was doing.", 1)])
            .traced(Trace::Functions);

    fn index(&self) -> Index {
        Index(Repr::Report { position: 0, thread: ThreadKind::of_current(), location: self.place.location() })
    }
}

/// What a report says besides its code, made from the value of a property. `None` is an example.
pub(crate) fn facts(
    crates: &'static [&'static str],
    code: &'static str,
    read: Option<(&'static Location<'static>, ThreadKind)>,
) -> ReportFacts {
    match read {
        Some((location, thread)) => ReportFacts::new(code, SourcePlace::of(crates, location), thread, Vec::new()),
        None => ReportFacts::example(crates, code),
    }
}
