//! `peers [SECTION…]`: measures, writes `results.json`, and from it the tables and plots of `docs/performance.md`.
//!
//! Sections: `calls`, `tail`, `encode`, `delivery`, `memory`, `shutdown`, `errors`, `wire`, `instructions`, `crates`, `size`;
//! without any, all. `peers serve` is the server by itself, for a profiler beside it; `peers render` only writes the page
//! from the results that are there. `peers child …` is what it starts itself with.

use std::path::Path;
use std::process::ExitCode;

use telemetry_peers::clients::{DEFAULT, Setup};
use telemetry_peers::measure::{call, deliver, encode, failure, memory, shutdown};
use telemetry_peers::server::{Behaviour, Server};
use telemetry_peers::{report, with_client, with_reporter};

mod run;

fn main() -> ExitCode {
    // Held to the end of the process anyway.
    let arguments: Vec<&'static str> = std::env::args().skip(1).map(|argument| &*argument.leak()).collect();
    let done = match *arguments {
        ["child", ref child @ ..] => measure(child),
        ["serve"] => {
            let _server = Server::start(Behaviour::Answers);
            loop {
                std::thread::park();
            }
        }
        ["render"] => report::Results::read().and_then(|results| report::write(&results)),
        ref sections => run::run(sections),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// One measurement, in this process.
fn measure(arguments: &[&'static str]) -> Result<(), run::Error> {
    match *arguments {
        ["off", client] => print(with_client!(client, off())),
        ["on", client, threads] => {
            let threads = threads.parse()?;
            print(with_client!(client, on(threads)))
        }
        ["each", client] => print(with_client!(client, each())),
        ["isolated", client] => print(with_client!(client, isolated())),
        ["encode", events] => print(Some(encode::encode(events.parse()?))),
        ["deliver", client, coding, events] => {
            let (setup, events) = (Setup { gzip: coding == "gzip", large_queue: true, state: None }, events.parse()?);
            print(with_client!(client, deliver(setup, events)))
        }
        ["memory", client] => print(with_client!(client, server_down())),
        ["start", client, state] => print(with_client!(client, start(Path::new(state)))),
        ["shutdown", client, events, state] => {
            let (setup, events) = (Setup { state: Some(Path::new(state)), ..DEFAULT }, events.parse()?);
            print(with_client!(client, end(setup, events)))
        }
        ["next", client, state] => {
            let setup = Setup { state: Some(Path::new(state)), ..DEFAULT };
            print(with_client!(client, next(setup)))
        }
        ["counted-off", client] => print(with_client!(client, counted_off())),
        ["counted-on", client] => print(with_client!(client, counted_on())),
        ["errors", reporter, state] => print(with_reporter!(reporter, errors(Path::new(state)))),
        ["panics", reporter, state, times] => {
            let times = times.parse()?;
            print(with_reporter!(reporter, panics(Path::new(state), times)))
        }
        ["panic-and-end", reporter, state] => print(with_reporter!(reporter, panic_and_end(Path::new(state)))),
        ["error-and-end", reporter, state] => print(with_reporter!(reporter, error_and_end(Path::new(state)))),
        ["counted-error", reporter, state] => print(with_reporter!(reporter, counted_error(Path::new(state)))),
        _ => Err("unknown measurement".into()),
    }
}

use call::{counted_off, counted_on, each, isolated, off, on};
use deliver::deliver;
use failure::{counted as counted_error, error_and_end, errors, panic_and_end, panics};
use memory::{server_down, start};
use shutdown::{end, next};

fn print<T: serde::Serialize>(measured: Option<T>) -> Result<(), run::Error> {
    println!("{}", serde_json::to_string(&measured.ok_or("no such client")?)?);
    Ok(())
}
