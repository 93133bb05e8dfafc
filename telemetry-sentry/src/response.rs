//! What an answer means: a pure function of status, headers and time.
//!
//! Owns every judgement about the server's words, as <https://develop.sentry.dev/sdk/expected-features/rate-limiting/>
//! has them. It must never look at the request or at anything outside its arguments.

use core::time::Duration;
use std::time::SystemTime;

use telemetry_core::{Delivery, Outcome};
use telemetry_transport::{HeaderMap, StatusCode, retry_after};

/// The category of data that reports count as.
const CATEGORY: &str = "error";

/// The categories that the protocol knows. A limit that names others only is not for us; one that names none is for all.
pub(crate) const LIMITS: &str = "x-sentry-rate-limits";

/// How long to wait after a bare 429.
const BARE_LIMIT: Duration = Duration::from_secs(60);

/// How long to wait after an answer that only a misplaced server gives.
const ODD_PAUSE: Duration = Duration::from_secs(10 * 60);

/// The longest limit that is taken literally. A longer one would outlast what is stored.
const MAX_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Judges an answer.
pub(crate) fn classify(status: StatusCode, headers: &HeaderMap, wire_bytes: usize, now: SystemTime) -> Delivery {
    let wait = || retry_after(headers, now);
    let limit = limit(headers);
    let outcome = match status.as_u16() {
        200..=299 => Outcome::Accepted,
        // The ones that judge what the report says.
        400 | 422 => Outcome::Rejected,
        413 => Outcome::TooLarge,
        // Over a limit: this report is lost, and so are those that come while the limit holds.
        429 => Outcome::Discarded { pause: limit.or_else(wait).unwrap_or(BARE_LIMIT) },
        // The ones that judge the moment.
        408 | 425 | 500..=599 => Outcome::Retry { after: wait() },
        // The key is refused.
        401 | 403 => Outcome::Refused,
        // Everything else judges the address. A server that is being replaced answers so for a while.
        _ => Outcome::Retry { after: Some(wait().map_or(ODD_PAUSE, |wait| wait.max(ODD_PAUSE))) },
    };
    let delivery = Delivery::new(outcome, Some(status.as_u16()), wire_bytes);
    match (outcome, limit) {
        (Outcome::Discarded { pause }, _) | (_, Some(pause)) => delivery.holding(pause),
        _ => delivery,
    }
}

/// The longest limit for our category, on an answer of any status: `60:error;default:organization:reason, …`.
fn limit(headers: &HeaderMap) -> Option<Duration> {
    let texts = headers.get_all(LIMITS).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).filter_map(one_limit).max()
}

fn one_limit(text: &str) -> Option<Duration> {
    let mut parts = text.split(':').map(str::trim);
    let seconds = parts.next().filter(|seconds| !seconds.is_empty())?.parse::<f64>().ok()?;
    let categories = parts.next().unwrap_or_default();
    let is_ours = categories.is_empty() || categories.split(';').any(|category| category.trim() == CATEGORY);
    // Negative, infinite and not a number are no times.
    let limit = Duration::try_from_secs_f64(seconds).ok()?;
    (is_ours && !limit.is_zero()).then_some(limit.min(MAX_LIMIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(status: u16, headers: &[(&'static str, &str)]) -> Delivery {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        classify(StatusCode::from_u16(status).unwrap(), &map, 7, SystemTime::UNIX_EPOCH)
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn every_status_has_its_outcome() {
        let odd = Outcome::Retry { after: Some(seconds(600)) };
        for (statuses, expected) in [
            (&[200, 201, 204, 299][..], Outcome::Accepted),
            (&[400, 422], Outcome::Rejected),
            (&[413], Outcome::TooLarge),
            (&[401, 403], Outcome::Refused),
            (&[429], Outcome::Discarded { pause: seconds(60) }),
            (&[408, 425, 500, 502, 503, 504, 599], Outcome::Retry { after: None }),
            (&[301, 302, 307, 404, 405, 410, 418], odd),
        ] {
            for status in statuses {
                assert_eq!(judge(*status, &[]).outcome, expected, "{status}");
            }
        }
        assert_eq!(judge(503, &[("retry-after", "7")]).outcome, Outcome::Retry { after: Some(seconds(7)) });
        assert_eq!((judge(200, &[]).status, judge(200, &[]).wire_bytes), (Some(200), 7));
    }

    #[test]
    fn limits_are_read_on_every_status() {
        for (text, expected) in [
            ("60", Some(60)),
            ("60::", Some(60)),
            ("60::organization", Some(60)),
            ("60:error", Some(60)),
            ("60:transaction;error;span:project:quota:custom", Some(60)),
            (" 60 : error : key , 2700:default", Some(60)),
            ("10:error, 60::key, 30:error", Some(60)),
            ("1.5:error", None),
            ("60:default", None),
            ("86400:transaction;span:organization", None),
            ("60:something_new", None),
            ("0:error", None),
            ("-5:error", None),
            ("NaN:error", None),
            ("soon:error", None),
            ("", None),
            (":error", None),
            ("999999999:error", Some(86_400)),
        ] {
            for status in [200, 400, 503] {
                let held = judge(status, &[(LIMITS, text)]).hold;
                if text == "1.5:error" {
                    assert_eq!(held, Some(Duration::from_millis(1500)), "fractions count");
                } else {
                    assert_eq!(held, expected.map(seconds), "{status} {text:?}");
                }
            }
        }
        let twice = judge(200, &[(LIMITS, "5:error"), (LIMITS, "9:error")]);
        assert_eq!(twice.hold, Some(seconds(9)));
    }

    #[test]
    fn a_refusal_for_the_rate_holds_by_the_best_that_it_says() {
        let held = |headers: &[(&'static str, &str)]| {
            let delivery = judge(429, headers);
            let Outcome::Discarded { pause } = delivery.outcome else { panic!("not discarded") };
            assert_eq!(delivery.hold, Some(pause));
            pause.as_secs()
        };
        assert_eq!(held(&[]), 60);
        assert_eq!(held(&[("retry-after", "120")]), 120);
        assert_eq!(held(&[("retry-after", "120"), (LIMITS, "30:error")]), 30);
        assert_eq!(held(&[("retry-after", "120"), (LIMITS, "30:transaction")]), 120);
    }
}
