//! The end of a program whose server accepts and never answers.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::clients::{Client, DEFAULT};

/// How long the documented end took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Ended {
    /// Seconds, the drop of everything included.
    pub seconds: f64,
}

/// What is asked for, where something can be.
pub const WITHIN: Duration = Duration::from_secs(2);

/// Queues so many events and ends.
#[must_use]
pub fn against_silence<C: Client>(events: i64) -> Ended {
    let client = C::on(DEFAULT);
    for n in 0..events {
        client.track(n);
    }
    thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    client.shutdown(WITHIN);
    Ended { seconds: began.elapsed().as_secs_f64() }
}
