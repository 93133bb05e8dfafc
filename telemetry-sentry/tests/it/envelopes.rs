//! The bytes of a body.

use serde_json::Value;
use telemetry_core::testing::batch;
use telemetry_core::{Sink as _, Timestamp};

use crate::src::raise;
use crate::support::{AT, batches, body, lines, sink};

/// What an event may weigh at most; a report is far below it.
const MAX_ITEM: usize = 1024 * 1024;

#[test]
fn one_report_of_each_kind_is_as_reviewed() {
    let sink = sink!("https://k@errors.example/1");
    let mut all: Vec<Value> = batches().iter().map(|batch| lines(&body(&sink, batch))).collect();
    for lines in &mut all {
        // What the machine that runs the tests is.
        lines[2]["tags"]["os_family"] = Value::Null;
        lines[2]["tags"]["arch"] = Value::Null;
    }
    insta::assert_json_snapshot!(all);
}

#[test]
fn only_sent_at_differs_between_attempts() {
    let sink = sink!("https://k@errors.example/1");
    let batch = batch([raise::error()], AT);
    let (mut first, mut later) = (lines(&sink.body(&batch, AT)), lines(&sink.body(&batch, Timestamp::from_millis(0))));
    assert_ne!(first[0]["sent_at"], later[0]["sent_at"]);
    first[0]["sent_at"] = Value::Null;
    later[0]["sent_at"] = Value::Null;
    assert_eq!(first, later);
}

#[test]
fn the_identifier_is_the_same_in_head_and_event() {
    for batch in batches() {
        let lines = lines(&body(&sink!("https://k@errors.example/1"), &batch));
        assert_eq!(lines[0]["event_id"], lines[2]["event_id"]);
        assert_eq!(lines[2]["event_id"], batch.events[0].uuid.to_string().replace('-', ""));
    }
}

#[test]
fn nothing_of_the_error_of_the_install_id_or_the_key_is_in_it() {
    let sink = sink!("https://0123abcd@errors.example/1");
    for batch in batches() {
        let body = String::from_utf8(body(&sink, &batch)).unwrap();
        assert!(body.len() < MAX_ITEM);
        for never in ["alice", "secret", "home", "0123abcd", "errors.example", "unwrap", "Option"] {
            assert!(!body.contains(never), "{never} in {body}");
        }
        let install_id = batch.install_id.to_string();
        assert!(!body.contains(&install_id) && !body.contains(&install_id.replace('-', "")));
    }
}

#[test]
fn grouping_follows_event_code_and_place() {
    let fingerprint = |events| {
        let sink = sink!("https://k@errors.example/1");
        lines(&body(&sink, &batch([events], AT)))[2]["fingerprint"].clone()
    };
    assert_eq!(fingerprint(raise::error()), fingerprint(raise::error()));
    assert_ne!(fingerprint(raise::error()), fingerprint(raise::panic()));
    assert_eq!(fingerprint(raise::error())[0], "request.failed");
    assert_eq!(fingerprint(raise::error())[1], "database");
    assert!(fingerprint(raise::error())[2].as_str().unwrap().starts_with("it/src/raise.rs:"));
}

#[test]
fn a_body_has_one_event() {
    assert_eq!(sink!("https://k@errors.example/1").most_events(), 1);
}
