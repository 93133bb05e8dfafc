//! The demo, as a newcomer goes through it: one command, and the journey of an event can be watched.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::binaries::{self, Program};
use crate::harness::home::{Home, spawn};
use crate::harness::http::Visitor;
use crate::harness::tracker::Server;
use crate::harness::trap::Trap;
use crate::harness::{PATIENCE, body, eventually};

/// Killed with the test.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_demo_shows_an_event_arrive_after_a_yes_and_none_after_a_no() {
    let trap = Trap::accepting();
    // Built without a key: the demo brings its own, which leads to loopback alone.
    let home = Home::new(|directory| binaries::plain(Program::TimeTracker).copy(directory, "time-tracker"));
    let mut command = home.command(["demo"]);
    let mut demo = Demo(spawn(body::lure(&mut command, &trap).stdout(Stdio::piped())));
    let (lines, printed) = mpsc::channel();
    let out = BufReader::new(demo.0.stdout.take().unwrap());
    thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(lines.send(line))));
    let said = |label: &str| loop {
        let line = printed.recv_timeout(PATIENCE).expect("the demo says how to begin");
        if let Some(value) = line.trim().strip_prefix(label) {
            break value.trim().to_owned();
        }
    };
    let port = |address: &str| address.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let open = port(&said("open"));
    let (name, password, receiver) = (said("sign in"), said("password"), port(&said("receiver")));

    let mut visitor = Visitor::new(open);
    let mut receiver = Visitor::new(receiver);
    let answer = visitor.submit("/login", &[("name", &name), ("password", &password)]);
    assert_eq!(answer.status, 303, "{}", answer.body);
    let start = |visitor: &mut Visitor| {
        assert_eq!(visitor.submit("/timer/start", &[("target", "project-1"), ("back", "/")]).status, 303);
        assert_eq!(visitor.submit("/timer/stop", &[]).status, 303);
    };
    start(&mut visitor);
    assert!(!receiver.get("/").body.contains("timer.started"), "it arrived before anybody agreed");
    Server::press(&mut visitor, "on", "usage");
    start(&mut visitor);
    eventually("the receiver shows the event", || receiver.get("/").body.contains("timer.started"));
    let shown = receiver.get("/").body;
    assert!(shown.contains("phc_time_tracker_demo") && shown.contains("content-type"), "{shown}");
    start(&mut visitor);
    Server::press(&mut visitor, "off", "usage");
    let before = receiver.get("/").body.matches("timer.started").count();
    start(&mut visitor);
    kill_process(Pid::from_child(&demo.0), Signal::TERM).unwrap();
    eventually("the demo ends", || demo.0.try_wait().unwrap().is_some());
    assert!(before > 0);
    trap.assert_untouched("a variable led there");
    assert_eq!(home.files(), Vec::<String>::new(), "the demo left something in the home");
    let left = std::fs::read_dir(home.work().join("tmp")).unwrap().count();
    assert_eq!(left, 0, "the demo left its data");
}
