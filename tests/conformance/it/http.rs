//! As much HTTP/1.1 as both ends of the tests need.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// A request or an answer: its first line, its headers with names in lower case, its body.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads one message; `None` where the other side has nothing more to say.
pub(crate) fn read(stream: &mut BufReader<TcpStream>) -> Option<Message> {
    let mut first = String::new();
    if stream.read_line(&mut first).ok()? == 0 {
        return None;
    }
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Message { first: first.trim_end().to_owned(), headers, body })
}

/// Makes one request on a connection of its own.
pub(crate) fn request(address: &str, line: &str, body: &[u8]) -> Message {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    read(&mut BufReader::new(stream)).expect("an answer")
}
