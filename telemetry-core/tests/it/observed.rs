//! What the library tells of its own health: over a whole life, nothing but words of closed lists, and numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use telemetry_core::{BreakerState, FailureClass, Loss, Outcome, Surface};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};

use crate::fixture::{Installation, LONG, USAGE, eventually, started};

/// Grants, has no place on disk for a while, delivers, fails in several ways until the breaker opens, recovers, and withdraws with something unsent.
fn live() {
    let installation = Installation::new();
    let telemetry = installation.granted(USAGE);
    let send = |outcome: Outcome, times: usize| {
        installation.sink.answer(move |_| outcome);
        for _ in 0..times {
            telemetry.track(started());
            telemetry.flush(LONG);
        }
    };
    // No directory can be made where a file is.
    let data = installation.directory().join("data");
    std::fs::write(&data, "").unwrap();
    send(Outcome::Accepted, 1);
    std::fs::remove_file(&data).unwrap();
    send(Outcome::Accepted, 1);
    send(Outcome::Rejected, 1);
    send(Outcome::Retry { after: None }, 5);
    installation.clock.advance(Duration::from_secs(600));
    send(Outcome::Accepted, 1);
    send(Outcome::Discarded { pause: Duration::from_secs(60) }, 1);
    telemetry.track(started());
    telemetry.withdraw(Surface::Dashboard).unwrap();
    telemetry.shutdown(LONG);
}

const LANES: [&str; 2] = ["general", "errors"];

fn is_number(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(name: &str, value: &str) -> bool {
    match name {
        "lane" => LANES.contains(&value),
        "class" => FailureClass::ALL.iter().any(|class| class.name() == value),
        "cause" => Loss::ALL.iter().any(|cause| cause.name() == value),
        "state" => BreakerState::ALL.iter().any(|state| state.name() == value),
        "events" | "bytes" | "delay_ms" => is_number(value),
        _ => false,
    }
}

// Every field of every event, as its name and what a listener would print of it.
type Told = Vec<(&'static str, String)>;

#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<Told>>>);

#[derive(Default)]
struct Fields(Told);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        self.0.lock().unwrap().push(vec![("message", "a span".to_owned())]);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        fields.0.push(("target", event.metadata().target().to_owned()));
        self.0.lock().unwrap().push(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn traces_hold_fixed_texts_words_and_numbers() {
    let listener = Listener::default();
    tracing::subscriber::set_global_default(listener.clone()).unwrap();
    live();
    let expected: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("worker started", &[][..]),
        ("worker ended", &[]),
        ("batch delivered", &["lane", "events", "bytes"]),
        ("request failed", &["lane", "events", "class"]),
        ("request failed, later again", &["lane", "events", "class", "delay_ms"]),
        ("circuit breaker changed", &["lane", "state"]),
        ("unsent events cannot be written to disk", &[]),
        ("unsent events can be written to disk again", &[]),
        ("telemetry data erased", &[]),
    ]);
    // The threads say their last words when nobody waits for them any more.
    let says = |text: &str| {
        let told = listener.0.lock().unwrap();
        told.iter().flatten().any(|(name, value)| *name == "message" && value == text)
    };
    for text in expected.keys() {
        eventually(text, || says(text));
    }
    // A server that is left alone, tried, and well again: each step is told, by a thread that nobody waits for.
    for state in BreakerState::ALL {
        eventually(state.name(), || {
            let told = listener.0.lock().unwrap();
            told.iter().flatten().any(|(name, value)| *name == "state" && value == state.name())
        });
    }
    // Other tests of this process are heard as well: all the more to look at.
    let told = listener.0.lock().unwrap().clone();
    for fields in &told {
        let value = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let (Some(message), Some("telemetry")) = (value("message"), value("target")) else { panic!("{fields:?}") };
        let Some(names) = expected.get(message) else { panic!("an unknown text: {fields:?}") };
        let rest: Vec<_> = fields.iter().filter(|(name, _)| !["message", "target"].contains(name)).collect();
        assert_eq!(rest.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), names.iter().copied().collect());
        assert!(rest.iter().all(|(name, value)| is_word(name, value)), "{fields:?}");
    }
}

/// A name with its labels.
type Named = (String, Vec<(String, String)>);

#[derive(Default)]
struct Board {
    values: Mutex<BTreeMap<Named, u64>>,
    described: Mutex<BTreeSet<String>>,
}

impl Board {
    /// A panic in the worker would be caught there: what must not happen is a name that nobody expects.
    fn note(&self, wrong: &str) {
        self.values.lock().unwrap().insert((wrong.to_owned(), Vec::new()), 0);
    }
}

struct Dial(&'static Board, Named);

impl Dial {
    fn change(&self, change: impl FnOnce(u64) -> u64) {
        let mut values = self.0.values.lock().unwrap();
        let value = values.entry(self.1.clone()).or_default();
        *value = change(*value);
    }
}

impl CounterFn for Dial {
    fn increment(&self, by: u64) {
        self.change(|value| value + by);
    }

    fn absolute(&self, _: u64) {
        self.0.note("a counter that several handles could not share");
    }
}

impl GaugeFn for Dial {
    fn increment(&self, _: f64) {
        self.0.note("a gauge that is not set");
    }

    fn decrement(&self, _: f64) {
        self.0.note("a gauge that is not set");
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of a test")]
    fn set(&self, to: f64) {
        self.change(|_| to as u64);
    }
}

fn dial(board: &'static Board, key: &Key) -> Arc<Dial> {
    let labels = key.labels().map(|label| (label.key().to_owned(), label.value().to_owned())).collect();
    Arc::new(Dial(board, (key.name().to_owned(), labels)))
}

struct Wall(&'static Board);

impl Recorder for Wall {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.0.described.lock().unwrap().insert(name.as_str().to_owned());
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe_counter(name, unit, description);
    }

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        self.0.note("a histogram");
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(dial(self.0, key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(dial(self.0, key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        self.0.note("a histogram");
        Histogram::noop()
    }
}

#[test]
fn measures_have_names_and_labels_of_closed_lists() {
    static BOARD: OnceLock<Board> = OnceLock::new();
    let board = BOARD.get_or_init(Board::default);
    metrics::set_global_recorder(Wall(board)).map_err(|_| "somebody else records").unwrap();
    live();
    let expected: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("telemetry_events_tracked_total", &[][..]),
        ("telemetry_events_adopted_total", &[]),
        ("telemetry_events_delivered_total", &[]),
        ("telemetry_events_lost_total", &["cause"]),
        ("telemetry_requests_failed_total", &["class"]),
        ("telemetry_events_queued", &[]),
        ("telemetry_events_waiting", &["lane"]),
        ("telemetry_events_spooled", &["lane"]),
        ("telemetry_breaker_state", &["lane"]),
    ]);
    let counted = |name: &str, label: Option<(&str, &str)>| {
        let labels = label.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        board.values.lock().unwrap().get(&(name.to_owned(), labels)).copied().unwrap_or(0)
    };
    // Other tests of this process count as well.
    eventually("everything is counted", || {
        counted("telemetry_events_delivered_total", None) >= 7
            && counted("telemetry_events_lost_total", Some(("cause", "turned_off"))) >= 1
            && counted("telemetry_requests_failed_total", Some(("class", "unreachable"))) >= 5
    });
    let values = board.values.lock().unwrap();
    let seen: BTreeSet<&str> = values.keys().map(|(name, _)| name.as_str()).collect();
    assert_eq!(seen, expected.keys().copied().collect(), "all of them, and no others");
    assert_eq!(board.described.lock().unwrap().iter().map(String::as_str).collect::<BTreeSet<_>>(), seen);
    for ((name, labels), _) in values.iter() {
        assert_eq!(labels.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>(), expected[name.as_str()]);
        assert!(labels.iter().all(|(label, value)| is_word(label, value)), "{name} {labels:?}");
        assert!(
            include_str!("../../src/lib.rs").contains(&format!("| `{name}` |")),
            "the crate's docs say what {name} is"
        );
    }
}
