//! The schema of the body: closed on every level, and able to fail.

use serde_json::{Value, json};
use telemetry_core::{Catalogue as _, Sink as _};

use crate::catalogue::Tracked;
use crate::support::{batches, body, lines, sink, validate};

fn good(n: usize) -> Value {
    lines(&body(&sink!("https://k@errors.example/1"), &batches()[n]))
}

#[test]
fn damaged_bodies_fail() {
    let ways: Vec<(&str, &str, Option<Value>)> = vec![
        ("/0", "extra", Some(json!(1))),
        ("/0", "dsn", Some(json!("https://k@errors.example/1"))),
        ("/0", "sent_at", Some(json!("2026-11-23T10:00:01Z"))),
        ("/0", "event_id", Some(json!("01933b1c000070008000000000000000"))),
        ("/1", "type", Some(json!("session"))),
        ("/1", "length", None),
        ("/2", "server_name", Some(json!("laptop"))),
        ("/2", "user", Some(json!({ "id": "7" }))),
        ("/2", "message", Some(json!("text"))),
        ("/2", "breadcrumbs", Some(json!([]))),
        ("/2", "contexts", Some(json!({}))),
        // Finer than the catalogue's minute.
        ("/2", "timestamp", Some(json!("2026-11-23T10:00:01.000Z"))),
        ("/2", "release", Some(json!("9.9.9"))),
        ("/2", "platform", Some(json!("other"))),
        ("/2/sdk/settings", "infer_ip", Some(json!("auto"))),
        ("/2/sdk", "settings", None),
        ("/2/tags", "thread", Some(json!("alice's thread"))),
        ("/2/tags", "in_background", Some(json!(true))),
        ("/2/tags", "failure", Some(json!("another"))),
        ("/2/tags", "note", Some(json!("x"))),
        ("/2/tags", "os_family", None),
        ("/2/exception/values/0", "type", Some(json!("another"))),
        ("/2/exception/values/0", "value", Some(json!("could not open secret.db"))),
        ("/2/exception/values/0", "value", Some(json!("/home/alice/it/src/a.rs:1:2"))),
        ("/2/exception/values/0", "module", Some(json!("x"))),
        ("/2/exception/values/0", "thread_id", Some(json!(1))),
        ("/2/exception/values/0/stacktrace/frames/0", "abs_path", Some(json!("/home/alice/a.rs"))),
        ("/2/exception/values/0/stacktrace/frames/0", "filename", Some(json!("/home/alice/it/src/a.rs"))),
        ("/2/exception/values/0/stacktrace/frames/0", "function", Some(json!("core::option::unwrap"))),
        ("/2/exception/values/0/stacktrace/frames/0", "function", Some(json!("it::alice@example.com"))),
        ("/2/exception/values/0/stacktrace/frames/0", "vars", Some(json!({}))),
        ("/2", "fingerprint", Some(json!([]))),
        ("/2", "fingerprint", Some(json!(["request.failed", "database", "elsewhere", "more"]))),
        ("/2", "fingerprint", Some(json!(["request.failed", "database", "alice"]))),
    ];
    for (place, name, value) in ways {
        let mut damaged = good(0);
        let object = damaged.pointer_mut(place).unwrap_or_else(|| panic!("{place}")).as_object_mut().unwrap();
        match value.clone() {
            Some(value) => object.insert(name.to_owned(), value),
            None => object.remove(name),
        };
        assert!(validate(&damaged).is_err(), "{place}/{name} = {value:?}");
    }
}

#[test]
fn a_narrower_grant_may_leave_properties_out() {
    let mut narrower = good(0);
    assert!(narrower[2]["tags"].as_object_mut().unwrap().remove("in_background").is_some());
    narrower[2]["tags"]["granted_revision"] = json!("1");
    assert_eq!(validate(&narrower), Ok(()));
}

#[test]
fn the_schema_is_as_reviewed() {
    let text = sink!("https://k@errors.example/1").body_schema(&Tracked::SCHEMA);
    assert_eq!(text, sink!("https://other@errors.example/2").body_schema(&Tracked::SCHEMA), "depends on the name");
    assert!(!text.contains("program.started"), "events of another purpose are not for this sink");
    insta::assert_snapshot!(text);
}
