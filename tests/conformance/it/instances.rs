//! The rest of the contract: health, state, and several tests at once.

use std::thread;

use serde_json::json;

use crate::adapter::Adapter;

#[test]
fn health_names_library_and_capabilities() {
    let health = Adapter::start().get("/health");
    assert_eq!(health["sdk_name"], "telemetry-posthog");
    assert_eq!(health["supports_parallel"], true);
    assert_eq!(health["capabilities"], json!(["capture_v0", "encoding_gzip"]));
    assert!(health["sdk_version"].is_string() && health["adapter_version"].is_string());
}

#[test]
fn state_tells_every_request() {
    let adapter = Adapter::initialised([503, 200], json!({}));
    let uuid = adapter.capture(json!({}));
    adapter.flush();
    let state = adapter.settled();
    let told: Vec<_> = state["requests_made"]
        .as_array()
        .unwrap()
        .iter()
        .map(|made| json!([made["status_code"], made["retry_attempt"], made["event_count"], made["uuid_list"]]))
        .collect();
    assert_eq!(told, [json!([503, 0, 1, [uuid]]), json!([200, 1, 1, [uuid]])]);
}

#[test]
fn tests_at_once_do_not_meet() {
    let adapter = Adapter::start();
    thread::scope(|scope| {
        for n in 0..6 {
            let adapter = &adapter;
            scope.spawn(move || {
                let query = format!("?test_id=t-{n}");
                adapter.init(&query, json!({ "api_key": format!("phc_{n}") }));
                adapter.capture_in(&query, json!({ "event": format!("event_{n}") }));
                adapter.flush_in(&query);
            });
        }
    });
    let requests = adapter.server.requests();
    assert_eq!(requests.len(), 6);
    for request in requests {
        let n = request.message.header("x-test-id").unwrap().strip_prefix("t-").unwrap();
        assert_eq!(request.json["api_key"], format!("phc_{n}"));
        assert_eq!(request.each("event"), [format!("event_{n}")]);
    }
}

#[test]
fn reset_forgets_what_was_not_sent() {
    let adapter = Adapter::initialised([503; 9], json!({}));
    adapter.capture(json!({}));
    adapter.flush();
    assert_eq!(adapter.post("/reset", &json!({})), json!({ "success": true }));
    assert_eq!(adapter.get("/state")["error"], "not initialised");
    let before = adapter.server.requests().len();
    adapter.server.script(None, []);
    adapter.init("", json!({}));
    assert_eq!(adapter.flush(), 0);
    assert_eq!(adapter.server.requests().len(), before);
}

#[test]
fn what_the_library_cannot_do_is_refused() {
    let adapter = Adapter::start();
    for option in ["disable_geoip", "historical_migration"] {
        let request = json!({
            "api_key": "phc_test_key",
            "host": adapter.server.origin,
            option: option == "historical_migration",
        });
        assert_eq!(adapter.post("/init", &request)["success"], false, "{option}");
    }
    for host in
        ["ftp://127.0.0.1:9", "127.0.0.1:9", "http://", "http://127.0.0.1:9/path", "http://name@127.0.0.1:9", ""]
    {
        let answer = adapter.post("/init", &json!({ "api_key": "phc_test_key", "host": host }));
        assert_eq!(answer["error"], "host or test_id cannot be used", "{host:?}");
    }
    let early = adapter.post("/capture", &json!({ "distinct_id": "a", "event": "b" }));
    assert_eq!(early["success"], false);
}
