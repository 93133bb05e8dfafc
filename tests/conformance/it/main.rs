//! What PostHog's public suite for client libraries demands of capturing, asked of the adapter from outside.
//!
//! Each test starts the adapter as a process and a server on loopback that answers by a script. The names are those of
//! the suite, so that its list and this one can be held side by side. Where the suite waits for a fixed time, these wait
//! for the thing itself.

#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(clippy::needless_pass_by_value, reason = "what `json!` makes is handed on as it is")]

mod adapter;
mod batches;
mod closed;
mod deduplication;
mod formats;
mod http;
mod instances;
mod retries;
mod server;
