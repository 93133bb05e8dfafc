//! The measurements. Each runs in a process of its own and prints one line of JSON.

pub mod call;
pub mod deliver;
pub mod encode;
pub mod failure;
pub mod memory;
pub mod shutdown;

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// Nanoseconds per call, over batches.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Nanoseconds {
    /// Of the best batch.
    pub min: f64,
    /// Of the batch in the middle.
    pub median: f64,
}

impl Nanoseconds {
    /// From the times of batches of `calls` each.
    fn of(mut batches: Vec<Duration>, calls: u32) -> Self {
        batches.sort_unstable();
        let per_call =
            |batch: Option<&Duration>| batch.map_or(f64::NAN, |batch| batch.as_secs_f64() * 1e9) / f64::from(calls);
        Self { min: per_call(batches.first()), median: per_call(batches.get(batches.len() / 2)) }
    }
}
