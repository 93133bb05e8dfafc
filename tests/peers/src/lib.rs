//! What one tracked event and one reported error cost, here and with what people would pick instead.
//!
//! Each client gets the same event with four properties, and the same panic, in its own most natural form, and the same
//! server.

#[cfg(feature = "all")]
pub mod catalogue;
#[cfg(feature = "all")]
pub mod clients;
#[cfg(feature = "all")]
pub mod found;
#[cfg(feature = "all")]
pub mod measure;
#[cfg(feature = "all")]
pub mod report;
#[cfg(feature = "all")]
pub mod reporters;
#[cfg(feature = "all")]
pub mod server;
