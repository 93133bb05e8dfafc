//! The application over real HTTP on loopback.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail, helpers included")]

mod access;
mod events;
mod languages;
mod pages;
mod support;
mod telemetry;
mod work;
