//! The JSON Schema (2020-12) of a body, taken as the array of its lines.
//!
//! Owns the statement of what an envelope can hold, made from the catalogue alone and closed on every level: a key that
//! is not named here fails. It must never be looser than the writer in [`envelope`](crate::envelope).

use serde_json::{Map, Value, json};
use telemetry_core::body_schema::{
    MAX_PSEUDONYM, UUID_HEX, context, file, function, moment, origin, sorted, timestamp,
};
use telemetry_core::catalogue::{Context, EventSchema, IdForm};
use telemetry_core::property::{ClosedValue, Domain, Kind, Trace};
use telemetry_core::{CATALOGUE_REVISION, CatalogueSchema, GRANTED_REVISION, Purpose, ThreadKind};

use crate::envelope::{EVENT, SDK, THREAD, VERSION};

/// The largest number of frames: more functions than core keeps never are in a report.
const MAX_FRAMES: usize = 24;

/// The schema of the lines of a body with an event of this catalogue, as text with sorted keys.
pub(crate) fn text(catalogue: &CatalogueSchema) -> String {
    let reported = catalogue.events.iter().filter(|event| event.purpose == Purpose::Errors);
    let events: Map<_, _> = reported.map(|event| (event.name.to_owned(), one_event(catalogue, event))).collect();
    let references: Vec<_> = events.keys().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Envelope of {}, catalogue revision {}, by lines", catalogue.app, catalogue.revision),
        "type": "array",
        "minItems": 3,
        "maxItems": 3,
        "prefixItems": [envelope(), item(), if references.is_empty() { json!(false) } else { json!({ "oneOf": references }) }],
        "$defs": events,
    });
    sorted(&schema.to_string())
}

/// An object with all of these keys and no others.
fn closed(properties: &Value) -> Value {
    let required: Vec<_> = properties.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

/// An object with these keys at most, and these at least.
fn open(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

fn envelope() -> Value {
    closed(&json!({
        "event_id": { "type": "string", "pattern": UUID_HEX },
        "sent_at": {
            "description": "When this attempt was made, by the clock that made the timestamps.",
            "type": "string",
            "pattern": moment(),
        },
        "sdk": closed(&json!({ "name": { "const": SDK }, "version": { "const": VERSION } })),
    }))
}

fn item() -> Value {
    closed(
        &json!({ "type": { "const": "event" }, "length": { "type": "integer", "minimum": 2, "maximum": 1_048_576 } }),
    )
}

fn one_event(catalogue: &CatalogueSchema, event: &EventSchema) -> Value {
    let mut properties = json!({
        "event_id": { "type": "string", "pattern": UUID_HEX },
        "timestamp": { "type": "string", "pattern": timestamp(catalogue.resolution) },
        "platform": { "const": "native" },
        "level": { "enum": ["error", "fatal"] },
        "sdk": closed(&json!({
            "name": { "const": SDK },
            "version": { "const": VERSION },
            "settings": closed(&json!({ "infer_ip": { "const": "never" } })),
        })),
        "tags": tags(catalogue, event),
        "exception": closed(&json!({
            "values": { "type": "array", "minItems": 1, "maxItems": 1, "items": exception(catalogue, event) },
        })),
        "fingerprint": fingerprint(catalogue, event),
    });
    if let (true, Some(properties)) = (catalogue.context.contains(&Context::AppVersion), properties.as_object_mut()) {
        properties.insert("release".to_owned(), json!({ "const": catalogue.version }));
    }
    let mut schema = closed(&properties);
    describe(&mut schema, event.what);
    schema
}

fn tags(catalogue: &CatalogueSchema, event: &EventSchema) -> Value {
    let mut tags = Map::new();
    // A narrower grant may strip any property of the event, and a value may be absent.
    for property in event.properties {
        let mut schema = tag(catalogue, property.domain);
        describe(&mut schema, property.what);
        tags.insert(property.name.to_owned(), schema);
    }
    let mut required = vec![EVENT, CATALOGUE_REVISION, GRANTED_REVISION];
    tags.insert(EVENT.to_owned(), json!({ "const": event.name }));
    for fact in catalogue.context.iter().filter(|fact| **fact != Context::AppVersion) {
        let mut schema = json!({ "enum": context(catalogue, *fact) });
        describe(&mut schema, fact.what());
        tags.insert(fact.name().to_owned(), schema);
        required.push(fact.name());
    }
    tags.insert(CATALOGUE_REVISION.to_owned(), json!({ "const": catalogue.revision.to_string() }));
    tags.insert(GRANTED_REVISION.to_owned(), json!({ "type": "string", "pattern": "^[1-9][0-9]{0,9}$" }));
    if event.report().is_some() {
        let mut schema = json!({ "enum": ThreadKind::ALL.map(ThreadKind::name) });
        describe(&mut schema, "The kind of thread.");
        tags.insert(THREAD.to_owned(), schema);
    }
    open(&tags.into(), &required)
}

/// Tags are text.
fn tag(catalogue: &CatalogueSchema, domain: Domain) -> Value {
    match (domain.kind(), catalogue.ids) {
        (Kind::Closed(values), _) => json!({ "enum": values.iter().map(ClosedValue::name).collect::<Vec<_>>() }),
        (Kind::Boolean, _) => json!({ "enum": ["true", "false"] }),
        (Kind::Id(_), IdForm::Keyed) => {
            json!({ "type": "string", "pattern": format!("^[0-9]{{1,{}}}$", MAX_PSEUDONYM.to_string().len()) })
        }
        (Kind::Id(_), _) => json!({ "type": "string", "pattern": "^-?[0-9]{1,19}$" }),
        // What a later core may add and this crate does not write.
        _ => json!(false),
    }
}

fn codes(event: &EventSchema) -> Vec<&'static str> {
    let codes = event.report().into_iter().flat_map(|property| property.domain.values());
    // Without its code, which an older grant may not cover, an event goes by its name.
    codes.map(ClosedValue::name).chain([event.name]).collect()
}

fn exception(catalogue: &CatalogueSchema, event: &EventSchema) -> Value {
    let place_or_name =
        json!({ "anyOf": [{ "const": event.name }, { "type": "string", "pattern": origin(catalogue) }] });
    let mut properties = json!({
        "type": { "enum": codes(event) },
        "value": place_or_name,
        "mechanism": closed(&json!({ "type": { "enum": ["panic", "generic"] }, "handled": { "type": "boolean" } })),
    });
    if let (Some(trace), Some(properties)) =
        (event.report().and_then(|property| property.domain.trace()), properties.as_object_mut())
    {
        let most = if trace == Trace::Functions { MAX_FRAMES } else { 1 };
        let frames = json!({ "type": "array", "minItems": 1, "maxItems": most, "items": frame(catalogue) });
        properties.insert("stacktrace".to_owned(), closed(&json!({ "frames": frames })));
    }
    open(&properties, &["type", "value", "mechanism"])
}

fn frame(catalogue: &CatalogueSchema) -> Value {
    let number = json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    let path = json!({ "type": "string", "pattern": function(catalogue) });
    let properties = json!({
        "function": path,
        "module": path,
        "filename": { "type": "string", "pattern": file(catalogue) },
        "lineno": number,
        "colno": number,
        "in_app": { "const": true },
    });
    open(&properties, &["in_app"])
}

fn fingerprint(catalogue: &CatalogueSchema, event: &EventSchema) -> Value {
    let origin = json!({ "type": "string", "pattern": origin(catalogue) });
    json!({
        "type": "array",
        "minItems": 1,
        "prefixItems": [{ "const": event.name }, { "enum": codes(event) }, origin],
        "items": false,
    })
}

fn describe(schema: &mut Value, what: &str) {
    if let (false, Value::Object(schema)) = (what.is_empty(), schema) {
        schema.insert("description".to_owned(), what.into());
    }
}
