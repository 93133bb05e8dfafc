//! `peers [SECTION…]`: measures, writes `results.json`, and from it the tables and the plot of `docs/performance.md`.
//!
//! Sections: `calls`, `tail`, `encode`, `delivery`, `memory`, `shutdown`, `instructions`, `size`; without any, all.
//! `peers serve` is the server by itself, for a profiler beside it; `peers render` only writes the page from the results that are there. `peers child …` is what it starts itself with.

use std::process::ExitCode;

use telemetry_peers::clients::Setup;
use telemetry_peers::measure::{call, deliver, encode, memory, shutdown};
use telemetry_peers::server::{Behaviour, Server};
use telemetry_peers::{report, with_client};

mod run;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
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
fn measure(arguments: &[&str]) -> Result<(), run::Error> {
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
            let (setup, events) = (Setup { gzip: coding == "gzip", large_queue: true }, events.parse()?);
            print(with_client!(client, deliver(setup, events)))
        }
        ["memory", client] => print(with_client!(client, server_down())),
        ["shutdown", client, events] => {
            let events = events.parse()?;
            print(with_client!(client, against_silence(events)))
        }
        ["counted-off", client] => with_client!(client, counted_off()).ok_or_else(|| "no such client".into()),
        ["counted-on", client] => with_client!(client, counted_on()).ok_or_else(|| "no such client".into()),
        _ => Err("unknown measurement".into()),
    }
}

use call::{each, isolated, off, on};
use deliver::deliver;
use memory::server_down;
use shutdown::against_silence;

fn counted_off<C: telemetry_peers::clients::Client>() {
    call::counted(&C::off());
}

fn counted_on<C: telemetry_peers::clients::Client>() {
    let client = C::on(telemetry_peers::clients::DEFAULT);
    call::counted(&client);
    std::mem::forget(client);
}

fn print<T: serde::Serialize>(measured: Option<T>) -> Result<(), run::Error> {
    println!("{}", serde_json::to_string(&measured.ok_or("no such client")?)?);
    Ok(())
}
