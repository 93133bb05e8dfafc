//! `sentry`: a structured log, which is the cheapest that it has for this.

use core::time::Duration;
use std::sync::Arc;

use sentry::{ClientInitGuard, ClientOptions, Hub};

use super::{Client, END, EVENT, LARGE, Setup};

/// Its destination.
pub(crate) const DSN: &str = "http://measurement@127.0.0.1:24391/1";

/// Holds the client; the calls find it through the thread's hub.
pub struct Sentry(Option<Arc<ClientInitGuard>>);

impl Client for Sentry {
    const NAME: &'static str = "sentry";

    /// It has no compression to choose.
    fn on(setup: Setup) -> Self {
        let mut options = ClientOptions::new().dsn(DSN).shutdown_timeout(END);
        if setup.large_queue {
            options = options.transport_channel_capacity(LARGE);
        }
        Self(Some(Arc::new(sentry::init(options))))
    }

    /// Initialised without a destination, which is how it is turned off.
    fn off() -> Self {
        Self(Some(Arc::new(sentry::init(ClientOptions::new()))))
    }

    fn another(&self) -> Self {
        Self(self.0.clone())
    }

    #[inline]
    fn track(&self, n: i64) {
        sentry::logger_info!(
            user_id = n % 50,
            project_id = n % 7,
            source = if n % 2 == 0 { "web" } else { "api" },
            billable = n % 3 == 0,
            "timer.started"
        );
        debug_assert_eq!(EVENT, "timer.started");
    }

    fn flush(&self, within: Duration) {
        if let Some(client) = Hub::current().client() {
            client.flush(Some(within));
        }
    }

    fn shutdown(mut self, within: Duration) -> Option<u64> {
        if let Some(client) = Hub::current().client() {
            client.close(Some(within));
        }
        self.0 = None;
        None
    }
}
