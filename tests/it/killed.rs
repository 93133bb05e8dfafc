//! A program that is killed: what it had put on disk is delivered by the next one, once and unchanged.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::harness::binaries::KEY;
use crate::harness::tracker::{Tracker, work};
use crate::harness::trap::Trap;
use crate::harness::{body, eventually};

/// How often the program is killed, each time a little later.
const KILLS: u64 = 6;

/// What is in the spool files: the events that no later line takes out again, by identifier.
fn spooled(tracker: &Tracker) -> BTreeMap<String, Value> {
    let mut pending = BTreeMap::new();
    let files = tracker.home.files().into_iter().filter(|file| file.contains("/spool/"));
    for file in files {
        let text = fs::read_to_string(tracker.home.path().join(file)).unwrap_or_default();
        // A record that is being written this moment may be cut.
        let records = text.lines().skip(1).filter_map(|line| line.splitn(3, ' ').nth(2));
        for record in records.filter_map(|json| serde_json::from_str::<Value>(json).ok()) {
            match record["uuid"].as_str() {
                Some(uuid) => drop(pending.insert(uuid.to_owned(), record.clone())),
                None => {
                    for done in record["done"].as_array().unwrap() {
                        pending.remove(done.as_str().unwrap());
                    }
                }
            }
        }
    }
    pending
}

#[test]
fn what_is_on_disk_survives_every_kill_and_is_delivered_once() {
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let first = tracker.start();
    first.set_up(&["telemetry_usage"]);
    eventually("the setup is on disk", || !spooled(&tracker).is_empty());
    first.kill();

    let mut owed = spooled(&tracker);
    for kill in 1..=KILLS {
        let server = tracker.start();
        let mut visitor = server.sign_in();
        let working = thread::spawn(move || {
            // Ends with the server, in the middle of whatever it does.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&mut visitor)));
        });
        thread::sleep(Duration::from_millis(450 * kill));
        let seen = spooled(&tracker);
        server.kill();
        working.join().unwrap();
        // Whatever was on disk before the kill is on disk after it.
        let left = spooled(&tracker);
        for uuid in seen.keys() {
            assert!(left.contains_key(uuid), "{uuid} was lost by kill {kill}");
        }
        owed.extend(left);
    }
    assert!(owed.len() > 10, "{}", owed.len());
    trap.assert_untouched("the interval of the service is longer than any of its lives here");

    // Those that are stopped properly deliver what all of them left, as much as each gets done at its end.
    for _ in 0..5 {
        let server = tracker.start();
        eventually("one process has taken everything over", || {
            tracker.home.files().iter().filter(|file| file.contains("/spool/")).count() <= 1
        });
        server.stop();
        if spooled(&tracker).is_empty() {
            break;
        }
    }
    let mut delivered: BTreeMap<String, Value> = BTreeMap::new();
    for request in trap.requests() {
        body::check(&request, &tracker.home, KEY, trap.port());
        for event in request.json()["batch"].as_array().unwrap() {
            let before = delivered.insert(event["uuid"].as_str().unwrap().to_owned(), event.clone());
            assert!(before.is_none(), "delivered twice: {event}");
        }
    }
    for (uuid, record) in &owed {
        let event = delivered.get(uuid).unwrap_or_else(|| panic!("{uuid} was never delivered"));
        assert_eq!((&event["event"], &event["timestamp"]), (&record["event"], &record["at"]));
    }
    assert_eq!(spooled(&tracker), BTreeMap::new());
}
