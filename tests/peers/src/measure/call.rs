//! What a call costs its caller.

use core::hint::black_box;
use core::time::Duration;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Nanoseconds;
use crate::clients::{Client, DEFAULT};

/// Calls in a burst. Fits into every client's queue.
pub const BURST: i64 = 1_000;

/// Between two bursts, so that each finds the queue as an application that rests now and then would.
const REST: Duration = Duration::from_millis(3);

/// A thousand calls; by itself, so that instructions can be counted in it alone.
#[inline(never)]
pub fn burst_of_calls<C: Client>(client: &C) {
    for n in 0..BURST {
        black_box(client).track(black_box(n));
    }
}

fn timed<C: Client>(client: &C) -> Duration {
    let began = Instant::now();
    burst_of_calls(client);
    began.elapsed()
}

fn rest<C: Client>(client: &C) {
    thread::sleep(REST);
    client.make_room();
}

/// A call while the client is off.
#[must_use]
pub fn off<C: Client>() -> Nanoseconds {
    let client = C::off();
    Nanoseconds::of((0..1_000).map(|_| timed(&client)).collect(), 1_000)
}

/// Where threads meet before a burst. They turn on the spot: one that had to be woken would come when the other is done.
struct Together {
    threads: usize,
    arrived: AtomicUsize,
}

impl Together {
    fn wait(&self, burst: usize) {
        self.arrived.fetch_add(1, Ordering::AcqRel);
        while self.arrived.load(Ordering::Acquire) < (burst + 1) * self.threads {
            core::hint::spin_loop();
        }
    }
}

/// A call while it is on, in bursts, with this many threads at it at once.
///
/// # Panics
///
/// One of the threads has.
#[must_use]
pub fn on<C: Client>(threads: usize) -> Nanoseconds {
    const BURSTS: usize = 300;
    let first = C::on(DEFAULT);
    let together = Together { threads, arrived: AtomicUsize::new(0) };
    let clients: Vec<C> = (1..threads).map(|_| first.another()).chain([first.another()]).collect();
    let times = thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter()
            .map(|client| {
                let together = &together;
                scope.spawn(move || {
                    (0..BURSTS)
                        .map(|burst| {
                            rest(client);
                            together.wait(burst);
                            timed(client)
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no thread panics")).collect()
    });
    Nanoseconds::of(times, 1_000)
}

/// How the times of single calls are spread, in nanoseconds. Two looks at the precise clock are in each.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Spread {
    /// Half of the calls took no longer.
    pub p50: u64,
    /// 99 of 100.
    pub p99: u64,
    /// 999 of 1000.
    pub p99_9: u64,
    /// All.
    pub max: u64,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a position"
            )]
            let position = ((times.len() - 1) as f64 * share) as usize;
            times.get(position).map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
        };
        Self { p50: at(0.5), p99: at(0.99), p99_9: at(0.999), max: at(1.0) }
    }
}

fn single<C: Client>(client: &C, n: i64) -> Duration {
    let began = Instant::now();
    black_box(client).track(black_box(n));
    began.elapsed()
}

/// A million calls in bursts, each timed.
#[must_use]
pub fn each<C: Client>() -> Spread {
    let client = C::on(DEFAULT);
    let mut times = Vec::with_capacity(1_000_000);
    for _ in 0..1_000 {
        rest(&client);
        times.extend((0..BURST).map(|n| single(&client, n)));
    }
    Spread::of(times)
}

/// A call now and then: every 500 µs, so that the caches are cold and every worker sleeps.
#[must_use]
pub fn isolated<C: Client>() -> Spread {
    let client = C::on(DEFAULT);
    let times = (0..4_000).map(|n| {
        thread::sleep(Duration::from_micros(500));
        single(&client, n)
    });
    Spread::of(times.collect())
}

/// A burst while off, for a program that counts the instructions of [`burst_of_calls`].
pub fn counted_off<C: Client>() {
    counted(&C::off());
}

/// A burst while on, for the same.
pub fn counted_on<C: Client>() {
    let client = C::on(DEFAULT);
    counted(&client);
    // Some clients take minutes to give up.
    std::mem::forget(client);
}

fn counted<C: Client>(client: &C) {
    // What is done once.
    client.track(0);
    thread::sleep(Duration::from_millis(200));
    burst_of_calls(client);
}
