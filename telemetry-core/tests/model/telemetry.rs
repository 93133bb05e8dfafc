//! The gate, as it is.

#[path = "../../src/telemetry/gate.rs"]
pub(crate) mod gate;
