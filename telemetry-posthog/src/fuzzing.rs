//! What must hold for any answer of a server. Compiled for the tests of this crate and for the fuzzers of
//! `telemetry-core/fuzz`; a check panics where its property does not hold.

use core::time::Duration;
use std::time::SystemTime;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use telemetry_core::Outcome;

use crate::response::classify;

/// An answer: two bytes of status, one of the length of `Retry-After`, that, and the rest as the body. Whatever it says,
/// only a status of success takes or drops events without blame, and no pause is longer than a day.
pub fn answer(bytes: &[u8]) {
    let [a, b, length, rest @ ..] = bytes else { return };
    let (retry_after, body) = rest.split_at(usize::from(*length).min(rest.len()));
    // Three digits, as HTTP has them.
    let Ok(status) = StatusCode::from_u16(100 + u16::from_be_bytes([*a, *b]) % 900) else { return };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(retry_after) {
        headers.insert(RETRY_AFTER, value);
    }
    // 2027, so that dates lie on both sides.
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let pause = match classify(status, &headers, body, now) {
        Outcome::Accepted => {
            assert!(status.is_success());
            return;
        }
        Outcome::Discarded { pause } => {
            assert!(status.is_success());
            Some(pause)
        }
        Outcome::Retry { after } => {
            assert!(!status.is_success());
            after
        }
        _ => {
            assert!(status.is_client_error());
            return;
        }
    };
    assert!(pause.unwrap_or_default() <= Duration::from_secs(24 * 60 * 60), "{pause:?}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_answer(status in 0..900_u16, after in "[ -~]{0,40}", body in prop::collection::vec(any::<u8>(), 0..64)) {
            let length = u8::try_from(after.len()).unwrap();
            super::answer(&[&status.to_be_bytes()[..], &[length], after.as_bytes(), &body].concat());
        }

        #[test]
        fn nearly_dates_and_quotas(
            day in "(Mon|Sun|Sat|Xyz)", number in 0..40_u8, month in "(Jan|Feb|Dec|Foo)", year in 0..12_000_u16,
            hour in 0..30_u8, quota in "(events|recordings|)"
        ) {
            let after = format!("{day}, {number:02} {month} {year:04} {hour:02}:00:00 GMT");
            let body = format!(r#"{{"quota_limited":["{quota}"]}}"#);
            for status in [100_u16, 329, 403] {
                let length = u8::try_from(after.len()).unwrap();
                super::answer(&[&status.to_be_bytes()[..], &[length], after.as_bytes(), body.as_bytes()].concat());
            }
        }
    }
}
