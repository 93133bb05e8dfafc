//! Starts the measurements, each in a process of its own, and gathers what they print.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs, thread};

use serde::de::DeserializeOwned;
use telemetry_peers::measure::Nanoseconds;
use telemetry_peers::measure::call::{BURST, Spread};
use telemetry_peers::measure::deliver::Sent;
use telemetry_peers::measure::memory::Memory;
use telemetry_peers::measure::shutdown::Ended;
use telemetry_peers::report::{self, Calls, Delivery, Instructions, Results, Size, Tail};
use telemetry_peers::server::{Behaviour, Server};

pub(crate) type Error = Box<dyn std::error::Error>;

const CLIENTS: [&str; 4] = ["ours", "posthog-rs", "sentry", "opentelemetry"];
const BOUNDS: [&str; 3] = ["load", "queue", "queue-clock"];
const ALL: [&str; 8] = ["calls", "tail", "encode", "delivery", "memory", "shutdown", "instructions", "size"];

/// How often the whole list of clients is gone through; of the medians, the one in the middle is kept.
const ROUNDS: usize = 3;

/// Nobody waits longer than that for a program to end.
const LONGEST: Duration = Duration::from_secs(40);

pub(crate) fn run(sections: &[&str]) -> Result<(), Error> {
    let sections = if sections.is_empty() { &ALL } else { sections };
    let mut results = Results::read().unwrap_or_default();
    results.machine = report::machine();
    results.versions = report::versions(&CLIENTS)?;
    for section in sections {
        eprintln!("== {section}");
        match *section {
            "calls" => calls(&mut results)?,
            "tail" => tail(&mut results)?,
            "encode" => {
                for events in ["100", "1000"] {
                    results.encode.insert(events.to_owned(), child(&["encode", events])?.ok_or("too slow")?);
                }
            }
            "delivery" => delivery(&mut results)?,
            "memory" => {
                for client in CLIENTS {
                    let memory: Memory = child(&["memory", client])?.ok_or("too slow")?;
                    results.memory.insert(client.to_owned(), memory);
                }
            }
            "shutdown" => shutdown(&mut results)?,
            "instructions" => instructions(&mut results)?,
            "size" => size(&mut results)?,
            other => return Err(format!("no such section: {other}").into()),
        }
        results.write()?;
    }
    report::write(&results)
}

fn everyone() -> impl Iterator<Item = &'static str> {
    BOUNDS.into_iter().chain(CLIENTS)
}

fn calls(results: &mut Results) -> Result<(), Error> {
    let server = Server::start(Behaviour::Answers);
    let mut rounds: Vec<Vec<[Nanoseconds; 3]>> = Vec::new();
    for _ in 0..ROUNDS {
        let mut round = Vec::new();
        for client in everyone() {
            let measured = |arguments: &[&str]| child::<Nanoseconds>(arguments)?.ok_or(Error::from("too slow"));
            round.push([measured(&["off", client])?, measured(&["on", client, "1"])?, measured(&["on", client, "2"])?]);
            let _ = server.take();
        }
        rounds.push(round);
    }
    for (i, client) in everyone().enumerate() {
        let pick = |which: usize| {
            let mut of: Vec<Nanoseconds> = rounds.iter().map(|round| round[i][which]).collect();
            of.sort_by(|a, b| a.median.total_cmp(&b.median));
            Nanoseconds {
                min: of.iter().map(|times| times.min).fold(f64::INFINITY, f64::min),
                median: of[ROUNDS / 2].median,
            }
        };
        let (off, one, two) = (pick(0), pick(1), pick(2));
        eprintln!("{client}: off {:.2}, on {:.1}, two {:.1}", off.median, one.median, two.median);
        let allocations = allocations(client)?;
        results.calls.insert(client.to_owned(), Calls { off, one, two, allocations });
    }
    Ok(())
}

/// Per call, off and on.
fn allocations(client: &str) -> Result<(f64, f64), Error> {
    let output = Command::new(env::current_exe()?.with_file_name("allocations"))
        .arg(client)
        .output()
        .map_err(|error| format!("allocations, which is built with all binaries: {error}"))?;
    let text = String::from_utf8(output.stdout)?;
    let (off, on) = text.trim().split_once(' ').ok_or("two numbers")?;
    Ok((off.parse()?, on.parse()?))
}

fn tail(results: &mut Results) -> Result<(), Error> {
    let server = Server::start(Behaviour::Answers);
    for client in everyone() {
        let each: Spread = child(&["each", client])?.ok_or("too slow")?;
        let isolated: Spread = child(&["isolated", client])?.ok_or("too slow")?;
        let _ = server.take();
        eprintln!("{client}: {each:?}, isolated {isolated:?}");
        results.tail.insert(client.to_owned(), Tail { each, isolated });
    }
    Ok(())
}

fn delivery(results: &mut Results) -> Result<(), Error> {
    let server = Server::start(Behaviour::Answers);
    results.delivery.clear();
    for (client, coding) in [
        ("ours", "gzip"),
        ("posthog-rs", "plain"),
        ("posthog-rs", "gzip"),
        ("sentry", "plain"),
        ("opentelemetry", "plain"),
        ("opentelemetry", "gzip"),
    ] {
        let offered: u64 = 100_000;
        let mut of: Vec<Delivery> = Vec::new();
        for _ in 0..ROUNDS {
            let _ = server.take();
            let sent: Sent =
                child(&["deliver", client, coding, &offered.to_string()])?.ok_or("a delivery that does not end")?;
            let received = server.take();
            of.push(Delivery::new(client, coding, offered, sent, received));
        }
        of.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        let middle = of.swap_remove(ROUNDS / 2);
        eprintln!("{middle:?}");
        results.delivery.push(middle);
    }
    Ok(())
}

fn shutdown(results: &mut Results) -> Result<(), Error> {
    for client in CLIENTS {
        let mut took = [None; 2];
        for (took, events) in took.iter_mut().zip(["1", "1000"]) {
            let _server = Server::start(Behaviour::Hangs);
            *took = child::<Ended>(&["shutdown", client, events])?.map(|ended| ended.seconds);
            eprintln!("{client}, {events} queued: {took:?}");
        }
        results.shutdown.insert(client.to_owned(), took);
    }
    Ok(())
}

fn instructions(results: &mut Results) -> Result<(), Error> {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("valgrind is not installed: skipped");
        return Ok(());
    }
    let server = Server::start(Behaviour::Answers);
    for client in everyone() {
        let count = |which: &str| -> Result<f64, Error> {
            let output = Command::new("valgrind")
                .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*burst_of_calls*"])
                .arg(env::current_exe()?)
                .args(["child", which, client])
                .output()?;
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let collected = text.lines().find_map(|line| line.split_once("Collected : ")).ok_or(text.clone())?.1;
            let total: f64 = collected.trim().parse()?;
            #[expect(clippy::cast_precision_loss, reason = "a thousand")]
            let calls = BURST as f64;
            Ok((total / calls).round())
        };
        let counted = Instructions { off: count("counted-off")?, on: count("counted-on")? };
        eprintln!("{client}: {counted:?}");
        results.instructions.insert(client.to_owned(), counted);
        let _ = server.take();
    }
    Ok(())
}

fn size(results: &mut Results) -> Result<(), Error> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = directory.join("target/sizes");
    let mut nothing = 0;
    for (name, features) in [
        ("nothing", ""),
        ("core", "core"),
        ("ours", "posthog"),
        ("posthog-rs", "posthog-rs"),
        ("sentry", "sentry"),
        ("opentelemetry", "opentelemetry"),
    ] {
        let chosen = ["--no-default-features", "--features", features, "--locked"];
        let cargo = || {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.current_dir(directory).env("CARGO_TARGET_DIR", &target).stderr(Stdio::null());
            cargo
        };
        let status = cargo().args(["build", "--profile", "size", "--bin", "size"]).args(chosen).status()?;
        if !status.success() {
            return Err(format!("{name} does not build").into());
        }
        let tree = cargo().args(["tree", "-e", "normal", "--prefix", "none"]).args(chosen).output()?;
        let tree = String::from_utf8(tree.stdout)?;
        let mut crates: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        crates.sort_unstable();
        crates.dedup();
        let bytes = fs::metadata(target.join("size/size"))?.len();
        if name == "nothing" {
            nothing = bytes;
            results.size.clear();
        }
        // This package itself is one of them.
        let size = Size { crates: crates.len() - 1, added_bytes: bytes.saturating_sub(nothing) };
        eprintln!("{name}: {size:?}");
        results.size.insert(name.to_owned(), size);
    }
    Ok(())
}

/// Runs one measurement in a process of its own; `None` if it does not end.
fn child<T: DeserializeOwned>(arguments: &[&str]) -> Result<Option<T>, Error> {
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
    let until = Instant::now() + LONGEST;
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
