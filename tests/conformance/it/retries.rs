//! What is tried again, when, and what is not.

use std::time::Duration;

use serde_json::json;

use crate::adapter::Adapter;
use crate::server::{Request, Scripted};

/// One event against these answers: the requests, once it has arrived.
fn delivered(answers: &[u16]) -> Vec<Request> {
    let adapter = Adapter::initialised(answers.iter().copied(), json!({}));
    adapter.capture(json!({}));
    adapter.flush();
    let state = adapter.settled();
    assert_eq!((&state["total_events_captured"], &state["total_events_sent"]), (&json!(1), &json!(1)));
    let requests = adapter.server.requests();
    assert_eq!(state["total_retries"], requests.len() - 1);
    let answered: Vec<u16> = requests.iter().map(|request| request.answered).collect();
    assert_eq!(answered, answers);
    requests
}

/// One event against this answer, which nobody may ask for twice. What waits would be sent by the second flush.
fn not_repeated(status: u16) {
    let adapter = Adapter::initialised([status], json!({}));
    adapter.capture(json!({}));
    adapter.flush();
    assert_eq!(adapter.flush(), 0);
    assert_eq!(adapter.server.requests().len(), 1);
    let state = adapter.state();
    assert_eq!((&state["last_error"], &state["total_retries"]), (&json!(status.to_string()), &json!(0)));
}

fn delay(requests: &[Request], retry: usize) -> Duration {
    requests[retry].at - requests[retry - 1].at
}

#[test]
fn retries_on_503() {
    delivered(&[503, 503, 200]);
}

#[test]
fn retries_on_500() {
    delivered(&[500, 200]);
}

#[test]
fn retries_on_502() {
    delivered(&[502, 200]);
}

#[test]
fn retries_on_504() {
    delivered(&[504, 200]);
}

#[test]
fn retries_on_408() {
    delivered(&[408, 200]);
}

#[test]
fn does_not_retry_on_400() {
    not_repeated(400);
}

#[test]
fn does_not_retry_on_401() {
    not_repeated(401);
}

#[test]
fn does_not_retry_on_403() {
    not_repeated(403);
}

#[test]
fn does_not_retry_on_413() {
    not_repeated(413);
}

#[test]
fn respects_retry_after_header() {
    let limited = Scripted { status: 429, retry_after: Some("3") };
    let adapter = Adapter::scripted([limited], json!({}));
    adapter.capture(json!({}));
    adapter.flush();
    let requests = adapter.server.wait_for(2);
    // The least that the suite wants to see; a flush does not shorten it.
    assert!(delay(&requests, 1) >= Duration::from_millis(2500), "{:?}", delay(&requests, 1));
}

#[test]
fn implements_backoff() {
    let requests = delivered(&[503, 503, 503, 200]);
    assert!(delay(&requests, 1) >= Duration::from_millis(100), "{:?}", delay(&requests, 1));
    // Half of each delay is fixed, and doubles: two seconds by then, less what the answer before took on its way.
    assert!(delay(&requests, 3) >= Duration::from_millis(1_950), "{:?}", delay(&requests, 3));
}

#[test]
fn max_retries_respected() {
    let adapter = Adapter::initialised([503; 5], json!({ "max_retries": 3 }));
    adapter.capture(json!({}));
    adapter.flush();
    let state = adapter.settled();
    assert_eq!(adapter.server.requests().len(), 4);
    assert_eq!((&state["total_retries"], &state["total_events_sent"]), (&json!(3), &json!(0)));
}
