//! The panic hook: writes one record to a file that is open already, and does nothing else.
//!
//! It runs on whatever thread panics, holding whatever that thread holds. So it never waits: every lock is tried, and
//! what cannot be had costs the record, which is counted. It opens no file of its own, starts nothing, sends nothing; the
//! standard library's backtrace, which it reads, takes a lock of that library, allocates, and opens the program's own
//! files for the names of functions. So it waits for another thread that is making a backtrace. Without a
//! grant for error reports it returns after one atomic load. The panic's message is never asked for.

use core::fmt::Write as _;
use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::sync::{Arc, TryLockError};

use super::Telemetry;
use super::gate::Gate;
use super::panics::Covered;
use super::shared::{Shared, random};
use crate::catalogue::Catalogue;
use crate::event::Uuid;
use crate::purpose::{Purpose, Purposes};
use crate::report::{BacktraceReader, Fingerprint, Origin, PANIC, RecordBuffer, ThreadKind};
use crate::stats::Loss;

impl<C: Catalogue> Telemetry<C> {
    /// Reports panics of this process from now on, wherever they happen, as the catalogue's event with a
    /// [`PanicReport`](crate::PanicReport). Does nothing if the catalogue has none.
    ///
    /// Installs a panic hook which calls the one before it after its own work. Call it once, early, after the handle
    /// is built; a second call changes nothing.
    ///
    /// While error reports are on, a panic writes one record of at most 2 KiB into a file of the state directory, where
    /// this process finds it, or the next one if the panic was the end. So it works with `panic = "abort"` as well.
    ///
    /// # Privacy
    ///
    /// The panic's message is never looked at, nor any argument or the name of the thread. Without a person's yes to
    /// error reports nothing is written, counted or kept.
    pub fn report_panics(&self) {
        let Some((event, _)) = C::SCHEMA.panic_event() else { return };
        if !self.shared.crash.want() {
            return;
        }
        // A panic may come before the worker has had its first turn.
        self.shared.prepare_for_panics();
        let shared = Arc::downgrade(&self.shared);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if let Some(shared) = shared.upgrade() {
                shared.panicked(event.name, info);
            }
            before(info);
        }));
    }
}

impl<C: Catalogue> Shared<C> {
    /// Opens the file for the hook, if the panic event is one that a person agreed to.
    pub(crate) fn prepare_for_panics(&self) {
        let active = self.lock().active.clone();
        let Some(active) = active.filter(|active| Covered::of::<C>(active).is_some()) else { return };
        // As for a request: nothing is made after a withdrawal has returned.
        let Ok(_guard) = self.setup.store.share() else { return };
        if self.is_stored(&active) {
            let identity = self.setup.data.join(active.grant.identity.directory());
            // What cannot be opened costs the record of a panic, which is counted then.
            let name = || random().map(|bytes: [u8; 8]| crate::digest::hex(&bytes));
            let _ = self.crash.prepare(&identity, active.scope.epoch, name);
        }
    }

    fn panicked(&self, event: &'static str, info: &PanicHookInfo<'_>) {
        let purposes = Purposes::from_bits(Gate::purposes(self.gate.look()));
        if !purposes.contains(Purpose::Errors) {
            return;
        }
        let written = match self.record_panic(event, info) {
            Ok(written) => written,
            Err(cause) => {
                self.counters.taken(1);
                self.counters.lost(cause, 1);
                return;
            }
        };
        if written {
            // Counted by whoever takes it over.
            if let Ok(waker) = self.waker.try_lock()
                && let Some(thread) = waker.as_ref()
            {
                thread.unpark();
            }
        }
    }

    fn record_panic(&self, event: &'static str, info: &PanicHookInfo<'_>) -> Result<bool, Loss> {
        let crates = C::SCHEMA.crates;
        let place = info.location().map(|location| (location.file(), location.line(), location.column()));
        let origin = place.and_then(|place| Origin::of_place(crates, place));
        // Before the costly part: a panic in a loop is one panic.
        if let Some(origin) = &origin {
            self.admit_panic(event, origin.as_str())?;
        }
        let uuid = random().map(Uuid::random).ok_or(Loss::Unrecorded)?;
        let mut record = RecordBuffer::begin(crates, uuid, self.setup.clock.now(), ThreadKind::of_current(), place);
        let mut innermost = Origin::default();
        let mut reader = BacktraceReader::new(crates, |name: &str| {
            if innermost.is_empty() {
                let _ = innermost.write_str(name);
            }
            record.push(name);
        });
        let _ = write!(reader, "{}", Backtrace::force_capture());
        reader.finish();
        if origin.is_none() {
            self.admit_panic(event, if innermost.is_empty() { "elsewhere" } else { innermost.as_str() })?;
        }
        let cut = record.left_out() > 0;
        if !self.crash.write(record.finish()) {
            return Err(Loss::Unrecorded);
        }
        if cut {
            self.counters.shortened();
        }
        Ok(true)
    }

    fn admit_panic(&self, event: &'static str, origin: &str) -> Result<(), Loss> {
        let cause = Fingerprint::of((event, PANIC, origin));
        let mut limiter = match self.reports.try_lock() {
            Ok(limiter) => limiter,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Held for moments by the worker, and perhaps by this very thread.
            Err(TryLockError::WouldBlock) => return Err(Loss::Unrecorded),
        };
        if limiter.admits(cause, self.setup.clock.elapsed()) { Ok(()) } else { Err(Loss::Repeated) }
    }
}
