//! Off is linearizable: once a withdrawal has returned, nothing is sent any more, by any process.
//!
//! `OFF_ROUNDS=200 cargo test -p telemetry-tests off_is_linearizable` goes on for longer.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use telemetry_core::Surface;
use telemetry_core::store::{FileStore, Store as _};

use crate::harness::binaries::offstress;
use crate::harness::home::{Home, output, spawn};
use crate::harness::trap::{Manner, Trap};
use crate::harness::{eventually, within};

/// Processes that send at the same time.
const PROCESSES: usize = 6;

/// How many rounds a process may need, beyond those that there are anyway, until it is its turn for the first time.
const MORE_ROUNDS: usize = 1000;

/// About how long a round trip to a near server takes: long enough that most withdrawals meet requests under way.
const ROUND_TRIP: Duration = Duration::from_micros(1500);

fn rounds() -> usize {
    std::env::var("OFF_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

struct Stage {
    trap: Trap,
    home: Home,
}

impl Stage {
    fn new(manner: Manner) -> Self {
        let trap = Trap::new(manner);
        let home = Home::new(|directory| offstress().at(trap.port(), directory, "offstress"));
        Self { trap, home }
    }

    fn state(&self) -> std::path::PathBuf {
        self.home.path().join("state")
    }

    fn command(&self, act: &str) -> Command {
        self.home.command([self.state().as_os_str(), act.as_ref()])
    }

    /// Starts a process that goes on until it is stopped.
    fn start(&self, act: &str) -> Running {
        Running(spawn(self.command(act).stdin(Stdio::piped()).stdout(Stdio::piped())))
    }

    fn agree(&self) {
        let output = output(&mut self.command("on"));
        assert!(output.status.success(), "{output:?}");
    }
}

/// Killed with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Turns off as another process of the application does. The destination is none of its business.
fn withdraw(stage: &Stage) -> telemetry_core::Withdrawal {
    telemetry_tests::telemetry(stage.state()).withdraw(Surface::Dashboard).unwrap()
}

#[test]
fn off_is_linearizable() {
    let stage = Stage::new(Manner::Accept(ROUND_TRIP));
    let mut senders: Vec<Running> = (0..PROCESSES).map(|_| stage.start("send")).collect();
    // How many have said that they have sent.
    let took_part = Arc::new(AtomicUsize::new(0));
    let readers: Vec<JoinHandle<BufReader<ChildStdout>>> = senders
        .iter_mut()
        .map(|sender| {
            let (mut said, took_part) = (BufReader::new(sender.0.stdout.take().unwrap()), Arc::clone(&took_part));
            thread::spawn(move || {
                let mut line = String::new();
                said.read_line(&mut line).unwrap();
                took_part.fetch_add(usize::from(line == "sent\n"), Ordering::SeqCst);
                said
            })
        })
        .collect();
    let mut before = stage.trap.received();
    let (mut longest, mut round) = (Duration::ZERO, 0);
    // In so many rounds, and in as many more as it takes until each of them has sent.
    while round < rounds() || took_part.load(Ordering::SeqCst) < PROCESSES {
        assert!(round < rounds() + MORE_ROUNDS, "{took_part:?} of {PROCESSES} processes ever sent");
        round += 1;
        stage.agree();
        // Every process has its own kept connections, so traffic of this size comes from several of them.
        let wanted = before.requests + 40;
        eventually("the processes send", || stage.trap.received().requests >= wanted);
        let begun = Instant::now();
        let withdrawal = withdraw(&stage);
        // From here on nothing may move: taken before anything else is done.
        before = stage.trap.received();
        longest = longest.max(begun.elapsed());
        assert!(matches!(withdrawal, telemetry_core::Withdrawal::Done { .. }), "{withdrawal:?}");
        // Thirty round trips: a process that had not noticed would be heard.
        let late = within(30 * ROUND_TRIP, || {
            let now = stage.trap.received();
            (now.bytes, now.requests) != (before.bytes, before.requests)
        });
        assert!(!late, "round {round}: {before:?}, then {:?}", stage.trap.received());
    }
    let requests = before.requests;
    println!(
        "{round} rounds, {PROCESSES} processes, {requests} requests, none after an off; an off took {longest:?} at most"
    );
    // All of them took part, and every one was alive to the end.
    for (sender, reader) in senders.iter_mut().zip(readers) {
        drop(sender.0.stdin.take());
        let mut said = String::new();
        reader.join().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.trim().parse::<u64>().unwrap() > 0, "a process never sent: {said}");
    }
}

#[test]
fn off_ends_a_request_that_hangs_in_another_process() {
    let stage = Stage::new(Manner::Hang);
    stage.agree();
    let _sender = stage.start("send");
    stage.trap.wait_for(1);
    let withdrawal = withdraw(&stage);
    // The request would take ten seconds to end by itself. A withdrawal waits for two, and says what it has not seen end.
    assert!(matches!(withdrawal, telemetry_core::Withdrawal::Done { .. }), "{withdrawal:?}");
    let before = stage.trap.received();
    assert_eq!(before.open, 0, "the connection is closed");
    assert!(!within(Duration::from_millis(200), || stage.trap.received() != before));
}

#[test]
fn a_killed_sender_does_not_keep_telemetry_on() {
    let stage = Stage::new(Manner::Hang);
    stage.agree();
    let mut holder = stage.start("hold");
    let mut line = [0; 5];
    holder.0.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    assert_eq!(&line, b"held\n");
    // While it lives, "off" says that a request is under way. That the lock works is what makes this test one.
    let withdrawal = withdraw(&stage);
    assert!(matches!(withdrawal, telemetry_core::Withdrawal::DoneWithInFlight { .. }), "{withdrawal:?}");
    stage.agree();
    // SIGKILL: nothing in the process gets to run.
    holder.0.kill().unwrap();
    holder.0.wait().unwrap();
    let withdrawal = withdraw(&stage);
    assert!(matches!(withdrawal, telemetry_core::Withdrawal::Done { .. }), "{withdrawal:?}");
}

#[test]
fn a_killed_process_leaves_a_whole_decision() {
    let stage = Stage::new(Manner::Accept(ROUND_TRIP));
    let store = FileStore::new("offstress", stage.state());
    for round in 0..20_u64 {
        stage.agree();
        let mut off = spawn(stage.command("off").stdout(Stdio::null()));
        // At another point of its short life each time.
        thread::sleep(Duration::from_micros(700 * round));
        off.kill().unwrap();
        off.wait().unwrap();
        assert!(store.load().is_ok(), "round {round}");
    }
}
