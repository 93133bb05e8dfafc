//! What the tests share: sinks, a server, and the check that every body has to pass.

use std::sync::LazyLock;

use serde_json::{Value, json};
use telemetry_core::testing::{TestPermit, batch, coded, with_functions};
use telemetry_core::{Batch, Catalogue as _, Delivery, Id, Sink as _, Timestamp};
use telemetry_sentry::Sentry;

use crate::catalogue::Tracked;
use crate::site;
pub(crate) use crate::site::{PATIENCE, Site};
use crate::src::raise;

/// 2026-11-23T10:00:01.002Z
pub(crate) const AT: Timestamp = Timestamp::from_millis(1_795_428_001_002);

/// A sink for a server of the test's own.
macro_rules! sink {
    ($dsn:literal) => {
        telemetry_sentry::Sentry::new(telemetry_core::embedded_key!(= $dsn))
    };
}
pub(crate) use sink;

/// One batch for each event of the purpose, the panic with functions and without.
pub(crate) fn batches() -> Vec<Batch> {
    let functions = [
        "it::src::raise::panic",
        "it::src::raise::panic::{{closure}}",
        "core::option::Option<T>::unwrap",
        "it::main::h0123456789abcdef",
    ];
    vec![
        batch([raise::error()], AT),
        with_functions::<Tracked>(batch([raise::panic()], AT), &functions),
        batch([raise::panic()], AT),
        batch([Tracked::BackupDamaged { user_id: Id::new(7) }], AT),
    ]
}

/// The body that the sink makes of a batch, checked.
pub(crate) fn body(sink: &Sentry, batch: &Batch) -> Vec<u8> {
    let body = sink.body(batch, AT);
    let lines = lines(&body);
    if let Err(error) = validate(&lines) {
        panic!("{error}\n{lines:#}");
    }
    body
}

pub(crate) fn small(sink: &Sentry) -> Vec<u8> {
    body(sink, &batches()[3])
}

pub(crate) fn deliver(sink: &Sentry, body: &[u8]) -> Delivery {
    sink.deliver(coded(sink, body), &TestPermit::default().permit(PATIENCE))
}

/// Reads an envelope by the grammar of the format: headers on one line each, items by their length.
pub(crate) fn lines(body: &[u8]) -> Value {
    let mut rest = body;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n').expect("a line has an end");
        let (line, after) = rest.split_at(end);
        rest = &after[1..];
        let text = std::str::from_utf8(line).unwrap();
        assert_eq!(text.trim(), text, "no white space around a header");
        assert!(!text.contains('\r'));
        serde_json::from_str::<Value>(text).unwrap()
    };
    let (envelope, item) = (line(), line());
    let length = usize::try_from(item["length"].as_u64().unwrap()).unwrap();
    let (payload, end) = rest.split_at(length);
    assert_eq!(end, b"\n", "one item, and a line break after it");
    json!([envelope, item, serde_json::from_slice::<Value>(payload).unwrap()])
}

/// Checks the lines of a body against the schema that the sink gives for the catalogue.
pub(crate) fn validate(lines: &Value) -> Result<(), String> {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        serde_json::from_str(&sink!("http://k@127.0.0.1:24300/1").body_schema(&Tracked::SCHEMA)).unwrap()
    });
    site::validate(&SCHEMA, lines)
}
