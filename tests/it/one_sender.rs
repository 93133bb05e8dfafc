//! One process of an installation sends at a time: seen by the server that they send to.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::harness::home::status;
use crate::harness::steered::{Installation, Steered};
use crate::harness::trap::{Manner, Trap};
use crate::harness::{eventually, within};

/// Processes of one installation.
const PROCESSES: i64 = 4;

/// More than any process tracks.
const STRIDE: i64 = 1_000_000;

/// Starts processes of an installation that has agreed, each with numbers of its own.
fn processes(installation: &Installation, count: i64) -> Vec<Steered> {
    let mut processes: Vec<Steered> = (0..count).map(|_| installation.start_as_the_test()).collect();
    processes[0].agree();
    for (process, number) in processes.iter_mut().zip(0..) {
        // A look at the status is a look at the decision.
        assert_eq!(process.status()["state"], "granted");
        process.tell(&format!("from {}", number * STRIDE));
    }
    processes
}

/// The numbers of all events that arrived, each under one identifier.
fn arrived(trap: &Trap) -> HashSet<i64> {
    let mut identifiers: HashMap<i64, String> = HashMap::new();
    for request in trap.requests() {
        for event in request.json()["batch"].as_array().unwrap() {
            let number = event["properties"]["number_id"].as_i64().unwrap();
            let uuid = event["uuid"].as_str().unwrap();
            assert_eq!(identifiers.entry(number).or_insert_with(|| uuid.to_owned()), uuid, "{number}");
        }
    }
    identifiers.into_keys().collect()
}

#[test]
fn processes_of_an_installation_send_one_at_a_time() {
    let trap = Trap::new(Manner::Accept(Duration::from_millis(5)));
    let installation = Installation::new(&trap);
    let mut processes = processes(&installation, PROCESSES);
    let (rounds, events) = (10, 40);
    for _ in 0..rounds {
        // All at once.
        for process in &mut processes {
            process.begin(&format!("track {events}"));
            process.begin("flush 60000");
        }
        for process in &mut processes {
            process.answer("track");
            assert_eq!(process.answer("flush")["remaining"], 0);
        }
    }
    for process in &mut processes {
        let status = process.status();
        assert_eq!((&status["delivered"], &status["lost"]), (&(rounds * events).into(), &serde_json::json!({})));
    }
    assert_eq!(arrived(&trap).len(), usize::try_from(PROCESSES * rounds * events).unwrap());
    assert!(trap.received().connections >= 4, "each sends by itself: {:?}", trap.received());
    assert_eq!(trap.busiest(), 1, "two requests at once");
    for process in processes {
        process.end();
    }
}

/// The command that a person types is a process of its own, which has sent nothing.
#[test]
fn the_command_tells_how_the_programs_requests_went() {
    let trap = Trap::new(Manner::Accept(Duration::ZERO));
    let installation = Installation::new(&trap);
    let mut program = processes(&installation, 1).remove(0);
    program.tell("track 1");
    assert_eq!(program.tell("flush 60000")["remaining"], 0);
    trap.treat(Manner::Fail);
    program.tell("track 1");
    assert_eq!(program.tell("flush 60000")["remaining"], 1);
    let told = || status(&mut installation.command(&["telemetry", "status", "--json"]));
    let own = program.status()["destinations"][0].clone();
    assert_eq!(own["last_failure"]["class"], "server_error");
    eventually("it is noted", || told()["destinations"][0]["last_failure"] == own["last_failure"]);
    let told = told();
    assert!(
        own["last_success"].is_string() && own["last_success"] == told["destinations"][0]["last_success"],
        "{told}"
    );
    assert!(told["spool_bytes"].as_u64() > Some(0), "{told}");
    program.end();
}

/// What the test above sees is there to be seen: two installations know nothing of each other.
#[test]
fn installations_send_when_they_like() {
    let trap = Trap::new(Manner::Hang);
    let (one, two) = (Installation::new(&trap), Installation::new(&trap));
    let mut running: Vec<Steered> = [&one, &two].into_iter().flat_map(|each| processes(each, 1)).collect();
    for process in &mut running {
        process.tell("track 1");
        process.begin("flush 0");
    }
    eventually("both send", || trap.busiest() == 2);
}

#[test]
fn a_sender_that_dies_passes_the_turn_on() {
    let trap = Trap::new(Manner::Hang);
    let installation = Installation::new(&trap);
    let mut processes = processes(&installation, 3);
    for process in &mut processes {
        process.tell("track 5");
        // Begins, and does not wait.
        process.tell("flush 0");
    }
    for round in 1..=2 {
        trap.wait_for(round);
        // The others ask for the turn every 200 ms at most, and do not get it.
        assert!(!within(Duration::from_millis(500), || trap.requests().len() > round), "two send at once");
        let sender = installation.sender(&processes).expect("one of them has the turn");
        processes.remove(sender).kill();
    }
    // The last one is at it by now; once it is answered, it goes on.
    trap.wait_for(3);
    trap.treat(Manner::Accept(Duration::ZERO));
    let [last] = &mut processes[..] else { panic!("one is left") };
    eventually("the last one delivers its own", || last.tell("flush 5000")["remaining"] == 0);
    // And a new one what the others had on disk: it looks as it begins, and the last one only after a minute.
    let mut next = installation.start_as_the_test();
    eventually("the rest is delivered", || {
        next.tell("flush 5000");
        arrived(&trap).len() == 15 && next.status()["waiting"] == 0
    });
    assert_eq!(trap.busiest(), 1, "two requests at once");
    next.end();
}
