//! The results, and the page that is made of them.

mod plot;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::{Deserialize, Serialize};

use crate::found::Found;
use crate::measure::Nanoseconds;
use crate::measure::call::Spread;
use crate::measure::deliver::Sent;
use crate::measure::encode::Encoded;
use crate::measure::memory::Memory;
use crate::server::Received;

type Error = Box<dyn std::error::Error>;

/// Everything that was measured, by client.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Results {
    /// The processor, how many of them, and the compiler.
    pub machine: String,
    /// The version of each client.
    pub versions: BTreeMap<String, String>,
    /// Calls in bursts.
    pub calls: BTreeMap<String, Calls>,
    /// How calls are spread.
    pub tail: BTreeMap<String, Tail>,
    /// Instructions of a call.
    pub instructions: BTreeMap<String, Instructions>,
    /// Making a body, by events in it.
    pub encode: BTreeMap<String, Encoded>,
    /// From the call to the answer.
    pub delivery: Vec<Delivery>,
    /// With the server down.
    pub memory: BTreeMap<String, Memory>,
    /// What it takes to start.
    pub start: BTreeMap<String, Nanoseconds>,
    /// Ends of programs whose server takes nothing.
    pub shutdown: Vec<End>,
    /// What a reported error costs its thread, by reporter.
    pub errors: BTreeMap<String, HeldBy>,
    /// What of an error is on the wire, by reporter.
    pub wire: BTreeMap<String, Told>,
    /// What a client adds to a program.
    pub size: BTreeMap<String, Size>,
}

/// Nanoseconds and allocations of a call.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Calls {
    /// While off.
    pub off: Nanoseconds,
    /// While on, from one thread.
    pub one: Nanoseconds,
    /// While on, from two threads at once.
    pub two: Nanoseconds,
    /// Allocations, off and on.
    pub allocations: (f64, f64),
}

/// How single calls are spread.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Tail {
    /// A million in bursts.
    pub each: Spread,
    /// One every 500 µs.
    pub isolated: Spread,
}

/// Instructions of a call.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Instructions {
    /// While off.
    pub off: f64,
    /// While on.
    pub on: f64,
}

/// The end of a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct End {
    /// Who.
    pub client: String,
    /// What the server did: `hangs`, `503` or `down`.
    pub server: String,
    /// Events that had been offered.
    pub queued: u32,
    /// Seconds until the end was over; none if it took too long.
    pub seconds: Option<f64>,
    /// Of the events, those that arrived when the program was started again and the server was well.
    pub later: u64,
    /// Of the events, those that the client said it lost, if it said so.
    #[serde(default)]
    pub lost: Option<u64>,
}

/// What a reported error costs its thread: microseconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct HeldBy {
    /// The first error of a process.
    pub error_first: f64,
    /// A later one, in the middle.
    pub error: f64,
    /// 99 of 100 of them.
    pub error_p99: f64,
    /// The first panic of a process, in the middle of many processes.
    pub panic_first: f64,
    /// A later one.
    pub panic: f64,
    /// The first panic while the server is silent.
    pub panic_silent: f64,
    /// Instructions of a handled error, where they were counted.
    pub instructions: Option<f64>,
}

/// What was found on the wire.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// Of a panic.
    pub panic: Found,
    /// Of an error that was handled.
    pub error: Found,
}

/// What a client adds to a program.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Size {
    /// To one that prints a line.
    pub alone: Added,
    /// To one that has `reqwest` with rustls, and `tokio`.
    pub onto_host: Added,
}

/// Crates and bytes.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Added {
    /// Crates.
    pub crates: usize,
    /// Bytes of the stripped binary, where it was built.
    pub bytes: Option<u64>,
}

/// A delivery of many events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// Who.
    pub client: String,
    /// `gzip` or `plain`.
    pub coding: String,
    /// Events that were tracked.
    pub offered: u64,
    /// Events that the server saw.
    pub received: u64,
    /// Of those, per second.
    pub per_second: f64,
    /// Microseconds of processor time for one of them.
    pub cpu_micros: f64,
    /// Bytes for one of them, heads included.
    pub wire_bytes: f64,
    /// Requests.
    pub requests: u64,
}

#[expect(clippy::cast_precision_loss, reason = "ratios")]
impl Delivery {
    /// From what both sides saw. The one event that came before the others is left out of the count.
    #[must_use]
    pub fn new(client: &str, coding: &str, offered: u64, sent: Sent, received: Received) -> Self {
        let events = received.events.saturating_sub(1);
        Self {
            client: client.to_owned(),
            coding: coding.to_owned(),
            offered,
            received: events,
            per_second: events as f64 / sent.seconds,
            cpu_micros: sent.cpu_seconds * 1e6 / events as f64,
            wire_bytes: received.wire_bytes as f64 / events as f64,
            requests: received.requests.saturating_sub(1),
        }
    }
}

fn member() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn docs() -> PathBuf {
    member().join("../../docs")
}

impl Results {
    /// Reads what was measured last.
    ///
    /// # Errors
    ///
    /// There is nothing, or nothing of today's form.
    pub fn read() -> Result<Self, Error> {
        Ok(serde_json::from_slice(&fs::read(member().join("results.json"))?)?)
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write(&self) -> Result<(), Error> {
        Ok(fs::write(member().join("results.json"), serde_json::to_string_pretty(self)? + "\n")?)
    }
}

/// Writes the tables into `docs/performance.md`, between their marks, and the plots beside it.
///
/// # Errors
///
/// The page lacks a mark, or cannot be written.
pub fn write(results: &Results) -> Result<(), Error> {
    let path = docs().join("performance.md");
    let page = fs::read_to_string(&path)?;
    let page = between_marks(&page, "events", &table::events(results))?;
    let page = between_marks(&page, "errors", &table::errors(results))?;
    fs::write(&path, page)?;
    let images = docs().join("images");
    fs::write(images.join("performance.svg"), plot::events(results))?;
    Ok(fs::write(images.join("performance-errors.svg"), plot::errors(results))?)
}

/// The page with this between the two comments of this name.
fn between_marks(page: &str, name: &str, tables: &str) -> Result<String, Error> {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->\n"));
    let parts = || {
        let (before, rest) = page.split_once(&begin)?;
        Some((before, rest.split_once(&end)?.1))
    };
    let (before, after) = parts().ok_or_else(|| format!("docs/performance.md has no marks `{name}`"))?;
    Ok(format!("{before}{begin}{tables}{end}{after}"))
}

/// The processor, how many of them, the compiler, and how busy the machine is.
#[must_use]
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let count = info.lines().filter(|line| line.starts_with("processor")).count();
    let rustc = std::process::Command::new("rustc").arg("--version").output().map(|output| output.stdout);
    let rustc = String::from_utf8(rustc.unwrap_or_default()).unwrap_or_default();
    let version = rustc.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']).trim();
    format!("{count} × {model}, {}, {version}, load average {load} before", env::consts::OS)
}

/// The locked version of each of these crates.
///
/// # Errors
///
/// The lock file cannot be read.
pub fn versions(names: &[&str]) -> Result<BTreeMap<String, String>, Error> {
    let lock = fs::read_to_string(member().join("Cargo.lock"))?;
    let version = |name: &str| {
        let package = if name == "ours" { "telemetry-posthog" } else { name };
        let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
        Some((name.to_owned(), rest.split('"').next()?.to_owned()))
    };
    Ok(names.iter().filter_map(|name| version(name)).collect())
}
