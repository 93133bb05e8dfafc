//! Delivers the events of [`telemetry_core`] to [PostHog](https://posthog.com).
//!
//! Core decides whether, when and what is sent; this crate turns a batch into the bytes that PostHog's batch endpoint
//! reads, carries them, and says what the answer means. It must never decide to send, and never add a property that
//! the catalogue does not declare.
//!
//! ```
//! use telemetry_core::{EmbeddedHost, EmbeddedKey, Sink, embedded_host, embedded_key};
//! use telemetry_posthog::Posthog;
//!
//! // Both are read by the compiler, from the environment of the build. An unset key makes a build without telemetry;
//! // an unset host means PostHog's cloud in the European Union.
//! const KEY: EmbeddedKey = embedded_key!("POSTHOG_API_KEY");
//! const HOST: EmbeddedHost = embedded_host!("POSTHOG_HOST");
//!
//! let sink = Posthog::new(KEY, HOST);
//! assert_eq!(sink.destination().is_configured(), KEY.is_configured());
//! ```
//!
//! # What leaves the machine
//!
//! With each delivery, and a delivery needs a person's consent:
//!
//! | what | holds | for how long it matters |
//! |---|---|---|
//! | the body | the events, as [`Sink::body_schema`](telemetry_core::Sink::body_schema) describes them to the last property: names and closed values of the catalogue, numeric ids, the installation's random id, times as coarse as the catalogue says, a random identifier for each event | kept by PostHog |
//! | `sent_at` in the body | the time of the attempt to the millisecond, by the machine's clock. The server corrects wrong clocks with it and **keeps it** with each event, so that it shows when a machine was online | kept by PostHog |
//! | `api_key` in the body | the embedded project token, the same in every copy of the application | – |
//! | `User-Agent` | `telemetry-posthog` and its version | logs of the edge |
//! | the other headers | `Host`, `Accept: */*`, `Content-Type`, `Content-Length`, and `Content-Encoding: gzip` where it applies: the same for everybody | – |
//! | the **IP address** and the manner of the TLS handshake | every connection shows them to the server and the networks between. No client can prevent that; a relay of the publisher's own, named as the embedded host, keeps them from PostHog | logs of the edge |
//! | a name look-up | the name of the host, to the machine's resolver | – |
//!
//! Each event tells PostHog not to make a person profile, not to look up a location, and to store `0.0.0.0` in the
//! place of the address. Publishers should also switch on "Discard client IP data" in the settings of the project.
//!
//! No redirect is followed, no cookie kept, and no proxy used: neither the environment (`HTTPS_PROXY` and its like)
//! nor the settings of the system change the way. Where a proxy is needed, [`Posthog::client`] takes a client that has
//! one.
//!
//! # Withdrawal
//!
//! A request in flight ends when its permit is cancelled: the connection is closed at once, and nothing more is handed
//! to the operating system, then or later. What the operating system had taken over before cannot be called back; that
//! includes a look-up of the server's name which its resolver has begun and may repeat by itself.
//!
//! # What no program can do
//!
//! Key, host, names and values are constants of the build. None of these compiles:
//!
//! ```compile_fail,E0432
//! // PostHog's public test suite needs a sink that takes them at run time. It is a package of its own, made from these
//! // sources; this crate has no such module, and no feature that would bring it.
//! use telemetry_posthog::open::Open;
//! ```
//!
//! ```compile_fail,E0308
//! # fn read_from_a_file() -> String { String::new() }
//! # use telemetry_core::{EmbeddedHost, embedded_host};
//! # use telemetry_posthog::Posthog;
//! let sink = Posthog::new(read_from_a_file(), embedded_host!("POSTHOG_HOST"));
//! ```
//!
//! ```compile_fail
//! # fn read_from_a_file() -> &'static str { "" }
//! # use telemetry_core::{EmbeddedKey, embedded_key};
//! let text = read_from_a_file();
//! let key: EmbeddedKey = embedded_key!(= text);
//! ```
//!
//! # Features
//!
//! - `rustls` (default), `rustls-no-provider` and `native-tls` choose how TLS is spoken, under the names that
//!   `reqwest` gives them. With `rustls-no-provider` the application must install a provider before anything is
//!   delivered. Without any of the three only a plain `http` host on loopback can be reached: every delivery to
//!   another fails, and its events stay where they are.
//! - `gzip` (default) compresses bodies from 1 KiB on. It changes how events are carried, never what they say.

#![forbid(unsafe_code)]

mod exception;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod response;
mod schema;
mod sink;
mod wire;

#[cfg(telemetry_conformance)]
#[doc(hidden)]
pub use sink::open;
pub use sink::{DEFAULT_HOST, Posthog};
