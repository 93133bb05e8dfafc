//! The end of a program whose server does not take what it is offered.

use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::call::BURST;
use crate::clients::{Client, END, Setup};

/// How long the documented end took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Ended {
    /// Seconds, the drop of everything included.
    pub seconds: f64,
    /// Events that the client says it lost, if it says so.
    pub lost: Option<u64>,
}

/// Between two bursts of a thousand: a client that can write to disk in the meantime may.
const BETWEEN: Duration = Duration::from_millis(5);

/// Offers so many events and ends.
#[must_use]
pub fn end<C: Client>(setup: Setup, events: i64) -> Ended {
    let client = C::on(setup);
    for n in 0..events {
        client.track(n);
        if n % BURST == BURST - 1 {
            thread::sleep(BETWEEN);
        }
    }
    thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    let lost = client.shutdown(END);
    Ended { seconds: began.elapsed().as_secs_f64(), lost }
}

/// The next start of the same program, with a server that is well: delivers what was left.
///
/// # Panics
///
/// The client cannot be set up.
pub fn next<C: Client>(setup: Setup) {
    let client = C::on(setup);
    // Looks for what is left with the first event at the latest.
    client.track(0);
    client.flush(Duration::from_secs(10));
    let _ = client.shutdown(END);
}
