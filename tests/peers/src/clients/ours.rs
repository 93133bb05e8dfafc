//! `telemetry-core` with `telemetry-posthog`.

use core::time::Duration;
use std::sync::Arc;
use std::thread;

use telemetry_core::{EmbeddedKey, ProgramKind, Purpose, Purposes, Surface, Telemetry, embedded_host, embedded_key};
use telemetry_posthog::Posthog;

use super::{Client, Setup};
use crate::catalogue::{Tracked, event};

const KEY: EmbeddedKey = embedded_key!(= "phc_measurement");

/// More than this waits: no further burst of a thousand, so that whatever is slow the queue holds it.
const ROOM: u64 = 3_000;

/// The sink, for its bodies.
#[must_use]
pub fn sink() -> Posthog {
    Posthog::new(KEY, embedded_host!(= "http://127.0.0.1:24391"))
}

/// Our handle, and the directory that it works in.
pub struct Ours {
    telemetry: Telemetry<Tracked>,
    _directory: Arc<tempfile::TempDir>,
}

impl Ours {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let telemetry =
            Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path().join("state"), sink()).build();
        Self { telemetry, _directory: Arc::new(directory) }
    }
}

impl Client for Ours {
    const NAME: &'static str = "ours";

    /// The default, whatever is asked for: it compresses, and its queue has one size.
    fn on(_: Setup) -> Self {
        let ours = Self::new();
        let question = ours.telemetry.present(Surface::Dashboard).expect("the question may be asked");
        ours.telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).expect("the yes is stored");
        ours
    }

    fn off() -> Self {
        Self::new()
    }

    fn another(&self) -> Self {
        Self { telemetry: self.telemetry.clone(), _directory: Arc::clone(&self._directory) }
    }

    #[inline]
    fn track(&self, n: i64) {
        self.telemetry.track(event(n));
    }

    fn make_room(&self) {
        let waiting = || {
            let stats = self.telemetry.stats();
            stats.queued + stats.waiting
        };
        while waiting() > ROOM {
            thread::sleep(Duration::from_micros(100));
        }
    }

    fn flush(&self, within: Duration) {
        self.telemetry.flush(within);
    }

    fn shutdown(self, within: Duration) {
        self.telemetry.shutdown(within);
    }
}
