//! What must hold for any answer of a server. Compiled for the tests of this crate and for the fuzzers of
//! `telemetry-core/fuzz`; a check panics where its property does not hold.

use core::time::Duration;
use std::time::SystemTime;

use telemetry_core::Outcome;
use telemetry_transport::{HeaderMap, HeaderValue, StatusCode};

use crate::response::{LIMITS, classify};

/// The longest time that a server may ask for.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A limit that is put beside whatever else the server says.
const OURS: Duration = Duration::from_secs(77);

/// An answer: two bytes of status, one of the length of `Retry-After`, that, and the rest as the limits. Whatever it says,
/// only a status of success takes reports, only a 429 drops them without blame, nothing holds for longer than a day,
/// limits for other data hold nothing, and no limit hides another one.
pub fn answer(bytes: &[u8]) {
    let [a, b, length, rest @ ..] = bytes else { return };
    let (retry_after, limits) = rest.split_at(usize::from(*length).min(rest.len()));
    // Three digits, as HTTP has them.
    let Ok(status) = StatusCode::from_u16(100 + u16::from_be_bytes([*a, *b]) % 900) else { return };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(retry_after) {
        headers.insert("retry-after", value);
    }
    check(status, &headers, None);
    let Ok(value) = HeaderValue::from_bytes(limits) else { return };
    headers.insert(LIMITS, value);
    check(status, &headers, Some(limits));
    if status == StatusCode::TOO_MANY_REQUESTS {
        return;
    }
    // A line of its own, and the same line where that can be read.
    let least = |headers: &HeaderMap| assert!(check(status, headers, None) >= Some(OURS), "a limit is hidden");
    let ours = b"77:error";
    let mut twice = headers.clone();
    twice.append(LIMITS, HeaderValue::from_static("77:error"));
    least(&twice);
    if limits.is_ascii() {
        for parts in [[limits, b",", ours], [ours, b",", limits]] {
            if let Ok(value) = HeaderValue::from_bytes(&parts.concat()) {
                headers.insert(LIMITS, value);
                least(&headers);
            }
        }
    }
}

/// Checks one answer, and says for how long it holds. With `limits` those are all that it says about them.
fn check(status: StatusCode, headers: &HeaderMap, limits: Option<&[u8]>) -> Option<Duration> {
    // 2027, so that dates lie on both sides.
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let delivery = classify(status, headers, 0, now);
    let pause = match delivery.outcome {
        Outcome::Accepted => {
            assert!(status.is_success());
            None
        }
        Outcome::Discarded { pause } => {
            assert_eq!((status, delivery.hold), (StatusCode::TOO_MANY_REQUESTS, Some(pause)));
            Some(pause)
        }
        Outcome::Retry { after } => {
            assert!(!status.is_success());
            after
        }
        _ => {
            assert!(status.is_client_error());
            None
        }
    };
    for time in [pause, delivery.hold].into_iter().flatten() {
        assert!(time <= DAY, "{time:?}");
    }
    let none_is_ours = limits.is_some_and(|limits| {
        let mut each = limits.split(|byte| *byte == b',');
        each.all(|limit| {
            let categories = limit.split(|byte| *byte == b':').nth(1).unwrap_or_default().trim_ascii();
            !categories.is_empty() && !limit.windows(5).any(|word| word == b"error")
        })
    });
    if none_is_ours && status != StatusCode::TOO_MANY_REQUESTS {
        assert_eq!(delivery.hold, None, "limits for other data hold nothing");
    }
    delivery.hold
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    fn answer(status: u16, after: &str, limits: &[u8]) {
        let length = u8::try_from(after.len()).unwrap();
        super::answer(&[&status.to_be_bytes()[..], &[length], after.as_bytes(), limits].concat());
    }

    proptest! {
        #[test]
        fn any_answer(status in 0..900_u16, after in "[ -~]{0,40}", limits in prop::collection::vec(any::<u8>(), 0..64)) {
            answer(status, &after, &limits);
        }

        #[test]
        fn nearly_limits(
            limits in prop::collection::vec("[ -]?[0-9]{0,12}[.]?[0-9]{0,3} ?:(error|default|span| error|;)*(:key)?", 0..4)
        ) {
            for status in [100_u16, 300, 329, 403] {
                answer(status, "", limits.join(",").as_bytes());
            }
        }
    }
}
