//! Error reports in the form of error tracking.

use serde_json::{Value, json};
use telemetry_core::testing::{batch, with_functions};
use telemetry_core::{Batch, Catalogue, ErrorReport, PanicReport, Report, Sink as _};

use crate::src::raise;
use crate::support::{AT, sink};

/// Why a file was not read.
#[derive(ErrorReport)]
pub(crate) enum Failure {
    /// It could not be opened.
    Open(#[expect(dead_code, reason = "what nobody may read")] String),
}

/// Everything.
#[derive(Catalogue)]
#[catalogue(app = "reader", revision = 1, identity = "stable", context(app_version), crates(it))]
pub(crate) enum Reported {
    /// A file was not read.
    ///
    /// Why: shows where to mend.
    #[event(name = "file.failed", purpose = "errors")]
    FileFailed {
        /// Why, and where.
        failure: Report<Failure>,
        /// Whether nobody waited for it.
        in_background: bool,
    },
    /// It panicked.
    ///
    /// Why: shows where to mend.
    #[event(name = "program.panicked", purpose = "errors")]
    Panicked {
        /// Where.
        panic: PanicReport,
    },
}

fn reports() -> Batch {
    let functions =
        ["it::src::raise::panic::{{closure}}", "core::option::unwrap_failed", "it::main::h0123456789abcdef"];
    with_functions::<Reported>(batch([raise::error(), raise::panic()], AT), &functions)
}

fn body(batch: &Batch) -> Value {
    serde_json::from_slice(&sink!("http://127.0.0.1:24160").body(batch, AT)).unwrap()
}

fn validate(body: &Value) -> Result<(), String> {
    let schema: Value = serde_json::from_str(&sink!("http://127.0.0.1:24160").body_schema(&Reported::SCHEMA)).unwrap();
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("mem:///body.json", schema).unwrap();
    let index = compiler.compile("mem:///body.json", &mut schemas).unwrap();
    schemas.validate(body, index).map_err(|error| format!("{error:#}"))
}

#[test]
fn a_report_is_an_exception_with_static_facts_only() {
    let body = body(&reports());
    assert_eq!(validate(&body), Ok(()), "{body:#}");
    for event in body["batch"].as_array().unwrap() {
        let exception = &event["properties"]["$exception_list"][0];
        assert_eq!((&event["event"], &exception["mechanism"]["exception_id"]), (&json!("$exception"), &json!(0)));
        // The rules of the format: the crashing frame is the last, and nothing is null.
        let frames = exception["stacktrace"]["frames"].as_array().unwrap();
        assert_eq!(frames.last().unwrap()["filename"], "it/src/raise.rs");
        assert_eq!(frames.len(), 2);
    }
    let text = body.to_string();
    for never in ["alice", "secret", "null", "unwrap_failed", "0123456789abcdef"] {
        assert!(!text.contains(never), "{never} in {text}");
    }
    let [error, panic] = [&body["batch"][0]["properties"], &body["batch"][1]["properties"]];
    assert_eq!((&error["$exception_level"], &panic["$exception_level"]), (&json!("error"), &json!("fatal")));
    assert_eq!((&error["failure"], &error["report"]), (&json!("open"), &json!("file.failed")));
    assert!(error["$exception_fingerprint"].as_str().unwrap().starts_with("file.failed:open:it/src/raise.rs:"));
    assert_eq!(panic["$exception_list"][0]["mechanism"]["handled"], json!(false));
}

#[test]
fn damaged_exceptions_fail() {
    for (place, name, value) in [
        ("", "$exception_list", json!([])),
        ("", "$exception_message", json!("text")),
        ("", "thread", json!("alice's thread")),
        ("", "report", json!("program.panicked")),
        ("", "$exception_fingerprint", json!("file.failed:open:/home/alice")),
        ("/$exception_list/0", "value", json!("could not open it")),
        ("/$exception_list/0", "type", json!("another")),
        ("/$exception_list/0", "module", json!("x")),
        ("/$exception_list/0/stacktrace/frames/0", "filename", json!("/home/alice/it/src/a.rs")),
        ("/$exception_list/0/stacktrace/frames/0", "function", json!("core::panic")),
        ("/$exception_list/0/stacktrace/frames/0", "vars", json!({})),
    ] {
        let mut damaged = body(&reports());
        let place = format!("/batch/0/properties{place}");
        damaged.pointer_mut(&place).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value.clone());
        assert!(validate(&damaged).is_err(), "{place}/{name} = {value}");
    }
}

#[test]
fn without_its_code_it_is_an_ordinary_event() {
    let mut stripped = batch([raise::error()], AT);
    stripped.events[0].report = None;
    stripped.events[0].fields.retain(|field| field.name != "failure");
    let body = body(&stripped);
    assert_eq!(validate(&body), Ok(()), "{body:#}");
    assert_eq!(body["batch"][0]["event"], "file.failed");
}
