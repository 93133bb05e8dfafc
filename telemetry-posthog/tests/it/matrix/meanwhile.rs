//! What happens beside the server: clocks are set, the machine sleeps, a day passes, events come in a flood.

use std::time::Duration;

use telemetry_core::testing::ManualClock;
use telemetry_core::{Clock as _, Telemetry, Timestamp};

use super::FLUSH;
use super::server::{Manner, Server};
use crate::catalogue::Tracked;

const HOUR: Duration = Duration::from_secs(3600);

/// Something that happens while the application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    Nothing,
    /// The time of day is set by so many hours, between two events. The clock that does not jump goes on.
    ClockSet(i64),
    /// The machine sleeps for eight hours, while a request is under way and with an event that came just before. The time
    /// of day is another one then, the clock that does not jump stood still, the connection is reset, and the server is
    /// well.
    Suspended,
    /// An hour passes after each thousand events.
    DayPasses,
    /// Nothing, but the events come as fast as they can, and more of them than there is room for.
    Flood,
}

impl Meanwhile {
    /// Lets happen what happens after the event with this number.
    pub(crate) fn after_event(self, number: u64, telemetry: &Telemetry<Tracked>, clock: &ManualClock) {
        match self {
            Self::ClockSet(hours) if number == 2 => set(clock, hours),
            Self::DayPasses if number % 1000 == 999 => {
                while telemetry.stats().queued > 0 {
                    let _ = telemetry.flush(FLUSH);
                }
                clock.advance(HOUR);
            }
            _ => {}
        }
    }

    /// Lets happen what happens between the last event and the end of the application.
    pub(crate) fn before_the_end(self, clock: &ManualClock, server: Option<&Server>) {
        if self == Self::Suspended {
            set(clock, 8);
            server.expect("there is a server").becomes(Manner::Accept);
        }
    }
}

fn set(clock: &ManualClock, hours: i64) {
    let hour = i64::try_from(HOUR.as_millis()).unwrap();
    clock.jump_to(Timestamp::from_millis(clock.now().millis().checked_add_signed(hours * hour).unwrap()));
}
