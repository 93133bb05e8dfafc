//! Processes that are killed: what one had on disk is delivered by another, under the same identifier.
//!
//! `KILLS=10000 cargo test -p telemetry-tests killed` goes on for longer.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::harness::binaries::{self, KEY_OF_HELPERS};
use crate::harness::home::{Home, output, spawn};
use crate::harness::trap::{Manner, Trap};

/// Processes at the same time, of one installation.
const PROCESSES: usize = 3;

/// How long a round trip takes: long enough that some are killed while a request is under way.
const ROUND_TRIP: Duration = Duration::from_millis(3);

/// No process lives longer; on a machine at rest it has sent some by then.
const LONGEST_LIFE: Duration = Duration::from_millis(300);

/// More than any process counts.
const STRIDE: i64 = 1_000_000;

fn kills() -> usize {
    std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

#[test]
fn what_was_out_of_danger_arrives_whenever_the_process_is_killed() {
    let trap = Trap::new(Manner::Accept(ROUND_TRIP));
    let home = Home::new(|directory| binaries::counting().at(trap.port(), directory, "counting"));
    let state = home.path().join("state");
    let command = |act: &[&str]| {
        let mut command = home.command([state.as_os_str()]);
        command.args(act);
        command
    };
    assert!(output(&mut command(&["on"])).status.success());

    let (killed, next) = (AtomicUsize::new(0), AtomicI64::new(0));
    let safe: Vec<i64> = thread::scope(|scope| {
        let lives: Vec<_> = (0..PROCESSES as u64)
            .map(|lane| {
                let (killed, next, command) = (&killed, &next, &command);
                scope.spawn(move || {
                    let mut said = Vec::new();
                    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ lane);
                    loop {
                        let life = killed.fetch_add(1, Ordering::Relaxed);
                        if life >= kills() {
                            break;
                        }
                        let from = next.fetch_add(STRIDE, Ordering::Relaxed).to_string();
                        let mut process = spawn(command(&["count", &from]).stdout(Stdio::piped()));
                        let (mut out, mut text) = (BufReader::new(process.stdout.take().unwrap()), String::new());
                        // Every other one lives from its first number on, so that a slow machine kills no less of what
                        // comes after the beginning; the rest may be killed at any point of that as well.
                        if life.is_multiple_of(2) {
                            out.read_line(&mut text).unwrap();
                        }
                        thread::sleep(random.below(LONGEST_LIFE));
                        process.kill().unwrap();
                        out.read_to_string(&mut text).unwrap();
                        process.wait().unwrap();
                        // The last line may be cut.
                        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
                        said.extend(whole.lines().map(|line| line.parse::<i64>().unwrap()));
                    }
                    said
                })
            })
            .collect();
        lives.into_iter().flat_map(|life| life.join().unwrap()).collect()
    });
    assert!(safe.len() >= kills() / 2, "the processes hardly got to work: {}", safe.len());

    let last = output(&mut command(&["drain"]));
    assert!(last.status.success(), "something stays on disk: {last:?}");

    let mut identifiers: HashMap<i64, String> = HashMap::new();
    let (mut events, mut install_ids) = (0, HashSet::new());
    for request in trap.requests() {
        let body = request.json();
        assert_eq!(body["api_key"], KEY_OF_HELPERS);
        for event in body["batch"].as_array().unwrap() {
            events += 1;
            install_ids.insert(event["distinct_id"].to_string());
            let number = event["properties"]["number_id"].as_i64().unwrap();
            let uuid = event["uuid"].as_str().unwrap();
            let first = identifiers.entry(number).or_insert_with(|| uuid.to_owned());
            assert_eq!(first, uuid, "{number} came under two identifiers");
        }
    }
    let missing: Vec<&i64> = safe.iter().filter(|number| !identifiers.contains_key(number)).collect();
    assert!(missing.is_empty(), "{} of {} never arrived: {missing:?}", missing.len(), safe.len());
    assert_eq!(install_ids.len(), 1);
    println!(
        "{} kills: {} events out of danger, all arrived; {} arrived in all, {} of them once more",
        kills(),
        safe.len(),
        identifiers.len(),
        events - identifiers.len()
    );
}

/// Random enough for instants, and the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let part = u32::try_from(self.0 >> 40).unwrap();
        most.mul_f64(f64::from(part) / f64::from(1_u32 << 24))
    }
}
