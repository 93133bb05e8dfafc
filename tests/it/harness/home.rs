//! A person's home: everything that a program under test can see of its surroundings.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use super::{binaries, eventually};

/// A home with one program installed in it.
pub(crate) struct Home {
    directory: TempDir,
    pub(crate) program: PathBuf,
}

impl Home {
    /// `install` puts the program into the directory that it is given.
    pub(crate) fn new(install: impl FnOnce(&Path) -> PathBuf) -> Self {
        Self::of(binaries::directory(), install)
    }

    /// The same in another directory than that of the build.
    pub(crate) fn within(parent: &Path, install: impl FnOnce(&Path) -> PathBuf) -> Self {
        Self::of(binaries::directory_in(parent), install)
    }

    fn of(directory: TempDir, install: impl FnOnce(&Path) -> PathBuf) -> Self {
        for name in ["home", "tmp", "run"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let program = install(directory.path());
        Self { directory, program }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    pub(crate) fn work(&self) -> &Path {
        self.directory.path()
    }

    /// The program with these arguments, in an environment that holds nothing but this home: no `CI`, no kill switch,
    /// no proxy, no key.
    pub(crate) fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        self.command_of(&self.program, arguments)
    }

    /// The same for another program.
    pub(crate) fn command_of(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Command {
        let mut command = Command::new(program);
        let home = self.path();
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_RUNTIME_DIR", self.directory.path().join("run"))
            .env("TMPDIR", self.directory.path().join("tmp"))
            .env("TERM", "xterm")
            .current_dir(&home)
            .stdin(Stdio::null());
        command
    }

    /// `telemetry status --json`, which always succeeds.
    pub(crate) fn status(&self) -> serde_json::Value {
        status(&mut self.command(["telemetry", "status", "--json"]))
    }

    /// Every file and directory in the home, by its path from there.
    pub(crate) fn files(&self) -> Vec<String> {
        fn walk(directory: &Path, base: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
                found.push(entry.path().strip_prefix(base).unwrap().display().to_string());
                walk(&entry.path(), base, found);
            }
        }
        let mut found = Vec::new();
        walk(&self.path(), &self.path(), &mut found);
        found.sort();
        found
    }

    /// The files that exist for telemetry only.
    pub(crate) fn telemetry_files(&self) -> Vec<String> {
        let names = ["installation", "receipts", "gate.lock", "telemetry"];
        let mut files = self.files();
        files.retain(|path| {
            Path::new(path)
                .file_name()
                .is_some_and(|last| names.iter().any(|name| last.to_string_lossy().starts_with(name)))
        });
        files
    }

    /// The files that hold events which nobody delivered, or the record of a panic, with their contents. A file of
    /// either kind begins with a line that says what it is, and may hold nothing else.
    pub(crate) fn unsent(&self) -> BTreeMap<String, Vec<u8>> {
        let kept = self.files().into_iter().filter(|path| path.contains("/spool/") || path.contains("/crash/"));
        let read = kept.filter_map(|path| fs::read(self.path().join(&path)).ok().map(|bytes| (path, bytes)));
        read.filter(|(_, bytes)| bytes.iter().position(|byte| *byte == b'\n').is_some_and(|end| end + 1 < bytes.len()))
            .collect()
    }

    /// The decision's file, wherever the program keeps it; `None` before the first decision.
    pub(crate) fn decision(&self) -> Option<PathBuf> {
        let found = self.files().into_iter().find(|path| path.ends_with("installation.json"));
        found.map(|path| self.path().join(path))
    }

    /// What `grep telemetry_enabled installation.json` prints, without the white space around it.
    pub(crate) fn grep(&self) -> String {
        let text = fs::read_to_string(self.decision().expect("a decision is stored")).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("telemetry_enabled")).collect();
        lines.join("\n").trim().trim_end_matches(',').to_owned()
    }
}

/// Removes the directory, in which a program may be making a file at the same time.
pub(crate) fn vanish(directory: &Path) {
    eventually("it is gone", || match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => false,
        removed => removed.map(|()| true).unwrap(),
    });
}

/// What `telemetry status --json` prints.
pub(crate) fn status(command: &mut Command) -> serde_json::Value {
    let output = output(command);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs it to its end, with everything it prints.
pub(crate) fn output(command: &mut Command) -> Output {
    try_output(command).unwrap()
}

/// The same for a program that may not be there.
pub(crate) fn try_output(command: &mut Command) -> io::Result<Output> {
    try_spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?.wait_with_output()
}

/// Starts it.
pub(crate) fn spawn(command: &mut Command) -> Child {
    try_spawn(command).unwrap()
}

/// Every process of these tests is made here: see [`binaries::while_none_is_written`]. It returns once the child is the
/// program.
fn try_spawn(command: &mut Command) -> io::Result<Child> {
    binaries::while_none_is_written(|| command.spawn())
}

/// Everything that a finished program printed.
pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
