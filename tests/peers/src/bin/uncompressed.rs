//! `uncompressed EVENTS`: one delivery of ours as `peers` measures it, but built without compression.

use std::process::ExitCode;

use telemetry_peers::clients::{Setup, ours::Ours};
use telemetry_peers::measure::deliver::deliver;

fn main() -> ExitCode {
    let Some(Ok(events)) = std::env::args().nth(1).map(|events| events.parse()) else { return ExitCode::from(2) };
    let sent = deliver::<Ours>(Setup { gzip: false, large_queue: true, state: None }, events);
    println!("{}", serde_json::to_string(&sent).expect("numbers"));
    ExitCode::SUCCESS
}
