//! Every event with every value that it can take, from the catalogue itself.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use telemetry_core::catalogue::{CatalogueSchema, EventSchema, PropertySchema};
use telemetry_core::property::Kind;
use telemetry_core::{Catalogue as _, Purpose};

use super::super::{Layout, page};
use super::{View, plain};
use crate::app::App;
use crate::error::Failure;
use crate::reader::Reader;
use crate::session::Administrator;
use crate::telemetry::Tracked;
use crate::words::Words;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/telemetry/catalogue", get(show)).route("/admin/telemetry/catalogue", get(show_here))
}

#[derive(Template)]
#[template(path = "telemetry_catalogue.html")]
struct Catalogue {
    layout: Layout,
    view: View,
    schema: CatalogueSchema,
    groups: Vec<Group>,
}

struct Group {
    title: &'static str,
    events: Vec<Event>,
}

struct Event {
    /// The part of an address that leads to it.
    anchor: String,
    schema: &'static EventSchema,
    measure: String,
    properties: Vec<Property>,
}

struct Property {
    name: &'static str,
    what: String,
    since: u32,
    values: Values,
}

enum Values {
    /// Names, each with its meaning where the name does not say it.
    Names(Vec<(&'static str, String)>),
    /// What they are, in words.
    Words(String),
}

impl Catalogue {
    fn new(layout: Layout) -> Self {
        let words = layout.words;
        let group = |purpose: Purpose| {
            let events = Tracked::SCHEMA.events.iter().filter(|event| event.purpose == purpose);
            Group { title: words.purpose(purpose), events: events.map(|event| Event::new(event, words)).collect() }
        };
        let groups = Purpose::ALL.into_iter().filter(|purpose| Tracked::SCHEMA.has_purpose(*purpose)).map(group);
        Self { layout, view: View::Catalogue, schema: Tracked::SCHEMA, groups: groups.collect() }
    }
}

impl Event {
    fn new(schema: &'static EventSchema, words: &Words) -> Self {
        let properties = schema.properties.iter().map(|property| Property::new(schema, property, words));
        Self {
            anchor: schema.name.replace('.', "-"),
            measure: words.checking.measure(schema.forms(), schema.bits(), schema.ids()),
            properties: properties.collect(),
            schema,
        }
    }
}

impl Property {
    fn new(event: &EventSchema, property: &PropertySchema, words: &Words) -> Self {
        let words = &words.checking;
        let mut values = match property.domain.kind() {
            Kind::Boolean => Values::Names(vec![("true", String::new()), ("false", String::new())]),
            Kind::Id(entity) => Values::Words(words.pseudonym(&entity.replace('_', " "))),
            _ => {
                let values = property.domain.values();
                Values::Names(values.map(|value| (value.name(), plain(value.what()))).collect())
            }
        };
        if property.domain.is_optional() {
            match &mut values {
                Values::Names(names) => names.push((words.left_out, String::new())),
                Values::Words(text) => *text = [text, words.may_be_left_out].join(" "),
            }
        }
        Self {
            name: property.name,
            what: plain(property.what),
            since: event.since.max(event.revisions.map(property.since)),
            values,
        }
    }
}

async fn show(reader: Reader) -> Result<Response, Failure> {
    page(&Catalogue::new(Layout::bare(&reader, reader.words.checking.catalogue_title)))
}

async fn show_here(me: Administrator) -> Result<Response, Failure> {
    page(&Catalogue::new(View::Catalogue.layout(&me)))
}
