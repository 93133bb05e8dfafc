//! Somebody who runs the time tracker, and an administrator who works with it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use super::binaries::{self, Program};
use super::home::{Home, output, spawn};
use super::http::{Answer, Visitor};
use super::trap::{Request, Trap};
use super::{PATIENCE, eventually, page, terminal};

pub(crate) const NAME: &str = "ada";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Words that a person types. None of them may ever leave the machine.
pub(crate) const TYPED: [&str; 7] =
    [NAME, PASSWORD, "Secret Bakery", "Hidden Shop", "Quiet task", "private words", "Lantern and Co"];

/// An installation of the time tracker.
pub(crate) struct Tracker {
    pub(crate) home: Home,
}

impl Tracker {
    /// As the vendor ships it, except that the vendor's server is this trap.
    pub(crate) fn keyed(trap: &Trap) -> Self {
        let install = |directory: &std::path::Path| {
            binaries::keyed(Program::TimeTracker).at(trap.port(), directory, "time-tracker")
        };
        Self { home: Home::new(install) }
    }

    /// As anybody builds it from source.
    pub(crate) fn plain() -> Self {
        Self { home: Home::new(|directory| binaries::plain(Program::TimeTracker).copy(directory, "time-tracker")) }
    }

    /// `serve` on a port that the system chooses.
    pub(crate) fn serve(&self) -> Command {
        self.home.command(["serve", "--listen", "127.0.0.1:0"])
    }

    pub(crate) fn start(&self) -> Server {
        Server::start(&mut self.serve())
    }

    /// Everything that reached the server, once all that the tracker recorded is there and `is_enough` says so.
    ///
    /// A tracker that stops gives delivery two seconds; what a slow machine does not manage in them waits on disk for the
    /// next one. So it is started and stopped again, which records an `installation.started` each time.
    pub(crate) fn delivered(&self, trap: &Trap, is_enough: impl Fn(&[Request]) -> bool) -> Vec<Request> {
        Self::delivered_by(&mut self.serve(), self, trap, is_enough)
    }

    /// The same, started by this command.
    pub(crate) fn delivered_by(
        serve: &mut Command,
        tracker: &Self,
        trap: &Trap,
        is_enough: impl Fn(&[Request]) -> bool,
    ) -> Vec<Request> {
        let mut requests = trap.requests();
        let is_done = |requests: &[Request]| is_enough(requests) && tracker.home.unsent().is_empty();
        eventually("what was recorded is delivered", || {
            if is_done(&requests) {
                return true;
            }
            Server::start(serve).stop();
            requests = trap.requests();
            is_done(&requests)
        });
        requests
    }

    pub(crate) fn telemetry(&self, act: &str) -> Command {
        self.home.command(["telemetry", act])
    }

    /// Says yes to both questions, at a terminal.
    pub(crate) fn agree(&self) {
        let (status, shown) = terminal::decide(&self.telemetry("on"), "y", 2);
        assert!(status.success(), "{shown}");
        assert_eq!(self.home.status()["state"], "granted", "{shown}");
    }

    pub(crate) fn decline(&self) {
        let (status, shown) = terminal::decide(&self.telemetry("on"), "n", 2);
        assert!(status.success(), "{shown}");
        assert_eq!(self.home.status()["state"], "denied", "{shown}");
    }

    pub(crate) fn off(&self) -> Output {
        let output = output(&mut self.telemetry("off"));
        assert!(output.status.success(), "{output:?}");
        output
    }
}

/// A running server; killed with the test.
pub(crate) struct Server {
    child: Child,
    /// Who gets the signals: another than `child` where that is a tracer.
    process: Option<i32>,
    pub(crate) port: u16,
    /// The one-time link, while setup is not complete.
    pub(crate) setup: Option<String>,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()));
        let (lines, printed) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let mut server = Self { child, process: None, port: 0, setup: None };
        let first = printed.recv_timeout(PATIENCE).expect("the server says where it listens");
        server.port = first.rsplit(':').next().unwrap().trim().parse().unwrap_or_else(|_| panic!("{first}"));
        // The link is printed only while setup is not complete; the server itself knows.
        let mut locked = false;
        eventually("the server answers", || {
            let answer = Visitor::new(server.port).try_get("/setup");
            locked = answer.as_ref().is_some_and(|answer| answer.status == 403);
            answer.is_some()
        });
        while locked && server.setup.is_none() {
            let line = printed.recv_timeout(PATIENCE).expect("the server prints the setup link");
            server.setup = line.find("/setup?token=").map(|at| line[at..].trim().to_owned());
        }
        server
    }

    /// Sends signals to this process instead.
    pub(crate) fn signals_to(&mut self, process: i32) {
        self.process = Some(process);
    }

    /// Stops it as a service manager does, and waits for its end.
    pub(crate) fn stop(mut self) {
        let process = self.process.unwrap_or_else(|| i32::try_from(self.child.id()).unwrap());
        kill_process(Pid::from_raw(process).unwrap(), Signal::TERM).unwrap();
        eventually("the server stops", || self.child.try_wait().unwrap().is_some());
    }

    /// Stops it as a power failure does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Completes the setup with these boxes ticked, as far as anything is asked, and is then signed in.
    pub(crate) fn set_up(&self, boxes: &[&str]) -> Visitor {
        let mut visitor = Visitor::new(self.port);
        let shown = visitor.get(self.setup.as_deref().expect("setup is open"));
        assert_eq!(shown.status, 200, "{}", shown.body);
        let form = page::form(&shown.body, "/setup");
        let mut fields = form.hidden();
        fields.extend([("name", NAME), ("password", PASSWORD), ("zone", "UTC")]);
        fields.extend(boxes.iter().map(|name| (*name, "yes")));
        let answer = visitor.submit("/setup", &fields);
        assert_eq!(answer.status, 303, "{}", answer.body);
        visitor
    }

    /// Signs in.
    pub(crate) fn sign_in(&self) -> Visitor {
        let mut visitor = Visitor::new(self.port);
        let answer = visitor.submit("/login", &[("name", NAME), ("password", PASSWORD)]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        visitor
    }

    /// Presses a button of Admin → Telemetry: `on` or `off`, for this purpose or, where that button is shown, for all.
    pub(crate) fn press(visitor: &mut Visitor, act: &str, purpose: &str) -> Answer {
        let button = Self::button(visitor, act, purpose);
        let answer = button.press(visitor);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    /// Looks at that page, and at this button on it.
    pub(crate) fn button(visitor: &mut Visitor, act: &str, purpose: &str) -> Button {
        let (action, shown) = (format!("/admin/telemetry/{act}"), visitor.get("/admin/telemetry").body);
        let forms = page::forms(&shown, &action);
        let form = forms.iter().find(|form| form.hidden().contains(&("purpose", purpose)));
        let Some(form) = form else { panic!("no button for {act}, {purpose} in {shown}") };
        let fields = form.hidden().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Button { action, fields }
    }
}

/// A button that somebody sees, and has not pressed yet.
pub(crate) struct Button {
    action: String,
    fields: Vec<(String, String)>,
}

impl Button {
    pub(crate) fn press(&self, visitor: &mut Visitor) -> Answer {
        let fields: Vec<(&str, &str)> =
            self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        visitor.submit(&self.action, &fields)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A tracer that dies leaves its process behind.
        if let Some(process) = self.process.and_then(Pid::from_raw) {
            let _ = kill_process(process, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An administrator's day: something of everything that the catalogue has events for.
pub(crate) fn work(visitor: &mut Visitor) {
    let [_, _, client, project, task, words, organisation] = TYPED;
    for (path, form) in [
        ("/clients", vec![("name", client), ("note", words)]),
        ("/projects", vec![("name", project), ("client", "1"), ("note", words)]),
        ("/tasks", vec![("name", task), ("project", "1"), ("priority", "high"), ("note", words)]),
        ("/tasks/1/status", vec![("status", "review")]),
        ("/timer/start", vec![("target", "task-1"), ("note", words), ("back", "/tasks/1")]),
        ("/timer/stop", vec![]),
        ("/projects/1/comments", vec![("body", words)]),
        ("/admin/settings", vec![("organisation", organisation), ("zone", "UTC"), ("week_start", "monday")]),
    ] {
        let answer = visitor.submit(path, &form);
        assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.body);
    }
    for path in ["/", "/entries", "/projects", "/tasks", "/clients", "/admin/telemetry", "/account"] {
        assert_eq!(visitor.get(path).status, 200, "{path}");
    }
}
