//! Every event with every value that it can take, from the catalogue itself.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use telemetry_core::catalogue::{CatalogueSchema, EventSchema, PropertySchema};
use telemetry_core::property::Kind;
use telemetry_core::{Catalogue as _, Purpose};

use super::super::{Layout, Section, page};
use super::{View, plain, title};
use crate::app::App;
use crate::error::Failure;
use crate::session::Administrator;
use crate::telemetry::Tracked;

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
        let group = |purpose: Purpose| Group {
            title: title(purpose),
            events: Tracked::SCHEMA.events.iter().filter(|event| event.purpose == purpose).map(Event::new).collect(),
        };
        let groups = Purpose::ALL.into_iter().filter(|purpose| Tracked::SCHEMA.has_purpose(*purpose)).map(group);
        Self { layout, view: View::Catalogue, schema: Tracked::SCHEMA, groups: groups.collect() }
    }
}

impl Event {
    fn new(schema: &'static EventSchema) -> Self {
        Self {
            anchor: schema.name.replace('.', "-"),
            measure: measure(schema),
            properties: schema.properties.iter().map(|property| Property::new(schema, property)).collect(),
            schema,
        }
    }
}

impl Property {
    fn new(event: &EventSchema, property: &PropertySchema) -> Self {
        let mut values = match property.domain.kind() {
            Kind::Boolean => Values::Names(vec![("true", String::new()), ("false", String::new())]),
            Kind::Id(entity) => Values::Words(format!(
                "A number that stands for one {}, made with the secret key of this installation.",
                entity.replace('_', " ")
            )),
            _ => {
                let values = property.domain.values();
                Values::Names(values.map(|value| (value.name(), plain(value.what()))).collect())
            }
        };
        if property.domain.is_optional() {
            match &mut values {
                Values::Names(names) => names.push(("(left out)", String::new())),
                Values::Words(words) => words.push_str(" It may be left out."),
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

/// How much the event can say at most.
fn measure(event: &EventSchema) -> String {
    let forms = if event.forms() == 1 { "1 form".to_owned() } else { format!("{} forms", event.forms()) };
    let ids = match event.ids() {
        0 => String::new(),
        1 => ", plus 1 id".to_owned(),
        ids => format!(", plus {ids} ids"),
    };
    format!("{forms}, {:.1} bits{ids}", event.bits())
}

async fn show() -> Result<Response, Failure> {
    page(&Catalogue::new(Layout::bare("All events")))
}

async fn show_here(me: Administrator) -> Result<Response, Failure> {
    page(&Catalogue::new(Layout::new(&me, Section::Admin, "Telemetry: catalogue")))
}
