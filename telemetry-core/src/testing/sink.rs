//! A sink that keeps what it is given.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use zlib_rs::{DeflateConfig, compress_bound, compress_slice};

use crate::catalogue::CatalogueSchema;
use crate::clock::Timestamp;
use crate::coding::Coded;
use crate::event::{Batch, FieldValue};
use crate::permit::SendPermit;
use crate::sink::{Delivery, Destination, Outcome, Sink};

/// One request that a [`RecordingSink`] carried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The exact body.
    pub body: String,
    /// What the sink answered.
    pub outcome: Outcome,
}

type Decide = dyn Fn(&str) -> Outcome + Send + Sync;

/// A sink for tests: keeps every body and answers as it is told to; accepts unless told otherwise.
///
/// Clones are the same sink.
#[derive(Clone)]
pub struct RecordingSink {
    shared: Arc<Shared>,
    destination: Destination,
    most_events: usize,
    compresses: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    requests: Vec<Request>,
    decide: Arc<Decide>,
    hold: Option<Duration>,
    hang: bool,
    hanging: bool,
}

impl Default for RecordingSink {
    fn default() -> Self {
        let state = State {
            requests: Vec::new(),
            decide: Arc::new(|_| Outcome::Accepted),
            hold: None,
            hang: false,
            hanging: false,
        };
        Self {
            shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }),
            destination: Destination::new("https://sink.example", "a test", None, Some("0123abcd".to_owned())),
            most_events: usize::MAX,
            compresses: false,
        }
    }
}

impl RecordingSink {
    /// The same sink with another destination.
    #[must_use]
    pub fn with_destination(mut self, destination: Destination) -> Self {
        self.destination = destination;
        self
    }

    /// The same sink, with at most so many events in one body.
    #[must_use]
    pub fn with_most_events(mut self, most_events: usize) -> Self {
        self.most_events = most_events;
        self
    }

    /// The same sink, which compresses every body.
    #[must_use]
    pub fn compressing(mut self) -> Self {
        self.compresses = true;
        self
    }

    /// Answers what `decide` makes of the body from now on.
    pub fn answer(&self, decide: impl Fn(&str) -> Outcome + Send + Sync + 'static) {
        self.state().decide = Arc::new(decide);
    }

    /// Says with every answer from now on for how long no more is wanted.
    pub fn hold(&self, hold: Option<Duration>) {
        self.state().hold = hold;
    }

    /// Lets every request hang until its permit is cancelled, or lets them go on.
    pub fn hang(&self, hang: bool) {
        self.state().hang = hang;
        self.shared.changed.notify_all();
    }

    /// Waits until a request hangs.
    pub fn wait_until_hanging(&self) {
        let mut state = self.state();
        while !state.hanging {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// The names of all events in accepted requests, in order.
    #[must_use]
    pub fn delivered(&self) -> Vec<String> {
        let state = self.state();
        let accepted = state.requests.iter().filter(|request| request.outcome == Outcome::Accepted);
        accepted
            .flat_map(|request| request.body.split("\"event\":\"").skip(1))
            .filter_map(|rest| rest.split('"').next().map(str::to_owned))
            .collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for RecordingSink {
    fn destination(&self) -> Destination {
        self.destination.clone()
    }

    fn most_events(&self) -> usize {
        self.most_events
    }

    fn body(&self, batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
        let events: Vec<String> = batch
            .events
            .iter()
            .map(|event| {
                let fields = event.fields.iter().chain(&batch.common).map(|field| match field.value {
                    FieldValue::Word(word) => format!(",\"{}\":\"{word}\"", field.name),
                    FieldValue::Boolean(truth) => format!(",\"{}\":{truth}", field.name),
                    FieldValue::Number(number) => format!(",\"{}\":{number}", field.name),
                });
                let report = event.report.as_ref().map(|report| format!(",\"report\":{}", report.to_json()));
                let fields: String = fields.chain(report).collect();
                format!("{{\"event\":\"{}\",\"uuid\":\"{}\",\"at\":\"{}\"{fields}}}", event.name, event.uuid, event.at)
            })
            .collect();
        let (id, events) = (batch.install_id, events.join(","));
        format!("{{\"install_id\":\"{id}\",\"sent_at\":\"{sent_at}\",\"events\":[{events}]}}").into_bytes()
    }

    fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        // Sixteen more than the largest window means gzip, whose head and checksum have 18 bytes.
        let config = DeflateConfig { window_bits: 15 + 16, ..DeflateConfig::default() };
        let mut bytes = vec![0; compress_bound(body.len()) + 18];
        let length = compress_slice(&mut bytes, body, config).0.len();
        bytes.truncate(length);
        self.compresses.then_some(bytes)
    }

    fn deliver(&self, body: Coded, permit: &SendPermit<'_>) -> Delivery {
        let body = body.body().map(|body| String::from_utf8_lossy(&body).into_owned()).unwrap_or_default();
        let mut state = self.state();
        while state.hang && !permit.is_cancelled() {
            state.hanging = true;
            self.shared.changed.notify_all();
            let step = permit.recheck_every();
            state = self.shared.changed.wait_timeout(state, step).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.hanging = false;
        let decide = Arc::clone(&state.decide);
        drop(state);
        // Outside of the lock: a test may panic in here on purpose.
        let outcome = if permit.is_cancelled() { Outcome::Cancelled } else { decide(&body) };
        let mut state = self.state();
        state.requests.push(Request { body, outcome });
        let delivery = Delivery::new(outcome, None, 0);
        state.hold.map_or(delivery, |hold| delivery.holding(hold))
    }

    fn body_schema(&self, _: &CatalogueSchema) -> String {
        "true".to_owned()
    }
}

impl fmt::Debug for RecordingSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingSink").field("requests", &self.state().requests.len()).finish_non_exhaustive()
    }
}
