//! The numbers that leave in the place of ids.
//!
//! Owns the keyed hash and a small memory of it: most events of a while are about the same few rows, and the hash costs
//! more than everything else that is done to an event. It must be forgotten with the key.

use std::cell::RefCell;

use crate::digest::{head, keyed};

/// How many are remembered. As many rows as an application is busy with at a time; 10 KiB.
const REMEMBERED: u64 = 256;

/// Pseudonyms under one key.
#[derive(Default)]
pub(crate) struct Pseudonyms {
    key: [u8; 32],
    /// Each at the place that its row says, so that there is nothing to search. Empty until the first is made.
    remembered: RefCell<Vec<Option<Pseudonym>>>,
}

#[derive(Clone, Copy)]
struct Pseudonym {
    entity: &'static str,
    row: i64,
    number: i64,
}

impl Pseudonyms {
    pub(crate) fn under(key: [u8; 32]) -> Self {
        Self { key, ..Self::default() }
    }

    /// The same if they are under this key, else new ones.
    pub(crate) fn or_under(self, key: &[u8; 32]) -> Self {
        if self.key == *key { self } else { Self::under(*key) }
    }

    /// The pseudonym of a row: 48 bits, so that every JSON reader holds it exactly.
    pub(crate) fn of(&self, entity: &'static str, row: i64) -> i64 {
        let mut remembered = self.remembered.borrow_mut();
        if remembered.is_empty() {
            remembered.resize(usize::try_from(REMEMBERED).unwrap_or_default(), None);
        }
        // Rows are numbered through: the last digits tell most of them apart, the name's length some entities.
        let place = row.cast_unsigned().wrapping_add(entity.len() as u64 * 37) % REMEMBERED;
        let number = || {
            i64::from_be_bytes(head(&keyed(&self.key, &[b"id", entity.as_bytes(), &row.to_be_bytes()]))) >> 16
                & 0xffff_ffff_ffff
        };
        let Some(slot) = usize::try_from(place).ok().and_then(|place| remembered.get_mut(place)) else {
            return number();
        };
        match slot {
            Some(known) if known.row == row && known.entity == entity => known.number,
            _ => slot.insert(Pseudonym { entity, row, number: number() }).number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_small_stable_and_keyed() {
        let pseudonyms = Pseudonyms::under([7; 32]);
        let one = pseudonyms.of("user", 5);
        assert!((0..1 << 48).contains(&one));
        assert_ne!(one, pseudonyms.of("project", 5));
        assert_ne!(one, Pseudonyms::under([8; 32]).of("user", 5));
        assert_eq!(one, Pseudonyms::under([7; 32]).of("user", 5));
    }

    #[test]
    fn what_is_remembered_is_what_would_be_made() {
        let pseudonyms = Pseudonyms::under([7; 32]);
        // Rows and entities that share a place, back and forth.
        let rows = (-300..600).chain([i64::MIN, i64::MAX, 5, 261, 5]);
        for (row, entity) in rows.flat_map(|row| [(row, "user"), (row, "task"), (row, "project")]) {
            assert_eq!(pseudonyms.of(entity, row), Pseudonyms::under([7; 32]).of(entity, row), "{entity} {row}");
        }
    }

    #[test]
    fn another_key_forgets() {
        let pseudonyms = Pseudonyms::under([7; 32]);
        let one = pseudonyms.of("user", 5);
        let same = pseudonyms.or_under(&[7; 32]);
        assert!(!same.remembered.borrow().is_empty());
        let other = same.or_under(&[8; 32]);
        assert!(other.remembered.borrow().is_empty() && other.of("user", 5) != one);
    }
}
