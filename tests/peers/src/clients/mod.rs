//! The clients, behind one trait.

pub mod bounds;
pub mod opentelemetry;
pub mod ours;
pub mod posthog_rs;
pub mod sentry;

use core::time::Duration;
use std::path::Path;

/// Where every client sends. Ours is told when it is built, so all are.
pub const ADDRESS: &str = "127.0.0.1:24391";

/// The same as an origin.
macro_rules! origin {
    () => {
        "http://127.0.0.1:24391"
    };
}
pub(crate) use origin;

/// The name of the event, which also tells how many events a request holds.
pub const EVENT: &str = "timer.started";

/// How a client is set up, beyond its defaults.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Whether it compresses.
    pub gzip: bool,
    /// Whether its queue is made large enough for everything that is offered, where that can be chosen.
    pub large_queue: bool,
    /// Where it keeps what has to outlive the process, if it keeps anything; a new place if none is given.
    pub state: Option<&'static Path>,
}

/// As somebody has it who reads its documentation and writes as little as possible.
pub const DEFAULT: Setup = Setup { gzip: true, large_queue: false, state: None };

/// How long the end of a program may take, told to every client that takes such a time.
pub const END: Duration = Duration::from_secs(2);

/// Events that a large queue holds.
pub const LARGE: usize = 1_000_000;

/// Something that events can be tracked with.
pub trait Client: Send + Sync + Sized {
    /// Its name in the results.
    const NAME: &'static str;

    /// Set up and, where there is such a thing, agreed to.
    fn on(setup: Setup) -> Self;

    /// Set up and off.
    fn off() -> Self;

    /// The handle of another thread of the same program.
    #[must_use]
    fn another(&self) -> Self;

    /// Tracks one event.
    fn track(&self, n: i64);

    /// Waits until a burst of a thousand fits in, where the client can tell.
    fn make_room(&self) {}

    /// Has everything delivered that was tracked.
    fn flush(&self, within: Duration);

    /// Ends as the documentation says, for at most this long where that can be said. Gives the number of events that the
    /// client says it lost, if it says so.
    fn shutdown(self, within: Duration) -> Option<u64>;
}

/// Calls `$f::<Client>($args)` for the client of this name.
#[macro_export]
macro_rules! with_client {
    ($name:expr, $f:ident($($argument:expr),*)) => {
        match $name {
            "ours" => Some($f::<$crate::clients::ours::Ours>($($argument),*)),
            "posthog-rs" => Some($f::<$crate::clients::posthog_rs::PosthogRs>($($argument),*)),
            "sentry" => Some($f::<$crate::clients::sentry::Sentry>($($argument),*)),
            "opentelemetry" => Some($f::<$crate::clients::opentelemetry::OpenTelemetry>($($argument),*)),
            "load" => Some($f::<$crate::clients::bounds::Load>($($argument),*)),
            "queue" => Some($f::<$crate::clients::bounds::Push>($($argument),*)),
            "queue-clock" => Some($f::<$crate::clients::bounds::PushAndClock>($($argument),*)),
            _ => None,
        }
    };
}
