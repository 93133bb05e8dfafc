//! `posthog-rs`, with what it does by default, and its panic hook, which one has to ask for.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Waker};
use core::time::Duration;
use std::path::Path;

use posthog_rs::{ClientOptionsBuilder, ErrorTrackingOptionsBuilder};
use tokio::runtime::Runtime;

use super::{Failure, Reporter};
use crate::clients::origin;

/// The runtime that its functions want; the client is a global one, since only that has a panic hook.
pub struct PosthogRs(Runtime);

impl Reporter for PosthogRs {
    fn start(_: &Path) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let errors = ErrorTrackingOptionsBuilder::default().capture_panics(true).build().expect("options");
        let mut options = ClientOptionsBuilder::default();
        options.api_key("phc_measurement".to_owned()).host(origin!()).error_tracking(errors);
        let options = options.build().expect("options");
        runtime.block_on(posthog_rs::init_global(options)).expect("the first one");
        Self(runtime)
    }

    fn report(&self, failure: &Failure) {
        // It is asynchronous by its signature only, and done after the first look. A runtime would be measured as well.
        let done = pin!(posthog_rs::capture_exception(failure)).poll(&mut Context::from_waker(Waker::noop()));
        debug_assert!(done.is_ready());
    }

    fn finish(self, _: Duration) {
        self.0.block_on(posthog_rs::shutdown());
    }
}
