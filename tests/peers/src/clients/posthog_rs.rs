//! `posthog-rs`, with its default features.

use core::time::Duration;
use std::sync::Arc;

use posthog_rs::{CaptureCompression, ClientOptionsBuilder, Event};
use tokio::runtime::Runtime;

use super::{Client, END, EVENT, LARGE, Setup, origin};

/// The client and a runtime, which its constructor and its `flush` need.
pub struct PosthogRs(Arc<(posthog_rs::Client, Runtime)>);

impl PosthogRs {
    fn new(set: impl FnOnce(&mut ClientOptionsBuilder)) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let mut options = ClientOptionsBuilder::default();
        options.api_key("phc_measurement".to_owned()).host(origin!()).shutdown_timeout_ms(END.as_secs() * 1000);
        set(&mut options);
        let options = options.build().expect("options");
        let client = runtime.block_on(posthog_rs::client(options));
        Self(Arc::new((client, runtime)))
    }
}

impl Client for PosthogRs {
    const NAME: &'static str = "posthog-rs";

    fn on(setup: Setup) -> Self {
        Self::new(|options| {
            if setup.gzip {
                options.capture_compression(CaptureCompression::Gzip);
            }
            if setup.large_queue {
                options.max_queue_size(LARGE);
            }
        })
    }

    fn off() -> Self {
        Self::new(|options| {
            options.disabled(true);
        })
    }

    fn another(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    #[inline]
    fn track(&self, n: i64) {
        let mut event = Event::new(EVENT, "01890a5d-ac96-4774-bf1e-0a1b2c3d4e5f");
        let _ = event.insert_prop("user_id", n % 50);
        let _ = event.insert_prop("project_id", n % 7);
        let _ = event.insert_prop("source", if n % 2 == 0 { "web" } else { "api" });
        let _ = event.insert_prop("billable", n % 3 == 0);
        self.0.0.capture(event);
    }

    fn flush(&self, _: Duration) {
        self.0.1.block_on(self.0.0.flush());
    }

    fn shutdown(self, _: Duration) -> Option<u64> {
        self.0.1.block_on(self.0.0.shutdown());
        None
    }
}
