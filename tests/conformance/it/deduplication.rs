//! Identifiers: one each, and the same at every attempt.

use std::collections::HashSet;

use serde_json::json;

use crate::adapter::Adapter;
use crate::server::Request;

fn all_uuids(requests: &[Request]) -> Vec<String> {
    requests.iter().flat_map(|request| request.each("uuid")).collect()
}

fn assert_unique(uuids: &[String]) {
    assert_eq!(uuids.iter().collect::<HashSet<_>>().len(), uuids.len(), "{uuids:?}");
}

/// Every attempt says the same about every event, in the same order.
fn assert_preserved(requests: &[Request]) {
    for request in requests {
        assert_eq!(request.json["batch"], requests[0].json["batch"]);
    }
}

#[test]
fn generates_unique_uuids() {
    let adapter = Adapter::initialised([], json!({}));
    adapter.capture_multiple(5);
    adapter.flush();
    let uuids = all_uuids(&adapter.server.requests());
    assert_eq!(uuids.len(), 5);
    assert_unique(&uuids);
}

#[test]
fn preserves_uuid_on_retry() {
    let adapter = Adapter::initialised([503, 200], json!({}));
    let uuid = adapter.capture(json!({}));
    adapter.flush();
    let requests = adapter.server.wait_for(2);
    assert_eq!(all_uuids(&requests), [uuid.clone(), uuid]);
}

#[test]
fn preserves_uuid_and_timestamp_on_retry() {
    let adapter = Adapter::initialised([503, 503, 200], json!({}));
    adapter.capture(json!({}));
    adapter.flush();
    assert_preserved(&adapter.server.wait_for(3));
}

#[test]
fn preserves_uuid_and_timestamp_on_batch_retry() {
    let adapter = Adapter::initialised([503, 200], json!({ "flush_at": 10 }));
    let captured = adapter.capture_multiple(3);
    adapter.flush();
    let requests = adapter.server.wait_for(2);
    assert_preserved(&requests);
    assert_eq!(requests[0].each("uuid"), captured);
    assert_unique(&requests[0].each("uuid"));
}

#[test]
fn no_duplicate_events_in_batch() {
    let adapter = Adapter::initialised([], json!({ "flush_at": 10 }));
    adapter.capture_multiple(5);
    adapter.flush();
    assert_unique(&adapter.server.wait_for(1)[0].each("uuid"));
}

#[test]
fn different_events_have_different_uuids() {
    let adapter = Adapter::initialised([], json!({}));
    for _ in 0..2 {
        adapter.capture(json!({ "properties": { "key": "value" } }));
    }
    adapter.flush();
    let uuids = all_uuids(&adapter.server.requests());
    assert_eq!(uuids.len(), 2);
    assert_unique(&uuids);
}
