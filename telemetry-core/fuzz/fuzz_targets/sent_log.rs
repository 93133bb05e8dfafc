//! Any sent log.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| telemetry_core::fuzzing::sent_log(bytes));
