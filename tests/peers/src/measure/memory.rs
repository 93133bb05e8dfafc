//! Memory while the server is down.

use core::time::Duration;
use std::{fs, thread};

use serde::{Deserialize, Serialize};

use super::call::BURST;
use crate::clients::{Client, DEFAULT};

/// Resident memory of the process, in KiB.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Memory {
    /// When the client is on and has nothing to do.
    pub idle: u64,
    /// The most, after a million events.
    pub peak: u64,
}

/// Offers a million events to a client whose server is down.
#[must_use]
pub fn server_down<C: Client>() -> Memory {
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
    let memory = Memory { idle, peak: status("VmHWM:") };
    // Some clients take minutes to give up.
    std::mem::forget(client);
    memory
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
