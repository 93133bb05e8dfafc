//! Why the means to send could not be set up.
//!
//! A sink reports outcomes, not errors. The texts are for a debugger and hold no key and no address.

/// Why there is nothing to send with. Each is tried again with the next delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The HTTP client could not be built: usually the certificates of the system cannot be read.
    #[error("the http client could not be built")]
    Client,
    /// The embedded origin does not make an address. The checks at build time leave few ways to get here.
    #[error("the embedded host is not an address")]
    Address,
}
