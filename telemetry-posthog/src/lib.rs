//! telemetry-posthog
