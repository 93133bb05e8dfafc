//! The sink with its doors open: key, host, names and values that arrive when the program runs.
//!
//! This file belongs to the conformance adapter. The sink's sources name it only where the configuration
//! `telemetry_conformance` is set, which the adapter's build script does for the adapter's own package: no feature, no
//! manifest and no version of a dependency turns it on anywhere else. The published crate does not contain the file,
//! and a build without debug assertions refuses it.
//!
//! What was captured travels as a number, the ticket, through everything that an application's events go through. Here,
//! where the body is made, the text takes the ticket's place; the body is written by [`wire::body`] and carried by
//! [`Posthog::deliver`], like any other.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};
use telemetry_core::{
    Batch, CatalogueSchema, Coded, Delivery, Destination, EmbeddedKey, FieldValue, SendPermit, Sink, Timestamp,
    embedded_key,
};

use super::Posthog;
use crate::wire;
use once_cell::sync::OnceCell;
use telemetry_transport::Coder;

#[cfg(not(debug_assertions))]
compile_error!("the conformance adapter takes keys, hosts and text at run time: it is never built for release");

/// Stands in for the key where only its presence matters. The key of the body is another one.
const KEY: EmbeddedKey = embedded_key!(= "phc_conformance");

/// The library's name, as it is on the wire.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// The library's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The length from which on the sink compresses whatever it is given.
const LARGE: usize = 1024;

/// What somebody asked to be captured.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    /// The event's name.
    pub event: String,
    /// Whom it is about.
    pub distinct_id: String,
    /// Whatever was said about it.
    pub properties: Map<String, Value>,
    /// When it happened; the time of tracking if that was not said.
    pub at: Option<Timestamp>,
}

/// What was captured, by ticket.
#[derive(Debug, Clone, Default)]
pub struct Tickets(Arc<Mutex<BTreeMap<i64, Captured>>>);

impl Tickets {
    /// Takes something in; gives its ticket.
    #[must_use]
    pub fn issue(&self, captured: Captured) -> i64 {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = all.last_key_value().map_or(1, |(last, _)| last + 1);
        all.insert(ticket, captured);
        ticket
    }

    fn look(&self, ticket: i64) -> Option<Captured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&ticket).cloned()
    }
}

/// Which bodies are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// None.
    Never,
    /// From the usual size on.
    Usual,
    /// Always.
    Always,
}

/// PostHog's sink for a key and a host that were not embedded.
pub struct Open {
    posthog: Posthog,
    key: String,
    compression: Compression,
    tickets: Tickets,
}

impl Open {
    /// Sends with this key to this origin, through this client.
    #[must_use]
    pub fn new(
        key: String,
        origin: String,
        client: reqwest::Client,
        compression: Compression,
        tickets: Tickets,
    ) -> Self {
        // A few bytes for each `init` of the suite, in a program that lives as long as the suite.
        let origin = String::leak(origin);
        let posthog =
            Posthog { key: KEY, origin, client: Some(client), coder: Coder::new(), transport: OnceCell::new() };
        Self { posthog, key, compression, tickets }
    }

    /// The ticket of an event, as the worker encoded it.
    #[must_use]
    pub fn ticket(event: &telemetry_core::Event) -> Option<i64> {
        event.fields.iter().find_map(|field| match field.value {
            FieldValue::Number(ticket) => Some(ticket),
            _ => None,
        })
    }
}

impl Sink for Open {
    fn destination(&self) -> Destination {
        self.posthog.destination()
    }

    fn most_events(&self) -> usize {
        self.posthog.most_events()
    }

    fn body(&self, batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
        let mut batch = batch.clone();
        let mut marks = Marks::default();
        for event in &mut batch.events {
            let captured = Self::ticket(event).and_then(|ticket| self.tickets.look(ticket)).unwrap_or_default();
            let Some(pattern) = event.fields.pop() else { continue };
            event.name = String::leak(captured.event);
            event.at = captured.at.unwrap_or(event.at);
            event.fields = captured
                .properties
                .into_iter()
                .map(|(name, value)| {
                    let mut field = pattern;
                    field.name = String::leak(name);
                    field.value = match value {
                        Value::String(text) => FieldValue::Word(String::leak(text)),
                        Value::Bool(truth) => FieldValue::Boolean(truth),
                        Value::Number(number) if number.is_i64() => {
                            FieldValue::Number(number.as_i64().unwrap_or_default())
                        }
                        // No catalogue has such values, and the sink no form for them: they take the place of a mark.
                        other => FieldValue::Word(marks.mark(event.uuid, &other)),
                    };
                    field
                })
                .collect();
            marks.distinct_ids.push(Value::from(captured.distinct_id).to_string());
        }
        let mut body = marks.replace(wire::body(&self.key, &batch, sent_at), batch.install_id);
        if self.compression == Compression::Always && body.len() < LARGE {
            // White space at the end means nothing in JSON.
            body.resize(LARGE, b' ');
        }
        body
    }

    fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        if self.compression == Compression::Never { None } else { self.posthog.compress(body) }
    }

    fn deliver(&self, body: Coded, permit: &SendPermit<'_>) -> Delivery {
        self.posthog.deliver(body, permit)
    }

    fn body_schema(&self, catalogue: &CatalogueSchema) -> String {
        self.posthog.body_schema(catalogue)
    }
}

/// What the writer of bodies has no form for, and what stands in its place meanwhile.
#[derive(Default)]
struct Marks {
    values: Vec<(&'static str, String)>,
    distinct_ids: Vec<String>,
}

impl Marks {
    fn mark(&mut self, event: telemetry_core::Uuid, value: &Value) -> &'static str {
        let mut mark = String::new();
        // Writing to a string cannot fail. Nobody else knows the identifier yet, so nobody's text holds it.
        let _ = write!(mark, "{event}/{}", self.values.len());
        let mark: &'static str = String::leak(mark);
        self.values.push((mark, value.to_string()));
        mark
    }

    /// Puts the values in, and for the installation's identifier, event by event, whom it was about.
    fn replace(self, body: Vec<u8>, install_id: telemetry_core::Uuid) -> Vec<u8> {
        let Ok(mut body) = String::from_utf8(body) else { return Vec::new() };
        for (mark, value) in self.values {
            body = body.replace(&format!("\"{mark}\""), &value);
        }
        let mark = format!("\"{install_id}\"");
        let mut parts = body.split(&mark);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for (distinct_id, part) in self.distinct_ids.iter().zip(parts) {
            out.push_str(distinct_id);
            out.push_str(part);
        }
        out.into_bytes()
    }
}
