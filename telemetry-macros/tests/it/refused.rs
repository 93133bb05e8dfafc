//! One file for each mistake, named after it; the words that the author reads are part of the interface.

/// To accept changed words: `TRYBUILD=overwrite cargo test -p telemetry-macros --test it`.
#[test]
fn every_mistake_is_refused_in_its_own_words() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
