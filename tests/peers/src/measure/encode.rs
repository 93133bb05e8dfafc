//! What making a body costs, beside the usual ways to make one.

use core::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use telemetry_core::testing::batch;
use telemetry_core::{Sink as _, Timestamp};

use super::Nanoseconds;
use crate::catalogue::{Tracked, event};
use crate::clients::ours::sink;

/// Per event.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Encoded {
    /// From the enum value to what the sink gets.
    pub read: Nanoseconds,
    /// From there to the bytes of the body.
    pub body: Nanoseconds,
    /// The same body by `serde_json` from structures with `Serialize`.
    pub derived: Nanoseconds,
    /// The same body by `serde_json` from a tree of values.
    pub tree: Nanoseconds,
    /// Compressing it at level 2, as ours is with a backlog.
    pub gzip: Nanoseconds,
    /// Bytes before compression.
    pub bytes: usize,
    /// And after it.
    pub gzip_bytes: usize,
}

const AT: Timestamp = Timestamp::from_millis(1_795_428_001_002);

/// Measures with so many events in a body.
///
/// # Panics
///
/// The body is not the JSON that it should be.
#[must_use]
pub fn encode(events: u16) -> Encoded {
    let tracked = || -> Vec<Tracked> { (0..i64::from(events)).map(event).collect() };
    let (sink, read) = (sink(), batch(tracked(), AT));
    let body = sink.body(&read, AT);
    let tree: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let derived: Body = serde_json::from_slice(&body).expect("a body");
    let packed = pack(&body);
    let time = |mut work: Box<dyn FnMut() + '_>| {
        let times = (0..200).map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        });
        Nanoseconds::of(times.collect(), u32::from(events))
    };
    let mut out = Vec::new();
    Encoded {
        read: time(Box::new(|| drop(black_box(batch(tracked(), AT))))),
        body: time(Box::new(|| drop(black_box(sink.body(black_box(&read), AT))))),
        derived: time(Box::new(|| {
            out.clear();
            serde_json::to_writer(&mut out, black_box(&derived)).expect("memory");
        })),
        tree: time(Box::new(|| drop(black_box(tree.to_string())))),
        gzip: time(Box::new(|| drop(black_box(pack(black_box(&body)))))),
        bytes: body.len() / usize::from(events),
        gzip_bytes: packed.len() / usize::from(events),
    }
}

fn pack(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::new(2));
    encoder.write_all(body).expect("memory");
    encoder.finish().expect("memory")
}

#[derive(Serialize, Deserialize)]
struct Body {
    api_key: String,
    historical_migration: bool,
    sent_at: String,
    batch: Vec<Event>,
}

#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
struct Event {
    uuid: String,
    event: String,
    distinct_id: String,
    timestamp: String,
    properties: Properties,
}

#[derive(Serialize, Deserialize)]
struct Properties {
    user_id: i64,
    project_id: i64,
    source: String,
    billable: bool,
    app_version: String,
    os_family: String,
    arch: String,
    deployment: String,
    catalogue_revision: u32,
    granted_revision: u32,
    #[serde(rename = "$process_person_profile")]
    profile: bool,
    #[serde(rename = "$geoip_disable")]
    geoip: bool,
    #[serde(rename = "$ip")]
    ip: String,
    #[serde(rename = "$lib")]
    lib: String,
    #[serde(rename = "$lib_version")]
    lib_version: String,
}
