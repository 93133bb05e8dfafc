//! telemetry-macros
