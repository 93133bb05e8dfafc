//! The command line: from words to a [`Command`]. Small enough to be read by hand.
//!
//! Owns every name and option. It must never guess: a word that is not known ends the command.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::completions::{SHELLS, Shell};
use crate::document::commands::SUBCOMMANDS;

/// One subcommand with its options.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Status(Form),
    On,
    Off,
    Forget,
    Preview { event: Option<String>, shape: Shape },
    Waiting(Shape),
    Events(Events),
    Diff { old: PathBuf, new: Option<PathBuf> },
    Manifest,
    Log(Form),
    ClearLog,
    Receipts,
    VerifyReceipts,
    ResetId,
    ProveOff,
    Explain(String),
    Completions(Shell),
}

/// For whom something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

/// How a body is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// As it would go out.
    Exact,
    /// With line breaks between its parts.
    Pretty,
}

/// What of the catalogue is printed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Events {
    Text,
    Json,
    Markdown,
    Schema,
    Lock,
    Check(PathBuf),
    Write(PathBuf),
}

/// Every command, for a sentence.
pub(super) fn names() -> String {
    SUBCOMMANDS.iter().map(|command| command.name).collect::<Vec<_>>().join(", ")
}

/// Every shell, for a sentence.
pub(super) fn shells() -> String {
    SHELLS.join(", ")
}

/// The command line is not understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UsageError {
    UnknownCommand { given: Box<str> },
    Unexpected { command: &'static str, given: Box<str>, options: &'static [&'static str] },
    TooMany { command: &'static str, options: &'static [&'static str] },
    Missing { after: &'static str, what: Missing },
    UnknownShell { given: Box<str> },
    UnknownReason { given: Box<str> },
}

/// What should have followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Reason,
    Shell,
    LockFile,
    File,
    Directory,
}

/// Text of the command line as it may be shown: without control characters.
pub(super) fn shown(given: &OsStr) -> Box<str> {
    given.to_string_lossy().escape_debug().to_string().into()
}

/// Reads the words that follow `telemetry`. Without any, it is `status`.
pub(super) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut words = arguments.peekable();
    let Some(first) = words.next() else { return Ok(Command::Status(Form::Text)) };
    let rest: Vec<OsString> = words.collect();
    let is_help = |word: &OsString| word == "--help" || word == "-h";
    if first == "help" || is_help(&first) || rest.iter().any(is_help) {
        return Ok(Command::Help);
    }
    match first.to_str() {
        Some("status") => Ok(Command::Status(form("status", rest)?)),
        Some("on") => nothing("on", rest, Command::On),
        Some("off") => nothing("off", rest, Command::Off),
        Some("forget") => nothing("forget", rest, Command::Forget),
        Some("manifest") => nothing("manifest", rest, Command::Manifest),
        Some("prove-off") => nothing("prove-off", rest, Command::ProveOff),
        Some("reset-id") => nothing("reset-id", rest, Command::ResetId),
        Some("waiting") => Ok(Command::Waiting(match choice("waiting", &["--pretty"], rest)? {
            Some(_) => Shape::Pretty,
            None => Shape::Exact,
        })),
        Some("preview") => preview(rest),
        Some("events") => events(rest),
        Some("diff") => diff(rest),
        Some("log") => Ok(match choice("log", &["--json", "--clear"], rest)? {
            Some("--json") => Command::Log(Form::Json),
            Some(_) => Command::ClearLog,
            None => Command::Log(Form::Text),
        }),
        Some("receipts") => Ok(match choice("receipts", &["--verify"], rest)? {
            Some(_) => Command::VerifyReceipts,
            None => Command::Receipts,
        }),
        Some("explain") => {
            let mut rest = rest.into_iter();
            let reason = rest.next().ok_or(UsageError::Missing { after: "explain", what: Missing::Reason })?;
            let reason = reason.into_string().map_err(|given| UsageError::UnknownReason { given: shown(&given) })?;
            nothing("explain", rest, Command::Explain(reason))
        }
        Some("completions") => {
            let mut rest = rest.into_iter();
            let given = rest.next().ok_or(UsageError::Missing { after: "completions", what: Missing::Shell })?;
            let shell = given.to_str().and_then(Shell::named);
            let shell = shell.ok_or_else(|| UsageError::UnknownShell { given: shown(&given) })?;
            nothing("completions", rest, Command::Completions(shell))
        }
        _ => Err(UsageError::UnknownCommand { given: shown(&first) }),
    }
}

fn nothing(
    command: &'static str,
    rest: impl IntoIterator<Item = OsString>,
    parsed: Command,
) -> Result<Command, UsageError> {
    choice(command, &[], rest).map(|_| parsed)
}

fn form(command: &'static str, rest: Vec<OsString>) -> Result<Form, UsageError> {
    Ok(choice(command, &["--json"], rest)?.map_or(Form::Text, |_| Form::Json))
}

/// At most one of `options`; the same one twice is that one.
fn choice(
    command: &'static str,
    options: &'static [&'static str],
    rest: impl IntoIterator<Item = OsString>,
) -> Result<Option<&'static str>, UsageError> {
    let mut chosen = None;
    for word in rest {
        let option = options.iter().copied().find(|option| word == *option);
        let option = option.ok_or_else(|| UsageError::Unexpected { command, given: shown(&word), options })?;
        if chosen.is_some_and(|before| before != option) {
            return Err(UsageError::TooMany { command, options });
        }
        chosen = Some(option);
    }
    Ok(chosen)
}

fn diff(rest: Vec<OsString>) -> Result<Command, UsageError> {
    // No option exists, and a mistaken one must not be taken for a file.
    let is_option = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    if let Some(given) = rest.iter().find(|word| is_option(word)) {
        return Err(UsageError::Unexpected { command: "diff", given: shown(given), options: &["OLD", "NEW"] });
    }
    let mut rest = rest.into_iter();
    let old = rest.next().ok_or(UsageError::Missing { after: "diff", what: Missing::LockFile })?.into();
    let new = rest.next().map(PathBuf::from);
    nothing("diff", rest, Command::Diff { old, new })
}

fn preview(rest: Vec<OsString>) -> Result<Command, UsageError> {
    let options = &["EVENT", "--pretty"];
    let (mut event, mut shape) = (None, Shape::Exact);
    for word in rest {
        if word == "--pretty" {
            shape = Shape::Pretty;
        } else if event.is_none() && !word.as_encoded_bytes().starts_with(b"-") {
            event = Some(word.to_string_lossy().into_owned());
        } else {
            return Err(UsageError::Unexpected { command: "preview", given: shown(&word), options });
        }
    }
    Ok(Command::Preview { event, shape })
}

fn events(rest: Vec<OsString>) -> Result<Command, UsageError> {
    const CHECK: &str = "--check";
    const WRITE: &str = "--write";
    let mut rest = rest.into_iter().peekable();
    if rest.next_if(|word| word == CHECK).is_some() {
        let file = rest.next().ok_or(UsageError::Missing { after: CHECK, what: Missing::File })?;
        return nothing("events --check", rest, Command::Events(Events::Check(file.into())));
    }
    if rest.next_if(|word| word == WRITE).is_some() {
        let directory = rest.next().ok_or(UsageError::Missing { after: WRITE, what: Missing::Directory })?;
        return nothing("events --write", rest, Command::Events(Events::Write(directory.into())));
    }
    let options = &["--json", "--markdown", "--schema", "--lock", CHECK, WRITE];
    Ok(Command::Events(match choice("events", options, rest)? {
        Some("--json") => Events::Json,
        Some("--markdown") => Events::Markdown,
        Some("--schema") => Events::Schema,
        Some("--lock") => Events::Lock,
        Some(_) => return Err(UsageError::TooMany { command: "events", options }),
        None => Events::Text,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::speech;
    use crate::document::commands::Operand;
    use crate::locale::Locale;

    fn parsed(line: &str) -> Result<Command, UsageError> {
        parse(line.split_whitespace().map(OsString::from))
    }

    fn english(error: &UsageError) -> String {
        speech::of(Locale::English).usage(error)
    }

    #[test]
    fn every_form_is_understood() {
        for (line, command) in [
            ("events --write docs", Command::Events(Events::Write("docs".into()))),
            ("", Command::Status(Form::Text)),
            ("status", Command::Status(Form::Text)),
            ("status --json", Command::Status(Form::Json)),
            ("on", Command::On),
            ("off", Command::Off),
            ("preview", Command::Preview { event: None, shape: Shape::Exact }),
            ("preview --pretty a.b", Command::Preview { event: Some("a.b".into()), shape: Shape::Pretty }),
            ("waiting", Command::Waiting(Shape::Exact)),
            ("waiting --pretty", Command::Waiting(Shape::Pretty)),
            ("events", Command::Events(Events::Text)),
            ("events --json", Command::Events(Events::Json)),
            ("events --markdown", Command::Events(Events::Markdown)),
            ("events --schema", Command::Events(Events::Schema)),
            ("events --lock", Command::Events(Events::Lock)),
            ("events --check --lock", Command::Events(Events::Check("--lock".into()))),
            ("log", Command::Log(Form::Text)),
            ("log --json", Command::Log(Form::Json)),
            ("log --clear", Command::ClearLog),
            ("receipts", Command::Receipts),
            ("receipts --verify", Command::VerifyReceipts),
            ("reset-id", Command::ResetId),
            ("forget", Command::Forget),
            ("diff a", Command::Diff { old: "a".into(), new: None }),
            ("diff a b", Command::Diff { old: "a".into(), new: Some("b".into()) }),
            ("manifest", Command::Manifest),
            ("prove-off", Command::ProveOff),
            ("completions zsh", Command::Completions(Shell::Zsh)),
            ("explain ci", Command::Explain("ci".into())),
            ("help", Command::Help),
            ("--help", Command::Help),
            ("on --help", Command::Help),
        ] {
            assert_eq!(parsed(line), Ok(command), "{line}");
        }
    }

    #[test]
    fn mistakes_name_what_would_be_right() {
        for (line, part) in [
            ("enable", names().as_str()),
            ("status --yaml", "it takes: --json"),
            ("on --yes", "`on` does not take `--yes`"),
            ("off now", "`off` does not take `now`"),
            ("preview a.b c.d", "`preview` does not take `c.d`; it takes: EVENT, --pretty"),
            ("preview --json", "does not take `--json`"),
            ("events --json --lock", "takes one of --json, --markdown, --schema, --lock, --check, --write at a time"),
            ("events --json --check", "at a time"),
            ("events --check", "`--check` needs a file"),
            ("events --check a b", "does not take `b`"),
            ("log --json --clear", "takes one of --json, --clear at a time"),
            ("receipts 1", "it takes: --verify"),
            ("explain", "needs a reason"),
            ("diff", "`diff` needs a lock file"),
            ("diff a b c", "does not take `c`"),
            ("diff --json a", "`diff` does not take `--json`"),
            ("forget me", "`forget` does not take `me`"),
            ("completions", "needs a shell"),
            ("completions csh", "unknown shell `csh`; the shells are: bash, zsh, fish"),
            ("explain ci ci", "does not take `ci`"),
        ] {
            let error = english(&parsed(line).expect_err(line));
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn every_word_of_the_table_is_understood() {
        for command in SUBCOMMANDS {
            let operand = match command.operand {
                Operand::Nothing => "",
                Operand::Shell => "bash",
                _ => "word",
            };
            let line = format!("{} {operand}", command.name);
            assert!(parsed(&line).is_ok(), "{line}");
            for option in command.options {
                let operand = if option.operand == Operand::Nothing { "" } else { "word" };
                let line = format!("{} {} {operand}", command.name, option.name);
                assert!(parsed(&line).is_ok(), "{line}");
            }
        }
    }

    #[test]
    fn control_characters_are_not_echoed() {
        let error = english(&parsed("\u{1b}[2J").expect_err("unknown"));
        assert!(!error.contains('\u{1b}') && error.contains("\\u{1b}"), "{error}");
    }
}
