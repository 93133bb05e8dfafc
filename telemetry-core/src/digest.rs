//! SHA-256 and its keyed form, for digests of texts, receipts and id pseudonyms.

use core::fmt;

/// A SHA-256 digest that prints as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sha256Hex([u8; 32]);

impl Sha256Hex {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(hmac_sha256::Hash::hash(bytes))
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The keyed hash (HMAC-SHA-256) of `parts`, each with its length before it so that no two lists collide.
pub(crate) fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = hmac_sha256::HMAC::new(key);
    for part in parts {
        mac.update((part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize()
}
