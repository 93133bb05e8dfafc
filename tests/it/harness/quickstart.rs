//! A person who uses the quickstart program at a terminal.

use std::fs;
use std::process::{Command, Output};

use super::binaries::{self, Program};
use super::home::{Home, output};
use super::terminal;
use super::trap::Trap;

pub(crate) struct Quickstart {
    pub(crate) home: Home,
}

impl Quickstart {
    /// As the vendor ships it, except that the vendor's server is this trap.
    pub(crate) fn keyed(trap: &Trap) -> Self {
        Self {
            home: Home::new(|directory| binaries::keyed(Program::Quickstart).at(trap.port(), directory, "quickstart")),
        }
    }

    /// As anybody builds it from source.
    pub(crate) fn plain() -> Self {
        Self { home: Home::new(|directory| binaries::plain(Program::Quickstart).copy(directory, "quickstart")) }
    }

    /// Its ordinary work.
    pub(crate) fn count(&self) -> Command {
        let file = self.home.path().join("text");
        fs::write(&file, "one two\nthree\n").unwrap();
        self.home.command(["words".as_ref(), file.as_os_str()])
    }

    /// Runs that command and checks that it did its work: telemetry is nothing that it may depend on.
    pub(crate) fn works(command: &mut Command) -> Output {
        let output = output(command);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "3\n", "{output:?}");
        output
    }

    pub(crate) fn telemetry(&self, act: &str) -> Command {
        self.home.command(["telemetry", act])
    }

    /// Says yes, as only a person at a terminal can.
    pub(crate) fn agree(&self) {
        let (status, shown) = terminal::decide(&self.telemetry("on"), "y", 1);
        assert!(status.success(), "{shown}");
        assert_eq!(self.home.status()["state"], "granted", "{shown}");
    }

    /// Says no to the question.
    pub(crate) fn decline(&self) {
        let (status, shown) = terminal::decide(&self.telemetry("on"), "n", 1);
        assert!(status.success(), "{shown}");
        assert_eq!(self.home.status()["state"], "denied", "{shown}");
    }

    pub(crate) fn off(&self) -> Output {
        let output = output(&mut self.telemetry("off"));
        assert!(output.status.success(), "{output:?}");
        output
    }
}
