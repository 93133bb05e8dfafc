//! The content coding of a request body.
//!
//! Owns the decision whether a body is compressed, and the compression. It must never change what the body says.

#[cfg(feature = "gzip")]
mod gzip;

/// Compresses bodies, with memory that is kept from one to the next.
#[derive(Debug)]
pub struct Coder {
    #[cfg(feature = "gzip")]
    gzip: gzip::Gzip,
}

impl Default for Coder {
    fn default() -> Self {
        Self::new()
    }
}

impl Coder {
    /// Starts without memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            #[cfg(feature = "gzip")]
            gzip: gzip::Gzip::new(),
        }
    }

    /// A body as gzip, from 1 KiB on; a smaller one goes as it is.
    #[cfg(feature = "gzip")]
    #[must_use]
    pub fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        if body.len() < gzip::FROM_BYTES { None } else { self.gzip.compress(body) }
    }

    /// Every body goes as it is.
    #[cfg(not(feature = "gzip"))]
    #[must_use]
    pub fn compress(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}
