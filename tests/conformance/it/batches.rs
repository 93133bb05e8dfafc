//! How events are put together for a request.

use serde_json::json;

use crate::adapter::Adapter;

#[test]
fn uses_proper_batch_structure() {
    let adapter = Adapter::initialised([], json!({}));
    adapter.capture(json!({}));
    adapter.flush();
    let request = &adapter.server.requests()[0];
    assert!(request.message.first.starts_with("POST /batch/ "), "{}", request.message.first);
    assert_eq!(request.message.header("content-type"), Some("application/json"));
    assert!(request.json["api_key"].is_string() && request.json["batch"].is_array());
}

#[test]
fn flush_with_no_events_sends_nothing() {
    let adapter = Adapter::initialised([], json!({}));
    assert_eq!(adapter.flush(), 0);
    assert!(adapter.server.requests().is_empty());
}

#[test]
fn multiple_events_batched_together() {
    let adapter = Adapter::initialised([], json!({ "flush_at": 10 }));
    adapter.capture_multiple(5);
    assert_eq!(adapter.flush(), 5);
    let requests = adapter.server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        requests[0].each("event"),
        ["test_event_0", "test_event_1", "test_event_2", "test_event_3", "test_event_4"]
    );
}

/// Not of the suite, but of the contract: so many events are sent without being asked.
#[test]
fn flush_at_sends_without_a_flush() {
    let adapter = Adapter::initialised([], json!({ "flush_at": 3 }));
    adapter.capture_multiple(3);
    assert_eq!(adapter.server.wait_for(1)[0].events().len(), 3);
}

/// Nor this: and so does the interval.
#[test]
fn flush_interval_sends_without_a_flush() {
    let adapter = Adapter::initialised([], json!({ "flush_interval_ms": 100 }));
    adapter.capture(json!({}));
    assert_eq!(adapter.server.wait_for(1).len(), 1);
}
