//! A name that the system's own resolver never resolves: what waits for it is the resolver's thread, and nobody else.
//!
//! The program under test has the client that the library makes, and asks the C library for the address of its server,
//! which asks a server for names that reads and never answers. In a namespace of its own, so that nobody else does.

use std::fs;
use std::io::Write as _;
use std::net::UdpSocket;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::harness::steered::{Installation, Steered};
use crate::harness::trap::Trap;
use crate::harness::{PATIENCE, eventually};

/// Where names are asked for: an address of loopback that nothing else on a machine uses, at the port that cannot be
/// chosen.
const ADDRESS: &str = "127.83.17.53";
const PORT: u16 = 53;

/// More than a call that keeps a deadline of a fraction of a second takes on the busiest machine; half of what a request
/// may take, and a tenth of what the resolver waits.
const SOON: Duration = Duration::from_secs(5);

/// A server for names that never answers.
struct Silent(UdpSocket);

impl Silent {
    /// `None` after saying that the test is skipped: the port is for those who may.
    fn listen(test: &str) -> Option<Self> {
        if let Ok(socket) = UdpSocket::bind((ADDRESS, PORT)) {
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            return Some(Self(socket));
        }
        let mut err = std::io::stderr();
        let _ = writeln!(err, "skipped: {test}: nobody but root can listen at port {PORT}");
        assert!(!rustix::process::geteuid().is_root(), "root cannot listen at port {PORT} of {ADDRESS}");
        None
    }

    /// Waits until a question for this name has come.
    fn is_asked_for(&self, name: &str) {
        let mut question = [0; 512];
        loop {
            let length = self.0.recv(&mut question).expect("the resolver asks");
            if question[..length].windows(name.len()).any(|part| part == name.as_bytes()) {
                return;
            }
        }
    }

    /// Forgets the questions until now.
    fn forget(&self) {
        self.0.set_nonblocking(true).unwrap();
        while self.0.recv(&mut [0; 512]).is_ok() {}
        self.0.set_nonblocking(false).unwrap();
    }
}

/// The system's settings as the program is to see them: every name is asked for, of that server, for a minute. Where the
/// first file is missing that is what the C library does anyway.
fn settings(directory: &Path) {
    fs::create_dir(directory).unwrap();
    let write = |name: &str, text: &str| fs::write(directory.join(name), text).unwrap();
    write("nsswitch.conf", "hosts: dns\n");
    write("hosts", "");
    write("resolv.conf", &format!("nameserver {ADDRESS}\noptions timeout:30 attempts:2\n"));
}

/// Tells it something that has to be done soon.
fn soon(program: &mut Steered, line: &str) -> serde_json::Value {
    let begun = Instant::now();
    let said = program.tell(line);
    let taken = begun.elapsed();
    assert!(taken < SOON, "{line} took {taken:?}: {said}");
    said
}

#[test]
fn nobody_waits_for_a_name_that_is_never_resolved() {
    let test = "nobody_waits_for_a_name_that_is_never_resolved";
    let Some(silent) = Silent::listen(test) else { return };
    let trap = Trap::accepting();
    let installation = Installation::by_name(&trap);
    let etc = installation.home.work().join("etc");
    settings(&etc);

    // A flush, then a no, then the end of the process.
    let Some(mut program) = installation.start_with_settings(&etc, test) else { return };
    program.agree();
    program.tell("track 5");
    let flushed = soon(&mut program, "flush 300");
    assert_eq!((&flushed["ended"], &flushed["remaining"]), (&"Deadline".into(), &5.into()), "{flushed}");
    silent.is_asked_for("localhost");
    let off = soon(&mut program, "off");
    assert!(off["done"].as_str().unwrap().starts_with("Done {"), "{off}");
    assert_eq!(program.lost("turned_off"), 5);
    let begun = Instant::now();
    program.end();
    assert!(begun.elapsed() < SOON, "the end took {:?}", begun.elapsed());

    // A flush and a shutdown.
    silent.forget();
    let mut program = installation.start_with_settings(&etc, test).unwrap();
    program.agree();
    program.tell("track 5");
    assert_eq!(soon(&mut program, "flush 300")["ended"], "Deadline");
    silent.is_asked_for("localhost");
    program.tell("track 1");
    eventually("all of them are on disk", || {
        let status = program.status();
        (&status["queued"], &status["destinations"][0]["spooled"]) == (&0.into(), &6.into())
    });
    let shut_down = soon(&mut program, "shutdown 200");
    assert_eq!((&shut_down["ended"], &shut_down["remaining"]), (&"Deadline".into(), &6.into()), "{shut_down}");
    let begun = Instant::now();
    program.end();
    assert!(begun.elapsed() < SOON, "the end took {:?}", begun.elapsed());
    trap.assert_untouched("nobody said where it is");

    // Where names are resolved again it arrives.
    fs::write(etc.join("nsswitch.conf"), "hosts: files\n").unwrap();
    fs::write(etc.join("hosts"), "127.0.0.1 localhost\n").unwrap();
    let mut next = installation.start_with_settings(&etc, test).unwrap();
    eventually("what was left is delivered", || next.tell("flush 5000")["remaining"] == 0);
    let arrived: usize = trap.requests().iter().map(|sent| sent.json()["batch"].as_array().unwrap().len()).sum();
    assert_eq!(arrived, 6);
    next.end();
}
