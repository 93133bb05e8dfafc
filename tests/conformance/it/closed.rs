//! The door is shut: what the adapter does at run time, a released application cannot.
//!
//! That the published crate has no such module is shown by an example in its documentation (`telemetry-posthog/src/lib.rs`).
//! A stable compiler takes any error there for the one that is meant, so what it says is looked at here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use open_posthog::open::{Compression, Open, Tickets};

/// What the module says where it is compiled without debug assertions.
const REFUSAL: &str = "it is never built for release";

/// What the compiler says about the crate's sources, with these flags more. The crates that they use are not given, so
/// that it always says something; what matters is whether it says one thing.
fn compiler_says(root: &Path, flags: &[&str]) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
        .args(["--edition", "2024", "--crate-type", "lib", "--crate-name", "telemetry_posthog", "--emit", "metadata"])
        .args(["-C", "debug-assertions=yes"])
        .args(flags)
        .arg("--out-dir")
        .arg(scratch.path())
        .arg(root)
        // For `env!` and `concat!`.
        .env("CARGO_PKG_NAME", "telemetry-posthog")
        .env("CARGO_PKG_VERSION", "0.0.0")
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../telemetry-posthog/src")
}

const OPENED: [&str; 2] = ["--cfg", "telemetry_conformance"];

#[test]
fn the_adapter_has_what_no_other_package_has() {
    // Key, origin and text from run time. That this compiles is half of the proof.
    let open = Open::new(
        String::from("key"),
        String::from("http://127.0.0.1:9"),
        reqwest::Client::new(),
        Compression::Usual,
        Tickets::default(),
    );
    assert_eq!(telemetry_core::Sink::destination(&open).origin, "http://127.0.0.1:9");
}

#[test]
fn without_the_configuration_there_is_no_such_module() {
    let scratch = tempfile::tempdir().unwrap();
    copy(&sources(), &scratch.path().join("telemetry-posthog/src"));
    let root = scratch.path().join("telemetry-posthog/src/lib.rs");
    let user = fs::read_to_string(&root).unwrap() + "\n#[cfg(not(test))]\nuse crate::open::Open as _;\n";
    fs::write(&root, user).unwrap();
    // Where it lies beside the package, as in this repository, so that it is there to be found.
    copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path(), &scratch.path().join("tests/conformance/src"));
    let missing = "unresolved import `crate::open`";
    let said = compiler_says(&root, &[]);
    assert!(said.contains("error[E0432]") && said.contains(missing), "{said}");
    assert!(!compiler_says(&root, &OPENED).contains(missing));
}

#[test]
fn no_build_for_release_contains_it() {
    let root = sources().join("lib.rs");
    let for_release = [&OPENED[..], &["-C", "debug-assertions=no"]].concat();
    assert!(compiler_says(&root, &for_release).contains(REFUSAL));
    // Only there, and only where somebody opened it.
    assert!(!compiler_says(&root, &OPENED).contains(REFUSAL));
    assert!(!compiler_says(&root, &["-C", "debug-assertions=no"]).contains(REFUSAL));
}

#[test]
fn what_is_published_cannot_be_opened() {
    // As `cargo package` takes it: the package's own directory, and nothing beside it.
    let scratch = tempfile::tempdir().unwrap();
    let published = scratch.path().join("telemetry-posthog-0.0.0/src");
    copy(&sources(), &published);
    let said = compiler_says(&published.join("lib.rs"), &OPENED);
    assert!(said.contains("couldn't read") && said.contains("open.rs"), "{said}");
    assert!(!compiler_says(&published.join("lib.rs"), &[]).contains("open.rs"));
}

#[test]
fn no_manifest_can_open_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for library in ["telemetry-core", "telemetry-macros", "telemetry-posthog"] {
        let manifest = fs::read_to_string(root.join(library).join("Cargo.toml")).unwrap();
        assert!(!manifest.contains("conformance"), "{library}");
        assert!(!root.join(library).join("build.rs").exists(), "{library}: a build script could set the configuration");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
