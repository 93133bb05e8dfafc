//! A server in PostHog's place: answers by a script, and keeps what it got.

use std::collections::{HashMap, VecDeque};
use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::{self, Message};

/// An answer of the script.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scripted {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<&'static str>,
}

impl From<u16> for Scripted {
    fn from(status: u16) -> Self {
        Self { status, retry_after: None }
    }
}

/// A request that came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) at: Instant,
    pub(crate) message: Message,
    /// The body without its content coding.
    pub(crate) json: Value,
    /// The status that it was answered with.
    pub(crate) answered: u16,
}

impl Request {
    pub(crate) fn events(&self) -> &[Value] {
        self.json["batch"].as_array().expect("a batch")
    }

    /// This of each event, in order.
    pub(crate) fn each(&self, field: &str) -> Vec<String> {
        self.events().iter().map(|event| event[field].as_str().expect(field).to_owned()).collect()
    }
}

#[derive(Default)]
struct World {
    /// By test; what is not in the script is accepted.
    scripts: HashMap<Option<String>, VecDeque<Scripted>>,
    requests: Vec<Request>,
}

/// Runs until the end of the test's process.
#[derive(Clone)]
pub(crate) struct Server {
    world: Arc<Mutex<World>>,
    pub(crate) origin: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { world: Arc::default(), origin };
        let world = Arc::clone(&server.world);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let world = Arc::clone(&world);
                thread::spawn(move || serve(stream, &world));
            }
        });
        server
    }

    /// Answers the next requests of a test so.
    pub(crate) fn script(&self, test: Option<&str>, answers: impl IntoIterator<Item = Scripted>) {
        let mut world = self.world.lock().unwrap();
        world.scripts.insert(test.map(str::to_owned), answers.into_iter().collect());
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.world.lock().unwrap().requests.clone()
    }

    /// Waits for so many requests, and gives all there are.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Request> {
        eventually("the requests come", || self.world.lock().unwrap().requests.len() >= count);
        self.requests()
    }
}

fn serve(stream: TcpStream, world: &Mutex<World>) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(message) = http::read(&mut reader) {
        let at = Instant::now();
        let mut body = message.body.clone();
        if message.header("content-encoding") == Some("gzip") {
            body.clear();
            flate2::read::GzDecoder::new(&message.body[..]).read_to_end(&mut body).unwrap();
        }
        let json = serde_json::from_slice(&body).unwrap();
        let mut world = world.lock().unwrap();
        let test = message.header("x-test-id").map(str::to_owned);
        let scripted = world.scripts.get_mut(&test).and_then(VecDeque::pop_front).unwrap_or(200.into());
        world.requests.push(Request { at, message, json, answered: scripted.status });
        drop(world);
        let more = scripted.retry_after.map(|after| format!("Retry-After: {after}\r\n")).unwrap_or_default();
        let answer =
            format!("HTTP/1.1 {} Scripted\r\n{more}Content-Length: 12\r\n\r\n{{\"status\":1}}", scripted.status);
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Waits for something that another process does.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < until, "never: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
