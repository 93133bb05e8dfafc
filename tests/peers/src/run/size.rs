//! What clients add to a program: crates, and bytes of the binary.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use telemetry_peers::report::Results;

use super::Error;

/// The clients, and the features that choose them.
const CHOICES: [(&str, &str); 8] = [
    ("core", "core"),
    ("ours", "posthog,gzip"),
    ("ours-reports", "reports,gzip"),
    ("ours-both", "posthog,reports,gzip"),
    ("posthog-rs", "posthog-rs"),
    ("sentry", "sentry"),
    ("opentelemetry", "opentelemetry"),
    ("host", HOST),
];

/// Crates that each of them adds, to a program that prints a line and to one that has an HTTP client and an async
/// runtime.
pub(super) fn crates(results: &mut Results) -> Result<(), Error> {
    let (nothing, host) = (crates_with("")?, crates_with(HOST)?);
    for (name, features) in CHOICES {
        let size = results.size.entry(name.to_owned()).or_default();
        size.alone.crates = crates_with(features)?.saturating_sub(nothing);
        size.onto_host.crates = crates_with(&onto_host(features))?.saturating_sub(host);
        eprintln!("{name}: {size:?}");
    }
    Ok(())
}

/// Bytes that each of them adds to the same programs. Each is a build; what is done is kept, whatever comes after it.
pub(super) fn bytes(results: &mut Results) -> Result<(), Error> {
    let nothing = bytes_with("")?;
    for (name, features) in CHOICES {
        let bytes = bytes_with(features)?.saturating_sub(nothing);
        results.size.entry(name.to_owned()).or_default().alone.bytes = Some(bytes);
        eprintln!("{name}: {bytes} alone");
        results.write()?;
    }
    let host = bytes_with(HOST)?;
    for (name, features) in CHOICES.into_iter().filter(|(name, _)| *name != HOST) {
        let bytes = bytes_with(&onto_host(features))?.saturating_sub(host);
        results.size.entry(name.to_owned()).or_default().onto_host.bytes = Some(bytes);
        eprintln!("{name}: {bytes} onto an HTTP client and a runtime");
        results.write()?;
    }
    Ok(())
}

const HOST: &str = "host";

fn onto_host(features: &str) -> String {
    format!("{HOST},{features}")
}

/// The workspace of the measurements.
pub(super) fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Cargo, in that workspace.
pub(super) fn cargo(target: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(directory()).env("CARGO_TARGET_DIR", target).stderr(Stdio::null());
    cargo
}

/// Where this program was built.
pub(super) fn target() -> Result<PathBuf, Error> {
    let program = std::env::current_exe()?;
    Ok(program.ancestors().nth(2).ok_or("a program in a target directory")?.to_owned())
}

fn chosen(features: &str) -> [&str; 4] {
    ["--no-default-features", "--features", features, "--locked"]
}

/// All that is linked or runs in the compiler, this package included. Two versions of a crate are two.
fn crates_with(features: &str) -> Result<usize, Error> {
    let output =
        cargo(&target()?).args(["tree", "-e", "normal", "--prefix", "none"]).args(chosen(features)).output()?;
    let tree = String::from_utf8(output.stdout)?;
    Ok(tree.lines().filter_map(|line| line.split(" (").next()).collect::<BTreeSet<_>>().len())
}

fn bytes_with(features: &str) -> Result<u64, Error> {
    let target = target()?;
    let mut build = cargo(&target);
    build.args(["rustc", "--release", "--bin", "size"]).args(chosen(features));
    // Stripped at the end: a profile of its own would build everything another time.
    build.args(["--", "-C", "strip=symbols"]);
    if !build.status()?.success() {
        return Err(format!("`{features}` does not build").into());
    }
    Ok(fs::metadata(target.join("release/size"))?.len())
}
