//! A program that is steered line by line, as another user where the tests are root, and on a disk of its own where
//! the machine allows that.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::binaries;
use super::home::{Home, spawn, try_output};
use super::tools;
use super::trap::Trap;

/// The user whom nothing belongs to, and whom permissions stop.
const NOBODY: u32 = 65_534;

/// The program's name, as its catalogue has it.
pub(crate) const APP: &str = "telemetry-tests-steered";

/// Who runs the program under test. As root the tests let nobody run it, since permissions do not stop root.
pub(crate) fn user() -> Option<u32> {
    rustix::process::geteuid().is_root().then_some(NOBODY)
}

/// An installation of the program.
pub(crate) struct Installation {
    pub(crate) home: Home,
}

impl Installation {
    pub(crate) fn new(trap: &Trap) -> Self {
        Self::of(|directory| binaries::steered().at(trap.port(), directory, "steered"))
    }

    /// The same where the program knows its server by name.
    pub(crate) fn by_name(trap: &Trap) -> Self {
        Self::of(|directory| binaries::steered().at_name(trap.port(), directory, "steered"))
    }

    fn of(install: impl FnOnce(&Path) -> PathBuf) -> Self {
        // The target directory may lie where no other user gets to.
        let home = Home::within(&std::env::temp_dir(), install);
        if let Some(user) = user() {
            fs::set_permissions(home.work(), fs::Permissions::from_mode(0o755)).unwrap();
            for name in ["home", "tmp", "run"] {
                chown(home.work().join(name), Some(user), Some(user)).unwrap();
            }
        }
        Self { home }
    }

    /// Where the program keeps everything.
    pub(crate) fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    /// Where it keeps what is unsent and what was sent, once there is any.
    pub(crate) fn data(&self) -> PathBuf {
        self.state().join("data")
    }

    /// The one directory in there.
    pub(crate) fn identity(&self) -> PathBuf {
        let mut entries = fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap().path());
        let identity = entries.next().expect("there is an identity's directory");
        assert_eq!(entries.next(), None, "there is one only");
        identity
    }

    /// The program with these arguments, as the test's own user.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command([self.state()]);
        command.args(arguments);
        command
    }

    /// Starts it, as a user whom permissions stop.
    pub(crate) fn start(&self) -> Steered {
        let mut command = self.command(&[]);
        if let Some(user) = user() {
            command.uid(user).gid(user);
        }
        Steered::of(&mut command)
    }

    /// Starts it as the test's own user.
    pub(crate) fn start_as_the_test(&self) -> Steered {
        Steered::of(&mut self.command(&[]))
    }

    /// Starts it with a disk of this size in the place of its state. `None` after saying that `test` is skipped.
    pub(crate) fn start_on_disk(&self, bytes: usize, test: &str) -> Option<Steered> {
        fs::create_dir_all(self.state()).unwrap();
        let script =
            format!("mount -t tmpfs -o size={bytes},mode=700 tmpfs {} && exec \"$0\" \"$@\"", self.state().display());
        let command = in_a_namespace(&self.command(&[]), &script, test)?;
        Some(Steered::of(&mut { command }))
    }

    /// Starts it with the files of this directory in the place of the system's settings of the same names, as far as it
    /// has such. `None` after saying that `test` is skipped.
    pub(crate) fn start_with_settings(&self, settings: &Path, test: &str) -> Option<Steered> {
        let script = format!(
            "for file in {}/*; do test ! -e /etc/${{file##*/}} || mount --bind $file /etc/${{file##*/}} || exit; done
            exec \"$0\" \"$@\"",
            settings.display()
        );
        let command = in_a_namespace(&self.command(&[]), &script, test)?;
        Some(Steered::of(&mut { command }))
    }

    /// Starts it where no file gets longer than so many bytes, at most two times as much.
    pub(crate) fn start_with_short_files(&self, bytes: usize) -> Steered {
        // Blocks of 512 bytes in some shells and of 1024 in others. The signal would end the program; what a library
        // has to take is the error.
        let script = format!("trap '' XFSZ; ulimit -f {} && exec \"$0\" \"$@\"", bytes / 512);
        Steered::of(&mut through("sh", &["-c", &script], &self.command(&[])))
    }

    /// Which of these processes has the turn to send, as the system's table of locks has it.
    ///
    /// The table names files by device and inode, and some file systems have another device there than in a file's
    /// metadata. Inodes of these processes' own files are all of one device.
    pub(crate) fn sender(&self, among: &[Steered]) -> Option<usize> {
        use std::os::unix::fs::MetadataExt as _;
        let inode = fs::metadata(self.identity().join("sender.lock")).ok()?.ino().to_string();
        let locks = fs::read_to_string("/proc/locks").unwrap();
        // `1: FLOCK  ADVISORY  WRITE 4711 fd:00:123456 0 EOF`; a line with `->` in the second place is of one that waits.
        locks.lines().find_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (["FLOCK", _, "WRITE", process, file], [_, _]) = (fields.get(1..6)?, fields.get(6..)?) else {
                return None;
            };
            let is_it = file.rsplit(':').next() == Some(&inode);
            among.iter().position(|each| is_it && each.process().to_string() == **process)
        })
    }
}

/// The command, run by `program` behind these arguments, in the same environment.
pub(crate) fn through(program: impl AsRef<Path>, before: &[&str], command: &Command) -> Command {
    let mut outer = Command::new(program.as_ref());
    outer.args(before).arg(command.get_program()).args(command.get_args()).env_clear();
    outer.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    outer.current_dir(command.get_current_dir().unwrap()).stdin(Stdio::null());
    outer
}

/// The command behind a shell script that may mount things which nobody else sees. `None` after saying loudly that
/// `test` is skipped, because this machine does not allow it.
pub(crate) fn in_a_namespace(command: &Command, script: &str, test: &str) -> Option<Command> {
    let flags = if rustix::process::geteuid().is_root() { "-m" } else { "-rm" };
    let mut attempt = Command::new("unshare");
    attempt.args([flags, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).stdin(Stdio::null());
    let attempt = try_output(&mut attempt);
    if !attempt.is_ok_and(|output| output.status.success()) {
        tools::lacks(&format!("this machine lets nobody mount a disk (unshare {flags})"), "DISK_TESTS", test);
        return None;
    }
    Some(through("unshare", &[flags, "sh", "-c", script], command))
}

/// The program, running; killed with the test.
pub(crate) struct Steered {
    child: Child,
    told: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
}

impl Steered {
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()));
        let (told, said) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, told, said }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Tells it one thing and waits for the answer.
    pub(crate) fn tell(&mut self, line: &str) -> Value {
        self.begin(line);
        self.answer(line)
    }

    /// Tells it one thing, and does not wait.
    pub(crate) fn begin(&mut self, line: &str) {
        writeln!(self.told.as_mut().unwrap(), "{line}").unwrap();
    }

    /// What it says to the oldest line that was not answered yet.
    pub(crate) fn answer(&mut self, line: &str) -> Value {
        let mut said = String::new();
        self.said.read_line(&mut said).unwrap();
        assert!(said.ends_with('\n'), "the program is gone, at {line:?}: {:?}", self.child.try_wait());
        serde_json::from_str(&said).unwrap()
    }

    pub(crate) fn agree(&mut self) {
        assert_eq!(self.tell("on"), serde_json::json!({ "on": true }));
    }

    /// `status`, after checking that every event is accounted for.
    pub(crate) fn status(&mut self) -> Value {
        let status = self.tell("status");
        let number = |name: &str| status[name].as_u64().unwrap();
        let lost: u64 = status["lost"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        let accounted = number("delivered") + number("queued") + number("waiting") + lost;
        assert_eq!(number("tracked") + number("adopted"), accounted, "{status}");
        status
    }

    /// Delivers what waits, with which everything that it has tracked or taken over is delivered: so many events. Some of
    /// them may have gone by themselves before.
    pub(crate) fn delivers_all(&mut self, events: u64) {
        let flushed = self.tell("flush 60000");
        let status = self.status();
        assert_eq!((&flushed["remaining"], &status["delivered"]), (&0.into(), &events.into()), "{flushed}, {status}");
    }

    /// How many events were lost for this cause.
    pub(crate) fn lost(&mut self, cause: &str) -> u64 {
        self.status()["lost"][cause].as_u64().unwrap_or_default()
    }

    /// Ends it, in good order.
    pub(crate) fn end(mut self) {
        drop(self.told.take());
        assert!(self.child.wait().unwrap().success(), "the program ends well");
    }

    /// Ends it as a power failure does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Steered {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
