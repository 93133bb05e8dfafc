//! The server: it reads requests, answers 200 or never, and remembers what came.
//!
//! It runs in the process that starts the measurements, so that its work is not counted to the client, and looks into
//! bodies only when the measurement is over.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::clients::{ADDRESS, EVENT};

/// What the server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers at once.
    Answers,
    /// Reads, and never answers.
    Hangs,
}

/// What came.
#[derive(Debug, Default, Clone, Copy)]
pub struct Received {
    /// Requests that were read to their end.
    pub requests: u64,
    /// Their bytes, heads included.
    pub wire_bytes: u64,
    /// Events in them.
    pub events: u64,
}

struct Body {
    is_gzip: bool,
    bytes: Vec<u8>,
}

#[derive(Default)]
struct Log {
    wire_bytes: u64,
    bodies: Vec<Body>,
}

/// A server at the address that every client sends to, until it is dropped.
pub struct Server {
    log: Arc<Mutex<Log>>,
    ended: Arc<AtomicBool>,
    listening: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// The address is taken.
    #[must_use]
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind(ADDRESS).expect("nobody else listens there");
        let (log, ended) = (Arc::new(Mutex::new(Log::default())), Arc::new(AtomicBool::new(false)));
        let (to, until) = (Arc::clone(&log), Arc::clone(&ended));
        let listening = thread::spawn(move || {
            for stream in listener.incoming() {
                if until.load(Ordering::Relaxed) {
                    return;
                }
                let to = Arc::clone(&to);
                // A client that goes away ends its thread; that is no failure of the server.
                thread::spawn(move || stream.and_then(|stream| serve(&stream, behaviour, &to)));
            }
        });
        Self { log, ended, listening: Some(listening) }
    }

    /// What came so far, and forgets it.
    ///
    /// # Panics
    ///
    /// A body is no gzip though it says so.
    #[must_use]
    pub fn take(&self) -> Received {
        let log = std::mem::take(&mut *self.log.lock().expect("no thread panics"));
        let events = log.bodies.iter().map(count).sum();
        Received { requests: log.bodies.len() as u64, wire_bytes: log.wire_bytes, events }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // The listener looks at the flag when somebody comes.
        let _ = TcpStream::connect(ADDRESS);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn serve(stream: &TcpStream, behaviour: Behaviour, log: &Mutex<Log>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(256 * 1024, stream);
    let mut line = String::new();
    loop {
        let (mut head, mut length, mut is_gzip, mut is_protobuf) = (0, 0, false, false);
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            head += line.len();
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            is_gzip |= lower.starts_with("content-encoding:") && lower.contains("gzip");
            is_protobuf |= lower.starts_with("content-type:") && lower.contains("protobuf");
            assert!(!lower.starts_with("transfer-encoding:"), "a body of known length");
            if line == "\r\n" {
                break;
            }
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes)?;
        {
            let mut log = log.lock().expect("no thread panics");
            log.wire_bytes += (head + length) as u64;
            log.bodies.push(Body { is_gzip, bytes });
        }
        if behaviour == Behaviour::Hangs {
            loop {
                thread::park();
            }
        }
        let answer: &[u8] = if is_protobuf {
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
        } else {
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"status\":\"Ok\"}"
        };
        let mut stream = stream;
        stream.write_all(answer)?;
    }
}

/// How often the event's name stands in a body.
fn count(body: &Body) -> u64 {
    let mut unpacked = Vec::new();
    let bytes = if body.is_gzip {
        flate2::read::GzDecoder::new(&*body.bytes).read_to_end(&mut unpacked).expect("gzip");
        &unpacked
    } else {
        &body.bytes
    };
    bytes.windows(EVENT.len()).filter(|window| *window == EVENT.as_bytes()).count() as u64
}
