//! The `telemetry …` subcommands as data: one table behind the help, the completion of shells and the manifest.
//!
//! Owns their names, options and what is said about each. It must never leave out a word that the command line takes.

/// A subcommand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subcommand {
    pub(crate) name: &'static str,
    /// What follows it besides options.
    pub(crate) operand: Operand,
    /// What it does, short enough for one line of the help.
    pub(crate) what: &'static str,
    pub(crate) options: &'static [Choice],
}

/// An option of a subcommand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) operand: Operand,
    pub(crate) what: &'static str,
}

/// What a subcommand or an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    Nothing,
    /// The name of an event; may be left out.
    Event,
    /// The code of a reason.
    Reason,
    File,
    Directory,
    /// One lock file, or two.
    Locks,
    /// The name of a shell.
    Shell,
}

impl Operand {
    /// As help shows it.
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Event => "[EVENT]",
            Self::Reason => "REASON",
            Self::File => "FILE",
            Self::Directory => "DIR",
            Self::Locks => "OLD [NEW]",
            Self::Shell => "SHELL",
        }
    }
}

/// Every subcommand, in the order of the help.
pub(crate) const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        options: &[choice("--json", "as JSON, for programs")],
        ..plain("status", "on or off, and why (also without a command)")
    },
    plain("on", "shows what would be sent and asks; needs a terminal"),
    plain("off", "turns it off at once and erases what was not sent"),
    plain("forget", "turns it off and writes a request for deletion"),
    Subcommand {
        operand: Operand::Event,
        options: &[choice("--pretty", "with line breaks between the parts")],
        ..plain("preview", "the exact bytes of an example of each event")
    },
    Subcommand {
        options: &[choice("--pretty", "with line breaks between the parts")],
        ..plain("waiting", "the exact bytes that this process has yet to send")
    },
    Subcommand {
        options: &[
            choice("--json", "as JSON"),
            choice("--markdown", "as the committed document"),
            choice("--schema", "the JSON Schema of the bodies"),
            choice("--lock", "as the lock file"),
            Choice { operand: Operand::File, ..choice("--check", "compares a committed file with this program") },
            Choice { operand: Operand::Directory, ..choice("--write", "writes every document below a directory") },
        ],
        ..plain("events", "everything that can be reported, with every value")
    },
    Subcommand { operand: Operand::Locks, ..plain("diff", "what two lock files, or one and this build, differ in") },
    plain("manifest", "switches, destination, events and files, as JSON"),
    Subcommand {
        options: &[choice("--json", "one line of JSON for each request"), choice("--clear", "removes that log")],
        ..plain("log", "the exact bytes of everything that was sent")
    },
    Subcommand {
        options: &[choice("--verify", "checks that none was changed, lost or moved")],
        ..plain("receipts", "what was decided and when")
    },
    plain("reset-id", "replaces the random identifiers"),
    plain("prove-off", "traces the program where nobody agreed (Linux)"),
    Subcommand { operand: Operand::Reason, ..plain("explain", "what a reason of `status` means, what to do") },
    Subcommand { operand: Operand::Shell, ..plain("completions", "completes these commands in bash, zsh or fish") },
    plain("help", "this text"),
];

const fn plain(name: &'static str, what: &'static str) -> Subcommand {
    Subcommand { name, operand: Operand::Nothing, what, options: &[] }
}

const fn choice(name: &'static str, what: &'static str) -> Choice {
    Choice { name, operand: Operand::Nothing, what }
}
