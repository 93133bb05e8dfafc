//! What one `track` costs its caller, beside the two things that bound it: an atomic load, and a queue's push.
//!
//! `cargo bench -p telemetry-core --bench track`. Quote ratios of rows of the same run, not times.

#![allow(missing_docs, reason = "criterion's macros make a function")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up may panic")]

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use crossbeam_queue::ArrayQueue;
use telemetry_core::testing::RecordingSink;
use telemetry_core::{Catalogue, Entity, Id, ProgramKind, Property, Purpose, Purposes, Surface, Telemetry};

#[derive(Entity)]
struct User;

#[derive(Entity)]
struct Project;

/// Which front end asked.
#[derive(Property, Clone, Copy)]
enum Source {
    /// The page.
    Web,
    /// The programming interface.
    #[expect(dead_code, reason = "a domain has more than one value")]
    Api,
}

/// One event with four properties, as in `docs/performance.md`.
#[derive(Catalogue)]
#[catalogue(app = "bench", revision = 1, identity = "stable")]
enum Tracked {
    /// A timer was started.
    ///
    /// Why: to measure.
    #[event(name = "timer.started")]
    TimerStarted {
        /// Who.
        user_id: Id<User>,
        /// Where.
        project_id: Id<Project>,
        /// How.
        source: Source,
        /// Whether it is billable.
        billable: bool,
    },
}

fn event(n: i64) -> Tracked {
    Tracked::TimerStarted { user_id: Id::new(n), project_id: Id::new(42), source: Source::Web, billable: true }
}

fn telemetry(directory: &std::path::Path) -> Telemetry<Tracked> {
    Telemetry::<Tracked>::builder(ProgramKind::Service, directory, RecordingSink::default()).build()
}

fn track(c: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut group = c.benchmark_group("track");

    let load = AtomicU32::new(0);
    group.bench_function("bound: relaxed load and branch", |b| {
        b.iter(|| {
            if black_box(&load).load(Ordering::Relaxed) != 0 {
                black_box(event(5));
            }
        });
    });

    let off = telemetry(&directory.path().join("off"));
    group.bench_function("not granted", |b| b.iter(|| black_box(&off).track(event(black_box(5)))));
    group.bench_function("not granted, track_with", |b| b.iter(|| black_box(&off).track_with(|| event(black_box(5)))));

    // A queue of the same size, kept from running full by the same amount of popping that the worker does.
    let queue: ArrayQueue<[u64; 5]> = ArrayQueue::new(4096);
    group.bench_function("bound: ArrayQueue push", |b| {
        b.iter_batched(
            || while queue.pop().is_some() {},
            |()| {
                for n in 0..1024 {
                    let _ = black_box(queue.push(black_box([n; 5])));
                }
            },
            BatchSize::PerIteration,
        );
    });

    let on = telemetry(&directory.path().join("on"));
    let question = on.present(Surface::Dashboard).expect("the question may be asked");
    on.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).expect("the yes is stored");
    group.bench_function("granted, 1024 at a time", |b| {
        b.iter_batched(
            || on.flush(std::time::Duration::from_secs(5)),
            |_| (0..1024).for_each(|n| on.track(event(black_box(n)))),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, track);
criterion_main!(benches);
