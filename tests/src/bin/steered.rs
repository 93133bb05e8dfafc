//! A program that does what it is told, line by line, so that a test can change its surroundings in between.
//!
//! `steered DIRECTORY` reads from standard input and answers each line with one of JSON:
//!
//! | line | does |
//! |---|---|
//! | `on` | a person agrees |
//! | `off` | a person turns telemetry off |
//! | `track COUNT` | tracks so many events, each with the next number from `from NUMBER` on |
//! | `from NUMBER` | says which number is next |
//! | `flush MILLISECONDS` | delivers what waits |
//! | `shutdown MILLISECONDS` | the same, and stops for good |
//! | `status`, `shown` | tells the state, for programs and for people |
//! | `log` | tells how many requests the sent log has |
//! | `asks` | tells whether the question would be asked |
//!
//! At the end of its input it shuts down. `steered DIRECTORY telemetry …` is what core offers to every application.

#![forbid(unsafe_code)]

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use telemetry_core::{Catalogue, Entity, Id, ProgramKind, Purpose, Purposes, Surface, Telemetry, cli};
use telemetry_tests::telemetry_of;

/// What is counted.
#[derive(Entity)]
struct Number;

/// Everything that it can report.
#[derive(Catalogue)]
#[catalogue(app = "telemetry-tests-steered", revision = 1, identity = "stable", ids = "raw")]
enum Tracked {
    /// It was told to track something.
    ///
    /// Why: gives the tests something that can be told apart.
    #[event(name = "number.tracked")]
    NumberTracked {
        /// Which number.
        number_id: Id<Number>,
    },
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(directory) = arguments.next() else { return ExitCode::from(2) };
    let act = arguments.next();
    if act.is_some_and(|act| act == "telemetry") {
        return cli::main(&telemetry_of::<Tracked>(ProgramKind::CommandLine, directory), arguments);
    }
    let mut steered = Steered { telemetry: telemetry_of(ProgramKind::Service, directory), next: 0 };
    for line in io::stdin().lines().map_while(Result::ok) {
        let answer = steered.obey(&line);
        if say(&answer).is_err() {
            return ExitCode::FAILURE;
        }
    }
    steered.telemetry.shutdown(Duration::from_secs(5));
    ExitCode::SUCCESS
}

fn say(answer: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}")?;
    out.flush()
}

struct Steered {
    telemetry: Telemetry<Tracked>,
    next: i64,
}

impl Steered {
    fn obey(&mut self, line: &str) -> Value {
        let (word, number) = line.split_once(' ').unwrap_or((line, ""));
        let number: i64 = number.parse().unwrap_or_default();
        match word {
            "on" => self.on(),
            "off" => match self.telemetry.withdraw(Surface::Terminal) {
                Ok(withdrawal) => json!({ "done": format!("{withdrawal:?}"), "sentence": withdrawal.to_string() }),
                Err(error) => json!({ "error": error.to_string() }),
            },
            "track" => {
                for _ in 0..number {
                    self.telemetry.track(Tracked::NumberTracked { number_id: Id::new(self.next) });
                    self.next += 1;
                }
                json!({ "next": self.next })
            }
            "from" => {
                self.next = number;
                json!({ "next": self.next })
            }
            "flush" | "shutdown" => {
                let deadline = Duration::from_millis(number.unsigned_abs());
                let report =
                    if word == "flush" { self.telemetry.flush(deadline) } else { self.telemetry.shutdown(deadline) };
                let (delivered, remaining) = (report.delivered, report.remaining);
                json!({ "delivered": delivered, "remaining": remaining, "ended": format!("{:?}", report.ended) })
            }
            "status" => {
                let status = self.telemetry.status();
                let mut shown: Value = serde_json::from_str(&status.to_json()).unwrap_or_default();
                // Of what ended processes left: the sum is not right without it.
                if let Some(shown) = shown.as_object_mut() {
                    shown.insert("adopted".to_owned(), status.stats.adopted.into());
                }
                shown
            }
            "shown" => json!(self.telemetry.status().to_string()),
            "log" => json!({ "entries": self.telemetry.sent_log().len() }),
            "asks" => json!({ "asks": self.telemetry.present(Surface::Dashboard).is_some() }),
            _ => json!({ "error": "unknown" }),
        }
    }

    fn on(&self) -> Value {
        let Some(question) = self.telemetry.present(Surface::Terminal) else {
            return json!({ "error": "not asked" });
        };
        match self.telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)) {
            Ok(()) => json!({ "on": self.telemetry.is_on() }),
            Err(error) => json!({ "error": error.to_string() }),
        }
    }
}
