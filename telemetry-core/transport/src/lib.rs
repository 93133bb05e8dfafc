//! Carries one request of a [`telemetry_core`] sink, for as long as its permit holds.
//!
//! What a sink sends is the sink's business; that nothing leaves without a permit, that a withdrawal ends a request
//! under way, that no redirect is followed, no cookie kept and no proxy asked, is the same for every sink, and is here.
//! Applications have no use for this crate: they take a sink, such as `telemetry-posthog` or `telemetry-sentry`.
//!
//! It must never decide to send, look into a body, or keep anything of it.
//!
//! # Privacy
//!
//! Besides the body and the fixed headers that the sink names, every connection shows the machine's IP address and the
//! manner of its TLS handshake, and a name is looked up. No client can prevent that.

#![forbid(unsafe_code)]

mod coding;
mod endpoint;
mod error;
mod exchange;
mod failure;
mod retry_after;

pub use coding::Coder;
pub use endpoint::Endpoint;
pub use error::SetupError;
pub use exchange::{Answer, Failure, Transport, failed};
pub use reqwest::header::{HeaderMap, HeaderValue};
pub use reqwest::{Client, StatusCode};
pub use retry_after::retry_after;
