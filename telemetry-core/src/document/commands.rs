//! The `telemetry …` subcommands as data: one table behind the help, the completion of shells and the manifest.
//!
//! Owns their names, options and what is said about each. It must never leave out a word that the command line takes.

use crate::locale::Locale;

/// A subcommand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subcommand {
    pub(crate) name: &'static str,
    /// What follows it besides options.
    pub(crate) operand: Operand,
    /// What it does, short enough for one line of the help.
    pub(crate) what: Told,
    pub(crate) options: &'static [Choice],
}

/// An option of a subcommand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) operand: Operand,
    pub(crate) what: Told,
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
    pub(crate) const fn shown_in(self, locale: Locale) -> &'static str {
        match (self, locale) {
            (Self::Nothing, _) => "",
            (Self::Event, Locale::English) => "[EVENT]",
            (Self::Event, Locale::German) => "[EREIGNIS]",
            (Self::Reason, Locale::English) => "REASON",
            (Self::Reason, Locale::German) => "GRUND",
            (Self::File, Locale::English) => "FILE",
            (Self::File, Locale::German) => "DATEI",
            (Self::Directory, Locale::English) => "DIR",
            (Self::Directory, Locale::German) => "ORDNER",
            (Self::Locks, Locale::English) => "OLD [NEW]",
            (Self::Locks, Locale::German) => "ALT [NEU]",
            (Self::Shell, Locale::English | Locale::German) => "SHELL",
        }
    }
}

/// The same in every language: one that is left out does not compile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    english: &'static str,
    german: &'static str,
}

impl Told {
    const fn new(english: &'static str, german: &'static str) -> Self {
        Self { english, german }
    }

    pub(crate) const fn in_locale(self, locale: Locale) -> &'static str {
        match locale {
            Locale::English => self.english,
            Locale::German => self.german,
        }
    }
}

/// What all of them are about.
#[cfg(feature = "cli")]
pub(crate) const ABOUT: Told = Told::new("what is reported, and whether", "was gemeldet wird, und ob");

/// Every subcommand, in the order of the help.
pub(crate) const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        options: &[choice("--json", "as JSON, for programs", "als JSON, für Programme")],
        ..plain("status", "on or off, and why (also without a command)", "an oder aus, und warum (auch ohne Befehl)")
    },
    plain(
        "on",
        "shows what would be sent and asks; needs a terminal",
        "zeigt, was gesendet würde, und fragt; am Terminal",
    ),
    plain("off", "turns it off at once and erases what was not sent", "schaltet sofort aus, löscht nicht Gesendetes"),
    plain("forget", "turns it off and writes a request for deletion", "schaltet aus und schreibt einen Löschantrag"),
    Subcommand {
        operand: Operand::Event,
        options: &[PRETTY],
        ..plain(
            "preview",
            "the exact bytes of an example of each event",
            "die genauen Bytes eines Beispiels je Ereignis",
        )
    },
    Subcommand {
        options: &[PRETTY],
        ..plain(
            "waiting",
            "the exact bytes that this process has yet to send",
            "die genauen Bytes, die noch zu senden sind",
        )
    },
    Subcommand {
        options: &[
            choice("--json", "as JSON", "im Format JSON"),
            choice("--markdown", "as the committed document", "als das eingecheckte Dokument"),
            choice("--schema", "the JSON Schema of the bodies", "das JSON-Schema der Sendungen"),
            choice("--lock", "as the lock file", "als Lock-Datei"),
            Choice {
                operand: Operand::File,
                ..choice(
                    "--check",
                    "compares a committed file with this program",
                    "vergleicht eine Datei mit diesem Programm",
                )
            },
            Choice {
                operand: Operand::Directory,
                ..choice(
                    "--write",
                    "writes every document below a directory",
                    "schreibt alle Dokumente in einen Ordner",
                )
            },
        ],
        ..plain(
            "events",
            "everything that can be reported, with every value",
            "alles, was gemeldet werden kann, mit jedem Wert",
        )
    },
    Subcommand {
        operand: Operand::Locks,
        ..plain(
            "diff",
            "what two lock files, or one and this build, differ in",
            "worin sich zwei Lock-Dateien unterscheiden",
        )
    },
    plain(
        "manifest",
        "switches, destination, events and files, as JSON",
        "Schalter, Ziele, Ereignisse und Dateien als JSON",
    ),
    Subcommand {
        options: &[
            choice("--json", "one line of JSON for each request", "eine Zeile JSON für jede Anfrage"),
            choice("--clear", "removes that log", "entfernt dieses Protokoll"),
        ],
        ..plain("log", "the exact bytes of everything that was sent", "die genauen Bytes von allem Gesendeten")
    },
    Subcommand {
        options: &[choice(
            "--verify",
            "checks that none was changed, lost or moved",
            "prüft, dass keiner geändert ist oder fehlt",
        )],
        ..plain("receipts", "what was decided and when", "was wann entschieden wurde")
    },
    plain("reset-id", "replaces the random identifiers", "ersetzt die zufälligen Kennungen"),
    plain(
        "prove-off",
        "traces the program where nobody agreed (Linux)",
        "verfolgt das Programm ohne Zustimmung (Linux)",
    ),
    Subcommand {
        operand: Operand::Reason,
        ..plain(
            "explain",
            "what a reason of `status` means, what to do",
            "was ein Grund aus `status` bedeutet, was zu tun ist",
        )
    },
    Subcommand {
        operand: Operand::Shell,
        ..plain(
            "completions",
            "completes these commands in bash, zsh or fish",
            "ergänzt diese Befehle in bash, zsh oder fish",
        )
    },
    plain("help", "this text", "dieser Text"),
];

const PRETTY: Choice =
    choice("--pretty", "with line breaks between the parts", "mit Zeilenumbrüchen zwischen den Teilen");

const fn plain(name: &'static str, english: &'static str, german: &'static str) -> Subcommand {
    Subcommand { name, operand: Operand::Nothing, what: Told::new(english, german), options: &[] }
}

const fn choice(name: &'static str, english: &'static str, german: &'static str) -> Choice {
    Choice { name, operand: Operand::Nothing, what: Told::new(english, german) }
}
