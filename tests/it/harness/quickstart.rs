//! A person who uses the quickstart program at a terminal.

use std::fs;
use std::process::{Command, Output};

use super::binaries::{self, Program};
use super::home::{Home, output};
use super::trap::{Request, Trap};
use super::{eventually, terminal};

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

    /// Does its work until something of it has reached the server: a program that ends gives delivery one second, and
    /// what a slow machine does not manage in it waits on disk for the next one. Gives what arrived, and how often it was
    /// done.
    pub(crate) fn is_heard(trap: &Trap, mut work: impl FnMut()) -> (Vec<Request>, usize) {
        let mut times = 0;
        eventually("the work is heard of", || {
            work();
            times += 1;
            !trap.requests().is_empty()
        });
        (trap.requests(), times)
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
