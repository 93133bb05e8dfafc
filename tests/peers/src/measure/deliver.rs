//! From the call to the server's answer.

use core::time::Duration;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::call::BURST;
use crate::clients::{Client, Setup};

/// What the client's process saw.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Sent {
    /// Seconds from the first call to the end of the flush.
    pub seconds: f64,
    /// Seconds of processor time of the whole process in between.
    pub cpu_seconds: f64,
}

/// Longer than any client needs.
const PATIENCE: Duration = Duration::from_mins(1);

/// Tracks this many events and has them delivered.
#[must_use]
pub fn deliver<C: Client>(setup: Setup, events: i64) -> Sent {
    let client = C::on(setup);
    // Connections, runtimes and the like are made once.
    client.track(0);
    client.flush(PATIENCE);
    let (cpu, began) = (cpu(), Instant::now());
    for _ in 0..events / BURST {
        client.make_room();
        for n in 0..BURST {
            client.track(n);
        }
    }
    client.flush(PATIENCE);
    let sent = Sent { seconds: began.elapsed().as_secs_f64(), cpu_seconds: self::cpu() - cpu };
    let _ = client.shutdown(PATIENCE);
    sent
}

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    let seconds = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    seconds
}
