//! Scripts that complete the subcommands in a shell.
//!
//! Owns the scripts. They must only say what the table of commands says, and never run the program.

use core::fmt::Write as _;

use super::explain;
use crate::catalogue::CatalogueSchema;
use crate::document::commands::{ABOUT, Operand, SUBCOMMANDS, Subcommand};
use crate::locale::Locale;

/// The shells that scripts are written for.
pub(super) const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// A shell that a script can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Bash, Self::Zsh, Self::Fish].into_iter().zip(SHELLS).find(|(_, known)| *known == name).map(|(it, _)| it)
    }
}

/// The script for one shell. Where the application completes its other commands itself, it calls the function of
/// this script for what follows the word `telemetry`.
pub(super) fn script(shell: Shell, schema: &CatalogueSchema, locale: Locale) -> String {
    match shell {
        Shell::Bash => bash(schema),
        Shell::Zsh => zsh(schema, locale),
        Shell::Fish => fish(schema, locale),
    }
}

/// A name that a shell takes for a function.
fn function(app: &str) -> String {
    let name: String = app.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("_{name}_telemetry")
}

/// Every word that may follow the subcommand, apart from names of files.
fn following(command: &Subcommand, schema: &CatalogueSchema) -> Vec<String> {
    let mut words: Vec<String> = command.options.iter().map(|option| option.name.to_owned()).collect();
    words.extend(values(command.operand, schema));
    words
}

fn values(operand: Operand, schema: &CatalogueSchema) -> Vec<String> {
    match operand {
        Operand::Event => schema.events.iter().map(|event| event.name.to_owned()).collect(),
        Operand::Reason => explain::all().map(|reason| reason.code().to_owned()).collect(),
        Operand::Shell => SHELLS.map(str::to_owned).to_vec(),
        Operand::Nothing | Operand::File | Operand::Directory | Operand::Locks => Vec::new(),
    }
}

const fn takes_files(operand: Operand) -> bool {
    matches!(operand, Operand::File | Operand::Directory | Operand::Locks)
}

fn may_take_files(command: &Subcommand) -> bool {
    takes_files(command.operand) || command.options.iter().any(|option| takes_files(option.operand))
}

// Writing to a text cannot fail, here and below. Names of commands, events and reasons need no quoting beyond the
// single quotes around them: none has a quote, a blank or a dollar sign.

fn bash(schema: &CatalogueSchema) -> String {
    let (app, function) = (schema.app, function(schema.app));
    let names: Vec<&str> = SUBCOMMANDS.iter().map(|command| command.name).collect();
    let mut text = format!(
        "\
# Completes `{app} telemetry` in bash: source <({app} telemetry completions bash)
{function}() {{
    local current=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD - 1]}}\" at=0 i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ \"${{COMP_WORDS[i]}}\" == telemetry ]]; then at=$i; break; fi
    done
    if ((at == 0)); then
        COMPREPLY=($(compgen -W 'telemetry' -- \"$current\"))
        return
    fi
    if ((COMP_CWORD == at + 1)); then
        COMPREPLY=($(compgen -W '{}' -- \"$current\"))
        return
    fi
    case \"$before\" in
        --check | --write) return ;;
    esac
    case \"${{COMP_WORDS[at + 1]}}\" in
",
        names.join(" ")
    );
    for command in SUBCOMMANDS {
        let words = following(command, schema);
        if !words.is_empty() {
            let _ = writeln!(
                text,
                "        {}) COMPREPLY=($(compgen -W '{}' -- \"$current\")) ;;",
                command.name,
                words.join(" ")
            );
        }
    }
    // Without a match the shell offers files, as everywhere else.
    let _ = write!(text, "    esac\n}}\ncomplete -o default -F {function} {app}\n");
    text
}

fn zsh(schema: &CatalogueSchema, locale: Locale) -> String {
    let (app, function) = (schema.app, function(schema.app));
    let mut text = format!(
        "\
# Completes `{app} telemetry` in zsh: source <({app} telemetry completions zsh)
{function}() {{
    local -a commands
    local at=${{words[(i)telemetry]}}
    if ((at >= CURRENT)); then
        compadd telemetry
        _files
        return
    fi
    if ((CURRENT == at + 1)); then
        commands=(
"
    );
    for Subcommand { name, what, .. } in SUBCOMMANDS {
        let _ = writeln!(
            text,
            "            '{name}:{}'",
            what.in_locale(locale).replace('\'', "'\\''").replace(':', "\\:")
        );
    }
    text.push_str(
        "        )\n        _describe 'command' commands\n        return\n    fi\n    case \"${words[at + 1]}\" in\n",
    );
    for command in SUBCOMMANDS {
        let words = following(command, schema);
        if words.is_empty() && !may_take_files(command) {
            continue;
        }
        let _ = write!(text, "        {})", command.name);
        if !words.is_empty() {
            let _ = write!(text, " compadd -- {};", words.join(" "));
        }
        text.push_str(if may_take_files(command) { " _files ;;\n" } else { ";\n" });
    }
    let _ = write!(text, "    esac\n}}\ncompdef {function} {app}\n");
    text
}

fn fish(schema: &CatalogueSchema, locale: Locale) -> String {
    let app = schema.app;
    let names: Vec<&str> = SUBCOMMANDS.iter().map(|command| command.name).collect();
    let mut text = format!(
        "\
# Completes `{app} telemetry` in fish: {app} telemetry completions fish | source
complete -c {app} -n 'not __fish_seen_subcommand_from telemetry' -a telemetry -d '{}'
",
        ABOUT.in_locale(locale)
    );
    let none =
        format!("__fish_seen_subcommand_from telemetry; and not __fish_seen_subcommand_from {}", names.join(" "));
    for Subcommand { name, what, .. } in SUBCOMMANDS {
        let what = what.in_locale(locale).replace('\'', "\\'");
        let _ = writeln!(text, "complete -c {app} -n '{none}' -f -a {name} -d '{what}'");
    }
    for command in SUBCOMMANDS {
        let given = format!("__fish_seen_subcommand_from telemetry; and __fish_seen_subcommand_from {}", command.name);
        for option in command.options {
            let files = if takes_files(option.operand) { "-r -F" } else { "-f" };
            let what = option.what.in_locale(locale).replace('\'', "\\'");
            let long = option.name.trim_start_matches('-');
            let _ = writeln!(text, "complete -c {app} -n '{given}' {files} -l {long} -d '{what}'");
        }
        if !may_take_files(command) {
            let _ = writeln!(text, "complete -c {app} -n '{given}' -f");
        }
        let values = values(command.operand, schema);
        if !values.is_empty() {
            let _ = writeln!(text, "complete -c {app} -n '{given}' -f -a '{}'", values.join(" "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::document::sample::SAMPLE;

    const ALL: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

    #[test]
    fn every_command_and_option_is_in_every_script() {
        for shell in ALL {
            let script = script(shell, &SAMPLE, Locale::English);
            let words: Vec<&str> = script.split(|c: char| c.is_whitespace() || "'():;".contains(c)).collect();
            for command in SUBCOMMANDS {
                assert!(words.contains(&command.name), "{shell:?}: {}", command.name);
                for option in command.options {
                    let name = if shell == Shell::Fish { option.name.trim_start_matches('-') } else { option.name };
                    assert!(words.contains(&name), "{shell:?}: {}", option.name);
                }
            }
            for value in ["timer.started", "do-not-track", "fish"] {
                assert!(words.contains(&value), "{shell:?}: {value}");
            }
        }
    }

    #[test]
    fn scripts_are_as_reviewed() {
        for shell in ALL {
            insta::assert_snapshot!(format!("completions_{shell:?}"), script(shell, &SAMPLE, Locale::English));
        }
    }

    #[test]
    fn what_is_completed_is_told_in_the_language_of_the_person() {
        for shell in [Shell::Zsh, Shell::Fish] {
            let german = script(shell, &SAMPLE, Locale::German);
            for command in SUBCOMMANDS {
                // Quotes and colons are written in each shell's own way.
                let what = command.what.in_locale(Locale::German).split(['\'', ':']).next().unwrap();
                assert!(german.contains(what), "{shell:?}: {what}");
            }
        }
    }

    #[test]
    fn shells_are_those_of_the_table() {
        assert_eq!(SHELLS.map(Shell::named), ALL.map(Some));
        assert_eq!(Shell::named("csh"), None);
    }

    /// What bash offers after these words, the last of which is being typed.
    fn offered(words: &str) -> Option<String> {
        let mut bash = Command::new("bash");
        bash.args(["--norc", "--noprofile"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut child) = bash.spawn() else {
            eprintln!("SKIPPED: there is no bash");
            return None;
        };
        let script = script(Shell::Bash, &SAMPLE, Locale::German);
        let run = format!("COMP_WORDS=({words})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n_sample_app_telemetry\n");
        let print = "echo \"${COMPREPLY[*]}\"\n";
        child.stdin.take().unwrap().write_all(format!("{script}{run}{print}").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    }

    #[test]
    fn bash_completes_with_it() {
        for (typed, offers) in [
            ("sample-app tel", "telemetry"),
            ("sample-app telemetry rese", "reset-id"),
            ("sample-app telemetry events --c", "--check"),
            ("sample-app telemetry events --check a", ""),
            ("sample-app telemetry preview time", "timer.started"),
            ("sample-app telemetry explain do", "do-not-track"),
            ("sample-app telemetry off -", ""),
            ("sample-app --data-dir x telemetry completions f", "fish"),
        ] {
            let Some(offered) = offered(typed) else { return };
            assert_eq!(offered, offers, "{typed}");
        }
    }
}
