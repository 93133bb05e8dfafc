//! The sink against servers on loopback: every byte it sends, and every answer it can get.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the tests share fails as a test does"
)]

// An application's host is embedded when it is built, so each test has a port of its own, below those that systems
// hand out by themselves.

mod answers;
mod bodies;
mod cancellation;
mod catalogue;
mod client;
mod coding;
mod exceptions;
mod faults;
mod matrix;
mod proxy;
mod schema;
#[path = "../../../telemetry-core/transport/testing/site.rs"]
mod site;
/// Places are told of files below a `src` only; this one is for the reports of these tests.
mod src {
    pub(crate) mod raise;
}
mod support;
mod withdrawal;
