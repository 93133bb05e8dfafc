//! A server on loopback that misbehaves in the way it is told to, and counts the events that it took.

use std::collections::HashSet;
use std::io::{self, Read as _, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::listen_at;

/// What the server does with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Reads nothing and says nothing.
    Hang,
    /// Reads the request and answers a byte a second.
    Drip,
    /// Closes with the request unread, which the other side sees as a reset.
    Reset,
    /// The same, but within the body: its head and a part of it are read, the rest never is.
    ResetWithin,
    /// Reads the request and closes.
    Silent,
    /// Breaks off within the head of its answer.
    CutAnswer,
    /// Answers what is no HTTP.
    Garbage,
    /// Answers in the clear to whatever comes.
    Blurt,
    /// Answers so: the line after the version, and more headers.
    Answer(&'static str, &'static str),
    /// Refuses bodies with more events than this as too large.
    AtMost(usize),
    /// Refuses bodies with this in it.
    Poisoned(&'static str),
    /// Takes the request and drops what is in it, being over a quota.
    Quota,
    /// Takes the events.
    Accept,
}

/// What arrived: events in requests that were answered with success, by identifier.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) uuids: HashSet<String>,
    /// Events that arrived once more.
    pub(crate) again: usize,
}

/// Listens until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    arrived: Arc<Mutex<Arrived>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens at this port, in the clear or with TLS.
    pub(crate) fn start(port: u16, manner: Manner, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = listen_at(&format!("127.0.0.1:{port}"));
        let address = listener.local_addr().unwrap();
        let (manner, stop) = (Arc::new(Mutex::new(manner)), Arc::new(AtomicBool::new(false)));
        let arrived = Arc::default();
        let serving = Serving { manner: Arc::clone(&manner), arrived: Arc::clone(&arrived), stop: Arc::clone(&stop) };
        let thread = thread::spawn(move || serving.run(&listener, tls.as_ref()));
        Self { address, manner, arrived, stop, thread: Some(thread) }
    }

    /// Behaves otherwise from the next request on.
    pub(crate) fn becomes(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub(crate) fn arrived(&self) -> std::sync::MutexGuard<'_, Arrived> {
        self.arrived.lock().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        #[expect(clippy::disallowed_methods, reason = "the other end of this server is this test")]
        let woken = TcpStream::connect(self.address);
        drop(woken);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Serving {
    manner: Arc<Mutex<Manner>>,
    arrived: Arc<Mutex<Arrived>>,
    stop: Arc<AtomicBool>,
}

impl Serving {
    fn run(&self, listener: &TcpListener, tls: Option<&Arc<ServerConfig>>) {
        thread::scope(|scope| {
            for stream in listener.incoming().flatten() {
                if self.stop.load(Ordering::SeqCst) {
                    return;
                }
                // A look at the flag now and then, whatever the other side does.
                stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
                scope.spawn(move || match tls {
                    None => self.serve(stream),
                    Some(config) => match ServerConnection::new(Arc::clone(config)) {
                        Ok(connection) => self.serve(StreamOwned::new(connection, stream)),
                        Err(error) => panic!("{error}"),
                    },
                });
            }
        });
    }

    /// One connection, to its end.
    fn serve(&self, mut stream: impl io::Read + Write) {
        loop {
            let manner = *self.manner.lock().unwrap();
            match manner {
                Manner::Reset => {
                    self.wait_for_bytes(&mut stream, 1);
                    return;
                }
                Manner::ResetWithin => {
                    self.read_into_body(&mut stream);
                    return;
                }
                Manner::Blurt => {
                    self.wait_for_bytes(&mut stream, 1);
                    let _ = write(&mut stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                    return;
                }
                Manner::Hang => {
                    while !self.stop.load(Ordering::SeqCst) && *self.manner.lock().unwrap() == manner {
                        thread::sleep(Duration::from_millis(5));
                    }
                    return;
                }
                _ => {}
            }
            let Some(body) = self.request(&mut stream) else { return };
            let events = events(&body);
            let done = match manner {
                Manner::Drip => self.drip(&mut stream),
                Manner::CutAnswer => write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Le").and(Err(close())),
                Manner::Garbage => write(&mut stream, "220 mail.example ready\r\n\r\n").and(Err(close())),
                Manner::Answer(line, headers) => {
                    write(&mut stream, &format!("HTTP/1.1 {line}\r\n{headers}Content-Length: 0\r\n\r\n"))
                }
                Manner::AtMost(most) if events.len() > most => {
                    write(&mut stream, "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n")
                }
                Manner::Poisoned(word) if body.windows(word.len()).any(|part| part == word.as_bytes()) => {
                    write(&mut stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                }
                Manner::Quota => {
                    let body = r#"{"status":"Ok","quota_limited":["events"]}"#;
                    write(&mut stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
                }
                Manner::Accept | Manner::AtMost(_) | Manner::Poisoned(_) => {
                    let mut arrived = self.arrived.lock().unwrap();
                    for uuid in events {
                        let is_new = arrived.uuids.insert(uuid);
                        arrived.again += usize::from(!is_new);
                    }
                    drop(arrived);
                    write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"Ok\"}")
                }
                Manner::Silent | Manner::Reset | Manner::ResetWithin | Manner::Hang | Manner::Blurt => return,
            };
            if done.is_err() {
                return;
            }
        }
    }

    fn wait_for_bytes(&self, stream: &mut impl io::Read, count: usize) {
        let mut buffer = vec![0; count];
        while !self.stop.load(Ordering::SeqCst) {
            match stream.read(&mut buffer) {
                Err(error) if is_later(&error) => {}
                _ => return,
            }
        }
    }

    /// Reads a request up to a few bytes of its body, one at a time, so that no other is taken out of the socket.
    fn read_into_body(&self, stream: &mut impl io::Read) {
        const OF_THE_BODY: usize = 10;
        let (mut bytes, mut byte) = (Vec::new(), [0]);
        while !self.stop.load(Ordering::SeqCst) {
            match stream.read(&mut byte) {
                Ok(1) => bytes.push(byte[0]),
                Err(error) if is_later(&error) => continue,
                _ => return,
            }
            if let Some((head, body)) = apart(&bytes)
                && body.len() == OF_THE_BODY
            {
                assert!(length(&head).unwrap() > OF_THE_BODY, "a body that is read to its end");
                return;
            }
        }
    }

    fn drip(&self, stream: &mut impl Write) -> io::Result<()> {
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" {
            stream.write_all(&[*byte])?;
            stream.flush()?;
            for _ in 0..100 {
                if self.stop.load(Ordering::SeqCst) || *self.manner.lock().unwrap() != Manner::Drip {
                    return Err(close());
                }
                thread::sleep(Duration::from_millis(10));
            }
        }
        Ok(())
    }

    /// The body of the next request; `None` at the end of the connection.
    fn request(&self, stream: &mut impl io::Read) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some((body, coded)) = complete(&bytes) {
                if !coded {
                    return Some(body.to_vec());
                }
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap();
                return Some(plain);
            }
            match stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                Err(error) if is_later(&error) && !self.stop.load(Ordering::SeqCst) => {}
                // The other side gave up, or does not trust the certificate.
                Err(_) => return None,
            }
        }
    }
}

/// The head, in small letters, and what came of the body.
fn apart(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    Some((String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase(), &bytes[end..]))
}

/// How long the body is to be.
fn length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
}

fn complete(bytes: &[u8]) -> Option<(&[u8], bool)> {
    let (head, body) = apart(bytes)?;
    Some((body.get(..length(&head)?)?, head.contains("content-encoding: gzip")))
}

/// Their identifiers. Bodies are read in full elsewhere; here there are hundreds of thousands of events.
fn events(body: &[u8]) -> Vec<String> {
    let body = std::str::from_utf8(body).unwrap();
    let after = body.split("\"uuid\":\"").skip(1);
    after.map(|rest| rest[..36].to_owned()).collect()
}

fn write(stream: &mut impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

fn close() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}
