//! What reporting an error, or a panic, costs the thread that it happens on.

use std::panic::{catch_unwind, set_hook};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::reporters::{Failure, Reporter, personal};

/// Longer than any reporter needs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two errors: a program that fails a hundred times a second is not what is asked about.
const BETWEEN: Duration = Duration::from_millis(5);

/// Between two panics, which is enough for all of them to have sent the last one.
const APART: Duration = Duration::from_millis(100);

/// Errors that are reported in one process.
const ERRORS: usize = 200;

/// Microseconds on the caller's thread.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Held {
    /// Of the first one in the process, which pays for what is done once.
    pub first: f64,
    /// Of the others, in order.
    pub others: Vec<f64>,
}

impl Held {
    fn of(mut times: impl Iterator<Item = Duration>) -> Self {
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        Self { first: times.next().map_or(f64::NAN, micros), others: times.map(micros).collect() }
    }
}

/// Starts a reporter. A panic's message goes nowhere else: printing it is not what is measured.
fn start<R: Reporter>(state: &Path) -> R {
    set_hook(Box::new(|_| {}));
    R::start(state)
}

/// Errors that the program has handled.
#[must_use]
pub fn errors<R: Reporter>(state: &Path) -> Held {
    let reporter = start::<R>(state);
    let failure = Failure::open();
    let times: Vec<Duration> = (0..ERRORS)
        .map(|_| {
            thread::sleep(BETWEEN);
            let began = Instant::now();
            one_report(&reporter, &failure);
            began.elapsed()
        })
        .collect();
    // Some take minutes to give up.
    std::mem::forget(reporter);
    Held::of(times.into_iter())
}

/// One report; by itself, so that instructions can be counted in it alone.
#[inline(never)]
fn one_report<R: Reporter>(reporter: &R, failure: &Failure) {
    reporter.report(failure);
}

/// Panics, caught, in a thread of their own: so many in this process.
///
/// # Panics
///
/// There is no thread to be had.
#[must_use]
pub fn panics<R: Reporter>(state: &Path, times: usize) -> Held {
    let reporter = start::<R>(state);
    let times = in_thread(move || {
        let once = |_| {
            thread::sleep(APART);
            let began = Instant::now();
            let caught = catch_unwind(send_invoice);
            (began.elapsed(), caught.is_err())
        };
        (0..times).map(once).collect::<Vec<_>>()
    });
    std::mem::forget(reporter);
    assert!(times.iter().all(|(_, panicked)| *panicked), "each of them panics");
    Held::of(times.into_iter().map(|(time, _)| time))
}

/// One panic, and the end of the process with all that is left delivered.
///
/// # Panics
///
/// There is no thread to be had.
pub fn panic_and_end<R: Reporter>(state: &Path) {
    let reporter = start::<R>(state);
    let caught = in_thread(|| catch_unwind(send_invoice).is_err());
    assert!(caught, "it panics");
    reporter.finish(PATIENCE);
}

/// One handled error, and the end of the process.
pub fn error_and_end<R: Reporter>(state: &Path) {
    let reporter = start::<R>(state);
    reporter.report(&Failure::open());
    reporter.finish(PATIENCE);
}

/// Ten errors, for a program that counts the instructions of [`one_report`].
pub fn counted<R: Reporter>(state: &Path) {
    let reporter = start::<R>(state);
    for _ in 0..COUNTED {
        one_report(&reporter, &Failure::open());
        thread::sleep(APART);
    }
    std::mem::forget(reporter);
}

/// Reports in [`counted`].
pub const COUNTED: u32 = 10;

fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = thread::Builder::new().name(personal::THREAD.to_owned()).spawn(work).expect("a thread");
    thread.join().expect("what panics is caught")
}

#[inline(never)]
fn send_invoice() {
    open_file(personal::PATH, personal::ADDRESS);
}

#[inline(never)]
fn open_file(path: &str, owner: &str) {
    let failure = Failure::Open { path: path.to_owned(), owner: owner.to_owned() };
    panic!("{failure}");
}
