//! telemetry-core
//!
//! # Features
//!
//! None is on by itself, and none changes what is sent, to whom, or when.
//!
//! | feature | adds |
//! |---|---|
//! | `cli` | the `telemetry …` commands, for an application to mount |
//! | `metrics` | counters and gauges of delivery, through the facade `metrics`: names and labels of closed lists |
//! | `tracing` | the library's own health, through the facade `tracing`: fixed texts, words of closed lists, and numbers |
//! | `testing` | an in-memory sink, a manual clock and an in-memory store |
//!
//! # What `metrics` measures
//!
//! | name | label | |
//! |---|---|---|
//! | `telemetry_events_tracked_total` | | events that were tracked while telemetry was on |
//! | `telemetry_events_adopted_total` | | events that earlier processes had left on disk |
//! | `telemetry_events_delivered_total` | | events that the server has |
//! | `telemetry_events_lost_total` | `cause`: a [`Loss`] | events that were lost |
//! | `telemetry_requests_failed_total` | `class`: a [`FailureClass`] | requests that failed |
//! | `telemetry_events_queued` | | events in memory that the worker has not seen yet |
//! | `telemetry_events_waiting` | `lane`: `general`, `errors` | encoded events that wait for delivery |
//! | `telemetry_events_spooled` | `lane` | those of them that are on disk |
//! | `telemetry_breaker_state` | `lane` | 0 closed, 1 open, 2 half open: a [`BreakerState`] |
//!
//! The worker brings them up to date after each of its rounds. Who wants them without the facade has
//! [`Telemetry::stats`] and [`Telemetry::status`].
//!
//! # What `tracing` tells
//!
//! Events of the target `telemetry`: the worker started or ended; a batch was delivered (`lane`, `events`, `bytes`); a
//! request failed (`lane`, `events`, `class`, and `delay_ms` until the next); the circuit breaker changed (`lane`,
//! `state`); what is unsent cannot be written to disk, or can again; data were erased.
#![forbid(unsafe_code)]

extern crate self as telemetry_core;

mod aside;
pub mod body_schema;
mod breaker;
pub mod catalogue;
#[cfg(feature = "cli")]
pub mod cli;
mod clock;
mod coding;
pub mod consent;
mod deployment;
mod digest;
pub mod document;
mod drop_policy;
mod event;
mod failure;
#[cfg(any(test, all(fuzzing, feature = "testing")))]
#[doc(hidden)]
pub mod fuzzing;
mod health;
pub mod key;
pub mod kill_switch;
mod limits;
mod locale;
mod outbox;
mod permit;
pub mod property;
mod pseudonym;
mod purpose;
pub mod report;
mod retry;
mod sent_log;
mod sentences;
mod signal;
mod sink;
mod spool;
mod stats;
pub mod store;
mod sync;
mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use breaker::BreakerState;
pub use catalogue::{Catalogue, CatalogueSchema, EventSet};
pub use clock::{Clock, SystemClock, Timestamp};
pub use coding::{Coded, Coding};
pub use consent::receipt::Surface;
pub use deployment::Deployment;
pub use drop_policy::DropPolicy;
pub use event::{Batch, CATALOGUE_REVISION, Event, Field, FieldValue, GRANTED_REVISION, Uuid};
pub use failure::FailureClass;
pub use key::{Dsn, EmbeddedHost, EmbeddedKey, Token};
pub use kill_switch::ProgramKind;
pub use locale::Locale;
pub use permit::{Cancelled, SendPermit};
pub use property::{CountBucket, DurationBucket, Entity, Id, Property, SizeBucket};
pub use purpose::{Purpose, Purposes};
pub use report::{ErrorReport, Frame, PanicReport, Place, Report, ReportFacts, SourcePlace, ThreadKind};
pub use retry::PauseReason;
pub use sent_log::{Answer, SentEntry};
pub use sink::{Delivery, Destination, NoSink, Outcome, Sink};
pub use stats::{Loss, Stats};
pub use telemetry::{
    Builder, DeletionRequest, DestinationStatus, FailedAttempt, FlushEnd, FlushReport, Forgotten, GrantError,
    NothingToName, Offer, PauseStatus, Question, Renewal, RenewalQuestion, Status, StatusReason, Telemetry, Withdrawal,
};

/// Makes one closed enum the catalogue of an application: implements [`EventSet`](trait@EventSet) and
/// [`Catalogue`](trait@Catalogue).
///
/// Each variant with named fields, or without any, is an event; each field is a property. What a person reads before
/// they agree is made from this enum alone, so the derive asks for words: the first paragraph of a variant's doc
/// comment says what happened, a paragraph that begins with `Why:` says why the publisher wants to know, and the doc
/// comment of a field says what it tells.
///
/// ```
/// use telemetry_core::{Catalogue, CountBucket, Entity, EventSet, Id, Property};
///
/// /// A person with an account.
/// #[derive(Entity)]
/// pub struct User;
///
/// /// Which front end asked.
/// #[derive(Property)]
/// pub enum Source {
///     /// The web page.
///     Web,
///     /// A script, through the programming interface.
///     Api,
/// }
///
/// /// Everything that the shop can ever report.
/// #[derive(Catalogue)]
/// #[catalogue(
///     app = "shop",
///     revision = 2,
///     identity = "rotating(days = 90)",
///     identity_why = "shows whether people come back within a season",
///     context(app_version, os_family),
///     publisher = "Example Cooperative",
///     contact = "privacy@shop.example",
///     retention_days = 365,
/// )]
/// pub enum Tracked {
///     /// A cart was sent off.
///     ///
///     /// Why: shows which front end deserves the work.
///     #[event(name = "cart.submitted")]
///     CartSubmitted {
///         /// Who sent it.
///         user_id: Id<User>,
///         /// Which front end asked.
///         source: Source,
///         /// How many things were in it.
///         #[property(since = 2)]
///         items: CountBucket,
///     },
///     /// The printer did not answer.
///     ///
///     /// Why: shows how often printing has to be repaired.
///     #[event(name = "printer.failed", purpose = "errors", since = 2, until = "2030-12-31")]
///     PrinterFailed,
/// }
///
/// assert_eq!(Tracked::SCHEMA.app, "shop");
/// assert_eq!(Tracked::EVENTS.iter().map(|event| event.name).collect::<Vec<_>>(), ["cart.submitted", "printer.failed"]);
/// assert_eq!(Tracked::PrinterFailed.position(), 1);
/// ```
///
/// # `#[catalogue(…)]`, on the enum
///
/// | key | default | meaning |
/// |---|---|---|
/// | `app = "kebab-case"` | required | the application's name; also names its kill switch |
/// | `revision = 1` | required | raised whenever the catalogue grows: consent is given to a revision |
/// | `identity = "none" \| "rotating(days = 90)" \| "stable"` | required | how events of one installation are linked |
/// | `identity_why = "…"` | empty | why they have to be |
/// | `resolution = "second" \| "minute" \| "hour" \| "day"` | `"minute"` | how coarse event times are |
/// | `ids = "keyed" \| "raw"` | `"keyed"` | in which form an [`Id`] leaves the machine |
/// | `context(app_version, os_family, arch, deployment)` | nothing | facts about the build that go along |
/// | `title = "Time Tracker"` | the name in `app` | what people call the application; for the question |
/// | `publisher = "…"`, `contact = "…"` | "the developers", empty | who receives the data, and where to ask |
/// | `retention_days = 365` | not said | for how long the publisher keeps the data |
/// | `crates(shared_model)` | the application's own | the crates besides it that error reports may name places of |
/// | `part` | | the enum is a part of another crate's catalogue; only `revision` goes with it |
/// | `crate = path` | `::telemetry_core` | where this crate is, if it was renamed |
///
/// The version is the `CARGO_PKG_VERSION` of the crate that holds the enum; the commit is `BUILD_COMMIT`, where the
/// build sets that variable.
///
/// # `#[event(…)]`, on a variant
///
/// | key | default | meaning |
/// |---|---|---|
/// | `name = "resource.action"` | required | the name on the wire |
/// | `purpose = "usage" \| "errors"` | `"usage"` | which consent covers it |
/// | `since = 1` | 1 | the revision that brought it; older grants do not cover it |
/// | `until = "YYYY-MM-DD"` | for ever | the last day on which it is sent |
/// | `allow(word, reason = "…")` | | a word or property name that sounds personal and is not |
/// | `flatten` | | the variant `Name(other::Enum)` takes in all events of another enum |
///
/// # `#[property(…)]`, on a field
///
/// | key | default | meaning |
/// |---|---|---|
/// | `name = "snake_case"` | the field's name | the name on the wire |
/// | `since = 1` | the event's | the revision that brought it |
/// | `until = "YYYY-MM-DD"` | for ever | the last day on which it is sent |
/// | `allow(reason = "…")` | | the name sounds personal (`path`, `host`, `title` …) and is not |
///
/// # Parts
///
/// A library brings its own events as a part. The application that takes it in says which of its own revisions
/// brought each revision of the part; when the part grows, the build stops until the list does.
///
/// ```
/// mod billing {
///     /// What the billing pages report.
///     #[derive(telemetry_core::Catalogue)]
///     #[catalogue(part, revision = 2)]
///     pub enum Tracked {
///         /// An invoice was printed.
///         ///
///         /// Why: shows whether printing is worth keeping.
///         #[event(name = "invoice.printed")]
///         InvoicePrinted,
///         /// An invoice was sent.
///         ///
///         /// Why: shows whether sending replaces printing.
///         #[event(name = "invoice.sent", since = 2)]
///         InvoiceSent,
///     }
/// }
///
/// /// Everything that the shop can ever report.
/// #[derive(telemetry_core::Catalogue)]
/// #[catalogue(app = "shop", revision = 4, identity = "none")]
/// enum Tracked {
///     #[event(flatten, since = [1, 4])]
///     Billing(billing::Tracked),
/// }
///
/// use telemetry_core::EventSet;
///
/// assert_eq!(Tracked::EVENTS.iter().map(|event| event.since).collect::<Vec<_>>(), [1, 4]);
/// assert_eq!(Tracked::Billing(billing::Tracked::InvoiceSent).position(), 1);
/// ```
///
/// # Errors
///
/// Every mistake of the enum is reported in one compile, each on the words that caused it. Stopped by the compiler's
/// evaluation of constants instead, and so one at a time: an event with more than 4096 closed forms, a value of more
/// than 64 bytes, a name that occurs again in a flattened part, and a part that has grown.
///
/// # Privacy
///
/// A field can only be a [`Property`](trait@Property), so nothing that arrives at run time but the numbers of rows
/// can reach the wire. A list of properties can still say something about a person, and no compiler sees that: the
/// printed catalogue is there to be read.
#[doc(inline)]
pub use telemetry_macros::Catalogue;

/// Names a kind of row, so that [`Id`] can tell users from projects: implements [`Entity`](trait@Entity).
///
/// For a unit struct or an empty enum. The name is the type's in `snake_case`, or `#[entity(name = "…")]`;
/// `#[entity(crate = path)]` names this crate where it was renamed.
///
/// ```
/// use telemetry_core::Entity;
///
/// #[derive(Entity)]
/// struct TimeEntry;
///
/// #[derive(Entity)]
/// #[entity(name = "member")]
/// enum Colleague {}
///
/// assert_eq!((TimeEntry::NAME, Colleague::NAME), ("time_entry", "member"));
/// ```
///
/// # Privacy
///
/// The name is printed in the catalogue and goes into the keyed hash of each id; it is not sent.
#[doc(inline)]
pub use telemetry_macros::Entity;

/// Gives each variant of an error's enum a code to be reported by: implements [`ErrorReport`](trait@ErrorReport).
///
/// The doc comment of each variant is required: it tells the person what the code means. The code on the wire is the
/// variant's name in `snake_case`, or `#[report(code = "…")]` of lower-case letters, digits, `_`, `-`, `+`, `.` and
/// `<`. A code that came later says so with `#[report(since = 2)]`: an older grant does not cover it.
/// `#[report(crate = path)]` on the enum names this crate where it was renamed. See [`Report`] for the whole of it.
///
/// ```
/// use telemetry_core::ErrorReport;
///
/// /// Why a page was not shown.
/// #[derive(ErrorReport)]
/// enum Failure {
///     /// The database refused.
///     Database(std::io::Error),
///     /// A form held what no page sends.
///     #[report(code = "bad-request", since = 2)]
///     BadRequest { text: String },
/// }
///
/// let codes: Vec<_> = Failure::CODES.iter().map(|code| (code.name(), code.since())).collect();
/// assert_eq!(codes, [("database", 1), ("bad-request", 2)]);
/// ```
///
/// # Errors
///
/// Refused, all in one compile: a struct, a variant without a doc comment, two codes of one name, more than 64 codes or
/// none, parameters.
///
/// # Privacy
///
/// What a variant holds is never looked at: the expansion does not even bind it.
#[doc(inline)]
pub use telemetry_macros::ErrorReport;

/// Makes a field-less enum a property of events: implements [`Property`](trait@Property).
///
/// The doc comment of each variant is required: it tells the person what the value means. The name on the wire is
/// the variant's in `snake_case`, or `#[property(name = "…")]` of lower-case letters, digits, `_`, `-`, `+`, `.` and
/// `<`. A value that came later says so with `#[property(since = 2)]`: an older grant does not cover it. One that ends
/// says so with `#[property(until = "2030-12-31")]`: after that day the property is left out where it would say it.
/// `#[property(crate = path)]` on the enum names this crate where it was renamed.
///
/// ```
/// use telemetry_core::Property;
///
/// /// How the list is sorted.
/// #[derive(Property)]
/// enum Order {
///     /// Newest first.
///     NewestFirst,
///     /// By the person's own choice.
///     #[property(name = "by-hand", since = 2)]
///     ByHand,
/// }
///
/// let names: Vec<_> = Order::DOMAIN.values().map(|value| (value.name(), value.since())).collect();
/// assert_eq!(names, [("newest_first", 1), ("by-hand", 2)]);
/// ```
///
/// # Errors
///
/// Refused, all in one compile: data in a variant, a value without a doc comment, two values of one name, more than
/// 64 values or none, parameters.
///
/// # Privacy
///
/// Which variant it was is all that can leave the machine.
#[doc(inline)]
pub use telemetry_macros::Property;
