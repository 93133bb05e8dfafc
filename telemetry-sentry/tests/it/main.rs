//! The sink as a whole: what it writes, what it sends, and what it makes of answers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod answers;
mod catalogue;
mod envelopes;
mod schema;
#[path = "../../../telemetry-core/transport/testing/site.rs"]
mod site;
mod support;

/// Places are told of files below a `src` only; this one is for the reports of these tests.
mod src {
    pub(crate) mod raise;
}
