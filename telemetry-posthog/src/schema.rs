//! The JSON Schema (2020-12) of the body.
//!
//! Owns the statement of what a body can hold, made from the catalogue alone and closed on every level: a property
//! that is not named here fails. It must never be looser than the writer in [`wire`](crate::wire).

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};
use telemetry_core::body_schema::{self, MAX_PSEUDONYM, UUID, moment, sorted, timestamp};
use telemetry_core::catalogue::{Context, EventSchema, IdForm};
use telemetry_core::property::{ClosedValue, Domain, Kind};
use telemetry_core::{CATALOGUE_REVISION, CatalogueSchema, GRANTED_REVISION};

use crate::{exception, wire};

/// The schema of a body with events of this catalogue, as text with sorted keys.
pub(crate) fn text(catalogue: &CatalogueSchema) -> String {
    sorted(&of(catalogue).to_value().to_string())
}

fn of(catalogue: &CatalogueSchema) -> Schema {
    let common = Common::of(catalogue);
    let events: Map<_, _> =
        catalogue.events.iter().map(|event| (event.name.to_owned(), one_event(catalogue, event, &common))).collect();
    let references: Vec<_> =
        catalogue.events.iter().map(|event| json!({ "$ref": format!("#/$defs/{}", event.name) })).collect();
    json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Batch of {} events, catalogue revision {}", catalogue.app, catalogue.revision),
        "type": "object",
        "additionalProperties": false,
        "required": ["api_key", "historical_migration", "sent_at", "batch"],
        "properties": {
            "api_key": {
                "description": "The embedded project token: public, good for writing only, the same in every copy.",
                "type": "string",
                "pattern": "^[!-~]{1,64}$",
            },
            "historical_migration": { "const": false },
            "sent_at": {
                "description": "When this attempt was made, by the clock that made the timestamps.",
                "type": "string",
                "pattern": moment(),
            },
            "batch": {
                "type": "array",
                "minItems": 1,
                "items": { "oneOf": references },
            },
        },
        "$defs": events,
    })
}

/// What every event carries.
struct Common {
    properties: Map<String, Value>,
}

impl Common {
    fn of(catalogue: &CatalogueSchema) -> Self {
        let mut properties = Map::new();
        for context in catalogue.context {
            properties.insert(context.name().to_owned(), one_context(catalogue, *context));
        }
        properties.insert(
            CATALOGUE_REVISION.to_owned(),
            json!({
                "description": "The catalogue that the program has.",
                "const": catalogue.revision,
            }),
        );
        properties.insert(
            GRANTED_REVISION.to_owned(),
            json!({
                "description": "The catalogue that the person agreed to.",
                "type": "integer",
                "minimum": 1,
                "maximum": catalogue.revision,
            }),
        );
        // The tail that is written is the tail that is described.
        let tail: Map<String, Value> = serde_json::from_str(&format!("{{{}}}", wire::TAIL)).unwrap_or_default();
        properties.extend(tail.into_iter().map(|(name, value)| (name, json!({ "const": value }))));
        Self { properties }
    }
}

fn one_context(catalogue: &CatalogueSchema, context: Context) -> Value {
    let values = body_schema::context(catalogue, context);
    let mut schema = match values.as_slice() {
        [only] => json!({ "const": only }),
        _ => json!({ "enum": values }),
    };
    describe(&mut schema, context.what());
    schema
}

fn one_event(catalogue: &CatalogueSchema, event: &EventSchema, common: &Common) -> Value {
    let mut properties = common.properties.clone();
    // A narrower grant may strip any property of the event, and a value may be absent: only what every event carries
    // is required.
    let required: Vec<_> = properties.keys().cloned().collect();
    for property in event.properties {
        let mut schema = one_property(catalogue, property.domain);
        describe(&mut schema, property.what);
        properties.insert(property.name.to_owned(), schema);
    }
    let mut schema = one_form(catalogue, event.name, &required, &properties);
    if event.report().is_some() {
        // With its code it is a report; an older grant, which does not cover the code, leaves an ordinary event.
        let extra = exception::schemas(catalogue, event);
        let required: Vec<String> = required.into_iter().chain(extra.keys().cloned()).collect();
        properties.extend(extra);
        schema = json!({ "oneOf": [schema, one_form(catalogue, exception::NAME, &required, &properties)] });
    }
    describe(&mut schema, event.what);
    schema
}

fn one_form(catalogue: &CatalogueSchema, name: &str, required: &[String], properties: &Map<String, Value>) -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["uuid", "event", "distinct_id", "timestamp", "properties"],
        "properties": {
            "uuid": { "type": "string", "pattern": UUID },
            "event": { "const": name },
            "distinct_id": { "type": "string", "pattern": UUID },
            "timestamp": { "type": "string", "pattern": timestamp(catalogue.resolution) },
            "properties": {
                "type": "object",
                "additionalProperties": false,
                "required": required,
                "properties": properties,
            },
        },
    })
}

fn one_property(catalogue: &CatalogueSchema, domain: Domain) -> Value {
    match (domain.kind(), catalogue.ids) {
        (Kind::Closed(values), _) => json!({ "enum": values.iter().map(ClosedValue::name).collect::<Vec<_>>() }),
        (Kind::Boolean, _) => json!({ "type": "boolean" }),
        (Kind::Id(_), IdForm::Keyed) => json!({ "type": "integer", "minimum": 0, "maximum": MAX_PSEUDONYM }),
        (Kind::Id(_), _) => json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX }),
        _ => nothing(),
    }
}

/// The schema that no value satisfies, for what a later core may add and this crate does not write.
fn nothing() -> Value {
    json!({ "not": {} })
}

fn describe(schema: &mut Value, what: &str) {
    if let (false, Value::Object(schema)) = (what.is_empty(), schema) {
        schema.insert("description".to_owned(), what.into());
    }
}
