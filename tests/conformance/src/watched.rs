//! The sink under observation: what `/state` tells, and an end to retries where the suite wants one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use open_posthog::open::Open;
use serde_json::{Map, Value, json};
use telemetry_core::{Batch, CatalogueSchema, Coded, Delivery, Destination, Outcome, SendPermit, Sink, Timestamp};

/// Passes everything on, and takes notes.
pub(crate) struct Watched {
    open: Open,
    log: Arc<Log>,
}

/// The notes.
pub(crate) struct Log {
    /// How often a request may be repeated. The library itself repeats until an event is too old.
    max_retries: Option<u32>,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    /// The identifiers of events, by ticket.
    uuids: HashMap<i64, String>,
    /// How many requests there were with an event.
    attempts: HashMap<String, u32>,
    requests: Vec<Value>,
    retries: u32,
    last_error: Option<String>,
}

impl Watched {
    pub(crate) const fn new(open: Open, log: Arc<Log>) -> Self {
        Self { open, log }
    }
}

impl Sink for Watched {
    fn destination(&self) -> Destination {
        self.open.destination()
    }

    fn most_events(&self) -> usize {
        self.open.most_events()
    }

    fn body(&self, batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
        let mut notes = self.log.lock();
        for event in &batch.events {
            if let Some(ticket) = Open::ticket(event) {
                notes.uuids.insert(ticket, event.uuid.to_string());
            }
        }
        drop(notes);
        self.open.body(batch, sent_at)
    }

    fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.open.compress(body)
    }

    fn deliver(&self, body: Coded, permit: &SendPermit<'_>) -> Delivery {
        let uuids = body.body().map(|body| uuids(&body)).unwrap_or_default();
        let attempt = self.log.begin(&uuids);
        if self.log.max_retries.is_some_and(|most| attempt > most) {
            // As if the server had refused the events: they are given up, without a request.
            return Delivery::new(Outcome::Rejected, None, 0);
        }
        let began = SystemTime::now();
        let delivery = self.open.deliver(body, permit);
        self.log.end(began, attempt, &uuids, &delivery);
        delivery
    }

    fn body_schema(&self, catalogue: &CatalogueSchema) -> String {
        self.open.body_schema(catalogue)
    }
}

impl Log {
    pub(crate) fn new(max_retries: Option<u32>) -> Self {
        Self { max_retries, notes: Mutex::default() }
    }

    /// The identifier of what has this ticket, once it has one.
    pub(crate) fn uuid(&self, ticket: i64) -> Option<String> {
        self.lock().uuids.get(&ticket).cloned()
    }

    /// The part of `/state` that the library does not count.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let notes = self.lock();
        let shown = json!({
            "total_retries": notes.retries,
            "last_error": notes.last_error,
            "requests_made": notes.requests,
        });
        match shown {
            Value::Object(shown) => shown,
            _ => Map::new(),
        }
    }

    /// A request with these events is about to be made; gives how many there were before.
    fn begin(&self, uuids: &[String]) -> u32 {
        let mut notes = self.lock();
        let mut before = 0;
        for uuid in uuids {
            let attempts = notes.attempts.entry(uuid.clone()).or_default();
            before = before.max(*attempts);
            *attempts += 1;
        }
        before
    }

    fn end(&self, began: SystemTime, attempt: u32, uuids: &[String], delivery: &Delivery) {
        let mut notes = self.lock();
        notes.retries += u32::from(attempt > 0);
        if delivery.outcome != Outcome::Accepted {
            notes.last_error =
                Some(delivery.status.map_or_else(|| format!("{:?}", delivery.outcome), |status| status.to_string()));
        }
        let millis = began.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
        notes.requests.push(json!({
            "timestamp_ms": u64::try_from(millis).unwrap_or(u64::MAX),
            "status_code": delivery.status.unwrap_or(0),
            "retry_attempt": attempt,
            "event_count": uuids.len(),
            "uuid_list": uuids,
        }));
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn uuids(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let events = body.get("batch").and_then(Value::as_array).into_iter().flatten();
    events.filter_map(|event| event.get("uuid")?.as_str().map(str::to_owned)).collect()
}
