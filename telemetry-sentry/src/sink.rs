//! The sink itself: [`Sentry`].
//!
//! Owns what an application sees of this crate, and puts the parts together. It must never gain a constructor that takes
//! text which arrived at run time, nor a way to change what is sent.

use core::fmt;
use std::time::SystemTime;

use once_cell::sync::OnceCell;
use telemetry_core::{
    Batch, CatalogueSchema, Coded, Delivery, Destination, Dsn, EmbeddedKey, FailureClass, Outcome, SendPermit, Sink,
    Timestamp,
};
use telemetry_transport::{Client, Coder, Endpoint, SetupError, Transport, failed};

use crate::address::Address;
use crate::response::classify;
use crate::{envelope, schema};

/// What requests say about their sender. The same for all installations of one version.
const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Delivers error reports to a Sentry project, one envelope at a time.
///
/// Making one touches nothing: the HTTP client, and with it TLS and the system's certificates, is set up at the first
/// delivery, which needs a person's consent.
///
/// # Privacy
///
/// See the [crate's documentation](crate) for everything that leaves the machine with a delivery.
pub struct Sentry {
    dsn: EmbeddedKey<Dsn>,
    address: Option<Address>,
    origin: &'static str,
    client: Option<Client>,
    coder: Coder,
    transport: OnceCell<Transport>,
}

impl Sentry {
    /// Makes a sink for the data source name that the build embedded.
    ///
    /// There is no constructor from a string: key and destination cannot be changed when the program runs. Without an
    /// embedded name the sink sends nothing.
    #[must_use]
    pub fn new(dsn: EmbeddedKey<Dsn>) -> Self {
        Self {
            dsn,
            address: Address::of(dsn),
            origin: dsn.origin().unwrap_or("none"),
            client: None,
            coder: Coder::new(),
            transport: OnceCell::new(),
        }
    }

    /// Uses the application's own HTTP client, for a proxy or for certificates of its own.
    ///
    /// The client must be made for this sink alone, and is its maker's responsibility: redirects and cookies off, https
    /// only, no default headers with anything personal in them.
    #[must_use]
    pub fn client(self, client: Client) -> Self {
        // A new cell: a client that an earlier delivery has set up must not stay in use.
        Self { client: Some(client), transport: OnceCell::new(), ..self }
    }

    fn transport(&self, address: Address) -> Result<&Transport, SetupError> {
        self.transport.get_or_try_init(|| {
            let auth = format!("Sentry sentry_version=7, sentry_client={AGENT}, sentry_key={}", address.key);
            let endpoint = Endpoint::new(self.origin, &address.path(), "application/x-sentry-envelope", AGENT)?
                .header("x-sentry-auth", &auth)?;
            Transport::new(endpoint, self.client.as_ref())
        })
    }
}

impl Sink for Sentry {
    fn destination(&self) -> Destination {
        let (operator, region) = self.address.map_or(("nobody", None), Address::operator);
        Destination::new(self.origin, operator, region, self.dsn.fingerprint())
    }

    /// One: an envelope holds at most one event.
    fn most_events(&self) -> usize {
        1
    }

    fn body(&self, batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
        envelope::body(batch, sent_at)
    }

    fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.coder.compress(body)
    }

    fn deliver(&self, body: Coded, permit: &SendPermit<'_>) -> Delivery {
        // Core does not deliver without a key. This holds it for everyone else.
        let Some(address) = self.address else { return Delivery::new(Outcome::Refused, None, 0) };
        if permit.is_cancelled() {
            return Delivery::new(Outcome::Cancelled, None, 0);
        }
        let Ok(transport) = self.transport(address) else {
            return failed(FailureClass::Setup, 0);
        };
        let wire_bytes = body.bytes().len();
        match transport.exchange(body, permit) {
            Ok(answer) if answer.is_direct => classify(answer.status, &answer.headers, wire_bytes, SystemTime::now()),
            Ok(answer) => Delivery::new(Outcome::Refused, Some(answer.status.as_u16()), wire_bytes),
            Err(failure) => failure.delivery(wire_bytes),
        }
    }

    /// The schema of the lines of a body, as an array: the envelope, its item, the event.
    fn body_schema(&self, catalogue: &CatalogueSchema) -> String {
        schema::text(catalogue)
    }
}

// The key stays out: debug output ends up in logs. Its own `Debug` shows the fingerprint only.
impl fmt::Debug for Sentry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sentry").field("dsn", &self.dsn).field("origin", &self.origin).finish_non_exhaustive()
    }
}
