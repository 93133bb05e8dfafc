//! The `telemetry …` subcommands, for any application to mount, and the question that a command-line program asks
//! once. Feature `cli`.
//!
//! Owns what a person at a terminal can see and decide. It must never ask where no person can answer, never let a
//! script agree, and never wait for an answer that cannot come.
//!
//! An application hands over what follows the word `telemetry` on its own command line:
//!
//! ```no_run
//! # use telemetry_core::{Catalogue, Telemetry};
//! # fn f<C: Catalogue>(telemetry: &Telemetry<C>) -> std::process::ExitCode {
//! if std::env::args_os().nth(1).is_some_and(|word| word == "telemetry") {
//!     return telemetry_core::cli::main(telemetry, std::env::args_os().skip(2));
//! }
//! # std::process::ExitCode::SUCCESS
//! # }
//! ```
//!
//! # Exit codes
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; `status` always gives it, on or off: being off is no failure |
//! | 1 | could not be done, a check found something, or no decision was made |
//! | 2 | the command line is not understood, or `on` was called where no person can answer |
//!
//! What a command was called for goes to standard output; questions and complaints go to standard error. A pipe whose
//! reader has gone ends a command quietly, with 0. There are no colours and no cursor movements.

mod arguments;
mod consent;
mod events;
mod explain;
mod layout;
mod show;
mod terminal;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

pub use consent::{Asked, ask_once};
pub use terminal::{Person, Terminal};

use crate::catalogue::Catalogue;
use crate::consent::Reason;
use crate::consent::receipt::VerifyError;
use crate::document::words;
use crate::store::StoreError;
use crate::telemetry::{GrantError, Telemetry};
use arguments::{Command, UsageError};

/// How a subcommand ended; converts into an [`ExitCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Exit {
    /// 0: it did what it was called for.
    Done,
    /// 1: it could not be done, a check found something, or no decision was made.
    Failed,
    /// 2: the command line is not understood, or a person is needed and none is there.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
        })
    }
}

/// Runs a subcommand at the terminal of this process. `arguments` are those that follow the word `telemetry`.
///
/// See the [module](self) for the exit codes, and `telemetry help` for the subcommands.
///
/// # Privacy
///
/// Sends nothing. Only `on` can lead to a grant, and only when a person at a terminal says yes.
pub fn main<C: Catalogue>(
    telemetry: &Telemetry<C>,
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
) -> ExitCode {
    run(telemetry, arguments, &mut Terminal::standard()).into()
}

/// Runs a subcommand at this terminal, which in tests is none.
pub fn run<C: Catalogue>(
    telemetry: &Telemetry<C>,
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
    terminal: &mut Terminal<'_>,
) -> Exit {
    let done = arguments::parse(arguments.into_iter().map(Into::into))
        .map_err(Stop::from)
        .and_then(|command| dispatch(telemetry, command, terminal))
        .and_then(|()| Ok(terminal.flush()?));
    let Err(stop) = done else { return Exit::Done };
    // What was printed before the stop comes before the reason for it.
    let _ = terminal.flush();
    let exit = match &stop {
        // Whoever read has read enough.
        Stop::Output(error) if error.kind() == ErrorKind::BrokenPipe => return Exit::Done,
        Stop::Usage(_) | Stop::UnknownEvent { .. } | Stop::NoPerson => Exit::Usage,
        _ => Exit::Failed,
    };
    // When even this cannot be written, the exit code still tells.
    let _ = writeln!(terminal.messages(), "{} telemetry: {stop}", C::SCHEMA.app);
    if let Stop::Usage(_) = stop {
        let _ = writeln!(terminal.messages(), "see: {}", words::command(&C::SCHEMA, "help"));
    }
    exit
}

fn dispatch<C: Catalogue>(telemetry: &Telemetry<C>, command: Command, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    match command {
        Command::Help => Ok(terminal.output().write_all(help(C::SCHEMA.app).as_bytes())?),
        Command::Status(form) => show::status(telemetry, form, terminal),
        Command::On => consent::on(telemetry, terminal),
        Command::Off => consent::off(telemetry, terminal),
        Command::ResetId => consent::reset_id(telemetry, terminal),
        Command::Preview { event, shape } => show::preview(telemetry, event.as_deref(), shape, terminal),
        Command::Waiting(shape) => show::waiting(telemetry, shape, terminal),
        Command::Events(what) => events::events(telemetry, &what, terminal),
        Command::Log(form) => show::log(telemetry, form, terminal),
        Command::ClearLog => show::clear_log(telemetry, terminal),
        Command::Receipts => show::receipts(telemetry, terminal),
        Command::VerifyReceipts => show::verify_receipts(telemetry, terminal),
        Command::Explain(reason) => explain::explain(C::SCHEMA.app, &reason, terminal),
    }
}

/// Why a subcommand stopped before its end.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    Usage(#[from] UsageError),
    #[error("there is no event `{given}`; the events are: {known}")]
    UnknownEvent { given: Box<str>, known: Box<str> },
    #[error("only a person at a terminal can turn telemetry on; nothing was changed")]
    NoPerson,
    #[error("telemetry cannot be turned on here: {reasons}\nsee: {explain}")]
    Unavailable { reasons: Box<str>, explain: Box<str> },
    #[error("no decision was made; nothing was changed")]
    NoDecision,
    #[error(transparent)]
    Grant(GrantError),
    #[error("telemetry is not on, so there is no id to replace")]
    NoId,
    #[error("{0}")]
    Store(StoreError),
    #[error("telemetry is off in this process, but not for good: {0}")]
    NotStored(StoreError),
    #[error("the receipts do not hold together: {0}")]
    Receipts(VerifyError),
    #[error("a file of the sent log could not be removed: {0}")]
    Clear(io::Error),
    #[error("the documents cannot be written: {}", .0.kind())]
    Write(#[source] io::Error),
    #[error("the file cannot be read: {0}")]
    Read(io::Error),
    #[error("{0}")]
    Check(events::CheckError),
    #[error("the output could not be written: {0}")]
    Output(io::Error),
}

// Whatever is not said otherwise is a failure to write.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Stop {
    fn unavailable(app: &str, reasons: impl Iterator<Item = (&'static str, String)>) -> Self {
        let (codes, sentences): (Vec<_>, Vec<_>) = reasons.unzip();
        let code = codes.first().copied().unwrap_or(Reason::NoKey.code());
        Self::Unavailable {
            reasons: sentences.join("; ").into(),
            explain: format!("{app} telemetry explain {code}").into(),
        }
    }
}

fn help(app: &str) -> String {
    format!(
        "\
What {app} can report, and whether it may: off until somebody says yes.

Usage: {app} telemetry [COMMAND]

  status [--json]            on or off, and why (also without a command)
  on                         shows what would be sent and asks; needs a terminal
  off                        turns it off at once and erases what was not sent
  preview [EVENT] [--pretty] the exact bytes of an example of each event
  waiting [--pretty]         the exact bytes that this process has yet to send
  events                     everything that can be reported, with every value
         [--json | --markdown | --schema | --lock]
         [--check FILE]      compares a committed document with this program
         [--write DIR]       writes every document below a directory
  log [--json]               the exact bytes of everything that was sent
  log --clear                removes that log
  receipts [--verify]        what was decided and when; checks the chain of it
  reset-id                   replaces the random identifiers
  explain REASON             what a reason of `status` means and what to do
  help                       this text

Exit codes: 0 done, on or off; 1 not done, or a check found something;
2 not understood, or `on` without a person at a terminal.
"
    )
}
