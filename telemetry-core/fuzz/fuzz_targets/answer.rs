//! Any answer of a server.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| telemetry_posthog::fuzzing::answer(bytes));
