//! The bridge to the facade `tracing`.

use super::Health;

/// What filters name.
const TARGET: &str = "telemetry";

/// Makes an event of it: a fixed text, words of closed lists, and numbers.
pub(super) fn tell(health: Health) {
    match health {
        Health::Started => tracing::debug!(target: TARGET, "worker started"),
        Health::Ended => tracing::debug!(target: TARGET, "worker ended"),
        Health::Delivered { lane, events, bytes } => {
            tracing::debug!(target: TARGET, lane, events, bytes, "batch delivered");
        }
        Health::Failed { lane, events, class, delay: None } => {
            tracing::warn!(target: TARGET, lane, events, class = class.name(), "request failed");
        }
        Health::Failed { lane, events, class, delay: Some(delay) } => {
            let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(target: TARGET, lane, events, class = class.name(), delay_ms, "request failed, later again");
        }
        Health::Breaker { lane, state } => {
            tracing::warn!(target: TARGET, lane, state = state.name(), "circuit breaker changed");
        }
        Health::SpoolFails => tracing::warn!(target: TARGET, "unsent events cannot be written to disk"),
        Health::SpoolWorks => tracing::info!(target: TARGET, "unsent events can be written to disk again"),
        Health::Erased => tracing::info!(target: TARGET, "telemetry data erased"),
    }
}
