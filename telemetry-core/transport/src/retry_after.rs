//! The header by which a server asks for patience.

use core::time::Duration;
use std::time::SystemTime;

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The longest pause that a server can ask for. A longer one is a mistake or would outlast the spooled events.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads `Retry-After` (RFC 9110, section 10.2.3): whole seconds or a date, at most a day.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number can hold still mean "very long".
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        // A date that has passed means "now".
        httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(MAX_PAUSE))
}
