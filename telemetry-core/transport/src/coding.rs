//! The content coding of a request body.
//!
//! Owns the decision whether a body is compressed, and the compression. It must never change what the body says.

#[cfg(feature = "gzip")]
mod gzip;

/// A body as it goes over the wire.
#[derive(Debug)]
pub struct Coded {
    /// The bytes after content coding.
    pub(crate) bytes: Vec<u8>,
    /// Whether they are compressed.
    pub(crate) coding: Coding,
}

impl Coded {
    /// How many bytes go over the wire.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a body is not empty")]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// How a body is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Not at all.
    Identity,
    /// As gzip (RFC 1952).
    #[cfg(feature = "gzip")]
    Gzip,
}

/// Codes bodies, with memory that is kept from one to the next.
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

    /// Codes a body: compressed from 1 KiB on.
    #[cfg(feature = "gzip")]
    #[must_use]
    pub fn code(&self, body: &[u8]) -> Coded {
        if body.len() >= gzip::FROM_BYTES
            && let Some(bytes) = self.gzip.compress(body)
        {
            return Coded { bytes, coding: Coding::Gzip };
        }
        Coded { bytes: body.to_vec(), coding: Coding::Identity }
    }

    /// Codes a body: as it is.
    #[cfg(not(feature = "gzip"))]
    #[must_use]
    pub fn code(&self, body: &[u8]) -> Coded {
        Coded { bytes: body.to_vec(), coding: Coding::Identity }
    }
}
