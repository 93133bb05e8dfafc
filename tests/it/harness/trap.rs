//! A server on loopback that records whatever reaches it: connections, bytes, requests.
//!
//! One thread looks at all sockets in turn, and a test can take that turn itself: see [`Trap::received`].

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::eventually;

/// How the server treats requests.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// Answers "accepted" so long after the request was complete.
    Accept(Duration),
    /// Answers that it is in trouble, and will be for longer than any test takes.
    Fail,
    /// Reads everything and never answers.
    Hang,
}

const ACCEPTED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"Ok\"}";
const FAILED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n";

/// Everything that reached a server until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) connections: usize,
    pub(crate) bytes: usize,
    /// Complete ones.
    pub(crate) requests: usize,
    /// Connections that the other side has not closed.
    pub(crate) open: usize,
}

impl Received {
    pub(crate) const NOTHING: Self = Self { connections: 0, bytes: 0, requests: 0, open: 0 };

    /// Whether anything came after that: a connection, or a byte. One that was closed is nothing that came.
    pub(crate) const fn is_more_than(self, before: Self) -> bool {
        self.connections != before.connections || self.bytes != before.bytes || self.requests != before.requests
    }
}

/// A complete request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    /// After decompression.
    pub(crate) body: Vec<u8>,
    /// As it came.
    pub(crate) wire: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The events of a request to PostHog.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.json()["batch"].as_array().expect("a batch").clone()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The server. Dropping it closes all connections.
pub(crate) struct Trap {
    port: u16,
    world: Arc<Mutex<World>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct World {
    listener: TcpListener,
    manner: Manner,
    connections: Vec<Connection>,
    requests: Vec<Request>,
    /// The most requests that were under way at the same time.
    busiest: usize,
}

struct Connection {
    stream: TcpStream,
    pending: Vec<u8>,
    bytes: usize,
    closed: bool,
    /// A complete request was not answered yet.
    waits: bool,
    /// When the answer to a complete request is due.
    due: Option<(Instant, &'static [u8])>,
}

impl Trap {
    pub(crate) fn new(manner: Manner) -> Self {
        let listener = loop {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            // The place in the programs has room for five digits.
            if listener.local_addr().unwrap().port() >= 10_000 {
                break listener;
            }
        };
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let world = World { listener, manner, connections: Vec::new(), requests: Vec::new(), busiest: 0 };
        let (world, stop) = (Arc::new(Mutex::new(world)), Arc::new(AtomicBool::new(false)));
        let (its_world, its_stop) = (Arc::clone(&world), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            while !its_stop.load(Ordering::Relaxed) {
                let busy = its_world.lock().unwrap().turn();
                if !busy {
                    thread::sleep(Duration::from_micros(500));
                }
            }
        });
        Self { port, world, stop, thread: Some(thread) }
    }

    pub(crate) fn accepting() -> Self {
        Self::new(Manner::Accept(Duration::ZERO))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything that has reached this machine's side of the sockets right now, whether the server's own thread has
    /// come to look or not. What a client sends later shows up as a difference to this.
    pub(crate) fn received(&self) -> Received {
        let mut world = self.world.lock().unwrap();
        // A bounded number, so that clients which never rest cannot keep the test here.
        for _ in 0..100 {
            if !world.turn() {
                break;
            }
        }
        Received {
            connections: world.connections.len(),
            bytes: world.connections.iter().map(|connection| connection.bytes).sum(),
            requests: world.requests.len(),
            open: world.connections.iter().filter(|connection| !connection.closed).count(),
        }
    }

    /// Treats what comes from now on in another manner.
    pub(crate) fn treat(&self, manner: Manner) {
        self.world.lock().unwrap().manner = manner;
    }

    /// The most requests that were under way at the same time, from the first byte to the answer or the end of the
    /// connection.
    pub(crate) fn busiest(&self) -> usize {
        self.world.lock().unwrap().busiest
    }

    /// All complete ones, those included that the server's own thread has not come to look at.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.received();
        self.world.lock().unwrap().requests.clone()
    }

    /// Waits for so many complete requests, and gives them all.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Request> {
        eventually("the request arrives", || self.world.lock().unwrap().requests.len() >= count);
        self.requests()
    }

    /// Fails if anything ever tried to connect.
    pub(crate) fn assert_untouched(&self, when: &str) {
        assert_eq!(self.received(), Received::NOTHING, "{when}");
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl World {
    /// Does what can be done without waiting; whether that was anything.
    fn turn(&mut self) -> bool {
        let mut busy = false;
        while let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            self.connections.push(Connection {
                stream,
                pending: Vec::new(),
                bytes: 0,
                closed: false,
                waits: false,
                due: None,
            });
            busy = true;
        }
        for connection in &mut self.connections {
            busy |= connection.read();
        }
        if self.under_way() > 1 {
            // One may have ended between the look at it and the look at the next.
            self.connections.iter_mut().for_each(|connection| while connection.read() {});
        }
        self.busiest = self.busiest.max(self.under_way());
        for connection in &mut self.connections {
            while let Some(request) = connection.complete() {
                self.requests.push(request);
                connection.waits = true;
                connection.due = match self.manner {
                    Manner::Accept(after) => Some((Instant::now() + after, ACCEPTED)),
                    Manner::Fail => Some((Instant::now(), FAILED)),
                    Manner::Hang => connection.due,
                };
                busy = true;
            }
            busy |= connection.answer();
        }
        busy
    }

    fn under_way(&self) -> usize {
        self.connections.iter().filter(|each| !each.closed && (each.waits || !each.pending.is_empty())).count()
    }
}

impl Connection {
    fn read(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        if self.closed {
            return false;
        }
        match self.stream.read(&mut buffer) {
            Ok(0) => self.closed = true,
            Ok(count) => {
                self.bytes += count;
                self.pending.extend_from_slice(&buffer[..count]);
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return false,
            Err(_) => self.closed = true,
        }
        true
    }

    /// Takes a complete request out of what was read.
    fn complete(&mut self) -> Option<Request> {
        let end = self.pending.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.pending[..end]).into_owned();
        let mut lines = head.lines();
        let line = lines.next().unwrap_or_default().to_owned();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
        if self.pending.len() < end + length {
            return None;
        }
        let wire: Vec<u8> = self.pending.drain(..end + length).skip(end).collect();
        let mut body = Vec::new();
        if wire.starts_with(&[0x1f, 0x8b]) {
            flate2::read::MultiGzDecoder::new(&wire[..]).read_to_end(&mut body).unwrap();
        } else {
            body.clone_from(&wire);
        }
        Some(Request { line, headers, body, wire })
    }

    fn answer(&mut self) -> bool {
        let Some((_, answer)) = self.due.filter(|(due, _)| Instant::now() >= *due) else { return false };
        (self.due, self.waits) = (None, false);
        // The client may have gone in the meantime.
        let _ = self.stream.write_all(answer);
        true
    }
}
