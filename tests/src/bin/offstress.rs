//! A process of the stress test: agrees, sends as fast as it can, turns off, or holds the lock of a sender.
//!
//! `offstress DIRECTORY on|off|send|hold`. `send` says so when something was delivered, and at its end how much.

#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use telemetry_core::store::{FileStore, Store};
use telemetry_core::{Purpose, Purposes, Surface};
use telemetry_tests::{Tracked, telemetry};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(act)) = (arguments.next(), arguments.next()) else { return ExitCode::from(2) };
    let done = match act.as_str() {
        "on" => on(&directory),
        "off" => off(&directory),
        "send" => send(&directory),
        "hold" => hold(&directory),
        _ => return ExitCode::from(2),
    };
    if done.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn on(directory: &str) -> Option<()> {
    let telemetry = telemetry(directory);
    let question = telemetry.present(Surface::Terminal)?;
    telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).ok()
}

fn off(directory: &str) -> Option<()> {
    let withdrawal = telemetry(directory).withdraw(Surface::Terminal).ok()?;
    say(&format!("{withdrawal:?}"))
}

/// Goes on for as long as standard input is open, off or on: a process that has not noticed an "off" would go on
/// sending, and be seen.
fn send(directory: &str) -> Option<()> {
    let telemetry = telemetry(directory);
    let open = Arc::new(AtomicBool::new(true));
    let closed = Arc::clone(&open);
    thread::spawn(move || {
        io::stdin().lines().for_each(drop);
        closed.store(false, Ordering::SeqCst);
    });
    let (mut first, mut has_sent) = (true, false);
    while open.load(Ordering::SeqCst) {
        if telemetry.is_on() {
            telemetry.track(Tracked::RoundBegun { first });
            telemetry.flush(Duration::from_secs(5));
            first = false;
            if !has_sent && telemetry.stats().delivered > 0 {
                has_sent = true;
                say("sent")?;
            }
        } else {
            // A new yes is looked for as a service does.
            telemetry.refresh();
            thread::sleep(Duration::from_millis(1));
        }
    }
    say(&format!("{}", telemetry.stats().delivered))
}

/// Holds the shared lock until it is killed, as a sender that hangs would.
fn hold(directory: &str) -> Option<()> {
    let store = FileStore::new("offstress", directory);
    let _guard = store.share().ok()?;
    say("held")?;
    // Ends when it is killed, or its parent is gone.
    io::stdin().lines().for_each(drop);
    Some(())
}

fn say(text: &str) -> Option<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).ok()
}
