//! Events: calls, bodies, deliveries, memory and ends.

use core::time::Duration;
use std::env;
use std::process::Command;

use telemetry_peers::measure::Nanoseconds;
use telemetry_peers::measure::call::{BURST, Spread};
use telemetry_peers::measure::deliver::Sent;
use telemetry_peers::measure::memory::Memory;
use telemetry_peers::measure::shutdown::Ended;
use telemetry_peers::report::{Calls, Delivery, End, Instructions, Results, Tail};
use telemetry_peers::server::{Behaviour, Server};

use super::size::{cargo, target};
use super::{CLIENTS, Error, child, child_within, instructions_of};

const BOUNDS: [&str; 3] = ["load", "queue", "queue-clock"];

/// How often the whole list of clients is gone through; of the medians, the one in the middle is kept.
const ROUNDS: usize = 3;

/// Nobody waits longer than that for a program to end.
const LONGEST: Duration = Duration::from_secs(20);

fn everyone() -> impl Iterator<Item = &'static str> {
    BOUNDS.into_iter().chain(CLIENTS)
}

pub(super) fn calls(results: &mut Results) -> Result<(), Error> {
    let server = Server::start(Behaviour::Answers);
    let mut rounds: Vec<Vec<[Nanoseconds; 3]>> = Vec::new();
    for _ in 0..ROUNDS {
        let mut round = Vec::new();
        for client in everyone() {
            let measured = |arguments: &[&str]| child::<Nanoseconds>(arguments);
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

pub(super) fn tail(results: &mut Results) -> Result<(), Error> {
    let server = Server::start(Behaviour::Answers);
    for client in everyone() {
        let each: Spread = child(&["each", client])?;
        let isolated: Spread = child(&["isolated", client])?;
        let _ = server.take();
        eprintln!("{client}: {each:?}, isolated {isolated:?}");
        results.tail.insert(client.to_owned(), Tail { each, isolated });
    }
    Ok(())
}

pub(super) fn encode(results: &mut Results) -> Result<(), Error> {
    for events in ["100", "1000"] {
        results.encode.insert(events.to_owned(), child(&["encode", events])?);
    }
    Ok(())
}

pub(super) fn memory(results: &mut Results) -> Result<(), Error> {
    for client in CLIENTS {
        let memory: Memory = child(&["memory", client])?;
        eprintln!("{client}: {memory:?}");
        results.memory.insert(client.to_owned(), memory);
    }
    let server = Server::start(Behaviour::Answers);
    for client in CLIENTS {
        let state = tempfile::tempdir()?;
        let path = state.path().to_str().ok_or("a path of letters")?;
        let start: Nanoseconds = child(&["start", client, path])?;
        eprintln!("{client}: {start:?} to start");
        results.start.insert(client.to_owned(), start);
        let _ = server.take();
    }
    Ok(())
}

pub(super) fn delivery(results: &mut Results) -> Result<(), Error> {
    build_uncompressed()?;
    let server = Server::start(Behaviour::Answers);
    results.delivery.clear();
    for (client, coding) in [
        ("ours", "plain"),
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
            let sent: Sent = match (client, coding) {
                ("ours", "plain") => deliver_uncompressed(offered)?,
                _ => child(&["deliver", client, coding, &offered.to_string()])?,
            };
            let received = server.take();
            if (received.compressed == 0) == (coding == "gzip") {
                return Err(format!("{client} does not send {coding}").into());
            }
            of.push(Delivery::new(client, coding, offered, sent, received));
        }
        of.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        let middle = of.swap_remove(ROUNDS / 2);
        eprintln!("{middle:?}");
        results.delivery.push(middle);
    }
    Ok(())
}

/// Ours without compression is another build of it.
fn build_uncompressed() -> Result<(), Error> {
    let arguments =
        ["build", "--release", "--locked", "--bin", UNCOMPRESSED, "--no-default-features", "--features", "all"];
    let status = cargo(&target()?).args(arguments).status()?;
    if status.success() { Ok(()) } else { Err(format!("`{UNCOMPRESSED}` does not build").into()) }
}

const UNCOMPRESSED: &str = "uncompressed";

fn deliver_uncompressed(events: u64) -> Result<Sent, Error> {
    let mut command = Command::new(env::current_exe()?.with_file_name(UNCOMPRESSED));
    let output = command.arg(events.to_string()).env_clear().output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What a program's end takes, and what comes of what it left when it starts again with a server that is well.
pub(super) fn shutdown(results: &mut Results) -> Result<(), Error> {
    results.shutdown.clear();
    for client in CLIENTS {
        for (name, behaviour) in
            [("hangs", Some(Behaviour::Hangs)), ("503", Some(Behaviour::Unavailable)), ("down", None)]
        {
            for queued in [1_u32, 10_000] {
                let state = tempfile::tempdir()?;
                let path = state.path().to_str().ok_or("a path of letters")?;
                let server = behaviour.map(Server::start);
                let arguments = ["shutdown", client, &queued.to_string(), path];
                let ended: Option<Ended> = child_within(LONGEST, &arguments)?;
                drop(server);
                let again = Server::start(Behaviour::Answers);
                let () = child(&["next", client, path])?;
                // One that the next start tracks itself is among them.
                let later = again.take().events.saturating_sub(1);
                let (seconds, lost) = (ended.map(|ended| ended.seconds), ended.and_then(|ended| ended.lost));
                let end = End { client: client.to_owned(), server: name.to_owned(), queued, seconds, later, lost };
                eprintln!("{end:?}");
                results.shutdown.push(end);
            }
        }
    }
    Ok(())
}

pub(super) fn instructions(results: &mut Results) -> Result<(), Error> {
    let server = Server::start(Behaviour::Answers);
    for client in everyone() {
        let count = |which: &str| -> Result<f64, Error> {
            #[expect(clippy::cast_precision_loss, reason = "a thousand")]
            let calls = BURST as f64;
            Ok((instructions_of("burst_of_calls", &[which, client])? / calls).round())
        };
        let counted = Instructions { off: count("counted-off")?, on: count("counted-on")? };
        eprintln!("{client}: {counted:?}");
        results.instructions.insert(client.to_owned(), counted);
        let _ = server.take();
    }
    Ok(())
}
