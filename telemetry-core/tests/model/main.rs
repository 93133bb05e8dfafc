//! The gate under every order of threads.
//!
//! ```text
//! cargo test -p telemetry-core --test model
//! LOOM_MAX_PREEMPTIONS=100 cargo test -p telemetry-core --test model    # without a limit in effect
//! ```
//!
//! The gate, the signal and how the worker sleeps are the files of the crate, compiled here once more as they are, on
//! primitives that try every order of threads with up to [`PREEMPTIONS`] interruptions, and every value that a relaxed
//! load may see.
//!
//! **What is modelled by hand** is what those files hang in: the queue, `track`, the worker's round (`worker.rs`), taking
//! a decision over (`Shared::apply`), turning off (`change.rs`), and in place of the files one cell for the decision
//! and one lock that senders share. A change of the order of steps there has to be made here too.
//!
//! **What is not modelled:** files and other processes (`tests/it/linearizable.rs` of the workspace runs those for
//! real), time, the wait for the lock that ends after 2 s, retries.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod process;
#[path = "../../src/signal.rs"]
#[expect(dead_code, reason = "tasks that wait for the signal are not modelled")]
mod signal;
mod sync;
mod telemetry;
mod waking;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use loom::thread;

use process::{Process, Sink, Store};

/// How many times in one order a thread may be interrupted where it does not wait. Mistakes in protocols show with two
/// or three; without a limit it takes seconds, and finds no more here.
const PREEMPTIONS: usize = 4;

/// Tries every order of what `body` starts, and prints how many there are: `-- --nocapture` shows it.
#[expect(clippy::print_stdout, reason = "for whoever wants to see it")]
fn every_order(body: impl Fn() + Sync + Send + 'static) {
    // Not one of the model's own, which begins anew with each order.
    let orders = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&orders);
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(Some(PREEMPTIONS));
    model.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        body();
    });
    let orders = orders.load(Ordering::Relaxed);
    assert!(orders > 1, "the threads have nothing to do with each other");
    println!("{}: {orders} orders", std::thread::current().name().unwrap_or("model"));
}

/// Turning off returned: no request completes after that, whatever was under way, and what completed before was
/// recorded under the yes.
#[test]
fn nothing_completes_after_off() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        process.track("before");
        let worker = {
            let process = process.clone();
            thread::spawn(move || process.worker_round(Sink::Answers))
        };
        process.withdraw(6);
        process.wire.close();
        process.track("after");
        worker.join().unwrap();
        process.worker_round(Sink::Answers);
        assert!(process.wire.sent().iter().all(|event| *event == "before"), "{:?}", process.wire.sent());
        assert!(!process.is_open());
    });
}

/// A request that hangs is ended by turning off, also when that of another lane began and ended meanwhile.
#[test]
fn off_ends_the_request_of_each_lane() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        let lane = {
            let process = process.clone();
            thread::spawn(move || process.carry("one", Sink::Hangs))
        };
        process.carry("two", Sink::Answers);
        process.withdraw(6);
        process.wire.close();
        lane.join().unwrap();
        assert_eq!(process.wire.sent(), ["two"], "the other would have waited for ever");
    });
}

/// Another process has stored the no and waits for the lock: this one sends nothing after that, though nobody tells
/// it.
#[test]
fn nothing_completes_after_off_elsewhere() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        process.track("before");
        let worker = {
            let process = process.clone();
            thread::spawn(move || process.worker_round(Sink::Answers))
        };
        process.store.refuse(6);
        process.store.drain();
        process.wire.close();
        worker.join().unwrap();
        process.worker_round(Sink::Answers);
        assert!(!process.is_open(), "the worker's next round has seen it");
    });
}

/// A yes that was read before the no, and is taken over during or after it, opens nothing.
#[test]
fn an_old_yes_never_reopens_the_gate() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        let look = {
            let process = process.clone();
            thread::spawn(move || process.refresh())
        };
        process.withdraw(6);
        assert!(!process.is_open());
        look.join().unwrap();
        assert!(!process.is_open());
        assert_eq!(process.openings(), 1, "not even for a moment");
    });
}

/// Turning off ends a request that would never end by itself.
#[test]
fn off_ends_a_request_that_hangs() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        process.track("before");
        let worker = {
            let process = process.clone();
            thread::spawn(move || process.worker_round(Sink::Hangs))
        };
        process.withdraw(6);
        worker.join().unwrap();
        assert!(process.wire.sent().is_empty());
    });
}

/// One person turns one purpose off while another turns off everything: the one who is done first lets nothing
/// through while the other is at it.
#[test]
fn one_purpose_and_everything_at_once() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        let other = {
            let process = process.clone();
            thread::spawn(move || process.withdraw_purpose(6))
        };
        process.withdraw(6);
        assert!(!process.is_open());
        other.join().unwrap();
        assert!(!process.is_open());
    });
}

/// Two people turn it off at once.
#[test]
fn two_at_once_turn_it_off() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        let other = {
            let process = process.clone();
            thread::spawn(move || {
                process.withdraw(6);
                assert!(!process.is_open());
            })
        };
        process.withdraw(6);
        assert!(!process.is_open());
        other.join().unwrap();
        assert!(!process.is_open());
        assert_eq!(process.openings(), 1);
    });
}

/// An event whose `track` overlaps with turning off is not delivered under the yes that comes afterwards.
#[test]
fn what_races_with_off_is_not_delivered_under_the_next_yes() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        let tracking = {
            let process = process.clone();
            thread::spawn(move || process.track("under the first yes"))
        };
        process.withdraw(6);
        process.grant(7);
        let before = process.openings();
        tracking.join().unwrap();
        process.worker_round(Sink::Answers);
        assert_eq!((before, process.openings()), (2, 2));
        // A `track` that began after the second yes belongs to it; one that saw the first opening does not.
        let sent = process.wire.sent();
        assert!(sent.is_empty() || process.last_seen() == 2, "{sent:?}");
    });
}

/// A no that cannot be stored closes this process all the same, against whoever reads the yes that is still there; a
/// person's new yes opens it again.
#[test]
fn a_no_that_cannot_be_stored_holds() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        let look = {
            let process = process.clone();
            thread::spawn(move || process.refresh())
        };
        process.withdraw_in_vain();
        assert!(!process.is_open());
        look.join().unwrap();
        process.refresh();
        assert!(!process.is_open() && process.openings() == 1);
        process.grant(7);
        assert!(process.is_open());
    });
}

/// After the end nothing opens the gate, and nothing that waited is sent.
#[test]
fn the_end_is_for_good() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        let worker = {
            let process = process.clone();
            thread::spawn(move || process.worker_round(Sink::Answers))
        };
        process.shutdown();
        process.track("after the end");
        worker.join().unwrap();
        // A later yes is for the next process.
        process.grant(7);
        process.worker_round(Sink::Answers);
        assert!(!process.is_open() && process.openings() == 1);
        assert!(process.wire.sent().is_empty());
    });
}

/// The worker takes events over while the gate closes and opens again: a request for the first yes is not made under
/// the second.
#[test]
fn a_request_belongs_to_its_yes() {
    every_order(|| {
        let process = Process::start(Store::granted(5));
        process.track("under the first yes");
        let worker = {
            let process = process.clone();
            thread::spawn(move || process.worker_round(Sink::Answers))
        };
        process.withdraw(6);
        process.wire.close();
        process.grant(7);
        worker.join().unwrap();
        process.worker_round(Sink::Answers);
    });
}
