//! Kill switches: the environment and the machine's policy, which can only switch telemetry off.
//!
//! The one module that reads the environment. Nothing in here can turn telemetry on, name a key or a destination:
//! what it returns has no value that means "on".

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Whether the program is used by one person at a terminal or serves many.
///
/// Decides who the decision belongs to, and whether a continuous-integration run is silenced: a test run of a
/// command-line program speaks for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgramKind {
    /// A program that a person starts at a terminal; the decision is that person's.
    CommandLine,
    /// A service or a desktop application; the decision belongs to the installation.
    Service,
}

/// What one environment variable says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Not set, empty, or set to a value that says nothing.
    Unset,
    /// Switches telemetry off.
    Off,
    /// Switches telemetry off because the value is not known; unknown means off.
    OffUnknown,
    /// Asks to switch telemetry on, which an environment variable cannot do. Ignored, and said so.
    IgnoredOn,
}

impl Switch {
    /// Whether the variable switches telemetry off.
    #[must_use]
    pub const fn is_off(self) -> bool {
        matches!(self, Self::Off | Self::OffUnknown)
    }
}

/// What the machine's policy file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// There is no policy file, or it allows what a person may then still decide.
    Silent,
    /// Telemetry is denied on this machine, or the file cannot be understood.
    Deny,
}

/// Everything outside the program that can switch telemetry off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KillSwitches {
    /// `DO_NOT_TRACK`.
    pub do_not_track: Switch,
    /// `<APP>_TELEMETRY`.
    pub app: Switch,
    /// Whether this is a continuous-integration run of a command-line program.
    pub ci: bool,
    /// The machine's policy.
    pub policy: Policy,
}

impl KillSwitches {
    /// Nothing switches telemetry off.
    pub const NONE: Self = Self { do_not_track: Switch::Unset, app: Switch::Unset, ci: false, policy: Policy::Silent };

    /// Whether anything switches telemetry off.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.do_not_track.is_off() || self.app.is_off() || self.ci || self.policy == Policy::Deny
    }

    /// Reads the environment of this process and the policy files, of which one denial is enough.
    #[must_use]
    pub fn read(app: &str, program: ProgramKind, policy_files: &[PathBuf]) -> Self {
        // The unit tests of this crate share one process, whose environment belongs to whoever runs them: there it
        // counts as empty. What the variables do is tested on `from_variables` and on real processes.
        #[expect(clippy::disallowed_methods, reason = "this is the one module that reads the environment")]
        let variable = |name: &str| if cfg!(test) { None } else { std::env::var_os(name) };
        let denied = policy_files.iter().any(|file| policy(file) == Policy::Deny);
        let policy = if denied { Policy::Deny } else { Policy::Silent };
        Self { policy, ..Self::from_variables(app, program, variable) }
    }

    /// The same from any set of variables, without a policy.
    pub(crate) fn from_variables(app: &str, program: ProgramKind, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let of = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            do_not_track: of("DO_NOT_TRACK").map_or(Switch::Unset, |value| do_not_track(&value)),
            app: of(&variable_name(app)).map_or(Switch::Unset, |value| app_switch(&value)),
            ci: program == ProgramKind::CommandLine
                && (of("CI").is_some_and(|value| !is(&value, &["false", "0", "no", "off"]))
                    || CI_VENDORS.iter().any(|name| of(name).is_some())),
            policy: Policy::Silent,
        }
    }
}

/// Whether the terminal calls itself `dumb`, as the windows of editors do: nobody expects a question there.
#[cfg(feature = "cli")]
pub(crate) fn terminal_is_dumb() -> bool {
    #[expect(clippy::disallowed_methods, reason = "this is the one module that reads the environment")]
    let terminal = std::env::var_os("TERM");
    terminal.is_some_and(|terminal| is(&terminal, &["dumb"]))
}

/// The language that the environment asks programs to speak, as POSIX orders the variables: the first that is set.
#[cfg(feature = "cli")]
pub(crate) fn terminal_language() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one module that reads the environment")]
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(variable)?.into_string().ok()
}

/// Where temporary files go, which the environment may say.
#[cfg(feature = "cli")]
pub(crate) fn scratch_directory() -> PathBuf {
    std::env::temp_dir()
}

/// Variables by which build services make themselves known besides `CI`; presence is enough.
pub(crate) const CI_VENDORS: &[&str] = &[
    "APPVEYOR",
    "BITBUCKET_BUILD_NUMBER",
    "BUILDKITE",
    "CIRCLECI",
    "CODEBUILD_BUILD_ID",
    "DRONE",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "TRAVIS",
];

/// The application's own kill switch: `time-tracker` has `TIME_TRACKER_TELEMETRY`.
#[must_use]
pub fn variable_name(app: &str) -> String {
    let mut name: String =
        app.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    name.push_str("_TELEMETRY");
    name
}

/// The policy file of an application: `/etc/<app>/telemetry.policy`, `%ProgramData%`'s usual place on Windows.
#[must_use]
pub fn policy_path(app: &str) -> PathBuf {
    let base = if cfg!(windows) { "C:\\ProgramData" } else { "/etc" };
    Path::new(base).join(app).join("telemetry.policy")
}

/// `DO_NOT_TRACK`: off unless the value plainly says that it is not meant (<https://donottrack.sh>).
fn do_not_track(value: &OsStr) -> Switch {
    if is(value, &["0", "false"]) {
        Switch::Unset
    } else if is(value, &["1", "true"]) {
        Switch::Off
    } else {
        Switch::OffUnknown
    }
}

fn app_switch(value: &OsStr) -> Switch {
    if is(value, &["0", "off", "false", "no"]) {
        Switch::Off
    } else if is(value, &["1", "on", "true", "yes"]) {
        Switch::IgnoredOn
    } else {
        Switch::OffUnknown
    }
}

fn is(value: &OsStr, known: &[&str]) -> bool {
    value.to_str().is_some_and(|value| known.iter().any(|known| value.trim().eq_ignore_ascii_case(known)))
}

/// A policy can deny and nothing else. Only "there is no such file" and a plain `allow` are silent.
fn policy(path: &Path) -> Policy {
    match fs::read_to_string(path) {
        Ok(text) if text.trim().eq_ignore_ascii_case("allow") => Policy::Silent,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Policy::Silent,
        Ok(_) | Err(_) => Policy::Deny,
    }
}

/// Whether whoever runs the tests demands those that need a tool which may not be there.
#[cfg(all(test, feature = "cli"))]
#[expect(clippy::disallowed_methods, reason = "this is the one module that reads the environment")]
pub(crate) fn is_demanded(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switches(variables: &[(&str, &str)], program: ProgramKind) -> KillSwitches {
        KillSwitches::from_variables("time-tracker", program, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn unknown_values_mean_off() {
        for (value, expected) in [
            ("", Switch::Unset),
            ("0", Switch::Unset),
            ("False", Switch::Unset),
            ("1", Switch::Off),
            ("true", Switch::Off),
            ("please", Switch::OffUnknown),
        ] {
            assert_eq!(switches(&[("DO_NOT_TRACK", value)], ProgramKind::Service).do_not_track, expected, "{value:?}");
        }
        for (value, expected) in [
            ("", Switch::Unset),
            ("off", Switch::Off),
            ("NO", Switch::Off),
            ("0", Switch::Off),
            ("on", Switch::IgnoredOn),
            ("1", Switch::IgnoredOn),
            ("granted", Switch::OffUnknown),
        ] {
            assert_eq!(switches(&[("TIME_TRACKER_TELEMETRY", value)], ProgramKind::Service).app, expected, "{value:?}");
        }
    }

    #[test]
    fn ci_silences_command_line_programs_only() {
        for variables in [&[("CI", "true")], &[("CI", "woodpecker")], &[("GITHUB_ACTIONS", "true")]] {
            assert!(switches(variables, ProgramKind::CommandLine).ci);
            assert!(!switches(variables, ProgramKind::Service).ci);
        }
        assert!(!switches(&[("CI", "false")], ProgramKind::CommandLine).ci);
    }

    #[test]
    fn policy_denies_unless_absent_or_allow() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("telemetry.policy");
        assert_eq!(policy(&file), Policy::Silent);
        for (text, expected) in
            [("allow\n", Policy::Silent), ("deny\n", Policy::Deny), ("", Policy::Deny), ("grant", Policy::Deny)]
        {
            fs::write(&file, text).unwrap();
            assert_eq!(policy(&file), expected, "{text:?}");
        }
        // A directory in its place is an error other than "not found".
        assert_eq!(policy(directory.path()), Policy::Deny);
    }
}
