//! Starts the measurements, each in a process of its own, and gathers what they print.

mod errors;
mod events;
mod size;

use core::time::Duration;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use serde::de::DeserializeOwned;
use telemetry_peers::report::{self, Results};

pub(crate) type Error = Box<dyn std::error::Error>;

const CLIENTS: [&str; 4] = ["ours", "posthog-rs", "sentry", "opentelemetry"];
const ALL: [&str; 11] =
    ["calls", "tail", "encode", "delivery", "memory", "shutdown", "errors", "wire", "instructions", "crates", "size"];

/// Longer than any measurement takes.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) fn run(sections: &[&str]) -> Result<(), Error> {
    // All of it is one run. A part is put in the place of what was there, if that still has today's form.
    let (sections, mut results) = if sections.is_empty() {
        (&ALL[..], Results::default())
    } else {
        (sections, Results::read().unwrap_or_default())
    };
    results.machine = report::machine();
    results.versions = report::versions(&CLIENTS)?;
    for section in sections {
        eprintln!("== {section}");
        match *section {
            "calls" => events::calls(&mut results)?,
            "tail" => events::tail(&mut results)?,
            "encode" => events::encode(&mut results)?,
            "delivery" => events::delivery(&mut results)?,
            "memory" => events::memory(&mut results)?,
            "shutdown" => events::shutdown(&mut results)?,
            "errors" => errors::errors(&mut results)?,
            "wire" => errors::wire(&mut results)?,
            "instructions" => {
                if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
                    eprintln!("valgrind is not installed: skipped");
                } else {
                    events::instructions(&mut results)?;
                    errors::instructions(&mut results)?;
                }
            }
            "crates" => size::crates(&mut results)?,
            "size" => size::bytes(&mut results)?,
            other => return Err(format!("no such section: {other}").into()),
        }
        // After each, so that a run that is broken off leaves what it has.
        results.write()?;
        report::write(&results)?;
    }
    Ok(())
}

/// Runs one measurement in a process of its own.
fn child<T: DeserializeOwned>(arguments: &[&str]) -> Result<T, Error> {
    child_within(PATIENCE, arguments)?.ok_or_else(|| format!("{arguments:?} takes too long").into())
}

/// The same; `None` if it has not ended by then.
fn child_within<T: DeserializeOwned>(patience: Duration, arguments: &[&str]) -> Result<Option<T>, Error> {
    let mut child = Command::new(env::current_exe()?)
        .arg("child")
        .args(arguments)
        // Settings of the person who measures are no settings of the measurement.
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("HOME", env::var_os("HOME").unwrap_or_else(|| PathBuf::from("/").into()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let until = Instant::now() + patience;
    while child.try_wait()?.is_none() {
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("{arguments:?} failed").into());
    }
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}

/// Instructions in functions with this name, on their own thread, of a measurement under `valgrind`.
fn instructions_of(function: &str, arguments: &[&str]) -> Result<f64, Error> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", &format!("--toggle-collect=*{function}*")])
        .arg(env::current_exe()?)
        .arg("child")
        .args(arguments)
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, collected) = text.lines().find_map(|line| line.split_once("Collected : ")).ok_or(text.clone())?;
    Ok(collected.trim().parse()?)
}
