//! Errors and panics: what they cost, and what of them is on the wire.

use std::path::Path;
use std::process::Command;

use telemetry_peers::found::{Found, control, found};
use telemetry_peers::measure::failure::{COUNTED, Held};
use telemetry_peers::report::{HeldBy, Results, Told};
use telemetry_peers::server::{Behaviour, Server};

use super::{Error, child, instructions_of};

/// Bounds first.
const EVERYONE: [&str; 6] = ["nothing", "backtrace", "ours-sentry", "ours-posthog", "sentry", "posthog-rs"];

/// Programs that panic, for each reporter. Each pays for what is done once.
const PROGRAMS: usize = 12;

/// Panics in each: as many of one cause as ours takes in an hour.
const PANICS: &str = "5";

/// Programs that panic while the server is silent.
const SILENT: usize = 3;

/// Microseconds that the thread was held.
pub(super) fn errors(results: &mut Results) -> Result<(), Error> {
    results.errors.clear();
    for reporter in EVERYONE {
        let answering = Server::start(Behaviour::Answers);
        let errors: Held = measured("errors", reporter, &[])?;
        let panics =
            (0..PROGRAMS).map(|_| measured("panics", reporter, &[PANICS])).collect::<Result<Vec<Held>, Error>>()?;
        drop(answering);
        let _silent = Server::start(Behaviour::Hangs);
        let silent = (0..SILENT).map(|_| measured("panics", reporter, &["1"])).collect::<Result<Vec<Held>, Error>>()?;
        let held = HeldBy {
            error_first: errors.first,
            error: middle(errors.others.clone()),
            error_p99: at(errors.others, 0.99),
            panic_first: middle(panics.iter().map(|panics| panics.first).collect()),
            panic: middle(panics.into_iter().flat_map(|panics| panics.others).collect()),
            panic_silent: middle(silent.iter().map(|panics| panics.first).collect()),
            instructions: None,
        };
        eprintln!("{reporter}: {held:?}");
        results.errors.insert(reporter.to_owned(), held);
    }
    Ok(())
}

/// Instructions of a handled error on its thread.
pub(super) fn instructions(results: &mut Results) -> Result<(), Error> {
    for (reporter, held) in &mut results.errors {
        let _server = Server::start(Behaviour::Answers);
        let state = tempfile::tempdir()?;
        let arguments = ["counted-error", reporter, path(state.path())?];
        let total = instructions_of("one_report", &arguments)?;
        held.instructions = Some((total / f64::from(COUNTED)).round());
        eprintln!("{reporter}: {:?} instructions", held.instructions);
    }
    Ok(())
}

/// What lies in the requests of the same panic, and of the same error.
pub(super) fn wire(results: &mut Results) -> Result<(), Error> {
    control()?;
    let server = Server::start(Behaviour::Answers);
    results.wire.clear();
    for reporter in &EVERYONE[2..] {
        let of = |what: &str| -> Result<Found, Error> {
            let state = tempfile::tempdir()?;
            let mut sent = [Vec::new(), Vec::new()];
            for requests in &mut sent {
                let _ = server.take_requests();
                run_as_somebody(&[what, reporter, path(state.path())?])?;
                *requests = server.take_requests();
            }
            if let Some(directory) = std::env::var_os("PEERS_KEEP_BODIES") {
                keep(Path::new(&directory), &format!("{what}-{reporter}"), &sent[0])?;
            }
            Ok(found(&sent[0], &sent[1]))
        };
        let told = Told { panic: of("panic-and-end")?, error: of("error-and-end")? };
        eprintln!("{reporter}: {told:?}");
        results.wire.insert((*reporter).to_owned(), told);
    }
    Ok(())
}

/// For whoever wants to see with their own eyes.
fn keep(directory: &Path, name: &str, requests: &[telemetry_peers::server::Request]) -> Result<(), Error> {
    let mut text = String::new();
    for request in requests {
        text.push_str(&request.head);
        text.push_str(&String::from_utf8_lossy(&request.unpacked()));
        text.push_str("\n\n");
    }
    Ok(std::fs::write(directory.join(name), text)?)
}

/// As the person whom the message is about would.
fn run_as_somebody(arguments: &[&str]) -> Result<(), Error> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("child").args(arguments).env_clear().env("HOME", "/home/erika").env("USER", "erika");
    let output = command.output()?;
    if output.status.success() { Ok(()) } else { Err(format!("{arguments:?} failed").into()) }
}

fn measured(what: &str, reporter: &str, more: &[&str]) -> Result<Held, Error> {
    let state = tempfile::tempdir()?;
    let arguments = [&[what, reporter, path(state.path())?], more].concat();
    child(&arguments)
}

fn path(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| "a path of letters".into())
}

fn middle(times: Vec<f64>) -> f64 {
    at(times, 0.5)
}

fn at(mut times: Vec<f64>, share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a position"
    )]
    let position = (times.len().saturating_sub(1) as f64 * share) as usize;
    times.get(position).copied().unwrap_or(f64::NAN)
}
