//! One installation: an application's handle with a person's yes, for one test of the suite.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use open_posthog::open::{Captured, Compression, Open, Tickets};
use reqwest::header::{HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use telemetry_core::{Catalogue, Entity, Id, ProgramKind, Purpose, Purposes, Surface, Telemetry, Timestamp};
use tempfile::TempDir;

use crate::watched::{Log, Watched};

/// How long a flush may take; the suite waits for the rest by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// What somebody asked to be captured, by the number that stands for it on its way.
#[derive(Entity)]
struct Ticket;

/// Everything that the adapter can track.
#[derive(Catalogue)]
#[catalogue(app = "conformance-adapter", revision = 1, identity = "stable", ids = "raw", resolution = "second")]
enum Tracked {
    /// The suite asked to capture an event.
    ///
    /// Why: shows that the delivery of this workspace does what PostHog's suite demands.
    #[event(name = "capture.asked")]
    CaptureAsked {
        /// Stands for what was asked.
        ticket_id: Id<Ticket>,
    },
}

/// What `/init` may say. What it leaves out is as in any application.
#[derive(Deserialize)]
pub(crate) struct InitRequest {
    api_key: String,
    host: String,
    flush_at: Option<u64>,
    flush_interval_ms: Option<u64>,
    max_retries: Option<u32>,
    enable_compression: Option<bool>,
    disable_geoip: Option<bool>,
    historical_migration: Option<bool>,
}

/// What `/capture` may say.
#[derive(Deserialize)]
pub(crate) struct CaptureRequest {
    distinct_id: String,
    event: String,
    #[serde(default)]
    properties: Map<String, Value>,
    timestamp: Option<String>,
}

/// Why a request was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    /// `/init` has to come first.
    #[error("not initialised")]
    NotStarted,
    /// This library has no such option.
    #[error("this library always sends `$geoip_disable` and never a historical migration")]
    Unsupported,
    /// A host that is no origin of `http` or `https`, or a test's name that no header can hold.
    #[error("host or test_id cannot be used")]
    Unusable,
    /// A kill switch of this machine is on, or there is no place for files.
    #[error("telemetry cannot be turned on here: look for DO_NOT_TRACK and the policy file")]
    Off,
    /// Not RFC 3339.
    #[error("the timestamp cannot be read")]
    Timestamp,
    /// The event was not encoded in time.
    #[error("the event did not come up")]
    Lost,
    /// Something in the adapter panicked.
    #[error("the adapter is broken")]
    Broken,
}

/// A running installation.
pub(crate) struct Instance {
    telemetry: Telemetry<Tracked>,
    tickets: Tickets,
    log: Arc<Log>,
    flush_at: u64,
    gathered: AtomicU64,
    /// Removed with the instance.
    _directory: TempDir,
}

impl Instance {
    pub(crate) fn start(request: InitRequest, test: Option<&str>) -> Result<Self, Wrong> {
        if request.disable_geoip == Some(false) || request.historical_migration == Some(true) {
            return Err(Wrong::Unsupported);
        }
        let (tickets, log) = (Tickets::default(), Arc::new(Log::new(request.max_retries)));
        let compression = match request.enable_compression {
            Some(true) => Compression::Always,
            Some(false) => Compression::Never,
            None => Compression::Usual,
        };
        let origin = origin(&request.host)?;
        let open = Open::new(request.api_key, origin, client(test)?, compression, tickets.clone());
        let directory = tempfile::tempdir().map_err(|_| Wrong::Off)?;
        let sink = Watched::new(open, Arc::clone(&log));
        let mut builder = Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path().join("state"), sink);
        if let Some(interval) = request.flush_interval_ms {
            builder = builder.flush_interval(Duration::from_millis(interval));
        }
        let telemetry = builder.build();
        let question = telemetry.present(Surface::Terminal).ok_or(Wrong::Off)?;
        telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).map_err(|_| Wrong::Off)?;
        if !telemetry.is_on() {
            return Err(Wrong::Off);
        }
        let flush_at = request.flush_at.unwrap_or(u64::MAX).max(1);
        Ok(Self { telemetry, tickets, log, flush_at, gathered: AtomicU64::new(0), _directory: directory })
    }

    /// Tracks an event; gives its identifier.
    pub(crate) fn capture(&self, request: CaptureRequest) -> Result<String, Wrong> {
        let at = request.timestamp.as_deref().map(instant).transpose()?;
        let ticket = self.tickets.issue(Captured {
            event: request.event,
            distinct_id: request.distinct_id,
            properties: request.properties,
            at,
        });
        self.telemetry.track(Tracked::CaptureAsked { ticket_id: Id::new(ticket) });
        // The identifier is made where the event is encoded. Looking at what waits does that now.
        let until = Instant::now() + PATIENCE;
        let uuid = loop {
            if let Some(uuid) = self.log.uuid(ticket) {
                break uuid;
            }
            let _ = self.telemetry.waiting();
            if Instant::now() > until {
                return Err(Wrong::Lost);
            }
        };
        if (self.gathered.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(self.flush_at) {
            // Begins to send, and does not wait for it.
            self.telemetry.flush(Duration::ZERO);
        }
        Ok(uuid)
    }

    /// Sends what waits; gives how much of it arrived.
    pub(crate) fn flush(&self) -> u64 {
        self.telemetry.flush(PATIENCE).delivered
    }

    pub(crate) fn state(&self) -> Value {
        let stats = self.telemetry.stats();
        let mut shown = json!({
            "pending_events": stats.queued + stats.waiting,
            "total_events_captured": stats.tracked,
            "total_events_sent": stats.delivered,
        });
        if let Value::Object(shown) = &mut shown {
            shown.extend(self.log.shown());
        }
        shown
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // At once: what is under way is cancelled.
        self.telemetry.shutdown(Duration::ZERO);
    }
}

/// The host as the library embeds it: where it is, and nothing more.
fn origin(host: &str) -> Result<String, Wrong> {
    let url = reqwest::Url::parse(host).map_err(|_| Wrong::Unusable)?;
    let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || !is_origin {
        return Err(Wrong::Unusable);
    }
    Ok(host.trim_end_matches('/').to_owned())
}

/// The client of an application of its own that wants one more header. For the rest as the sink's own client.
fn client(test: Option<&str>) -> Result<reqwest::Client, Wrong> {
    let mut headers = HeaderMap::new();
    if let Some(test) = test {
        headers.insert("x-test-id", HeaderValue::from_str(test).map_err(|_| Wrong::Unusable)?);
    }
    reqwest::Client::builder()
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .retry(reqwest::retry::never())
        .http1_only()
        .build()
        .map_err(|_| Wrong::Unusable)
}

/// Reads RFC 3339 with any offset.
fn instant(text: &str) -> Result<Timestamp, Wrong> {
    let read: jiff::Timestamp = text.parse().map_err(|_| Wrong::Timestamp)?;
    u64::try_from(read.as_millisecond()).map(Timestamp::from_millis).map_err(|_| Wrong::Timestamp)
}
