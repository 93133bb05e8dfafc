//! Any segment of the spool.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| telemetry_core::fuzzing::spool(bytes));
