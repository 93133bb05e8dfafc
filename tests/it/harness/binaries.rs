//! The programs under test, as `cargo build` makes them: with an embedded key, and without.
//!
//! The nested builds select what `cargo test --workspace` selects, so that everything but the three programs is fresh:
//! the key macros are expanded in their `main.rs` only. The build without a key comes last and leaves the target
//! directory as an ordinary build would.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{OnceLock, PoisonError, RwLock};

use tempfile::TempDir;

use super::home::output;

/// The key that the keyed builds embed.
pub(crate) const KEY: &str = "phc_blackbox_test_key";

/// The key that the helpers embed.
pub(crate) const KEY_OF_HELPERS: &str = "phc_offstress_test_key";

/// The destination that the keyed builds embed. Its port is replaced in each test's copy by that of the test's own
/// server: see [`Build::at`].
const HOST: &str = "http://127.0.0.1:59999";

/// The part of [`HOST`] that is replaced, byte for byte.
const PLACE: &[u8] = b"127.0.0.1:59999";

/// A program under test.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Program {
    TimeTracker,
    Quickstart,
    /// What the README shows.
    Hello,
}

impl Program {
    /// Those of `examples/`.
    pub(crate) const EXAMPLES: [Self; 2] = [Self::TimeTracker, Self::Quickstart];

    /// In the order of their declaration, which [`keyed`] and [`plain`] rely on.
    const ALL: [Self; 3] = [Self::TimeTracker, Self::Quickstart, Self::Hello];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TimeTracker => "time-tracker",
            Self::Quickstart => "quickstart",
            Self::Hello => "hello",
        }
    }
}

/// The bytes of one built program.
pub(crate) struct Build {
    pub(crate) bytes: Vec<u8>,
}

impl Build {
    /// A copy of the program in `directory` that sends to this port of loopback.
    ///
    /// Replacing bytes in the file is fair: it is what a repackager could do to a program that cannot be told its
    /// destination in any other way, and it leaves the key and its fingerprint as they are. It also shows that the
    /// program uses the bytes that `strings` finds, and no second copy of them.
    pub(crate) fn at(&self, port: u16, directory: &Path, name: &str) -> PathBuf {
        self.at_host("127.0.0.1", port, directory, name)
    }

    /// The same by a name of loopback that is as long as its address.
    pub(crate) fn at_name(&self, port: u16, directory: &Path, name: &str) -> PathBuf {
        self.at_host("localhost", port, directory, name)
    }

    fn at_host(&self, host: &str, port: u16, directory: &Path, name: &str) -> PathBuf {
        let mut bytes = self.bytes.clone();
        let new = format!("{host}:{port}");
        assert_eq!(new.len(), PLACE.len(), "a port of five digits");
        let places: Vec<usize> = memchr(&bytes).filter(|at| bytes[*at..].starts_with(PLACE)).collect();
        assert!(!places.is_empty(), "the destination lies readable in the program");
        for at in places {
            bytes[at..at + PLACE.len()].copy_from_slice(new.as_bytes());
        }
        write(&bytes, directory, name)
    }

    /// A copy of the program as it is.
    pub(crate) fn copy(&self, directory: &Path, name: &str) -> PathBuf {
        write(&self.bytes, directory, name)
    }
}

/// Where the first byte of [`PLACE`] is.
fn memchr(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == PLACE[0]).map(|(at, _)| at)
}

/// Held for writing while a program's file is open for that, and for reading while a process is made: a child that is
/// not yet the program which it is to be has every file open that this process has, and what anybody has open for
/// writing cannot be started.
static STARTS: RwLock<()> = RwLock::new(());

/// Makes a process, while nobody writes a program. [`super::home::spawn`] does, and nothing else in these tests.
pub(crate) fn while_none_is_written<R>(start: impl FnOnce() -> R) -> R {
    let _guard = STARTS.read().unwrap_or_else(PoisonError::into_inner);
    start()
}

fn write(bytes: &[u8], directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    let _guard = STARTS.write().unwrap_or_else(PoisonError::into_inner);
    let mut file = fs::OpenOptions::new().create_new(true).write(true).mode(0o755).open(&path).unwrap();
    file.write_all(bytes).unwrap();
    path
}

struct Built {
    keyed: [Build; 3],
    plain: [Build; 3],
}

fn built() -> &'static Built {
    // A failure is kept too: building again for every test would not help.
    static BUILT: OnceLock<Result<Built, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| Ok(Built { keyed: build(Some(KEY))?, plain: build(None)? }));
    built.as_ref().unwrap_or_else(|error| panic!("the programs do not build: {error}"))
}

/// The program as the vendor builds it.
pub(crate) fn keyed(program: Program) -> &'static Build {
    &built().keyed[program as usize]
}

/// The program as everybody else builds it.
pub(crate) fn plain(program: Program) -> &'static Build {
    &built().plain[program as usize]
}

/// The helper of the stress test, whose destination is replaced in the same way.
pub(crate) fn offstress() -> Build {
    Build { bytes: fs::read(env!("CARGO_BIN_EXE_offstress")).unwrap() }
}

/// The helper whose list of events grows.
pub(crate) fn growing() -> Build {
    Build { bytes: fs::read(env!("CARGO_BIN_EXE_growing")).unwrap() }
}

/// The program that crashes, whose destination is replaced in the same way.
pub(crate) fn crash() -> Build {
    Build { bytes: fs::read(env!("CARGO_BIN_EXE_crash")).unwrap() }
}

/// The helper that counts until it is killed.
pub(crate) fn counting() -> Build {
    Build { bytes: fs::read(env!("CARGO_BIN_EXE_counting")).unwrap() }
}

/// The program that is steered line by line, whose destination is replaced in the same way.
pub(crate) fn steered() -> Build {
    Build { bytes: fs::read(env!("CARGO_BIN_EXE_steered")).unwrap() }
}

/// The directory of the whole workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A directory for one test, on the disk of the target directory: copies of programs are large.
pub(crate) fn directory() -> TempDir {
    directory_in(Path::new(env!("CARGO_TARGET_TMPDIR")))
}

/// The same in another place.
pub(crate) fn directory_in(parent: &Path) -> TempDir {
    tempfile::Builder::new().prefix("blackbox-").tempdir_in(parent).unwrap()
}

/// Cargo, without what it said to this test about itself.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(workspace()).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let of_this_package = ["CARGO_PKG_", "CARGO_BIN_EXE_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_TARGET_TMP"];
        if of_this_package.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&*name);
        }
    }
    for variable in ["POSTHOG_API_KEY", "POSTHOG_HOST", "SENTRY_DSN"] {
        command.env_remove(variable);
    }
    command
}

fn build(key: Option<&str>) -> Result<[Build; 3], String> {
    let mut cargo = cargo();
    // With the test target the features are those of the whole test build, test-only dependencies included.
    cargo.args(["build", "--workspace", "--locked", "--message-format=json-render-diagnostics"]);
    cargo.args([
        "--bin",
        "time-tracker",
        "--bin",
        "quickstart",
        "--bin",
        "hello",
        "--bin",
        "offstress",
        "--bin",
        "growing",
        "--bin",
        "counting",
        "--bin",
        "steered",
        "--test",
        "it",
    ]);
    // …/target/tmp lies in the target directory of this very build, whatever it is called.
    cargo.arg("--target-dir").arg(Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
    if let Some(key) = key {
        cargo.env("POSTHOG_API_KEY", key).env("POSTHOG_HOST", HOST);
    }
    let output = output(&mut cargo);
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let messages: Vec<serde_json::Value> =
        output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    Ok(Program::ALL.map(|program| {
        let path = messages
            .iter()
            .filter(|message| message["target"]["name"] == program.name() && message["target"]["kind"][0] == "bin")
            .find_map(|message| message["executable"].as_str())
            .expect("cargo names the program");
        Build { bytes: fs::read(path).unwrap() }
    }))
}
