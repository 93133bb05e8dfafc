//! Turning purposes off that are off already, and turning them off where it cannot be stored: neither more nor less than
//! that is off afterwards.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use telemetry_core::consent::{FaultKind, Reason, Receipt, State};
use telemetry_core::store::{Drained, FileStore, SendGuard, Store, StoreError, Stored};
use telemetry_core::{GrantError, Loss, Outcome, ProgramKind, Purpose, Purposes, Surface, Telemetry, Withdrawal};

use crate::fixture::{BOTH, Installation, LONG, Tracked, USAGE, agree, eventually, started};

const ERRORS: Purposes = Purposes::NONE.with(Purpose::Errors);

const SLOW: &str = "slow";

/// More than the memory has room for.
const MANY: usize = 8000;

/// What a store does that is asked once more.
#[derive(Default)]
enum Next {
    #[default]
    Nothing,
    /// The decision cannot be written.
    Fails,
    /// What the thread [`SLOW`] reads next is what is stored at that time; it gets it when it is told to go on.
    ReadsSlowly(SyncSender<()>, Receiver<()>),
}

/// A store with a will of its own.
struct Willed(FileStore, Arc<Mutex<Next>>);

impl Store for Willed {
    fn load(&self) -> Result<Stored, FaultKind> {
        let stored = self.0.load();
        if thread::current().name() == Some(SLOW) {
            let next = std::mem::take(&mut *self.1.lock().unwrap());
            if let Next::ReadsSlowly(has_read, goes_on) = next {
                has_read.send(()).unwrap();
                goes_on.recv_timeout(LONG).unwrap();
            }
        }
        stored
    }

    fn update(&self, change: &mut dyn FnMut(Result<Stored, FaultKind>) -> Option<Stored>) -> Result<(), StoreError> {
        if matches!(*self.1.lock().unwrap(), Next::Fails) {
            return Err(StoreError::Write);
        }
        self.0.update(change)
    }

    fn share(&self) -> Result<Box<dyn SendGuard + '_>, StoreError> {
        self.0.share()
    }

    fn drain(&self, patience: Duration) -> Result<Drained, StoreError> {
        self.0.drain(patience)
    }

    fn receipts(&self) -> Result<Vec<Option<Receipt>>, StoreError> {
        self.0.receipts()
    }
}

fn willed() -> (Installation, Telemetry<Tracked>, Arc<Mutex<Next>>) {
    let (installation, next) = (Installation::new(), Arc::default());
    let store = Willed(FileStore::new("test-app", installation.directory()), Arc::clone(&next));
    let builder = Telemetry::builder(ProgramKind::Service, installation.directory(), installation.sink.clone());
    let telemetry = builder.clock(installation.clock.clone()).store(store).build();
    agree(&telemetry, BOTH);
    (installation, telemetry, next)
}

/// Tracks so many events that some wait on disk alone.
fn pile_up(installation: &Installation, telemetry: &Telemetry<Tracked>) {
    installation.sink.answer(|_| Outcome::Retry { after: None });
    for _ in 0..MANY / 1000 {
        for _ in 0..1000 {
            telemetry.track(started());
        }
        eventually("the queue is emptied", || telemetry.stats().queued == 0);
    }
    telemetry.flush(LONG);
    assert_eq!(telemetry.stats().waiting, MANY as u64);
}

#[test]
fn turning_off_what_is_off_already_takes_nothing_along() {
    let installation = Installation::new();
    let telemetry = installation.granted(BOTH);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(started());
    telemetry.flush(LONG);
    let off = || telemetry.withdraw_purposes(Surface::Dashboard, ERRORS).unwrap();
    assert_eq!(off(), Withdrawal::Done { deleted: 1 }, "what is unsent of any purpose goes");
    pile_up(&installation, &telemetry);
    let receipts = telemetry.receipts().unwrap().len();
    // The button is pressed twice, and once on a page that was open before.
    for _ in 0..2 {
        assert_eq!(off(), Withdrawal::Done { deleted: 0 });
    }
    assert_eq!((telemetry.status().purposes, telemetry.receipts().unwrap().len()), (USAGE, receipts));
    let stats = telemetry.stats();
    assert_eq!((stats.waiting, stats.lost(Loss::TurnedOff)), (MANY as u64, 1), "{stats:?}");

    installation.sink.answer(|_| Outcome::Accepted);
    installation.clock.advance(Duration::from_secs(600));
    eventually("all that waits is delivered", || {
        telemetry.flush(LONG);
        telemetry.stats().waiting == 0
    });
    let stats = telemetry.stats();
    assert_eq!((stats.delivered, stats.lost(Loss::TurnedOff)), (MANY as u64, 1), "{stats:?}");
    assert_eq!(installation.sink.delivered().len(), MANY, "what was counted as deleted is not sent");
}

#[test]
fn what_another_process_turned_off_is_over_here_too() {
    let installation = Installation::new();
    let telemetry = installation.granted(BOTH);
    installation.sink.answer(|_| Outcome::Retry { after: None });
    telemetry.track(Tracked::HandlerFailed);
    telemetry.flush(LONG);
    let other = installation.start();
    other.withdraw_purposes(Surface::Dashboard, ERRORS).unwrap();
    // Whether this process has looked at the decision in the meantime or not.
    telemetry.withdraw_purposes(Surface::Dashboard, ERRORS).unwrap();
    let stats = telemetry.stats();
    assert_eq!((stats.waiting, stats.lost(Loss::TurnedOff)), (0, 1), "{stats:?}");
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::Granted, USAGE));
}

/// The second click has looked when the first one was not stored yet, and goes on when telemetry is on again without the
/// purpose: what came in since then is none of its business.
#[test]
fn two_clicks_at_once_are_one() {
    let (installation, telemetry, next) = willed();
    installation.sink.answer(|_| Outcome::Retry { after: None });
    let (has_read, second_has_read) = sync_channel(0);
    let (goes_on, second_goes_on) = sync_channel(0);
    *next.lock().unwrap() = Next::ReadsSlowly(has_read, second_goes_on);
    let second = {
        let telemetry = telemetry.clone();
        let click = move || telemetry.withdraw_purposes(Surface::Dashboard, ERRORS);
        thread::Builder::new().name(SLOW.to_owned()).spawn(click).unwrap()
    };
    second_has_read.recv_timeout(LONG).unwrap();
    telemetry.withdraw_purposes(Surface::Dashboard, ERRORS).unwrap();
    telemetry.track(started());
    telemetry.flush(LONG);
    assert_eq!(telemetry.stats().waiting, 1);

    goes_on.send(()).unwrap();
    assert_eq!(second.join().unwrap(), Ok(Withdrawal::Done { deleted: 0 }));
    let stats = telemetry.stats();
    assert_eq!((stats.waiting, stats.lost(Loss::TurnedOff)), (1, 0), "{stats:?}");
}

#[test]
fn a_no_that_could_not_be_stored_holds_whatever_else_is_turned_off() {
    let (_installation, telemetry, next) = willed();
    *next.lock().unwrap() = Next::Fails;
    assert_eq!(telemetry.withdraw_purposes(Surface::Dashboard, USAGE), Err(StoreError::Write));
    *next.lock().unwrap() = Next::Nothing;
    // The first of them is stored, and at the second it is off already.
    for _ in 0..2 {
        telemetry.withdraw_purposes(Surface::Dashboard, ERRORS).unwrap();
        assert!(!telemetry.is_on());
        telemetry.refresh();
        assert!(!telemetry.is_on(), "a person has said no to what is on as stored");
        assert_eq!(telemetry.state(), State::Suspended);
    }
    telemetry.withdraw_purposes(Surface::Dashboard, USAGE).unwrap();
    assert_eq!(telemetry.state(), State::Withdrawn);
    agree(&telemetry, BOTH);
    assert_eq!(telemetry.state(), State::Granted);
}

/// Turning a second purpose on keeps what is on as stored, which is what the person has said no to.
#[test]
fn a_yes_for_one_purpose_is_none_for_another_whose_no_could_not_be_stored() {
    let (_installation, telemetry, next) = willed();
    *next.lock().unwrap() = Next::Fails;
    assert_eq!(telemetry.withdraw_purposes(Surface::Dashboard, USAGE), Err(StoreError::Write));
    *next.lock().unwrap() = Next::Nothing;
    let ticket = || telemetry.present(Surface::Dashboard).unwrap().ticket().to_owned();
    assert_eq!(telemetry.grant_also(&ticket(), ERRORS), Err(GrantError::Off(Reason::Held)));
    assert!(!telemetry.is_on());
    // Whoever answers the whole question decides about both, and whoever turns it on again about this one.
    telemetry.grant(&ticket(), ERRORS).unwrap();
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::Granted, ERRORS));
    *next.lock().unwrap() = Next::Fails;
    assert_eq!(telemetry.withdraw_purposes(Surface::Dashboard, ERRORS), Err(StoreError::Write));
    *next.lock().unwrap() = Next::Nothing;
    telemetry.grant_also(&ticket(), BOTH).unwrap();
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::Granted, BOTH));
}
