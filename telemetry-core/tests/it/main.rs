//! The crate from outside: the handle with a recording sink, a manual clock and a real directory.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod backlog;
mod busy;
mod company;
mod conformance;
mod consent;
mod conservation;
mod copies;
mod delivery;
mod ending;
mod environment;
mod failures;
mod fixture;
mod hooked;
mod hot_path;
mod lanes;
mod left_out;
mod observed;
mod poisoned;
mod pressure;
mod renewal;
mod reports;
/// Places are told of files below a `src` only; this one is for the reports of these tests.
mod src {
    pub(crate) mod raise;
}
mod stamps;
mod store;
mod turning_off;
