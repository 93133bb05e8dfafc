//! Delivers the error reports of [`telemetry_core`] to [Sentry](https://sentry.io), or to any server that speaks its
//! protocol.
//!
//! Core decides whether, when and what is sent; this crate turns a report into the envelope that the server reads,
//! carries it, and says what the answer means. It must never decide to send, and never add a fact that the catalogue does
//! not declare: no message, no host name, no user, no list of modules, no breadcrumbs.
//!
//! ```
//! use telemetry_core::{Dsn, EmbeddedKey, Sink, embedded_key};
//! use telemetry_sentry::Sentry;
//!
//! // Read by the compiler, from the environment of the build. Unset makes a build without error reports.
//! const DSN: EmbeddedKey<Dsn> = embedded_key!("SENTRY_DSN");
//!
//! let sink = Sentry::new(DSN);
//! assert_eq!(sink.destination().is_configured(), DSN.is_configured());
//! // let telemetry = Telemetry::<Tracked>::builder(…).errors_sink(sink).build();
//! ```
//!
//! # What leaves the machine
//!
//! With each delivery, and a delivery needs a person's consent to error reports:
//!
//! | what | holds |
//! |---|---|
//! | the body | one report, as [`Sink::body_schema`](telemetry_core::Sink::body_schema) describes it: the event's name and closed values, the code, the place and the functions in the program's own source code, the kind of thread, what the catalogue's context says, a random identifier, a time as coarse as the catalogue says |
//! | `sent_at` in the body | the time of the attempt to the millisecond, by the machine's clock; the server corrects wrong clocks with it |
//! | `X-Sentry-Auth` | the public key of the data source name, the same in every copy of the application |
//! | `User-Agent` and the other headers | the same for everybody |
//! | the **IP address** and the manner of the TLS handshake | every connection shows them. The report tells the server not to derive the address of a user from it; what the server keeps of the connection is up to its operator |
//! | a name look-up | the name of the host, to the machine's resolver |
//!
//! The installation's id is not among it: reports are not linked with each other or with product events.
//!
//! No redirect is followed, no cookie kept, and no proxy used.
//!
//! # Events that are no reports
//!
//! An event of the purpose `errors` without a [`Report`](telemetry_core::Report) or a
//! [`PanicReport`](telemetry_core::PanicReport) is sent as well, by its name and closed values.
//!
//! # Features
//!
//! `rustls` (default), `rustls-no-provider` and `native-tls` choose how TLS is spoken, `gzip` (default) compresses
//! bodies from 1 KiB on.

#![forbid(unsafe_code)]

mod address;
mod envelope;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod response;
mod schema;
mod sink;

pub use sink::Sentry;
