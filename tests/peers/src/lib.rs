//! What one tracked event costs, here and with what people would pick instead.
//!
//! Each client gets the same event with four properties, in its own most natural form, and the same server.

#[cfg(feature = "all")]
pub mod catalogue;
#[cfg(feature = "all")]
pub mod clients;
#[cfg(feature = "all")]
pub mod measure;
#[cfg(feature = "all")]
pub mod report;
#[cfg(feature = "all")]
pub mod server;
