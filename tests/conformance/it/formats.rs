//! The form of events and of the batch around them.

use serde_json::json;

use crate::adapter::Adapter;
use crate::server::Request;

/// One usual event with these members, flushed: the request that it came in.
///
/// A flush is one attempt of ten seconds at most. A machine that is too busy for that is no fault of the format, so what
/// counts is that the event arrives, and that whatever arrives is the same event.
fn sent(options: serde_json::Value, more: serde_json::Value) -> Request {
    let adapter = Adapter::initialised([], options);
    let uuid = adapter.capture(more);
    adapter.flush();
    adapter.settled();
    let mut requests = adapter.server.requests();
    for request in &requests {
        assert_eq!(request.each("uuid"), [uuid.as_str()], "the identifier is the one that the adapter named");
    }
    requests.pop().expect("it has arrived")
}

#[test]
fn event_has_required_fields() {
    let request = sent(json!({ "flush_at": 1 }), json!({}));
    assert_eq!(
        (request.each("event"), request.each("distinct_id")),
        (vec!["test_event".into()], vec!["test_user".into()])
    );
}

#[test]
fn event_has_uuid() {
    let uuid = &sent(json!({}), json!({})).each("uuid")[0];
    let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12]);
    assert!(uuid.chars().all(|c| c == '-' || c.is_ascii_hexdigit()));
}

#[test]
fn event_has_lib_properties() {
    let request = sent(json!({}), json!({}));
    let properties = &request.events()[0]["properties"];
    assert_eq!(properties["$lib"], "telemetry-posthog");
    assert!(properties["$lib_version"].is_string());
}

#[test]
fn distinct_id_is_string() {
    assert_eq!(sent(json!({}), json!({ "distinct_id": "test_user_123" })).each("distinct_id"), ["test_user_123"]);
}

#[test]
fn token_is_present() {
    assert_eq!(sent(json!({}), json!({})).json["api_key"], "phc_test_key");
}

#[test]
fn custom_properties_preserved() {
    // The suite's three, and what would trip a writer of JSON.
    let properties = json!({
        "custom_string": "hello",
        "custom_number": 42,
        "custom_bool": true,
        "quoted \"name\"": "line\nbreak \\ \u{1} é 🦀",
        "fraction": 1.5,
        "nothing": null,
        "nested": { "list": [1, "two", { "three": 3 }] },
    });
    let request = sent(json!({}), json!({ "properties": properties }));
    for (name, value) in properties.as_object().unwrap() {
        assert_eq!(&request.events()[0]["properties"][name], value, "{name}");
    }
}

#[test]
fn event_has_timestamp() {
    let at = &sent(json!({}), json!({})).each("timestamp")[0];
    assert!(at.ends_with('Z'), "{at}");
    let _: jiff::Timestamp = at.parse().unwrap();
}

#[test]
fn non_utc_event_timestamp_is_converted_to_utc() {
    let given = "2025-01-02T08:34:05+05:30";
    let request =
        sent(json!({ "flush_at": 1 }), json!({ "timestamp": given, "properties": { "timestamp_like": given } }));
    assert_eq!(request.each("timestamp"), ["2025-01-02T03:04:05.000Z"]);
    assert_eq!(request.events()[0]["properties"]["timestamp_like"], given);
}

#[test]
fn sends_gzip_when_enabled() {
    let request = sent(json!({ "enable_compression": true }), json!({}));
    assert_eq!(request.message.header("content-encoding"), Some("gzip"));
    assert_eq!(request.message.body[..2], [0x1f, 0x8b]);
    // Not even a large one where that was said.
    let large = json!({ "properties": { "text": "x".repeat(4096) } });
    let header = |options| sent(options, large.clone()).message.header("content-encoding").map(str::to_owned);
    assert_eq!(header(json!({ "enable_compression": false })), None);
    assert_eq!(header(json!({})).as_deref(), Some("gzip"));
    // And one small event is not compressed where nobody asked for it.
    assert_eq!(sent(json!({}), json!({})).message.header("content-encoding"), None);
}
