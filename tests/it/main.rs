//! What a sceptical user would check on the built programs: real processes, real HTTP on loopback, a real browser.
//!
//! The programs under test are built by the tests themselves, once with a key and once without: see
//! `harness::binaries`. Tests that need a tool which is not there say so loudly and pass; with `BROWSER_TESTS=1`,
//! `TRACE_TESTS=1` or `DISK_TESTS=1` they fail instead.
//!
//! They need Linux: system calls, terminals and process ids are looked at in its way.

#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accessibility;
mod artefact;
mod command_line;
mod crashes;
mod deciding;
mod demo;
mod dependencies;
mod disks;
mod documents;
mod growing;
mod harness;
mod killed;
mod linearizable;
mod one_sender;
mod pages;
mod policy;
mod readme;
mod shared_log;
mod silence;
mod unresolved;
mod web;
