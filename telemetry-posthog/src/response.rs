//! What an answer means: a pure function of status, headers, body and time.
//!
//! Owns every judgement about the server's words. It must never look at the request or at anything outside its
//! arguments.

use core::time::Duration;
use std::time::SystemTime;

use serde::Deserialize;
use telemetry_core::Outcome;
use telemetry_transport::{HeaderMap, StatusCode, retry_after};

/// How long to pause when the project is over its quota. The server names no time; PostHog's own browser library
/// waits as long.
const QUOTA_PAUSE: Duration = Duration::from_secs(60);

/// How long to wait after an answer that only a misplaced server gives.
const ODD_PAUSE: Duration = Duration::from_secs(10 * 60);

/// The part of an answer that matters; PostHog says `{"status":"Ok"}` otherwise.
#[derive(Deserialize)]
struct Answer {
    /// Which kinds of data the server dropped because the project is over its quota.
    #[serde(default)]
    quota_limited: Vec<String>,
}

/// Judges an answer.
///
/// `body` may be cut short or be anything at all: only a complete, well-formed sign of a quota changes what a status
/// of 2xx says.
pub(crate) fn classify(status: StatusCode, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Outcome {
    let wait = || retry_after(headers, now);
    match status.as_u16() {
        200..=299 if is_over_quota(body) => {
            Outcome::Discarded { pause: wait().map_or(QUOTA_PAUSE, |wait| wait.max(QUOTA_PAUSE)) }
        }
        200..=299 => Outcome::Accepted,
        // The two that judge what the events say. The server refuses a batch as a whole for one wrong event.
        400 | 422 => Outcome::Rejected,
        413 => Outcome::TooLarge,
        // The ones that judge the moment.
        408 | 425 | 429 | 500..=599 => Outcome::Retry { after: wait() },
        // The key is refused: nothing that this build sends will ever be taken.
        401 | 403 => Outcome::Refused,
        // Everything else judges the address (404, 405, 410, and redirects, which are never followed) or the way it
        // came. A relay that is being replaced answers so for a while, so the events are kept and the pause is long.
        _ => Outcome::Retry { after: Some(wait().map_or(ODD_PAUSE, |wait| wait.max(ODD_PAUSE))) },
    }
}

fn is_over_quota(body: &[u8]) -> bool {
    serde_json::from_slice::<Answer>(body).is_ok_and(|answer| answer.quota_limited.iter().any(|kind| kind == "events"))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderValue, RETRY_AFTER};

    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the date that the RFC uses.
    const NOW: Duration = Duration::from_secs(784_111_777);

    fn judge(status: u16, retry_after: Option<&str>, body: &str) -> Outcome {
        let mut headers = HeaderMap::new();
        if let Some(text) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
        }
        classify(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), SystemTime::UNIX_EPOCH + NOW)
    }

    const fn retry(seconds: u64) -> Outcome {
        Outcome::Retry { after: Some(Duration::from_secs(seconds)) }
    }

    const fn pause(seconds: u64) -> Outcome {
        Outcome::Discarded { pause: Duration::from_secs(seconds) }
    }

    #[test]
    fn every_status_has_its_outcome() {
        for (statuses, expected) in [
            (&[200, 201, 202, 204, 299][..], Outcome::Accepted),
            (&[400, 422], Outcome::Rejected),
            (&[413], Outcome::TooLarge),
            (&[408, 425, 429, 500, 502, 503, 504, 529, 599], Outcome::Retry { after: None }),
            (&[401, 403], Outcome::Refused),
            (&[402, 404, 405, 407, 410, 411, 415, 421, 451, 499], retry(600)),
            (&[300, 301, 302, 303, 304, 307, 308, 399], retry(600)),
            (&[100, 199, 600, 999], retry(600)),
        ] {
            for status in statuses {
                assert_eq!(judge(*status, None, ""), expected, "{status}");
            }
        }
    }

    #[test]
    fn only_a_quota_for_events_discards() {
        for (body, expected) in [
            (r#"{"status":"Ok"}"#, Outcome::Accepted),
            (r#"{"status":1}"#, Outcome::Accepted),
            (r#"{"status":"Ok","quota_limited":["events"]}"#, pause(60)),
            (r#"{"quota_limited":["recordings","events"]}"#, pause(60)),
            (r#"{"quota_limited":["recordings"]}"#, Outcome::Accepted),
            (r#"{"quota_limited":[]}"#, Outcome::Accepted),
            (r#"{"quota_limited":null}"#, Outcome::Accepted),
            (r#"{"quota_limited":"events"}"#, Outcome::Accepted),
            (r#"{"quota_limited":["events"#, Outcome::Accepted),
            ("<html>fine</html>", Outcome::Accepted),
            ("\0\0\0", Outcome::Accepted),
            ("", Outcome::Accepted),
        ] {
            assert_eq!(judge(200, None, body), expected, "{body}");
        }
        let over = r#"{"quota_limited":["events"]}"#;
        assert_eq!(judge(200, Some("30"), over), pause(60));
        assert_eq!(judge(200, Some("90"), over), pause(90));
        assert_eq!(judge(429, None, over), Outcome::Retry { after: None });
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_bounded() {
        for (text, expected) in [
            ("0", retry(0)),
            ("120", retry(120)),
            (" 7 ", retry(7)),
            ("86400", retry(86_400)),
            ("86401", retry(86_400)),
            ("99999999999999999999999999", retry(86_400)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", retry(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", retry(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", retry(0)),
            ("Fri, 06 Nov 2099 08:00:00 GMT", retry(86_400)),
            ("", Outcome::Retry { after: None }),
            ("soon", Outcome::Retry { after: None }),
            ("-5", Outcome::Retry { after: None }),
            ("1.5", Outcome::Retry { after: None }),
        ] {
            for status in [408, 429, 503] {
                assert_eq!(judge(status, Some(text), ""), expected, "{status} {text:?}");
            }
        }
    }
}
