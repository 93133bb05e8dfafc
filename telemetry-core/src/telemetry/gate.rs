//! The gate: the one number that `track` looks at, and the rules by which it opens and closes.
//!
//! Owns the order of things between a yes, a no and a request. It knows neither catalogue nor store nor sink, so that
//! `tests/model` can compile this file as it is and try every order of threads. It must never open after a decision
//! that was read before a newer one, nor while somebody is turning telemetry off.

use crate::signal::Signal;
use crate::sync::{AtomicU32, Ordering};

/// How many bits of the gate's number say for which purposes it is open.
const PURPOSE_BITS: u32 = 8;

/// Openings are counted in the bits that are left; after so many the count starts over.
const OPENINGS: u32 = 1 << (u32::BITS - PURPOSE_BITS);

/// The number that `track` looks at. 0 is closed; otherwise the number of the opening, and the purposes it is for.
#[derive(Debug)]
pub(crate) struct Gate(AtomicU32);

impl Gate {
    pub(crate) fn closed() -> Self {
        Self(AtomicU32::new(0))
    }

    /// One relaxed load: whoever sees an old number records under an opening that is over, and the event says so by
    /// that number.
    #[inline]
    pub(crate) fn look(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// The number of the opening in what a look saw.
    #[inline]
    pub(crate) const fn opening(seen: u32) -> u32 {
        seen >> PURPOSE_BITS
    }

    /// The purposes in what a look saw, as bits.
    #[inline]
    pub(crate) const fn purposes(seen: u32) -> u8 {
        seen.to_le_bytes()[0]
    }
}

/// Opens and closes the gate. Lives under the lock of the state; everything in here happens under that lock.
#[derive(Debug, Default)]
pub(crate) struct Gatekeeper {
    /// The newest epoch that was seen.
    newest_epoch: u64,
    /// How often the gate was opened.
    openings: u32,
    /// The opening that lasts.
    open: Option<u32>,
    /// How many are turning telemetry off in this process right now.
    withdrawing: u32,
    /// The purposes that somebody turned off, as bits, where that could not be stored.
    unstored: u8,
    /// Shut down for good.
    finished: bool,
    /// Cancel the requests under way.
    flights: Vec<Signal>,
}

impl Gatekeeper {
    /// Whether a decision that was just read is the newest that is known. An old yes is not: it was read before
    /// somebody else's newer decision was taken over, and must not come back. An old no may be taken over.
    #[must_use]
    pub(crate) fn accepts(&mut self, epoch: u64, is_grant: bool) -> bool {
        if is_grant && epoch < self.newest_epoch {
            return false;
        }
        self.newest_epoch = self.newest_epoch.max(epoch);
        true
    }

    /// The newest epoch that was seen: no decision that is made from now on may have an older one, or this process
    /// would take it for one that is over.
    pub(crate) const fn newest_epoch(&self) -> u64 {
        self.newest_epoch
    }

    /// Whether the gate may be opened at all, whatever is stored.
    pub(crate) const fn may_open(&self) -> bool {
        self.withdrawing == 0 && self.unstored == 0 && !self.finished
    }

    /// Opens the gate for these purposes under a new number. It was closed, and may be opened.
    pub(crate) fn open(&mut self, gate: &Gate, purposes: u8) -> u32 {
        // 0 is a number like any other here: a gate that is open has at least one purpose.
        self.openings = (self.openings + 1) % OPENINGS;
        self.open = Some(self.openings);
        gate.0.store((self.openings << PURPOSE_BITS) | u32::from(purposes), Ordering::Release);
        self.openings
    }

    /// Goes on under the same number, for these purposes of those that it was opened for.
    pub(crate) fn narrow(&self, gate: &Gate, purposes: u8) {
        if let Some(opening) = self.open {
            gate.0.store((opening << PURPOSE_BITS) | u32::from(purposes), Ordering::Release);
        }
    }

    /// Closes the gate and cancels the requests under way. Returns whether it was open.
    pub(crate) fn close(&mut self, gate: &Gate) -> bool {
        gate.0.store(0, Ordering::Release);
        let was_open = self.open.take().is_some();
        for flight in &self.flights {
            flight.raise();
        }
        was_open
    }

    /// Somebody turns telemetry off, and closes the gate under the same lock: until it is [`withdrawn`](Self::withdrawn)
    /// nothing opens the gate, since what is stored may still be the yes.
    pub(crate) fn withdraw(&mut self) {
        self.withdrawing += 1;
    }

    /// What [`withdraw`](Self::withdraw) began is stored, `epoch` is the newest one that was stored, and `left` are the
    /// purposes that are on in it. An older yes that somebody has read before, and takes over only now, does not open
    /// the gate any more.
    pub(crate) fn withdrawn(&mut self, epoch: u64, left: u8) {
        self.newest_epoch = self.newest_epoch.max(epoch);
        self.withdrawing = self.withdrawing.saturating_sub(1);
        // Whatever is off as stored needs nobody to hold it. A no to another purpose still does.
        self.unstored &= left;
    }

    /// What [`withdraw`](Self::withdraw) began for these purposes could not be stored: this process stays off.
    pub(crate) fn not_withdrawn(&mut self, purposes: u8) {
        self.withdrawing = self.withdrawing.saturating_sub(1);
        self.unstored |= purposes;
    }

    /// A person's yes was stored, which overrides a no that could not be.
    pub(crate) fn granted(&mut self) {
        self.unstored = 0;
    }

    /// The purposes that somebody turned off, where that could not be stored, as bits.
    pub(crate) const fn unstored(&self) -> u8 {
        self.unstored
    }

    /// Whether somebody is turning telemetry off right now.
    pub(crate) const fn is_withdrawing(&self) -> bool {
        self.withdrawing > 0
    }

    /// Whether a no could not be stored, or is being.
    pub(crate) const fn is_held(&self) -> bool {
        self.is_withdrawing() || self.unstored != 0
    }

    /// Shuts down for good; the gate is closed under the same lock.
    pub(crate) fn finish(&mut self) {
        self.finished = true;
    }

    pub(crate) const fn is_finished(&self) -> bool {
        self.finished
    }

    /// A request for what was recorded under this opening begins, under the shared lock of the store: gives the
    /// signal that ends it, or nothing if the opening is over.
    ///
    /// From here on whoever closes the gate raises the signal. Who closed it before changed the opening.
    pub(crate) fn take_off(&mut self, opening: u32) -> Option<Signal> {
        if self.open != Some(opening) {
            return None;
        }
        let signal = Signal::default();
        self.flights.push(signal.clone());
        Some(signal)
    }

    /// The request with this signal has ended.
    pub(crate) fn land(&mut self, signal: &Signal) {
        self.flights.retain(|flight| !flight.is(signal));
    }
}
