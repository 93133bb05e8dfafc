//! The manifest: everything about telemetry that a machine may want to know, in one JSON object.
//!
//! For whoever runs firewalls, packages the program or audits it. Owns the object's shape and the list of files. It
//! must say only what the code does, and nothing that differs between two builds of one catalogue.

use serde::Serialize;
use serde_json::Value;

use super::commands::SUBCOMMANDS;
use super::recipients::{Listed, Recipients};
use super::{Generated, catalogue_json, pretty, words};
use crate::Purposes;
use crate::catalogue::{CatalogueSchema, Identity};
use crate::kill_switch::{CI_VENDORS, variable_name};
use crate::limits;
use crate::locale::Locale;

/// The version of the object's shape; raised when an older reader would misunderstand it.
const FORMAT: u32 = 1;

/// A file that telemetry makes, and when.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct FileWritten {
    /// Below the directory that the application gives; `*` stands for digits, 16 hexadecimal ones for an identity.
    pub(crate) path: &'static str,
    holds: &'static str,
    #[serde(rename = "written")]
    when: &'static str,
    removed: &'static str,
}

const NEVER_REMOVED: &str = "by hand; the identifiers are out of it once telemetry is off";
const BEFORE_THE_FIRST: &str = "while telemetry is on, before the first event is put on disk or sent";
const WITH_IDENTITY: &str = "when telemetry is turned off or the identifiers are replaced";

/// Every file. An application with a store of its own has only those below `data`.
pub(crate) const WRITTEN: &[FileWritten] = &[
    FileWritten {
        path: "installation.json",
        holds: "the decision; while telemetry is on, the random identifiers too",
        when: "at a person's decision",
        removed: NEVER_REMOVED,
    },
    FileWritten {
        path: "installation.json.new",
        holds: "the decision while it is being written",
        when: "at a person's decision",
        removed: "within the same moment, by becoming installation.json",
    },
    FileWritten {
        path: "installation.json.unreadable-*",
        holds: "a decision that could not be read, as it was found; it may hold the random identifiers",
        when: "at a person's decision where the one before it cannot be read",
        removed: "by hand",
    },
    FileWritten {
        path: "installation.mark",
        holds: "a random number; a copy of it is another file, by which a copied decision is told from its original",
        when: "when a person agrees",
        removed: "when telemetry is turned off",
    },
    FileWritten {
        path: "installation.mark.new",
        holds: "that number while it is being written",
        when: "when a person agrees",
        removed: "within the same moment, by becoming installation.mark",
    },
    FileWritten {
        path: "receipts.jsonl",
        holds: "what was decided and when, without any identifier",
        when: "at a person's decision",
        removed: NEVER_REMOVED,
    },
    FileWritten {
        path: "installation.lock",
        holds: "nothing; held by whoever changes the decision",
        when: "at a person's decision",
        removed: NEVER_REMOVED,
    },
    FileWritten {
        path: "gate.lock",
        holds: "nothing; held by whoever sends",
        when: BEFORE_THE_FIRST,
        removed: NEVER_REMOVED,
    },
    FileWritten {
        path: "drain.lock",
        holds: "nothing; held by whoever turns telemetry off and waits for what is being sent",
        when: BEFORE_THE_FIRST,
        removed: NEVER_REMOVED,
    },
    FileWritten {
        path: "data/*/spool/*.spool",
        holds: "events that wait to be sent",
        when: "while telemetry is on, when something is tracked",
        removed: "when they are sent, and when telemetry is turned off or the identifiers are replaced",
    },
    FileWritten {
        path: "data/*/spool.lock",
        holds: "nothing; it is locked",
        when: "while telemetry is on, when something is tracked",
        removed: WITH_IDENTITY,
    },
    FileWritten {
        path: "data/*/crash/*.crash",
        holds: "where the program panicked, until the record is taken over",
        when: "while error reports are on, in a program that reports panics",
        removed: "when it is taken over or the program ends, and when error reports are turned off",
    },
    FileWritten {
        path: "data/*/sent.log",
        holds: "the exact bytes of the latest requests",
        when: "before each request",
        removed: WITH_IDENTITY,
    },
    FileWritten {
        path: "data/*/sent.older.log",
        holds: "the exact bytes of the requests before those",
        when: "when sent.log is full",
        removed: WITH_IDENTITY,
    },
    FileWritten {
        path: "data/*/sent.lock",
        holds: "nothing; it is locked",
        when: "before the first request",
        removed: WITH_IDENTITY,
    },
    FileWritten {
        path: "data/*/sender.lock",
        holds: "how long each destination wants to be left alone, when something was last delivered there, when that failed last and why, in a word; it is locked by the process whose turn it is to send",
        when: "while telemetry is on, when something is tracked",
        removed: WITH_IDENTITY,
    },
    FileWritten {
        path: "data/erased-*",
        holds: "a directory with the data of an identity that is over, while it is being removed",
        when: WITH_IDENTITY,
        removed: "within the same moment; where that fails, which turning off and `status` say, at the next start",
    },
];

/// The manifest of this catalogue and its destinations, as JSON.
///
/// It names the switches and what each value of them means, each destination with its purposes, what is kept for how long, how
/// events are linked, every event with its purpose and every value of its properties (as
/// [`catalogue_json`](super::catalogue_json) does), the files with the moment of their writing, and the commands.
///
/// It is the same for every build of a catalogue: it holds neither the key's fingerprint nor the version.
#[must_use]
pub fn manifest(schema: &CatalogueSchema, to: impl Into<Recipients>, generated: Generated<'_>) -> String {
    let to = to.into();
    let catalogue = catalogue_json(schema, generated);
    // Written by this crate a line above; what is not there would be `null`.
    let catalogue: Value = serde_json::from_str(&catalogue).unwrap_or_default();
    let of_catalogue = |name: &str| catalogue.get(name).cloned().unwrap_or_default();
    pretty(&Manifest {
        generated_by: generated.command(),
        format: FORMAT,
        app: schema.app,
        default: "off",
        turned_on_by: "a person's yes to the question, and nothing else",
        publisher: schema.publisher,
        contact: schema.contact,
        retention_days: (schema.retention_days > 0).then_some(schema.retention_days),
        purposes: words::purposes(schema)
            .map(|purpose| Purpose { name: purpose.name(), label: words::purpose_label(purpose) })
            .collect(),
        switches: Switches::of(schema.app),
        destinations: to.listed(schema).iter().map(Recipient::of).collect(),
        identity: Linking {
            policy: of_catalogue("identity"),
            why: schema.identity_why,
            days: match schema.identity {
                Identity::Rotating { days } => Some(days),
                Identity::None | Identity::Stable => None,
            },
            ids: of_catalogue("ids"),
            ids_of: words::entities(schema),
            words: words::identity(schema),
        },
        revision: schema.revision,
        catalogue_sha256: of_catalogue("catalogue_sha256"),
        resolution: schema.resolution.name(),
        with_every_event: of_catalogue("with_every_event"),
        events: of_catalogue("events"),
        files: WRITTEN,
        commands: SUBCOMMANDS.iter().map(|command| Command::of(schema, command)).collect(),
    })
}

#[derive(Serialize)]
struct Manifest<'a> {
    generated_by: &'a str,
    /// Tells the file from other generated ones.
    #[serde(rename = "manifest")]
    format: u32,
    app: &'static str,
    default: &'static str,
    turned_on_by: &'static str,
    publisher: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    contact: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_days: Option<u32>,
    purposes: Vec<Purpose>,
    switches: Switches,
    destinations: Vec<Recipient>,
    identity: Linking,
    revision: u32,
    catalogue_sha256: Value,
    resolution: &'static str,
    with_every_event: Value,
    events: Value,
    files: &'static [FileWritten],
    commands: Vec<Command>,
}

#[derive(Serialize)]
struct Purpose {
    name: &'static str,
    label: &'static str,
}

#[derive(Serialize)]
struct Switches {
    effect: &'static str,
    environment: Vec<Variable>,
    policy: Policy,
}

#[derive(Serialize)]
struct Variable {
    name: String,
    applies_to: &'static str,
    off: &'static str,
    no_effect: &'static str,
}

#[derive(Serialize)]
struct Policy {
    unix: String,
    windows: String,
    off: &'static str,
    no_effect: &'static str,
}

impl Switches {
    fn of(app: &str) -> Self {
        let (all, command_lines) = ("all programs", "programs that a person starts at a terminal");
        let own = [
            ("DO_NOT_TRACK".to_owned(), all, "every other value", "empty, `0`, `false`"),
            (variable_name(app), all, "every other value", "empty; `1`, `on`, `true`, `yes`, with a note in `status`"),
            ("CI".to_owned(), command_lines, "every other value", "empty, `0`, `false`, `no`, `off`"),
        ];
        let vendors =
            CI_VENDORS.iter().map(|name| ((*name).to_owned(), command_lines, "every value that is not empty", "empty"));
        Self {
            effect: "each can turn telemetry off, none can turn it on",
            environment: own
                .into_iter()
                .chain(vendors)
                .map(|(name, applies_to, off, no_effect)| Variable { name, applies_to, off, no_effect })
                .collect(),
            policy: Policy {
                unix: format!("/etc/{app}/telemetry.policy"),
                windows: format!("C:\\ProgramData\\{app}\\telemetry.policy"),
                off: "`deny`, every other text, and a file that cannot be read",
                no_effect: "no file, or `allow`",
            },
        }
    }
}

#[derive(Serialize)]
struct Recipient {
    purposes: Purposes,
    origin: &'static str,
    operator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'static str>,
    contacted: &'static str,
    fixed_by: &'static str,
    request_bytes_at_most: usize,
    request_seconds_at_most: u64,
    note: &'static str,
}

impl Recipient {
    fn of(listed: &Listed<'_>) -> Self {
        let destination = listed.destination;
        Self {
            purposes: listed.purposes,
            origin: destination.origin,
            operator: destination.operator,
            region: destination.region,
            contacted: "while telemetry is on, and then only to send events; no name is looked up otherwise",
            fixed_by: "the build; nothing at run time changes it",
            request_bytes_at_most: limits::BATCH_BYTES,
            request_seconds_at_most: limits::REQUEST_TIMEOUT.as_secs(),
            note: words::seen_by_recipient(destination),
        }
    }
}

#[derive(Serialize)]
struct Linking {
    policy: Value,
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    ids: Value,
    ids_of: Vec<&'static str>,
    words: String,
}

#[derive(Serialize)]
struct Command {
    #[serde(rename = "command")]
    line: String,
    what: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<CommandOption>,
}

#[derive(Serialize)]
struct CommandOption {
    option: String,
    what: &'static str,
}

impl Command {
    fn of(schema: &CatalogueSchema, command: &super::commands::Subcommand) -> Self {
        let with = |name: &str, operand: &str| format!("{name} {operand}").trim_end().to_owned();
        Self {
            line: words::command(schema, &with(command.name, command.operand.shown_in(Locale::English))),
            what: command.what.in_locale(Locale::English),
            options: command
                .options
                .iter()
                .map(|option| CommandOption {
                    option: with(option.name, option.operand.shown_in(Locale::English)),
                    what: option.what.in_locale(Locale::English),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{DESTINATION, SAMPLE, SMALLEST};
    use crate::kill_switch::policy_path;

    const GENERATED: Generated<'static> = Generated::by("make documents");

    fn parsed(schema: &CatalogueSchema) -> Value {
        serde_json::from_str(&manifest(schema, &DESTINATION, GENERATED)).unwrap()
    }

    #[test]
    fn manifest_is_as_reviewed() {
        insta::assert_snapshot!(manifest(&SAMPLE, &DESTINATION, GENERATED));
    }

    #[test]
    fn it_says_of_events_what_the_catalogue_says() {
        for schema in [SAMPLE, SMALLEST] {
            let catalogue: Value = serde_json::from_str(&catalogue_json(&schema, GENERATED)).unwrap();
            let manifest = parsed(&schema);
            for part in ["events", "with_every_event", "catalogue_sha256", "revision"] {
                assert!(!manifest[part].is_null() && manifest[part] == catalogue[part], "{part}");
            }
            assert!(manifest["identity"]["policy"].is_string() && manifest["identity"]["ids"].is_string());
        }
    }

    #[test]
    fn switches_are_those_that_are_read() {
        let manifest = parsed(&SAMPLE);
        let policies = [&manifest["switches"]["policy"]["unix"], &manifest["switches"]["policy"]["windows"]];
        assert!(policies.iter().any(|path| path.as_str() == policy_path("sample-app").to_str()), "{policies:?}");
        let variables = manifest["switches"]["environment"].as_array().unwrap();
        for name in ["DO_NOT_TRACK", "SAMPLE_APP_TELEMETRY", "CI", "GITHUB_ACTIONS"] {
            assert!(variables.iter().any(|variable| variable["name"] == name), "{name}");
        }
    }
}
