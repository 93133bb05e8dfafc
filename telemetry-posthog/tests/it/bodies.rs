//! What a body says, to the byte.

use serde_json::Value;
use telemetry_core::testing::batch;
use telemetry_core::{Sink as _, Timestamp};

use crate::catalogue::{Tracked, many, one_of_each};
use crate::support::{AT, body, check, sink};

const HERE: &[(&str, &str)] = &[("os_family", std::env::consts::OS), ("arch", std::env::consts::ARCH)];

/// The machine that runs the tests must not show in golden files.
fn without_machine(body: &[u8]) -> String {
    let mut text = String::from_utf8(body.to_vec()).unwrap();
    for (name, value) in HERE {
        let known = [value, "other"].into_iter().map(|value| format!("\"{name}\":\"{value}\""));
        for property in known {
            text = text.replace(&property, &format!("\"{name}\":\"[{name}]\""));
        }
    }
    text
}

#[test]
fn one_event_to_the_byte() {
    let sink = sink!("http://127.0.0.1:24101");
    insta::assert_snapshot!(without_machine(&body(&sink, [Tracked::AppStarted])));
}

#[test]
fn one_of_each_reads_back() {
    let sink = sink!("http://127.0.0.1:24101");
    let text = without_machine(&body(&sink, one_of_each()));
    insta::assert_json_snapshot!(serde_json::from_str::<Value>(&text).unwrap());
}

#[test]
fn properties_come_in_order_and_the_tail_last() {
    let sink = sink!("http://127.0.0.1:24101");
    let text = String::from_utf8(body(&sink, one_of_each())).unwrap();
    let first = text.split("\"properties\":").nth(1).unwrap();
    let names = [
        "user_id",
        "project_id",
        "source",
        "billable",
        "app_version",
        "os_family",
        "arch",
        "deployment",
        "catalogue_revision",
        "granted_revision",
        "$process_person_profile",
        "$geoip_disable",
        "$ip",
        "$lib",
        "$lib_version",
    ];
    let places = names.map(|name| first.find(&format!("\"{name}\":")).unwrap());
    assert!(places.is_sorted(), "{first}");
}

#[test]
fn only_sent_at_differs_between_attempts() {
    let sink = sink!("http://127.0.0.1:24101");
    let batch = batch(one_of_each(), AT);
    let later = Timestamp::from_millis(AT.millis() + 90_061_001);
    let (first, second) = (sink.body(&batch, AT), sink.body(&batch, later));
    check(&first);
    check(&second);
    assert_ne!(first, second);
    let second = String::from_utf8(second).unwrap();
    assert!(second.contains("\"sent_at\":\"2026-11-24T11:01:02.003Z\""), "{second}");
    assert_eq!(second.replace("2026-11-24T11:01:02.003Z", "2026-11-23T10:00:01.002Z").as_bytes(), first);
}

#[test]
fn every_event_of_a_large_batch_is_there_once() {
    let sink = sink!("http://127.0.0.1:24101");
    let body: Value = serde_json::from_slice(&body(&sink, many())).unwrap();
    let events = body["batch"].as_array().unwrap();
    let mut uuids: Vec<_> = events.iter().map(|event| event["uuid"].as_str().unwrap()).collect();
    uuids.sort_unstable();
    uuids.dedup();
    assert_eq!(uuids.len(), 100);
}

#[test]
fn the_guess_of_the_length_is_not_short() {
    // A body that outgrows its first allocation is copied; this is the only place where that would show.
    let sink = sink!("http://127.0.0.1:24101");
    for events in [vec![Tracked::AppStarted], one_of_each(), many().collect()] {
        let body = sink.body(&batch(events, AT), AT);
        assert!(body.capacity() < 2 * body.len() + 512, "{} of {}", body.len(), body.capacity());
    }
}
