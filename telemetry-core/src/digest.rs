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
        f.write_str(&hex(&self.0))
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

/// Two hexadecimal digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}

/// The first `N` bytes of a digest, as many as are needed; `N` is at most 32.
pub(crate) fn head<const N: usize>(digest: &[u8; 32]) -> [u8; N] {
    core::array::from_fn(|i| digest.get(i).copied().unwrap_or(0))
}
