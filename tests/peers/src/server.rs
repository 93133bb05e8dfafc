//! The server: it reads requests, answers 200, 503 or never, and remembers what came.
//!
//! It runs in the process that starts the measurements, so that its work is not counted to the client, and looks into
//! bodies only when the measurement is over.

use std::borrow::Cow;
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
    /// Answers 503 at once.
    Unavailable,
}

/// What came.
#[derive(Debug, Default, Clone, Copy)]
pub struct Received {
    /// Requests that were read to their end.
    pub requests: u64,
    /// Of those, with a compressed body.
    pub compressed: u64,
    /// Their bytes, heads included.
    pub wire_bytes: u64,
    /// Events in them.
    pub events: u64,
}

/// A request that was read to its end.
#[derive(Debug)]
pub struct Request {
    /// The head, as it came.
    pub head: String,
    /// The body, as it came.
    pub body: Vec<u8>,
    is_gzip: bool,
}

impl Request {
    /// One without compression.
    #[must_use]
    pub fn plain(head: &str, body: String) -> Self {
        Self { head: head.to_owned(), body: body.into_bytes(), is_gzip: false }
    }

    /// Bytes of both.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// The body without its compression.
    ///
    /// # Panics
    ///
    /// It is no gzip though the head says so.
    #[must_use]
    pub fn unpacked(&self) -> Cow<'_, [u8]> {
        if !self.is_gzip {
            return Cow::Borrowed(&self.body);
        }
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*self.body).read_to_end(&mut unpacked).expect("gzip");
        Cow::Owned(unpacked)
    }

    /// How often the event's name stands in the body.
    fn events(&self) -> u64 {
        self.unpacked().windows(EVENT.len()).filter(|window| *window == EVENT.as_bytes()).count() as u64
    }
}

/// A server at the address that every client sends to, until it is dropped.
pub struct Server {
    log: Arc<Mutex<Vec<Request>>>,
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
        let (log, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
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
        let requests = self.take_requests();
        Received {
            requests: requests.len() as u64,
            compressed: requests.iter().filter(|request| request.is_gzip).count() as u64,
            wire_bytes: requests.iter().map(|request| request.wire_bytes() as u64).sum(),
            events: requests.iter().map(Request::events).sum(),
        }
    }

    /// The requests that came so far, and forgets them.
    ///
    /// # Panics
    ///
    /// A thread that read one has panicked.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.log.lock().expect("no thread panics"))
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

fn serve(stream: &TcpStream, behaviour: Behaviour, log: &Mutex<Vec<Request>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(256 * 1024, stream);
    loop {
        let (mut head, mut length, mut is_gzip, mut is_protobuf) = (String::new(), 0, false, false);
        loop {
            let before = head.len();
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
            let line = head[before..].to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            is_gzip |= line.starts_with("content-encoding:") && line.contains("gzip");
            is_protobuf |= line.starts_with("content-type:") && line.contains("protobuf");
            assert!(!line.starts_with("transfer-encoding:"), "a body of known length");
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        log.lock().expect("no thread panics").push(Request { head, body, is_gzip });
        if behaviour == Behaviour::Hangs {
            loop {
                thread::park();
            }
        }
        let answer: &[u8] = if behaviour == Behaviour::Unavailable {
            b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
        } else if is_protobuf {
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
        } else {
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"status\":\"Ok\"}"
        };
        let mut stream = stream;
        stream.write_all(answer)?;
    }
}
