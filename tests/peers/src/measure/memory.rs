//! What a client takes before it has done anything, and while the server is down.

use core::time::Duration;
use std::path::Path;
use std::time::Instant;
use std::{fs, thread};

use serde::{Deserialize, Serialize};

use super::Nanoseconds;
use super::call::BURST;
use crate::clients::{Client, DEFAULT, END, Setup};

/// Resident memory of the process, in KiB.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Memory {
    /// Before there is a client.
    #[serde(default)]
    pub before: u64,
    /// When the client is on and has nothing to do.
    pub idle: u64,
    /// The most, after a million events.
    pub peak: u64,
}

/// Offers a million events to a client whose server is down.
#[must_use]
pub fn server_down<C: Client>() -> Memory {
    let before = status("VmRSS:");
    let client = C::on(DEFAULT);
    thread::sleep(Duration::from_millis(200));
    let idle = status("VmRSS:");
    for _ in 0..1_000 {
        for n in 0..BURST {
            client.track(n);
        }
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(1_500));
    let memory = Memory { before, idle, peak: status("VmHWM:") };
    // Some clients take minutes to give up.
    std::mem::forget(client);
    memory
}

/// How long the program is held by setting up the client, in an installation that has agreed before where there is such a
/// thing.
#[must_use]
pub fn start<C: Client>(state: &'static Path) -> Nanoseconds {
    let timed = |_| {
        let began = Instant::now();
        let client = C::on(Setup { state: Some(state), ..DEFAULT });
        let took = began.elapsed();
        let _ = client.shutdown(END);
        took
    };
    // The first one agrees.
    let _ = timed(0);
    Nanoseconds::of((1..20).map(timed).collect(), 1)
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
