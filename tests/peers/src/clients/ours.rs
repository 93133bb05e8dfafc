//! `telemetry-core` with `telemetry-posthog`.

use core::time::Duration;
use std::sync::Arc;
use std::thread;

use telemetry_core::{
    Catalogue, EmbeddedHost, EmbeddedKey, ProgramKind, Purpose, Purposes, Surface, Telemetry, embedded_host,
    embedded_key,
};
use telemetry_posthog::Posthog;
use tempfile::TempDir;

use super::{Client, Setup};
use crate::catalogue::{Tracked, event};

const KEY: EmbeddedKey = embedded_key!(= "phc_measurement");
const HOST: EmbeddedHost = embedded_host!(= "http://127.0.0.1:24391");

/// More than this waits: no further burst of a thousand, so that whatever is slow the queue holds it.
const ROOM: u64 = 3_000;

/// The sink.
#[must_use]
pub fn sink() -> Posthog {
    Posthog::new(KEY, HOST)
}

/// Says yes to these purposes, unless an earlier process of the same installation was told so.
///
/// # Panics
///
/// The yes cannot be given.
pub fn agree<C: Catalogue>(telemetry: &Telemetry<C>, purposes: Purposes) {
    if !telemetry.status().is_on() {
        let question = telemetry.present(Surface::Dashboard).expect("the question may be asked");
        telemetry.grant(question.ticket(), purposes).expect("the yes is stored");
    }
}

/// Our handle, and the directory that it works in.
pub struct Ours {
    telemetry: Telemetry<Tracked>,
    /// Goes with the last handle.
    directory: Option<Arc<TempDir>>,
}

impl Ours {
    fn new(setup: Setup) -> Self {
        let directory = setup.state.is_none().then(new_directory);
        let state = setup.state.or_else(|| directory.as_deref().map(TempDir::path)).expect("one of both");
        let telemetry = Telemetry::<Tracked>::builder(ProgramKind::Service, state.join("state"), sink()).build();
        Self { telemetry, directory }
    }
}

fn new_directory() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().expect("a temporary directory"))
}

impl Client for Ours {
    const NAME: &'static str = "ours";

    /// The default, whatever is asked for: whether it compresses is chosen when it is built, and its queue has one size.
    fn on(setup: Setup) -> Self {
        let ours = Self::new(setup);
        agree(&ours.telemetry, Purposes::NONE.with(Purpose::Usage));
        ours
    }

    fn off() -> Self {
        Self::new(super::DEFAULT)
    }

    fn another(&self) -> Self {
        Self { telemetry: self.telemetry.clone(), directory: self.directory.clone() }
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

    fn shutdown(self, within: Duration) -> Option<u64> {
        self.telemetry.shutdown(within);
        Some(self.telemetry.stats().losses().map(|(_, count)| count).sum())
    }
}
