//! The conservation law: what was tracked is delivered, lost for a counted cause, or waiting; whatever happens.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use telemetry_core::{Clock, Outcome, Stats, Surface, Telemetry};

use crate::fixture::{Installation, LONG, Tracked, USAGE, agree, started};

const DAY: Duration = Duration::from_secs(86_400);

#[derive(Debug, Clone, Copy)]
enum Step {
    Track(u16),
    Flush,
    Withdraw,
    Agree,
    Answer(u8),
    Pass(u16),
    /// The time of day jumps, by a day.
    JumpForward,
    JumpBack,
    /// The program ends in order, and is started again.
    Restart,
    /// The program is gone without a word, and is started again.
    Vanish,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (1_u16..40).prop_map(Step::Track),
        1 => (1000_u16..9000).prop_map(Step::Track),
        3 => Just(Step::Flush),
        1 => Just(Step::Withdraw),
        1 => Just(Step::Agree),
        3 => (0_u8..8).prop_map(Step::Answer),
        2 => any::<u16>().prop_map(Step::Pass),
        1 => Just(Step::JumpForward),
        1 => Just(Step::JumpBack),
        1 => Just(Step::Restart),
        1 => Just(Step::Vanish),
    ]
}

fn answer(choice: u8) -> Outcome {
    match choice {
        0 | 1 => Outcome::Accepted,
        2 => Outcome::Retry { after: None },
        3 => Outcome::Retry { after: Some(Duration::from_secs(30)) },
        4 => Outcome::TooLarge,
        5 => Outcome::Rejected,
        6 => Outcome::Discarded { pause: Duration::from_secs(60) },
        _ => Outcome::Cancelled,
    }
}

fn holds(stats: &Stats) -> bool {
    let lost: u64 = stats.losses().map(|(_, count)| count).sum();
    stats.tracked + stats.adopted == stats.delivered + lost + stats.queued + stats.waiting
}

/// One installation through everything that happens to it.
struct Life {
    installation: Installation,
    telemetry: Telemetry<Tracked>,
    on: bool,
    /// Events that this process was given while it was on.
    offered: u64,
    /// Events that were tracked under the running grant, by any process.
    under_grant: usize,
    /// Events that had been delivered when the grant or the withdrawal was made.
    delivered_before: usize,
}

impl Life {
    fn new() -> Self {
        let installation = Installation::new();
        let telemetry = installation.granted(USAGE);
        Self { installation, telemetry, on: true, offered: 0, under_grant: 0, delivered_before: 0 }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Track(count) => {
                for _ in 0..count {
                    self.telemetry.track(started());
                }
                if self.on {
                    self.offered += u64::from(count);
                    self.under_grant += usize::from(count);
                }
            }
            Step::Flush => {
                self.telemetry.flush(LONG);
            }
            Step::Withdraw => {
                self.telemetry.withdraw(Surface::Dashboard).unwrap();
                self.on = false;
                (self.under_grant, self.delivered_before) = (0, self.installation.sink.delivered().len());
            }
            Step::Agree => {
                agree(&self.telemetry, USAGE);
                // A yes under a running grant is a new decision: what waits for delivery belongs to the old one.
                self.on = true;
                (self.under_grant, self.delivered_before) = (0, self.installation.sink.delivered().len());
            }
            Step::Answer(choice) => self.installation.sink.answer(move |_| answer(choice)),
            Step::Pass(seconds) => self.installation.clock.advance(Duration::from_secs(seconds.into())),
            Step::JumpForward => self.installation.clock.jump_to(self.installation.clock.now().plus(DAY)),
            Step::JumpBack => {
                let back = self.installation.clock.now().millis() - 86_400_000;
                self.installation.clock.jump_to(telemetry_core::Timestamp::from_millis(back));
            }
            Step::Restart => {
                self.telemetry.shutdown(LONG);
                let stats = self.telemetry.stats();
                assert!(holds(&stats) && stats.queued == 0, "{stats:?}");
                self.start();
            }
            Step::Vanish => self.start(),
        }
    }

    fn start(&mut self) {
        self.telemetry = self.installation.start();
        self.offered = 0;
        assert_eq!(self.telemetry.is_on(), self.on);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// `tracked + adopted == delivered + lost + queued + waiting`, whatever happens in between; what is counted as
    /// delivered is what the server has; and nothing is delivered that the last decision forbids.
    #[test]
    fn conservation_law(steps in prop::collection::vec(step(), 1..40)) {
        let mut life = Life::new();
        for step in steps {
            life.take(step);
            let delivered = life.installation.sink.delivered().len() - life.delivered_before;
            prop_assert!(delivered <= life.under_grant, "{delivered} of {} after {step:?}", life.under_grant);
        }
        life.telemetry.flush(LONG);
        let stats = life.telemetry.stats();
        prop_assert_eq!(stats.tracked, life.offered);
        prop_assert!(holds(&stats), "{:?}", stats);
        life.telemetry.shutdown(LONG);
        let stats = life.telemetry.stats();
        prop_assert!(holds(&stats) && stats.queued == 0, "{:?}", stats);

        // Each event arrived once, over all processes.
        let requests = life.installation.sink.requests();
        let accepted = requests.iter().filter(|request| request.outcome == Outcome::Accepted);
        let uuids: Vec<&str> =
            accepted.flat_map(|request| request.body.split("\"uuid\":\"").skip(1)).map(|rest| &rest[..36]).collect();
        let distinct: HashSet<&str> = uuids.iter().copied().collect();
        prop_assert_eq!(distinct.len(), uuids.len());
    }
}
