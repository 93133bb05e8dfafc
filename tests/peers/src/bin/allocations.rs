//! How often a call allocates, with an allocator that counts: `allocations CLIENT` prints calls off and on.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use telemetry_peers::clients::{Client, DEFAULT};
use telemetry_peers::with_client;

const CALLS: u32 = 1_000;

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some((off, on)) = with_client!(name.as_str(), count()) else {
        eprintln!("no such client: {name}");
        return ExitCode::FAILURE;
    };
    println!("{off} {on}");
    ExitCode::SUCCESS
}

fn count<C: Client>() -> (f64, f64) {
    let per_call = |client: &C| {
        client.track(0);
        thread::sleep(Duration::from_millis(100));
        let counted = allocation_counter::measure(|| (0..i64::from(CALLS)).for_each(|n| client.track(n)));
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let total = counted.count_total as f64;
        total / f64::from(CALLS)
    };
    let off = per_call(&C::off());
    let on = C::on(DEFAULT);
    let counted = per_call(&on);
    std::mem::forget(on);
    (off, counted)
}
