//! The content coding of a request body.
//!
//! Owns the decision whether a body is compressed, and the compression. It must never change what the body says.

#[cfg(feature = "gzip")]
mod gzip;

/// A body as it goes over the wire.
pub(crate) struct Coded {
    /// The bytes after content coding.
    pub(crate) bytes: Vec<u8>,
    /// Whether they are compressed.
    pub(crate) coding: Coding,
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
pub(crate) struct Coder {
    #[cfg(feature = "gzip")]
    gzip: gzip::Gzip,
}

impl Coder {
    pub(crate) const fn new() -> Self {
        Self {
            #[cfg(feature = "gzip")]
            gzip: gzip::Gzip::new(),
        }
    }

    #[cfg(feature = "gzip")]
    pub(crate) fn code(&self, body: &[u8]) -> Coded {
        if body.len() >= gzip::FROM_BYTES
            && let Some(bytes) = self.gzip.compress(body)
        {
            return Coded { bytes, coding: Coding::Gzip };
        }
        Coded { bytes: body.to_vec(), coding: Coding::Identity }
    }

    #[cfg(not(feature = "gzip"))]
    #[expect(clippy::unused_self, reason = "the same signature with and without compression")]
    pub(crate) fn code(&self, body: &[u8]) -> Coded {
        Coded { bytes: body.to_vec(), coding: Coding::Identity }
    }
}
