//! Sets of numbers that mostly follow each other.

use super::bytes::{Reader, push};

/// A set of numbers, as ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    /// The set of these numbers.
    pub(super) fn of(numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut ranges = Self::default();
        numbers.into_iter().for_each(|number| ranges.0.push((number, number)));
        ranges.seal();
        ranges
    }

    /// Puts the ranges in order and joins those that touch. Needed before [`contains`](Self::contains) after a
    /// [`read`](Self::read).
    pub(super) fn seal(&mut self) {
        self.0.sort_unstable();
        self.0.dedup_by(|later, earlier| {
            let touches = later.0 <= earlier.1.saturating_add(1);
            if touches {
                earlier.1 = earlier.1.max(later.1);
            }
            touches
        });
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        let before = self.0.partition_point(|(first, _)| *first <= number);
        before.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|(_, last)| number <= *last)
    }

    /// Writes the ranges, each as a first number and how many follow it.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        for (first, last) in &self.0 {
            push(bytes, (*first).into());
            push(bytes, (last - first).into());
        }
    }

    /// Adds what was written, up to the end; nothing if it makes no sense.
    pub(super) fn read(&mut self, mut reader: Reader<'_>) -> Option<()> {
        while !reader.is_at_end() {
            let first = reader.small()?;
            self.0.push((first, first.checked_add(reader.small()?)?));
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_is_a_set(numbers in prop::collection::vec(0_u32..50, 0..40), more in prop::collection::vec(0_u32..50, 0..40)) {
            let mut bytes = Vec::new();
            Ranges::of(numbers.clone()).write(&mut bytes);
            let mut ranges = Ranges::of(more.clone());
            prop_assert_eq!(ranges.read(Reader(&bytes)), Some(()));
            ranges.seal();
            let expected: HashSet<u32> = numbers.into_iter().chain(more).collect();
            for number in 0..52 {
                prop_assert_eq!(ranges.contains(number), expected.contains(&number));
            }
        }
    }

    #[test]
    fn the_ends_of_the_numbers_are_numbers_too() {
        let mut bytes = Vec::new();
        push(&mut bytes, 0);
        push(&mut bytes, u32::MAX.into());
        let mut all = Ranges::default();
        all.read(Reader(&bytes)).unwrap();
        all.seal();
        assert!(all.contains(0) && all.contains(u32::MAX));
        assert!(Ranges::of([u32::MAX]).contains(u32::MAX));
    }
}
