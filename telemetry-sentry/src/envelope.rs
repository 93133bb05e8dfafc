//! The body of a request: an envelope with one event.
//!
//! ```text
//! {"event_id":…,"sent_at":…,"sdk":…}        the envelope
//! {"type":"event","length":…}               its only item
//! {…}                                       the event
//! ```
//!
//! Owns the names and the order of everything that the server reads. It must never write a value that did not come from
//! the batch or from a constant in here. The format is the one of <https://develop.sentry.dev/sdk/data-model/envelopes/>.

use serde_json::{Map, Value, json};
use telemetry_core::catalogue::Context;
use telemetry_core::{Batch, Event, FieldValue, Frame, ReportFacts, Timestamp};

/// What the server is told about the sender; the same for all installations of one version.
pub(crate) const SDK: &str = "telemetry.rust";

/// The version of this crate.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The code of panics, in core's catalogue.
const PANIC: &str = "panic";

/// The tag with the name of the event.
pub(crate) const EVENT: &str = "event";

/// The tag with the kind of thread.
pub(crate) const THREAD: &str = "thread";

/// Writes the body for one event. A batch has one, since an envelope cannot hold two; of more, which only a preview
/// could ask for, each is an envelope after the other.
pub(crate) fn body(batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
    let mut out = Vec::new();
    for event in &batch.events {
        let id = id(event);
        let payload = payload(batch, event, &id).to_string();
        let head = json!({
            "event_id": id,
            // Once, and when it is sent: the server refuses an envelope that was stored with a time of its own.
            "sent_at": sent_at.to_string(),
            "sdk": { "name": SDK, "version": VERSION },
        });
        let item = json!({ "type": "event", "length": payload.len() });
        for line in [head.to_string(), item.to_string(), payload] {
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }
    out
}

/// The identifier in the form that the server stores.
fn id(event: &Event) -> String {
    event.uuid.to_string().replace('-', "")
}

fn payload(batch: &Batch, event: &Event, id: &str) -> Value {
    let mut tags = Map::new();
    for field in batch.common.iter().chain(&event.fields).filter(|field| field.name != Context::AppVersion.name()) {
        // Tags are text.
        let value = match field.value {
            FieldValue::Word(word) => word.to_owned(),
            FieldValue::Boolean(truth) => truth.to_string(),
            FieldValue::Number(number) => number.to_string(),
            // A form of value that this crate does not know yet is left out.
            _ => continue,
        };
        tags.insert(field.name.to_owned(), value.into());
    }
    tags.insert(EVENT.to_owned(), event.name.into());
    if let Some(report) = &event.report {
        tags.insert(THREAD.to_owned(), report.thread().name().into());
    }
    let mut payload = json!({
        "event_id": id,
        "timestamp": event.at.to_string(),
        "platform": "native",
        "level": if is_panic(event) { "fatal" } else { "error" },
        "sdk": { "name": SDK, "version": VERSION, "settings": { "infer_ip": "never" } },
        "tags": tags,
        "exception": { "values": [exception(event)] },
        "fingerprint": fingerprint(event),
    });
    let version = batch.common.iter().find(|field| field.name == Context::AppVersion.name());
    if let (Some(FieldValue::Word(version)), Some(payload)) =
        (version.map(|field| field.value), payload.as_object_mut())
    {
        payload.insert("release".to_owned(), version.into());
    }
    payload
}

fn is_panic(event: &Event) -> bool {
    event.report.as_ref().is_some_and(|report| report.code() == PANIC)
}

fn exception(event: &Event) -> Value {
    let is_panic = is_panic(event);
    let mut exception = json!({
        "type": event.report.as_ref().map_or(event.name, |report| report.code()),
        "value": event.report.as_ref().map_or_else(|| event.name.to_owned(), |report| report.origin()),
        "mechanism": { "type": if is_panic { "panic" } else { "generic" }, "handled": !is_panic },
    });
    if let (Some(frames), Some(exception)) = (event.report.as_deref().and_then(frames), exception.as_object_mut()) {
        exception.insert("stacktrace".to_owned(), json!({ "frames": frames }));
    }
    exception
}

/// The frames, outermost first as the format has them; none where nothing is known.
fn frames(report: &ReportFacts) -> Option<Vec<Value>> {
    let frames: Vec<Value> = report.frames().iter().map(frame).collect();
    (!frames.is_empty()).then_some(frames)
}

fn frame(frame: &Frame<'_>) -> Value {
    let mut known = serde_json::to_value(frame).unwrap_or_default();
    if let Some(known) = known.as_object_mut() {
        known.insert("in_app".to_owned(), true.into());
    }
    known
}

/// What makes two reports one issue: the event, the code and the origin. The release is not part of it, so an issue
/// lives on over releases as long as the line stays where it is.
fn fingerprint(event: &Event) -> Vec<String> {
    let mut parts = vec![event.name.to_owned()];
    if let Some(report) = &event.report {
        parts.extend([report.code().to_owned(), report.origin()]);
    }
    parts
}
