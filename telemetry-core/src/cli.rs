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
//! With [`Mount`] it also names its main operations, which `prove-off` traces.
//!
//! # Commands
//!
//! | command | what it does |
//! |---|---|
//! | `status [--json]` | on or off, with every reason; the same without a command |
//! | `on` | shows what would be sent and asks, for each purpose; where the list has grown, what is new, with three answers; needs a person at a terminal |
//! | `off` | [`Telemetry::withdraw`] |
//! | `forget` | [`Telemetry::forget`]: off, and the text of a request for deletion on standard output, once |
//! | `preview [EVENT] [--pretty]` | the exact bytes of an example of each event; works before consent |
//! | `waiting [--pretty]` | the exact bytes that this process has yet to send |
//! | `events` | the catalogue as text, `--json`, `--markdown`, `--schema`, `--lock`; `--check FILE`, `--write DIR` |
//! | `diff OLD [NEW]` | what two lock files differ in, or one and this program, in plain language |
//! | `manifest` | [`document::manifest`](crate::document::manifest()) |
//! | `log [--json]`, `log --clear` | the exact bytes of everything that was sent |
//! | `receipts [--verify]` | what was decided and when |
//! | `reset-id` | [`Telemetry::reset_id`] |
//! | `prove-off` | traces the program's [`Operation`]s where nobody has agreed, and counts |
//! | `explain REASON` | what a reason of `status` means and what to do |
//! | `completions bash\|zsh\|fish` | a script that completes all of this |
//! | `help` | this list |
//!
//! # Exit codes
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; `status` always gives it, on or off: being off is no failure |
//! | 1 | could not be done, a check found something, or no decision was made; `diff`: the new list is wider or means something else; `prove-off`: something was counted, or an operation failed |
//! | 2 | the command line is not understood, `on` was called where no person can answer, or `prove-off` where nothing can be traced |
//!
//! What a command was called for goes to standard output; questions and complaints go to standard error. A pipe whose
//! reader has gone ends a command quietly, with 0. There are no colours and no cursor movements.
//!
//! # Languages
//!
//! Everything that a person reads is in the language of the terminal, where there is one for it. JSON, lock files,
//! generated documents, the codes of reasons and exit codes are the same in every language.

mod arguments;
mod completions;
mod consent;
mod events;
mod explain;
mod layout;
mod lists;
mod prove;
mod show;
mod speech;
mod terminal;
#[cfg(test)]
mod tests;

use core::fmt::Write as _;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

pub use consent::{Asked, ask_once};
pub use prove::Operation;
pub use terminal::{Person, Terminal};

use crate::catalogue::Catalogue;
use crate::catalogue::diff::Class;
use crate::catalogue::lock::LockError;
use crate::consent::Reason;
use crate::consent::receipt::VerifyError;
use crate::document::commands::SUBCOMMANDS;
use crate::document::{Generated, manifest, words};
use crate::locale::Locale;
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
    Mount::new().main(telemetry, arguments)
}

/// The subcommands with what an application adds to them.
///
/// ```no_run
/// use telemetry_core::cli::{Mount, Operation};
///
/// const MOUNT: Mount<'_> = Mount::new().operations(&[
///     Operation::new(&["words", Operation::PROGRAM]),
///     Operation::new(&["telemetry", "status"]),
/// ]);
///
/// # fn f<C: telemetry_core::Catalogue>(telemetry: &telemetry_core::Telemetry<C>) -> std::process::ExitCode {
/// MOUNT.main(telemetry, std::env::args_os().skip(2))
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub struct Mount<'a> {
    operations: &'a [Operation],
}

impl<'a> Mount<'a> {
    /// The subcommands by themselves.
    pub const fn new() -> Self {
        Self { operations: &[] }
    }

    /// Names the main operations of the program, for `prove-off`; without any it says that it cannot prove anything.
    ///
    /// Each runs with a fresh home directory (`HOME` and the `XDG_…` directories). A program that keeps its state
    /// elsewhere must be given [`Operation::DIRECTORY`] for it: an earlier yes of the person must not count there.
    pub const fn operations(mut self, operations: &'a [Operation]) -> Self {
        self.operations = operations;
        self
    }

    /// As [`main`].
    pub fn main<C: Catalogue>(
        &self,
        telemetry: &Telemetry<C>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> ExitCode {
        self.run(telemetry, arguments, &mut Terminal::standard()).into()
    }

    /// As [`run`].
    pub fn run<C: Catalogue>(
        &self,
        telemetry: &Telemetry<C>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
        terminal: &mut Terminal<'_>,
    ) -> Exit {
        let done = arguments::parse(arguments.into_iter().map(Into::into))
            .map_err(Stop::from)
            .and_then(|command| self.dispatch(telemetry, command, terminal))
            .and_then(|()| Ok(terminal.flush()?));
        let Err(stop) = done else { return Exit::Done };
        // What was printed before the stop comes before the reason for it.
        let _ = terminal.flush();
        let exit = match &stop {
            // Whoever read has read enough.
            Stop::Output(error) if error.kind() == ErrorKind::BrokenPipe => return Exit::Done,
            Stop::Usage(_) | Stop::UnknownEvent { .. } | Stop::NoPerson | Stop::NoProof(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        let speech = terminal.speech();
        // When even this cannot be written, the exit code still tells.
        let _ = writeln!(terminal.messages(), "{} telemetry: {}", C::SCHEMA.app, speech.stop(&stop));
        if let Stop::Usage(_) = stop {
            let see = speech.see(&words::command(&C::SCHEMA, "help"));
            let _ = writeln!(terminal.messages(), "{see}");
        }
        exit
    }

    fn dispatch<C: Catalogue>(
        &self,
        telemetry: &Telemetry<C>,
        command: Command,
        terminal: &mut Terminal<'_>,
    ) -> Result<(), Stop> {
        let schema = C::SCHEMA;
        match command {
            Command::Help => print(&help(schema.app, terminal.locale()), terminal),
            Command::Status(form) => show::status(telemetry, form, terminal),
            Command::On => consent::on(telemetry, terminal),
            Command::Off => consent::off(telemetry, terminal),
            Command::Forget => consent::forget(telemetry, terminal),
            Command::ResetId => consent::reset_id(telemetry, terminal),
            Command::Preview { event, shape } => show::preview(telemetry, event.as_deref(), shape, terminal),
            Command::Waiting(shape) => show::waiting(telemetry, shape, terminal),
            Command::Events(what) => events::events(telemetry, &what, terminal),
            Command::Diff { old, new } => lists::diff(&schema, &old, new.as_deref(), terminal),
            Command::Manifest => {
                let command = words::command(&schema, "manifest");
                print(&manifest(&schema, telemetry.recipients(), Generated::by(&command)), terminal)
            }
            Command::Log(form) => show::log(telemetry, form, terminal),
            Command::ClearLog => show::clear_log(telemetry, terminal),
            Command::Receipts => show::receipts(telemetry, terminal),
            Command::VerifyReceipts => show::verify_receipts(telemetry, terminal),
            Command::ProveOff => prove::prove_off(telemetry, self.operations, terminal),
            Command::Explain(reason) => explain::explain(schema.app, &reason, terminal),
            Command::Completions(shell) => print(&completions::script(shell, &schema, terminal.locale()), terminal),
        }
    }
}

fn print(text: &str, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    Ok(terminal.output().write_all(text.as_bytes())?)
}

/// Runs a subcommand at this terminal, which in tests is none.
pub fn run<C: Catalogue>(
    telemetry: &Telemetry<C>,
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
    terminal: &mut Terminal<'_>,
) -> Exit {
    Mount::new().run(telemetry, arguments, terminal)
}

/// Why a subcommand stopped before its end. How it reads is each language's affair.
#[derive(Debug)]
enum Stop {
    Usage(UsageError),
    UnknownEvent {
        given: Box<str>,
        known: Box<str>,
    },
    NoPerson,
    Unavailable {
        reasons: Box<str>,
        explain: Box<str>,
    },
    NoDecision,
    Grant(GrantError),
    NoId,
    Store(StoreError),
    /// Off in this process alone.
    NotStored(StoreError),
    Receipts(VerifyError),
    Clear(io::Error),
    Write(io::Error),
    Read(io::Error),
    Lock(LockError),
    /// What was compared is wider or means something else.
    Grown(Class),
    NoProof(prove::Obstacle),
    NotSilent,
    OperationsFailed(usize),
    Check(events::CheckError),
    Output(io::Error),
}

// Whatever is not said otherwise is a failure to write.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<UsageError> for Stop {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

impl From<prove::Obstacle> for Stop {
    fn from(obstacle: prove::Obstacle) -> Self {
        Self::NoProof(obstacle)
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

fn help(app: &str, locale: Locale) -> String {
    let speech = speech::of(locale);
    let mut text = format!("{}\n\n", speech.help(app));
    // Writing to a text cannot fail.
    for command in SUBCOMMANDS {
        let left = format!("{} {}", command.name, command.operand.shown_in(locale));
        let _ = writeln!(text, "  {left:<25}{}", command.what.in_locale(locale));
        for option in command.options {
            let left = format!("{} {}", option.name, option.operand.shown_in(locale));
            let _ = writeln!(text, "    {left:<23}{}", option.what.in_locale(locale));
        }
    }
    let _ = writeln!(text, "\n{}", speech.exit_codes());
    text
}
