//! What a sink is: where encoded batches go.
//!
//! Owns the contract between the worker and whatever speaks to a server. A sink turns a batch into bytes and
//! carries bytes; it must never decide whether to send, and cannot: delivery needs a [`SendPermit`].

use core::time::Duration;

use crate::catalogue::CatalogueSchema;
use crate::clock::Timestamp;
use crate::coding::Coded;
use crate::event::Batch;
use crate::failure::FailureClass;
use crate::permit::SendPermit;

/// Where batches of events go.
///
/// There are no default methods, so that a forwarding implementation cannot forget one.
pub trait Sink: Send + Sync + 'static {
    /// Where this sink sends, or that this build has no key for it.
    fn destination(&self) -> Destination;

    /// The most events that one body can hold: the worker gives no more to [`body`](Self::body). At least one.
    fn most_events(&self) -> usize;

    /// The exact body for `batch`, before any content coding: a pure function of its arguments. Preview, sent log
    /// and wire all hold these bytes.
    fn body(&self, batch: &Batch, sent_at: Timestamp) -> Vec<u8>;

    /// A body made by [`body`](Self::body) as gzip (RFC 1952), where it goes over the wire like that; `None` where it goes
    /// as it is.
    ///
    /// It comes before [`deliver`](Self::deliver), so that the sent log can hold the very bytes of a large request.
    fn compress(&self, body: &[u8]) -> Option<Vec<u8>>;

    /// Carries a body to the destination, in one request, as these bytes.
    ///
    /// Runs on a thread of the sink's own, one request at a time, and may block, but must return as soon as the permit is
    /// cancelled or its deadline has passed, without another byte sent.
    fn deliver(&self, body: Coded, permit: &SendPermit<'_>) -> Delivery;

    /// The JSON Schema that every body satisfies, as text.
    fn body_schema(&self, catalogue: &CatalogueSchema) -> String;
}

/// The sink of a build that telemetry was left out of: it has no destination and sends nothing.
///
/// With it the state is [`Unavailable`](crate::consent::State::Unavailable): no question, no file, no thread. An
/// application puts it in the place of a real sink where its own feature for telemetry is off, and needs no other
/// change.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSink;

impl Sink for NoSink {
    fn destination(&self) -> Destination {
        Destination::new("none", "nobody", None, None)
    }

    fn most_events(&self) -> usize {
        1
    }

    fn body(&self, _: &Batch, _: Timestamp) -> Vec<u8> {
        Vec::new()
    }

    fn compress(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn deliver(&self, _: Coded, _: &SendPermit<'_>) -> Delivery {
        Delivery::new(Outcome::Refused, None, 0)
    }

    /// The schema that no body satisfies: there is none.
    fn body_schema(&self, _: &CatalogueSchema) -> String {
        "false".to_owned()
    }
}

/// Where a sink sends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Destination {
    /// The origin, for example `https://eu.i.posthog.com`.
    pub origin: &'static str,
    /// Who operates the server, for example `PostHog`.
    pub operator: &'static str,
    /// Where the server stands, in words, where that is known.
    pub region: Option<&'static str>,
    /// The first eight hexadecimal digits of the SHA-256 of the key; `None` when the build embedded no key.
    pub key_fingerprint: Option<String>,
}

impl Destination {
    /// Names a destination.
    #[must_use]
    pub const fn new(
        origin: &'static str,
        operator: &'static str,
        region: Option<&'static str>,
        key_fingerprint: Option<String>,
    ) -> Self {
        Self { origin, operator, region, key_fingerprint }
    }

    /// Whether the build embedded a key, so that something could be sent at all.
    #[must_use]
    pub const fn is_configured(&self) -> bool {
        self.key_fingerprint.is_some()
    }
}

/// What became of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// What the worker shall do.
    pub outcome: Outcome,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Bytes of the body as it went over the wire, after content coding; 0 if none went.
    pub wire_bytes: usize,
    /// What the sink knows of a failure beyond outcome and status.
    cause: Option<FailureClass>,
    /// For how long the server wants no more of this kind. What is recorded in the meantime is dropped and counted, not
    /// kept: that is what a server with a rate limit asks for.
    pub hold: Option<Duration>,
    /// No request was made: this side found out by itself, and nothing is known of the server.
    is_unasked: bool,
}

impl Delivery {
    /// Reports what became of a request.
    #[must_use]
    pub const fn new(outcome: Outcome, status: Option<u16>, wire_bytes: usize) -> Self {
        Self { outcome, status, wire_bytes, cause: None, hold: None, is_unasked: false }
    }

    /// The body is larger than any that is sent.
    pub(crate) const fn too_large_to_send() -> Self {
        Self { is_unasked: true, ..Self::new(Outcome::TooLarge, None, 0) }
    }

    /// Whether no request was made.
    pub(crate) const fn is_unasked(&self) -> bool {
        self.is_unasked
    }

    /// The same, with the reason for which it has to be tried again. How long a destination is left alone depends on
    /// it: see [`FailureClass`].
    ///
    /// Only [`Outcome::Retry`] leaves that open; any other outcome is its own reason.
    #[must_use]
    pub const fn because(self, cause: FailureClass) -> Self {
        Self { cause: Some(cause), ..self }
    }

    /// Why it failed; `None` where it did not.
    ///
    /// Where the sink did not say why something has to be tried again, the status does.
    #[must_use]
    pub const fn failure(&self) -> Option<FailureClass> {
        Some(match (self.outcome, self.cause, self.status) {
            (Outcome::Accepted, _, _) => return None,
            (Outcome::Discarded { .. }, _, _) => FailureClass::Quota,
            (Outcome::TooLarge, _, _) => FailureClass::TooLarge,
            (Outcome::Rejected, _, _) => FailureClass::Rejected,
            (Outcome::Refused, _, _) => FailureClass::KeyRefused,
            (Outcome::Cancelled, _, _) => FailureClass::Cancelled,
            (Outcome::Retry { .. }, Some(cause), _) => cause,
            (Outcome::Retry { .. }, None, None) => FailureClass::Unreachable,
            (Outcome::Retry { .. }, None, Some(408)) => FailureClass::Timeout,
            (Outcome::Retry { .. }, None, Some(425 | 429)) => FailureClass::RateLimited,
            (Outcome::Retry { .. }, None, Some(500..=599)) => FailureClass::ServerError,
            (Outcome::Retry { .. }, None, Some(_)) => FailureClass::UnexpectedAnswer,
        })
    }

    /// The same, from a server that wants no more for this long.
    #[must_use]
    pub const fn holding(mut self, hold: Duration) -> Self {
        self.hold = Some(hold);
        self
    }
}

/// What the worker shall do after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server has the events.
    Accepted,
    /// The server took the request but dropped the events, for example over quota: they are lost, and the queue
    /// pauses.
    Discarded {
        /// How long nothing shall be sent.
        pause: Duration,
    },
    /// Try the same events again later.
    Retry {
        /// The least time to wait, where the server named one.
        after: Option<Duration>,
    },
    /// The body was too large: send the events in smaller batches; a single event is lost.
    TooLarge,
    /// The server refuses the body: one of its events is at fault.
    Rejected,
    /// The server refuses the key: nothing more is sent by this process.
    Refused,
    /// The permit was cancelled or its deadline passed; whether the server saw the request is unknown.
    Cancelled,
}
