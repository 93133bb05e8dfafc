//! A decision that somebody else is changing: nothing may be sent or written for a moment, and nothing is lost for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use telemetry_core::consent::{FaultKind, Receipt};
use telemetry_core::store::{Drained, FileStore, SendGuard, Store, StoreError, Stored};
use telemetry_core::{ProgramKind, Telemetry};

use crate::fixture::{Installation, LONG, Tracked, USAGE, eventually, started};

/// How often the lock is asked for before it cannot be had, and how often it then cannot be had.
#[derive(Default)]
struct Turns {
    free: AtomicUsize,
    busy: AtomicUsize,
}

fn counts_down(counter: &AtomicUsize) -> bool {
    counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1)).is_ok()
}

/// The lock cannot be had now and then.
struct Contended(FileStore, Arc<Turns>);

impl Store for Contended {
    fn load(&self) -> Result<Stored, FaultKind> {
        self.0.load()
    }

    fn update(&self, change: &mut dyn FnMut(Result<Stored, FaultKind>) -> Option<Stored>) -> Result<(), StoreError> {
        self.0.update(change)
    }

    fn share(&self) -> Result<Box<dyn SendGuard + '_>, StoreError> {
        if !counts_down(&self.1.free) && counts_down(&self.1.busy) {
            return Err(StoreError::Busy);
        }
        self.0.share()
    }

    fn drain(&self, patience: Duration) -> Result<Drained, StoreError> {
        self.0.drain(patience)
    }

    fn receipts(&self) -> Result<Vec<Option<Receipt>>, StoreError> {
        self.0.receipts()
    }
}

fn contended(free: usize, busy: usize) -> (Installation, Telemetry<Tracked>, Arc<Turns>) {
    let installation = Installation::new();
    drop(installation.granted(USAGE));
    let turns = Arc::new(Turns { free: free.into(), busy: busy.into() });
    let store = Contended(FileStore::new("test-app", installation.directory()), Arc::clone(&turns));
    let builder = Telemetry::builder(ProgramKind::Service, installation.directory(), installation.sink.clone());
    let telemetry = builder.clock(installation.clock.clone()).store(store).build();
    (installation, telemetry, turns)
}

#[test]
fn whenever_the_lock_cannot_be_had_it_is_no_failure() {
    for free in 0..6 {
        let (installation, telemetry, _turns) = contended(free, 1);
        telemetry.track(started());
        eventually("it is delivered", || {
            telemetry.flush(LONG);
            telemetry.stats().delivered == 1
        });
        assert_eq!(telemetry.stats().failures().count(), 0, "the lock could be had {free} times");
        assert_eq!(installation.sink.requests().len(), 1);
    }
}

#[test]
fn what_could_not_be_put_on_disk_is_tried_again_without_anything_new() {
    let (installation, telemetry, turns) = contended(0, usize::MAX);
    telemetry.track(started());
    eventually("the worker has asked", || turns.busy.load(Ordering::SeqCst) < usize::MAX);
    turns.busy.store(0, Ordering::SeqCst);
    installation.clock.advance(Duration::from_secs(2));
    eventually("it is on disk", || installation.files().iter().any(|name| name.contains(".spool")));
    assert_eq!(installation.sink.requests().len(), 0, "and nobody has asked for it to be sent");
}
