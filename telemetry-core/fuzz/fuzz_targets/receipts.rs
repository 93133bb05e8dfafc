//! Any file of receipts.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| telemetry_core::fuzzing::receipts(bytes));
