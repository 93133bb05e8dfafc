//! Any `installation.json`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| telemetry_core::fuzzing::decision(bytes));
