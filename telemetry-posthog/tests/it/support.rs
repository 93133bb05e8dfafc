//! What the tests share: sinks, servers, and the check that every body has to pass.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::LazyLock;

use serde_json::{Map, Value};
use telemetry_core::testing::{TestPermit, batch, coded};
use telemetry_core::{
    CATALOGUE_REVISION, Catalogue as _, Delivery, EmbeddedKey, GRANTED_REVISION, Sink as _, Timestamp, embedded_key,
};
use telemetry_posthog::Posthog;

use crate::catalogue::Tracked;
use crate::site;
pub(crate) use crate::site::{PATIENCE, Site, listen, listen_at};

pub(crate) const KEY: EmbeddedKey = embedded_key!(= "phc_wire_test");

/// 2026-11-23T10:00:01.002Z
pub(crate) const AT: Timestamp = Timestamp::from_millis(1_795_428_001_002);

/// A sink for a host of the test's own.
macro_rules! sink {
    ($origin:literal) => {
        telemetry_posthog::Posthog::new(crate::support::KEY, telemetry_core::embedded_host!(= $origin))
    };
}
pub(crate) use sink;

/// The body that the sink makes of the events, checked.
pub(crate) fn body(sink: &Posthog, events: impl IntoIterator<Item = Tracked>) -> Vec<u8> {
    let body = sink.body(&batch(events, AT), AT);
    check(&body);
    body
}

/// A small body, checked.
pub(crate) fn small(sink: &Posthog) -> Vec<u8> {
    body(sink, [Tracked::AppStarted])
}

pub(crate) fn deliver(sink: &Posthog, body: &[u8]) -> Delivery {
    sink.deliver(coded(sink, body), &TestPermit::default().permit(PATIENCE))
}

/// Fails unless the body satisfies the schema and has the keys that it must have, and no others. The keys are listed
/// here once more, by hand, so that a mistake in the schema does not excuse one in the body.
pub(crate) fn check(body: &[u8]) {
    let body: Value = serde_json::from_slice(body).unwrap();
    if let Err(error) = validate(&body) {
        panic!("{error}\n{body:#}");
    }
    assert_keys(&body, &["api_key", "historical_migration", "sent_at", "batch"]);
    for event in body["batch"].as_array().unwrap() {
        assert_keys(event, &["uuid", "event", "distinct_id", "timestamp", "properties"]);
        let schema = Tracked::SCHEMA.event(event["event"].as_str().unwrap()).unwrap();
        let fixed = [
            "app_version",
            "os_family",
            "arch",
            "deployment",
            CATALOGUE_REVISION,
            GRANTED_REVISION,
            "$process_person_profile",
            "$geoip_disable",
            "$ip",
            "$lib",
            "$lib_version",
        ];
        // A property of the event may be absent; anything else may not.
        let present = schema.properties.iter().filter(|property| {
            let is_present = event["properties"].get(property.name).is_some();
            assert!(is_present || property.domain.is_optional(), "{} is missing", property.name);
            is_present
        });
        assert_keys(&event["properties"], &present.map(|property| property.name).chain(fixed).collect::<Vec<_>>());
    }
}

fn assert_keys(object: &Value, expected: &[&str]) {
    let mut keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = expected.to_vec();
    keys.sort_unstable();
    expected.sort_unstable();
    assert_eq!(keys, expected);
}

/// Checks a value against the schema that the sink gives for the catalogue.
pub(crate) fn validate(body: &Value) -> Result<(), String> {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let sink = Posthog::new(KEY, telemetry_core::embedded_host!(= "http://127.0.0.1:24100"));
        serde_json::from_str(&sink.body_schema(&Tracked::SCHEMA)).unwrap()
    });
    site::validate(&SCHEMA, body)
}

pub(crate) fn object(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().unwrap()
}

/// A request as a plain server reads it.
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Reads one request, for answers that wiremock cannot give.
pub(crate) fn read_request(stream: &mut TcpStream) -> Received {
    let (head, mut body) = read_head(stream);
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse().unwrap()))
        .unwrap();
    let mut buffer = [0; 4096];
    while body.len() < length {
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "the request ends early");
        body.extend_from_slice(&buffer[..read]);
    }
    Received { head, body }
}

/// Reads up to the end of the head, and what came of the body with it.
pub(crate) fn read_head(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return (String::from_utf8(bytes).unwrap(), body);
        }
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "the request ends within its head");
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// A connection to a server of the test's own, which waits for one and is to end.
#[expect(clippy::disallowed_methods, reason = "the test ends its own server; the sink opens no connection here")]
pub(crate) fn connect(address: impl std::net::ToSocketAddrs) -> TcpStream {
    TcpStream::connect(address).unwrap()
}

pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"Ok\"}";

pub(crate) fn answer(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).unwrap();
}
