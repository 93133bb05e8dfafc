//! The sink itself: [`Posthog`].
//!
//! Owns what an application sees of this crate, and puts the parts together. It must never gain a constructor that
//! takes text which arrived at run time, nor a way to change what is sent.

use core::fmt;
use std::time::SystemTime;

use once_cell::sync::OnceCell;
use telemetry_core::{
    Batch, CatalogueSchema, Coded, Delivery, Destination, EmbeddedHost, EmbeddedKey, FailureClass, Outcome, SendPermit,
    Sink, Timestamp,
};
use telemetry_transport::{Coder, Endpoint, SetupError, Transport, failed};

use crate::response::classify;
use crate::{schema, wire};

// The conformance adapter compiles these sources as a package of its own and looks into this one from there. Nothing
// else can: see `tests/conformance/README.md`.
#[cfg(telemetry_conformance)]
#[doc(hidden)]
#[path = "../../tests/conformance/src/open.rs"]
pub mod open;

/// Where events go when the build names no host: PostHog's cloud in the European Union.
pub const DEFAULT_HOST: &str = "https://eu.i.posthog.com";

/// The hosts of PostHog's cloud, and where they stand.
const REGIONS: [(&str, &str); 2] =
    [(DEFAULT_HOST, "Frankfurt, European Union"), ("https://us.i.posthog.com", "United States")];

/// Where batches go, below the origin.
const PATH: &str = "/batch/";

/// What every request says about its sender. The same for all installations of one version.
const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Delivers batches to PostHog's `/batch/` endpoint.
///
/// Making one costs nothing and touches nothing: the HTTP client, and with it TLS and the system's certificates, is
/// set up at the first delivery, which needs a person's consent.
///
/// ```
/// use telemetry_core::{EmbeddedHost, EmbeddedKey, Sink, embedded_host, embedded_key};
/// use telemetry_posthog::Posthog;
///
/// const KEY: EmbeddedKey = embedded_key!("POSTHOG_API_KEY");
/// const HOST: EmbeddedHost = embedded_host!("POSTHOG_HOST");
///
/// let sink = Posthog::new(KEY, HOST);
/// assert_eq!(sink.destination().operator, "PostHog");
/// ```
///
/// # Privacy
///
/// See the [crate's documentation](crate) for everything that leaves the machine with a delivery.
pub struct Posthog {
    key: EmbeddedKey,
    origin: &'static str,
    client: Option<reqwest::Client>,
    coder: Coder,
    // Setting up can fail, for example while certificates cannot be read, and then the next delivery tries again:
    // `get_or_try_init`, which the standard library's cell does not have yet.
    transport: OnceCell<Transport>,
}

impl Posthog {
    /// Makes a sink for the key and the host that the build embedded; [`DEFAULT_HOST`] if it embedded no host.
    ///
    /// There is no constructor from a string: key and destination cannot be changed when the program runs. Without an
    /// embedded key the sink sends nothing.
    #[must_use]
    pub const fn new(key: EmbeddedKey, host: EmbeddedHost) -> Self {
        let origin = match host.origin() {
            Some(origin) => origin,
            None => DEFAULT_HOST,
        };
        Self { key, origin, client: None, coder: Coder::new(), transport: OnceCell::new() }
    }

    /// Uses the application's own HTTP client, for a proxy or for certificates of its own.
    ///
    /// The client must be made for this sink alone. Its connections live on a runtime that stands still between two
    /// deliveries, so that other requests over the same client would hang; and a request that is cancelled can be
    /// held back completely only if nobody else drives its connection.
    ///
    /// # Privacy
    ///
    /// The address, the body and the headers `Content-Type`, `Content-Encoding` and `User-Agent` stay the same.
    /// Everything else that this crate takes care of with its own client becomes the caller's responsibility:
    ///
    /// - **redirects off** (`redirect::Policy::none()`). An answer that comes from another address is treated as a
    ///   refusal, and delivery stops; but by then one batch has gone where nobody agreed to.
    /// - **cookies off**, no default headers with anything personal in them, no logging of connections.
    /// - **a proxy** sees the address of the server, and for a host on loopback everything. Certificates that it
    ///   brings let it read the events.
    /// - **https only**, TLS verification on, no retries.
    #[must_use]
    pub fn client(self, client: reqwest::Client) -> Self {
        // A new cell: a client that an earlier delivery has set up must not stay in use.
        Self { client: Some(client), transport: OnceCell::new(), ..self }
    }

    /// Who operates the server, as far as its name tells.
    fn operator(&self) -> &'static str {
        if self.region().is_some() {
            "PostHog"
        } else if self.origin.starts_with("http://") {
            // An embedded host is plain only on loopback.
            "this machine"
        } else {
            "an operator of the publisher's choice"
        }
    }

    fn transport(&self) -> Result<&Transport, SetupError> {
        self.transport.get_or_try_init(|| {
            // The query says the same as the header. Between them every age of the server understands.
            let endpoint = Endpoint::new(self.origin, PATH, "application/json", AGENT)?.gzip_query("compression=gzip");
            Transport::new(endpoint, self.client.as_ref())
        })
    }

    fn region(&self) -> Option<&'static str> {
        REGIONS.into_iter().find(|(origin, _)| *origin == self.origin).map(|(_, region)| region)
    }
}

impl Sink for Posthog {
    fn destination(&self) -> Destination {
        Destination::new(self.origin, self.operator(), self.region(), self.key.fingerprint())
    }

    fn most_events(&self) -> usize {
        usize::MAX
    }

    fn body(&self, batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
        wire::body(self.key.expose().unwrap_or_default(), batch, sent_at)
    }

    fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.coder.compress(body)
    }

    fn deliver(&self, body: Coded, permit: &SendPermit<'_>) -> Delivery {
        // Core does not deliver without a key. This holds it for everyone else.
        if !self.key.is_configured() {
            return Delivery::new(Outcome::Refused, None, 0);
        }
        if permit.is_cancelled() {
            return Delivery::new(Outcome::Cancelled, None, 0);
        }
        let Ok(transport) = self.transport() else {
            return failed(FailureClass::Setup, 0);
        };
        let wire_bytes = body.bytes().len();
        match transport.exchange(body, permit) {
            Ok(answer) => {
                let outcome = if answer.is_direct {
                    classify(answer.status, &answer.headers, &answer.body, SystemTime::now())
                } else {
                    Outcome::Refused
                };
                Delivery::new(outcome, Some(answer.status.as_u16()), wire_bytes)
            }
            Err(failure) => failure.delivery(wire_bytes),
        }
    }

    fn body_schema(&self, catalogue: &CatalogueSchema) -> String {
        schema::text(catalogue)
    }
}

// The key stays out: debug output ends up in logs. Its own `Debug` shows the fingerprint only.
impl fmt::Debug for Posthog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Posthog").field("key", &self.key).field("origin", &self.origin).finish_non_exhaustive()
    }
}
