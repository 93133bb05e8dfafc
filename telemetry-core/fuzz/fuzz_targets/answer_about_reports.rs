//! Any answer of a server for error reports.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| telemetry_sentry::fuzzing::answer(bytes));
