//! `sentry`, with what it does by default.

use core::time::Duration;
use std::path::Path;

use sentry::{ClientInitGuard, ClientOptions, Hub};

use super::{Failure, Reporter};
use crate::clients::sentry::DSN;

/// Holds the client.
pub struct Sentry(ClientInitGuard);

impl Reporter for Sentry {
    fn start(_: &Path) -> Self {
        Self(sentry::init(ClientOptions::new().dsn(DSN)))
    }

    fn report(&self, failure: &Failure) {
        sentry::capture_error(failure);
    }

    fn finish(self, within: Duration) {
        if let Some(client) = Hub::current().client() {
            client.close(Some(within));
        }
        drop(self.0);
    }
}
