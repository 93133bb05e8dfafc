//! A person at a terminal: only there can a command-line program be agreed with.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::{eventually, home};

/// A program that runs at a terminal of its own.
pub(crate) struct Terminal {
    child: Child,
    controller: File,
    shown: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    pub(crate) fn run(command: &Command) -> Self {
        // A program in the background of a terminal has nobody to ask. So it gets a session of its own, with this
        // terminal at its head, and as ever nothing in its environment but what its home gave it.
        let mut session = Command::new("setsid");
        session.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear();
        session.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        session.current_dir(command.get_current_dir().unwrap());
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let no_control = i32::try_from(OFlags::NOCTTY.bits()).unwrap();
        let user =
            OpenOptions::new().read(true).write(true).custom_flags(no_control).open(name.to_str().unwrap()).unwrap();
        session.stdin(user.try_clone().unwrap()).stdout(user.try_clone().unwrap()).stderr(user);
        let child = home::spawn(&mut session);
        // The terminal's other end must be the program's alone, so that its end can be noticed.
        drop(session);
        let controller = File::from(controller);
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut reader, text) = (controller.try_clone().unwrap(), Arc::clone(&shown));
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Reading fails when the program has gone.
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                text.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        });
        Self { child, controller, shown, reader }
    }

    /// Everything that the terminal has shown.
    pub(crate) fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    /// Waits for the `n`-th question, and answers it.
    pub(crate) fn answer(&mut self, n: usize, line: &str) {
        eventually("the question is asked", || {
            self.shown().matches("[y/N]").count() >= n || self.child.try_wait().unwrap().is_some()
        });
        writeln!(self.controller, "{line}").unwrap();
    }

    /// Waits for this text, and types a line behind it.
    pub(crate) fn type_after(&mut self, text: &str, line: &str) {
        eventually("the terminal shows the prompt", || {
            self.shown().contains(text) || self.child.try_wait().unwrap().is_some()
        });
        assert!(self.shown().contains(text), "{text} in {}", self.shown());
        writeln!(self.controller, "{line}").unwrap();
    }

    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let mut status = None;
        eventually("the program at the terminal ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        // What it showed last may still be on its way.
        eventually("the terminal is read to its end", || self.reader.is_finished());
        (status.unwrap(), self.shown())
    }
}

/// Runs `telemetry on` and gives the same answer to each question.
pub(crate) fn decide(command: &Command, answer: &str, questions: usize) -> (ExitStatus, String) {
    let mut terminal = Terminal::run(command);
    for n in 1..=questions {
        terminal.answer(n, answer);
    }
    terminal.end()
}
