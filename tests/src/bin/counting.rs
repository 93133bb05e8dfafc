//! A process that is killed: counts up, and says of each number when it is out of danger.
//!
//! `counting DIRECTORY on` agrees; `counting DIRECTORY count FROM` tracks one number after the other, and prints each as
//! soon as its event was delivered or lies on disk, until it is killed; `counting DIRECTORY drain` delivers what the others
//! left.

#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use telemetry_core::{Id, ProgramKind, Purpose, Purposes, Surface, Telemetry};
use telemetry_tests::counting::Tracked;
use telemetry_tests::telemetry_of;

/// How long `drain` goes on at most.
const PATIENCE: Duration = Duration::from_mins(2);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(act)) = (arguments.next(), arguments.next()) else { return ExitCode::from(2) };
    let from = arguments.next().and_then(|from| from.parse().ok()).unwrap_or(0);
    let telemetry = telemetry_of::<Tracked>(ProgramKind::Service, directory);
    let done = match act.as_str() {
        "on" => on(&telemetry),
        "count" => count(&telemetry, from),
        "drain" => drain(&telemetry),
        _ => return ExitCode::from(2),
    };
    if done.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn on(telemetry: &Telemetry<Tracked>) -> Option<()> {
    let question = telemetry.present(Surface::Terminal)?;
    telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).ok()
}

fn count(telemetry: &Telemetry<Tracked>, from: i64) -> Option<()> {
    for number in from.. {
        telemetry.track(Tracked::NumberCounted { number_id: Id::new(number) });
        // Most go at once, some wait for the interval.
        if number % 3 != 0 {
            telemetry.flush(Duration::from_secs(5));
        }
        while !is_safe(telemetry) {
            thread::sleep(Duration::from_millis(1));
        }
        say(number)?;
    }
    Some(())
}

/// Whether everything that was tracked so far is delivered or on disk.
fn is_safe(telemetry: &Telemetry<Tracked>) -> bool {
    let status = telemetry.status();
    let spooled: u64 = status.destinations.iter().map(|destination| destination.spooled).sum();
    let lost: u64 = status.stats.losses().map(|(_, count)| count).sum();
    lost == 0 && status.stats.queued == 0 && status.stats.waiting <= spooled
}

/// Waits until nothing of any process is left on disk.
fn drain(telemetry: &Telemetry<Tracked>) -> Option<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        telemetry.flush(Duration::from_secs(5));
        let status = telemetry.status();
        if status.stats.waiting == 0 && status.stats.queued == 0 && status.spool_bytes < 1000 {
            telemetry.shutdown(Duration::from_secs(5));
            return Some(());
        }
        if Instant::now() > until {
            return None;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn say(number: i64) -> Option<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{number}").and_then(|()| out.flush()).ok()
}
