//! What lies in the built files, and whether the programs say the same of themselves.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::binaries::{self, KEY, Program};
use crate::harness::body::fingerprint;
use crate::harness::home::{output, said};
use crate::harness::quickstart::Quickstart;
use crate::harness::trap::Trap;

/// What `strings BINARY | grep -o "telemetry-embedded:NAME=[^;]*;"` prints, without what is around the value.
fn embedded(bytes: &[u8], name: &str) -> Vec<String> {
    let start = format!("telemetry-embedded:{name}=");
    let first = start.as_bytes()[0];
    let mut found: Vec<String> = bytes
        .iter()
        .enumerate()
        .filter(|(at, byte)| **byte == first && bytes[*at..].starts_with(start.as_bytes()))
        .map(|(at, _)| {
            bytes[at + start.len()..].iter().take_while(|byte| **byte != b';').map(|byte| char::from(*byte)).collect()
        })
        .collect();
    found.dedup();
    found
}

#[test]
fn the_key_is_readable_in_the_program_and_nothing_else_is_used() {
    for program in Program::EXAMPLES {
        let bytes = &binaries::keyed(program).bytes;
        assert_eq!(embedded(bytes, "POSTHOG_API_KEY"), [KEY], "{program:?}");
        assert_eq!(embedded(bytes, "POSTHOG_HOST"), ["http://127.0.0.1:59999"], "{program:?}");
    }
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    let status = quickstart.home.status();
    assert_eq!(status["destinations"][0]["key_fingerprint"], fingerprint(KEY));
    // The port was changed in the marker alone: what `strings` shows is what is used.
    assert_eq!(status["destinations"][0]["origin"], trap.origin());
}

#[test]
fn stripped_binary_has_no_key() {
    for program in Program::EXAMPLES {
        let bytes = &binaries::plain(program).bytes;
        // At most the empty marker: without a value nothing needs it, and the linker may drop it.
        for name in ["POSTHOG_API_KEY", "POSTHOG_HOST", "SENTRY_DSN"] {
            assert!(embedded(bytes, name).iter().all(String::is_empty), "{program:?} holds {name}");
        }
        let key = KEY.as_bytes();
        assert!(!bytes.windows(key.len()).any(|window| window == key), "{program:?}");
    }
    assert_eq!(Quickstart::plain().home.status()["destinations"][0]["key_fingerprint"], serde_json::Value::Null);
}

/// What a publisher's build says about how the program is installed is a name that the program knows: another one would
/// silently become "unknown".
#[test]
fn the_builds_that_are_published_say_how_they_are_installed() {
    let read = |path: &str| fs::read_to_string(binaries::workspace().join(path)).unwrap();
    let (program, file) = (read("examples/time-tracker/src/main.rs"), read("examples/time-tracker/deploy/Dockerfile"));
    let said: Vec<&str> = file
        .split("TIME_TRACKER_DEPLOYMENT=")
        .skip(1)
        .filter_map(|rest| rest.split(|character: char| !character.is_ascii_lowercase()).next())
        .collect();
    assert_eq!(said, ["binary", "container"]);
    assert!(program.contains("option_env!(\"TIME_TRACKER_DEPLOYMENT\")"));
    for name in said {
        assert!(program.contains(&format!("b\"{name}\" => Deployment::")), "the program does not know {name}");
        // Each build's result is what is then taken from it.
        assert!(
            file.contains(&format!("COPY --from=build /built/{name}/time-tracker ")),
            "{name} is built for nothing"
        );
    }
}

#[test]
fn the_proof_that_releases_go_through_tells_the_builds_apart() {
    let script = binaries::workspace().join(".github/scripts/prove-embedded-key.sh");
    let directory = binaries::directory();
    for program in Program::EXAMPLES {
        let keyed = binaries::keyed(program).copy(directory.path(), &format!("{}-keyed", program.name()));
        let plain = binaries::plain(program).copy(directory.path(), &format!("{}-plain", program.name()));
        let proves = |binary: &Path, what: &str, given: Option<&str>| {
            let mut command = Command::new("bash");
            for variable in ["POSTHOG_API_KEY", "POSTHOG_HOST", "SENTRY_DSN"] {
                command.env_remove(variable);
            }
            command.envs(given.map(|key| ("POSTHOG_API_KEY", key)));
            let output = output(command.arg(&script).arg(binary).arg(what).stdin(Stdio::null()));
            (output.status.success(), said(&output))
        };
        for (binary, what, given, expected) in [
            (&keyed, "with-key", None, true),
            (&keyed, "with-key", Some(KEY), true),
            (&keyed, "with-key", Some("phc_another"), false),
            (&plain, "without-key", None, true),
            (&keyed, "without-key", None, false),
            (&plain, "with-key", None, false),
        ] {
            let (holds, said) = proves(binary, what, given);
            assert_eq!(holds, expected, "{} {what}, given {given:?}: {said}", binary.display());
        }
    }
}
