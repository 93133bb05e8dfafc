//! The gate, as it is.

#[expect(dead_code, reason = "lanes of their own are not modelled")]
#[path = "../../src/telemetry/gate.rs"]
pub(crate) mod gate;

/// How the worker sleeps, as it is.
#[path = "../../src/telemetry/sleep.rs"]
pub(crate) mod sleep;
