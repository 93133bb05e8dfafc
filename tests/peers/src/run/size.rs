//! What clients add to a program: crates, and bytes of the binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use telemetry_peers::report::{Added, Results, Size};

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
    ("host", "host"),
];

struct Built {
    crates: usize,
    bytes: u64,
}

/// Builds all of them, onto a program that prints a line and onto one that has an HTTP client and an async runtime.
pub(super) fn size(results: &mut Results) -> Result<(), Error> {
    let (nothing, host) = (build("")?, build("host")?);
    results.size.clear();
    for (name, features) in CHOICES {
        let added = |to: &Built, built: &Built| Added {
            crates: built.crates.saturating_sub(to.crates),
            bytes: built.bytes.saturating_sub(to.bytes),
        };
        let alone = added(&nothing, &build(features)?);
        let onto_host = added(&host, &build(&format!("host,{features}"))?);
        let size = Size { alone, onto_host };
        eprintln!("{name}: {size:?}");
        results.size.insert(name.to_owned(), size);
    }
    Ok(())
}

/// The workspace of the measurements.
pub(super) fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Cargo, in that workspace, with its own target directory or the one beside this program.
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

fn build(features: &str) -> Result<Built, Error> {
    let target = target()?;
    let chosen = ["--no-default-features", "--features", features, "--locked"];
    // Stripped at the end: a profile of its own would build everything another time.
    let mut build = cargo(&target);
    build.args(["rustc", "--release", "--bin", "size"]).args(chosen).args(["--", "-C", "strip=symbols"]);
    if !build.status()?.success() {
        return Err(format!("`{features}` does not build").into());
    }
    let tree = cargo(&target).args(["tree", "-e", "normal", "--prefix", "none"]).args(chosen).output()?;
    let tree = String::from_utf8(tree.stdout)?;
    let mut crates: Vec<&str> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
    crates.sort_unstable();
    crates.dedup();
    // Two versions of a crate are two.
    Ok(Built { crates: crates.len(), bytes: fs::metadata(target.join("release/size"))?.len() })
}
