//! What every [`Store`] must do, as a test that any implementation can run.
//!
//! ```no_run
//! use telemetry_core::store::FileStore;
//! use telemetry_core::testing::store_conformance::{self, Installation};
//!
//! store_conformance::run(|| {
//!     let directory = tempfile::tempdir().unwrap();
//!     Installation::new(move || FileStore::new("my-app", directory.path()))
//! });
//! ```
//!
//! It takes a few seconds, and fails by panicking with the sentence that does not hold. What it cannot show is that a
//! decision survives a power failure, and that a sender that was killed blocks nobody: that needs real processes.

use core::fmt::Debug;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::thread;
use std::time::Instant;

use super::{Answer, answered};
use crate::clock::Timestamp;
use crate::consent::receipt::verify;
use crate::consent::{Consent, FaultKind, Receipt};
use crate::store::{Drained, Store, StoreError, Stored};

/// The longest that anything takes which "never waits". Far above what a lock or a statement needs, for a machine that is
/// busy with other things, and less than the two seconds after which one that waits gives up.
const PROMPT: Duration = Duration::from_millis(1_900);

/// Longer than everything that ends by itself.
const LONG: Duration = Duration::from_secs(30);

/// One installation that nobody has decided in, on which any number of handles can be opened.
pub struct Installation<S> {
    open: Box<dyn Fn() -> S>,
    copy: Option<Box<dyn Fn() -> S>>,
    damage: Option<Box<dyn Fn()>>,
    lose_newest_receipt: Option<Box<dyn Fn()>>,
}

impl<S: Store> Installation<S> {
    /// An installation that `open` opens: each call is another process. Whatever holds its files (a temporary
    /// directory, say) belongs into the closure.
    #[must_use]
    pub fn new(open: impl Fn() -> S + 'static) -> Self {
        Self { open: Box::new(open), copy: None, damage: None, lose_newest_receipt: None }
    }

    /// Says how to make a copy of everything that the installation consists of, and to open that. Without it, nothing
    /// is said about copies.
    #[must_use]
    pub fn copied_by(mut self, copy: impl Fn() -> S + 'static) -> Self {
        self.copy = Some(Box::new(copy));
        self
    }

    /// Says how to make a stored decision unreadable. Without it, nothing is said about damage.
    #[must_use]
    pub fn damaged_by(mut self, damage: impl Fn() + 'static) -> Self {
        self.damage = Some(Box::new(damage));
        self
    }

    /// Says how to undo the writing of the newest receipt, as if the process had died between the decision and its
    /// receipt. A store that writes both in one transaction has no such moment, and leaves it out.
    #[must_use]
    pub fn losing_its_newest_receipt_by(mut self, lose: impl Fn() + 'static) -> Self {
        self.lose_newest_receipt = Some(Box::new(lose));
        self
    }

    fn open(&self) -> S {
        (self.open)()
    }
}

/// Runs every check, each in an installation of its own that `fresh` makes.
///
/// # Panics
///
/// When the store does not do what [`Store`] says.
pub fn run<S: Store>(fresh: impl Fn() -> Installation<S>) {
    absence_is_unasked(&fresh());
    what_is_written_reads_back(&fresh());
    no_answer_writes_nothing(&fresh());
    a_change_may_read(&fresh());
    damage_is_a_fault(&fresh());
    writers_lose_nothing(&fresh());
    a_lost_receipt_is_made_up_for(&fresh());
    senders_do_not_wait(&fresh());
    drain_waits_for_senders_only(&fresh());
    drain_gives_up_in_time(&fresh());
    off_is_off(&fresh());
    a_copy_carries_no_yes(&fresh());
}

fn absence_is_unasked<S: Store>(installation: &Installation<S>) {
    let store = installation.open();
    assert_eq!(store.load(), Ok(Stored::UNASKED), "an installation without a decision is unasked");
    assert_eq!(must(store.receipts(), "receipts are readable"), [], "without a decision there is no receipt");
    let drained = must(store.drain(PROMPT), "drain works before the first decision");
    assert_eq!(drained, Drained::Idle, "nothing is under way before the first decision");
}

fn what_is_written_reads_back<S: Store>(installation: &Installation<S>) {
    let (one, two) = (installation.open(), installation.open());
    let mut epoch = 0;
    for answer in [Answer::No, Answer::Yes, Answer::Yes, Answer::Off, Answer::Yes] {
        let written = decide(&one, answer);
        for store in [&one, &two, &installation.open()] {
            assert_eq!(store.load().as_ref(), Ok(&written), "every handle reads what was written last, whole");
        }
        assert!(written.decision.epoch > epoch, "the epoch grows with every change");
        epoch = written.decision.epoch;
    }
    let receipts = whole(&two);
    assert_eq!(receipts.len(), 5, "there is a receipt for every change");
    assert_eq!(receipts.last(), two.load().ok().and_then(|stored| stored.receipt).as_ref(), "the newest comes last");
}

fn no_answer_writes_nothing<S: Store>(installation: &Installation<S>) {
    let store = installation.open();
    must(store.update(&mut |_| None), "an update without a change works");
    assert_eq!(store.load(), Ok(Stored::UNASKED), "an update without a change stores nothing");
    let written = decide(&store, Answer::Yes);
    must(store.update(&mut |_| None), "an update without a change works");
    assert_eq!(store.load(), Ok(written), "an update without a change leaves the decision");
    assert_eq!(whole(&store).len(), 1, "an update without a change makes no receipt");
}

fn a_change_may_read<S: Store>(installation: &Installation<S>) {
    let store = installation.open();
    let before = decide(&store, Answer::Yes);
    let mut calls = 0;
    let changed = store.update(&mut |current| {
        calls += 1;
        assert_eq!(current.as_ref(), Ok(&before), "a change is shown what is stored");
        // Reading does not wait for the change that it happens in.
        let loaded = promptly("to read the decision within a change", || store.load());
        assert_eq!(loaded.as_ref(), Ok(&before), "until a change has ended, the old decision holds");
        let receipts = promptly("to read the receipts within a change", || store.receipts());
        assert_eq!(must(receipts, "a change may read the receipts").len(), 1, "there was one decision");
        answered(current.ok()?, Answer::Off, AT)
    });
    must(changed, "a change that reads works");
    assert_eq!(calls, 1, "a change is asked for once");
}

fn damage_is_a_fault<S: Store>(installation: &Installation<S>) {
    let Some(damage) = &installation.damage else { return };
    let store = installation.open();
    decide(&store, Answer::Yes);
    damage();
    assert!(store.load().is_err(), "what cannot be read is a fault, not \"unasked\"");
    must(store.update(&mut |current| current.err().and(None)), "a fault can be looked at");
    assert!(store.load().is_err(), "a fault that was only looked at is left as it is");
    let mut shown = None;
    let changed = store.update(&mut |current| {
        shown = current.err();
        answered(Stored { receipt: last(&store), ..Stored::UNASKED }, Answer::Off, AT)
    });
    must(changed, "an explicit decision replaces one that cannot be read");
    assert!(shown.is_some(), "a change is told of a fault");
    assert!(is_off(&store), "the explicit decision holds");
    assert_eq!(whole(&store).len(), 2, "the receipts go on after a fault");
}

fn writers_lose_nothing<S: Store>(installation: &Installation<S>) {
    const WRITERS: usize = 4;
    const CHANGES: usize = 10;
    let handles: Vec<S> = (0..WRITERS).map(|_| installation.open()).collect();
    let mut epochs: Vec<u64> = thread::scope(|scope| {
        let write = |store: S| move || (0..CHANGES).map(|_| decide(&store, Answer::Yes).decision.epoch).collect();
        let writers: Vec<_> = handles.into_iter().map(|store| scope.spawn(write(store))).collect();
        writers.into_iter().flat_map(|writer| -> Vec<u64> { writer.join().unwrap_or_default() }).collect()
    });
    epochs.sort_unstable();
    epochs.dedup();
    assert_eq!(epochs.len(), WRITERS * CHANGES, "no two changes build on the same decision");
    let store = installation.open();
    assert_eq!(store.load().map(|stored| stored.decision.epoch).ok(), epochs.last().copied(), "the last one holds");
    assert_eq!(whole(&store).len(), WRITERS * CHANGES, "no change loses its receipt");
}

fn a_lost_receipt_is_made_up_for<S: Store>(installation: &Installation<S>) {
    let Some(lose) = &installation.lose_newest_receipt else { return };
    let store = installation.open();
    decide(&store, Answer::Yes);
    let written = decide(&store, Answer::Yes);
    lose();
    assert_eq!(must(store.receipts(), "receipts are readable").len(), 1, "the test has lost a receipt");
    assert_eq!(store.load().as_ref(), Ok(&written), "the decision holds without its line, and carries its receipt");
    decide(&store, Answer::Off);
    assert_eq!(whole(&store).len(), 3, "the next change makes up for the receipt that was lost");
}

fn senders_do_not_wait<S: Store>(installation: &Installation<S>) {
    let (one, two, three) = (installation.open(), installation.open(), installation.open());
    decide(&one, Answer::Yes);
    let guards = [&one, &one, &two].map(|store| promptly("to share", || must(store.share(), "senders share")));
    let changed = three.update(&mut |current| {
        // Either answer will do while the decision is being changed; waiting for the change will not.
        drop(promptly("to share within a change", || two.share()));
        answered(current.ok()?, Answer::Yes, AT)
    });
    must(changed, "senders under way do not keep a decision from being stored");
    drop(guards);
    must(one.share().map(drop), "a sender can share after a change");
}

fn drain_waits_for_senders_only<S: Store>(installation: &Installation<S>) {
    let (one, two, waiter) = (installation.open(), installation.open(), installation.open());
    decide(&one, Answer::Yes);
    drop(must(one.share(), "senders share"));
    let drained = promptly("to drain", || must(waiter.drain(LONG), "drain works"));
    assert_eq!(drained, Drained::Idle, "a sender that has ended is not waited for");

    let guard = must(one.share(), "senders share");
    let ended = AtomicBool::new(false);
    let drained = thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let drained = waiter.drain(LONG);
            ended.store(true, Ordering::SeqCst);
            drained
        });
        // Senders that come while somebody drains are refused or let through; they neither wait nor keep it waiting.
        let until = Instant::now() + Duration::from_millis(200);
        while Instant::now() < until {
            assert!(!ended.load(Ordering::SeqCst), "drain waits for a sender that is under way");
            drop(promptly("to share while somebody drains", || two.share()));
        }
        drop(guard);
        promptly("to drain once the last sender has ended", || waiting.join())
    });
    assert_eq!(drained.ok(), Some(Ok(Drained::Idle)), "drain ends when the last sender does");
    must(two.share().map(drop), "a sender can share after a drain");
}

fn drain_gives_up_in_time<S: Store>(installation: &Installation<S>) {
    const PATIENCE: Duration = Duration::from_millis(200);
    let (one, two) = (installation.open(), installation.open());
    decide(&one, Answer::Yes);
    let guard = must(one.share(), "senders share");
    let drained = promptly("to give up", || must(two.drain(PATIENCE), "drain works"));
    assert_eq!(drained, Drained::InFlight, "drain says that a sender was still under way");
    drop(guard);
    // As good as dead: it never ends, and nobody tells the store.
    core::mem::forget(one.share());
    promptly("to give up on a sender that is gone", || must(two.drain(PATIENCE), "drain works"));
    decide(&two, Answer::Off);
    assert!(is_off(&two), "a sender that is gone keeps nobody from turning off");
}

/// The promise itself: when off has returned, nothing that was permitted before is under way, and nothing is permitted.
fn off_is_off<S: Store>(installation: &Installation<S>) {
    const SENDERS: usize = 3;
    const ROUNDS: usize = 8;
    let store = installation.open();
    let handles: Vec<S> = (0..SENDERS).map(|_| installation.open()).collect();
    let (under_way, count, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let send = |handle: &S| {
        let permit = handle.share();
        let granted = |stored: Stored| matches!(stored.decision.consent, Consent::Granted(_));
        if permit.is_ok() && handle.load().is_ok_and(granted) {
            under_way.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(1));
            count.fetch_add(1, Ordering::SeqCst);
            under_way.fetch_sub(1, Ordering::SeqCst);
        }
        drop(permit);
        thread::yield_now();
    };
    thread::scope(|scope| {
        // However this ends, the senders do.
        let _stop = StopAtEnd(&stop);
        for handle in handles {
            let (send, stop) = (&send, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    send(&handle);
                }
            });
        }
        for _ in 0..ROUNDS {
            decide(&store, Answer::Yes);
            let (before, began) = (count.load(Ordering::SeqCst), Instant::now());
            while count.load(Ordering::SeqCst) < before + SENDERS {
                assert!(began.elapsed() < LONG, "under a grant senders get to send");
                thread::yield_now();
            }
            decide(&store, Answer::Off);
            assert_eq!(must(store.drain(LONG), "drain works"), Drained::Idle, "senders end");
            assert_eq!(under_way.load(Ordering::SeqCst), 0, "after off nothing is under way");
            let then = count.load(Ordering::SeqCst);
            thread::sleep(Duration::from_millis(20));
            assert_eq!(count.load(Ordering::SeqCst), then, "after off nothing is sent");
        }
    });
}

fn a_copy_carries_no_yes<S: Store>(installation: &Installation<S>) {
    let Some(copy) = &installation.copy else { return };
    let store = installation.open();
    decide(&store, Answer::No);
    let copied_no = copy();
    assert_eq!(copied_no.load(), store.load(), "a no holds in every copy");

    let original = decide(&store, Answer::Yes);
    let copied = copy();
    assert_eq!(copied.load(), Err(FaultKind::Copied), "a yes does not hold in a copy");
    assert_eq!(store.load().as_ref(), Ok(&original), "the original is not touched by being copied");
    let again = decide(&copied, Answer::Yes);
    assert_eq!(copied.load().as_ref(), Ok(&again), "a copy can be given a yes of its own");
    assert_ne!(identity(&again), identity(&original), "a copy has an identity of its own");
    assert!(again.decision.epoch > original.decision.epoch, "the epoch grows in a copy too");
    assert_eq!(whole(&copied).len(), 3, "the receipts of a copy go on");
    assert_eq!(store.load(), Ok(original), "a copy does not touch the original");
}

/// The time of every answer: epochs must grow without the help of a clock.
const AT: Timestamp = Timestamp::from_millis(1_795_428_000_000);

/// Stores an answer that changes something, and gives what was stored.
#[track_caller]
fn decide(store: &impl Store, answer: Answer) -> Stored {
    let until = Instant::now() + LONG;
    loop {
        let mut written = None;
        let changed = store.update(&mut |current| {
            written = answered(must(current, "what is stored is readable"), answer, AT);
            written.clone()
        });
        match changed {
            // Another writer was at it for too long: the caller's to try again.
            Err(StoreError::Busy) if Instant::now() < until => {}
            changed => {
                must(changed, "a decision can be stored");
                return must(written.ok_or(answer), "a check asks for answers that change something");
            }
        }
    }
}

/// All receipts, which must be a whole chain up to the newest.
#[track_caller]
fn whole(store: &impl Store) -> Vec<Receipt> {
    let lines = must(store.receipts(), "receipts are readable");
    let count = lines.len();
    let receipts: Vec<Receipt> = lines.into_iter().flatten().collect();
    assert_eq!(receipts.len(), count, "every line is a receipt");
    let newest = store.load().ok().and_then(|stored| stored.receipt);
    assert_eq!(verify(&receipts, newest.as_ref()), Ok(()), "the receipts are a whole chain in order");
    receipts
}

fn last(store: &impl Store) -> Option<Receipt> {
    store.receipts().ok()?.into_iter().flatten().next_back()
}

fn is_off(store: &impl Store) -> bool {
    matches!(store.load().map(|stored| stored.decision.consent), Ok(Consent::Denied { .. } | Consent::Withdrawn { .. }))
}

/// Texts, because identities do not print.
fn identity(stored: &Stored) -> Option<(String, String)> {
    let text = stored.to_text("conformance")?;
    let line = |name: &str| text.lines().find(|line| line.contains(name)).map(str::to_owned);
    Some((line("\"install_id\"")?, line("\"id_key\"")?))
}

#[track_caller]
fn promptly<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    assert!(began.elapsed() < PROMPT, "it takes no waiting {what}");
    done
}

#[track_caller]
#[expect(clippy::panic, reason = "a test fails by panicking")]
fn must<T, E: Debug>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error:?}"),
    }
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
