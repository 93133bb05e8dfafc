//! Error reports in the form of PostHog's error tracking: the event `$exception`.
//!
//! Owns the names that only a report has on the wire, and their schema. It must never write a value that did not come
//! from the report's facts, the event's name or a constant in here.

use serde_json::{Map, Value, json};
use telemetry_core::body_schema::{file, function, origin};
use telemetry_core::catalogue::EventSchema;
use telemetry_core::property::ClosedValue;
use telemetry_core::{CatalogueSchema, Event, Frame, ReportFacts, ThreadKind};

/// The name that the server knows errors by.
pub(crate) const NAME: &str = "$exception";

/// The property with the event's name in the catalogue.
const REPORT: &str = "report";

/// The property with the kind of thread.
const THREAD: &str = "thread";

/// The code of panics, in core's catalogue.
const PANIC: &str = "panic";

/// The most frames of one report.
const MAX_FRAMES: usize = 24;

/// The properties of a report, in order, each with its JSON.
pub(crate) fn properties(event: &Event, report: &ReportFacts) -> [(&'static str, Value); 5] {
    let is_panic = report.code() == PANIC;
    let mut exception = json!({
        "type": report.code(),
        "value": report.origin(),
        "mechanism": {
            "type": if is_panic { "panic" } else { "generic" },
            "handled": !is_panic,
            "synthetic": false,
            "exception_id": 0,
        },
    });
    let frames: Vec<Value> = report.frames().iter().map(frame).collect();
    if let (false, Some(exception)) = (frames.is_empty(), exception.as_object_mut()) {
        exception.insert("stacktrace".to_owned(), json!({ "type": "raw", "frames": frames }));
    }
    [
        ("$exception_level", if is_panic { "fatal" } else { "error" }.into()),
        // Given by the client it is used as it is: event, code and origin are one issue.
        ("$exception_fingerprint", format!("{}:{}:{}", event.name, report.code(), report.origin()).into()),
        ("$exception_list", json!([exception])),
        (REPORT, event.name.into()),
        (THREAD, report.thread().name().into()),
    ]
}

/// A frame that needs no symbols of the server's: everything is known, or left out.
fn frame(frame: &Frame<'_>) -> Value {
    let mut known = serde_json::to_value(frame).unwrap_or_default();
    if let (Some(known), Value::Object(same)) =
        (known.as_object_mut(), json!({ "platform": "custom", "lang": "rust", "resolved": true, "in_app": true }))
    {
        known.extend(same);
    }
    known
}

/// What a report has besides the properties of its event, as schemas.
pub(crate) fn schemas(catalogue: &CatalogueSchema, event: &EventSchema) -> Map<String, Value> {
    let codes: Vec<&str> =
        event.report().into_iter().flat_map(|property| property.domain.values()).map(ClosedValue::name).collect();
    let number = json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    let path = json!({ "type": "string", "pattern": function(catalogue) });
    let frame = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["platform", "lang", "resolved", "in_app"],
        "properties": {
            "platform": { "const": "custom" },
            "lang": { "const": "rust" },
            "resolved": { "const": true },
            "in_app": { "const": true },
            "function": path,
            "module": path,
            "filename": { "type": "string", "pattern": file(catalogue) },
            "lineno": number,
            "colno": number,
        },
    });
    let exception = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["type", "value", "mechanism"],
        "properties": {
            "type": { "enum": codes },
            "value": { "type": "string", "pattern": origin(catalogue) },
            "mechanism": {
                "type": "object",
                "additionalProperties": false,
                "required": ["type", "handled", "synthetic", "exception_id"],
                "properties": {
                    "type": { "enum": ["panic", "generic"] },
                    "handled": { "type": "boolean" },
                    "synthetic": { "const": false },
                    "exception_id": { "const": 0 },
                },
            },
            "stacktrace": {
                "type": "object",
                "additionalProperties": false,
                "required": ["type", "frames"],
                "properties": {
                    "type": { "const": "raw" },
                    "frames": { "type": "array", "minItems": 1, "maxItems": MAX_FRAMES, "items": frame },
                },
            },
        },
    });
    let origin = origin(catalogue);
    let origin = origin.trim_start_matches('^');
    let fingerprint = format!("^{}:({}):{origin}", event.name.replace('.', "\\."), codes.join("|"));
    [
        ("$exception_level", json!({ "enum": ["error", "fatal"] })),
        ("$exception_fingerprint", json!({ "type": "string", "pattern": fingerprint })),
        ("$exception_list", json!({ "type": "array", "minItems": 1, "maxItems": 1, "items": exception })),
        (REPORT, json!({ "const": event.name })),
        (THREAD, json!({ "enum": ThreadKind::ALL.map(ThreadKind::name) })),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect()
}
