//! The catalogue for machines: firewalls, distributions, auditors, front ends.
//!
//! Owns the JSON's shape. It must never leave out a value that an event can take.

use serde::Serialize;

use super::{Generated, pretty, words};
use crate::catalogue::lock::{Lock, identity_name, property_since, value_since};
use crate::catalogue::{CatalogueSchema, EventSchema, PropertySchema};
use crate::event::{CATALOGUE_REVISION, GRANTED_REVISION};
use crate::property::{Kind, Trace};

/// The whole catalogue as JSON: every event with every value of every property, and what goes with all of them.
///
/// `catalogue_sha256` is [`Lock::digest`], which receipts store; each `since` is in the numbering of the whole
/// catalogue. `forms` and `bits` measure how much an event can say at most, ids apart.
#[must_use]
pub fn catalogue_json(schema: &CatalogueSchema, generated: Generated<'_>) -> String {
    pretty(&Catalogue {
        generated_by: generated.command(),
        app: schema.app,
        revision: schema.revision,
        digest: Lock::of(schema).digest(),
        identity: identity_name(schema.identity),
        identity_why: schema.identity_why,
        ids: schema.ids.name(),
        resolution: schema.resolution.name(),
        publisher: schema.publisher,
        contact: schema.contact,
        retention_days: (schema.retention_days > 0).then_some(schema.retention_days),
        crates: if schema.has_reports() { schema.crates } else { &[] },
        with_every_event: with_every_event(schema),
        events: schema.events.iter().map(Event::of).collect(),
    })
}

#[derive(Serialize)]
struct Catalogue<'a> {
    generated_by: &'a str,
    app: &'static str,
    revision: u32,
    #[serde(rename = "catalogue_sha256")]
    digest: String,
    identity: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    identity_why: &'static str,
    ids: &'static str,
    resolution: &'static str,
    publisher: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    contact: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_days: Option<u32>,
    /// The crates whose source code reports can name places of.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    crates: &'static [&'static str],
    with_every_event: Vec<Common>,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Common {
    name: &'static str,
    what: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<&'static str>>,
}

#[derive(Serialize)]
struct Event {
    name: &'static str,
    what: &'static str,
    why: &'static str,
    purpose: &'static str,
    since: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    forms: u64,
    /// Rounded to two digits: more would be noise.
    bits: f64,
    id_properties: usize,
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Property {
    name: &'static str,
    what: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<&'static str>,
    optional: bool,
    since: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// What of the program's source code comes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<Value>,
}

#[derive(Serialize)]
struct Value {
    name: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    what: &'static str,
    since: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl Event {
    fn of(event: &EventSchema) -> Self {
        Self {
            name: event.name,
            what: event.what,
            why: event.why,
            purpose: event.purpose.name(),
            since: event.since,
            until: event.until.map(|day| day.to_string()),
            forms: event.forms(),
            bits: (event.bits() * 100.0).round() / 100.0,
            id_properties: event.ids(),
            properties: event.properties.iter().map(|property| Property::of(event, property)).collect(),
        }
    }
}

impl Property {
    fn of(event: &EventSchema, property: &PropertySchema) -> Self {
        let (kind, entity) = match property.domain.kind() {
            Kind::Closed(_) => ("closed", None),
            Kind::Boolean => ("boolean", None),
            Kind::Id(entity) => ("id", Some(entity)),
        };
        let value = |value: &crate::property::ClosedValue| Value {
            name: value.name(),
            what: value.what(),
            since: value_since(event, property, value.since()),
            until: value.last_day().map(|day| day.to_string()),
        };
        Self {
            name: property.name,
            what: property.what,
            kind,
            entity,
            optional: property.domain.is_optional(),
            since: property_since(event, property),
            until: property.until.map(|day| day.to_string()),
            trace: property.domain.trace().map(Trace::name),
            values: property.domain.values().map(value).collect(),
        }
    }
}

fn with_every_event(schema: &CatalogueSchema) -> Vec<Common> {
    let context = schema.context.iter().map(|context| {
        let values = words::context_values(*context);
        let kind = if values.is_some() { "closed" } else { "version" };
        Common { name: context.name(), what: context.what(), kind, values }
    });
    let number = |name, what| Common { name, what, kind: "number", values: None };
    context
        .chain([
            number(CATALOGUE_REVISION, "The revision of the catalogue that the program has."),
            number(GRANTED_REVISION, "The revision of the catalogue that the person agreed to."),
        ])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{SAMPLE, SMALLEST};

    #[test]
    fn catalogue_is_as_reviewed() {
        insta::assert_snapshot!(catalogue_json(&SAMPLE, Generated::by("make documents")));
        insta::assert_snapshot!(catalogue_json(&SMALLEST, Generated::by("make documents")));
    }

    #[test]
    fn it_is_json_with_every_event() {
        let text = catalogue_json(&SAMPLE, Generated::by("make documents"));
        let value: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
        assert_eq!(value["events"].as_array().map(Vec::len), Some(SAMPLE.events.len()));
        assert_eq!(value["catalogue_sha256"], Lock::of(&SAMPLE).digest());
    }
}
