//! What `time-tracker telemetry prove-off` traces: the program's main operations, where nobody has agreed.
//!
//! Owns the list, and one visit to the web application. The visit must stay on this machine.

use std::io::{self, BufRead, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use telemetry_core::cli::Operation;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::service(&["serve", "--listen", "127.0.0.1:0", "--data-dir", Operation::DIRECTORY], visit),
    Operation::new(&["telemetry", "--data-dir", Operation::DIRECTORY, "status"]),
    Operation::new(&["telemetry", "--data-dir", Operation::DIRECTORY, "preview"]),
    Operation::new(&["telemetry", "--data-dir", Operation::DIRECTORY, "events"]),
];

/// How long a page may take under a trace, which slows the server down many times.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads two pages: one that everybody may see, and the setup page from the link that the server prints, where the
/// question about telemetry stands.
fn visit(output: &mut dyn BufRead) -> io::Result<()> {
    let address = following(output, "Listening on http://")?;
    let address: SocketAddr = address.parse().map_err(|_| io::ErrorKind::InvalidData)?;
    let setup = following(output, &format!("http://{address}"))?;
    for path in ["/login", &setup] {
        get(address, path)?;
    }
    Ok(())
}

/// What follows `words` on the first line that has them.
fn following(output: &mut dyn BufRead, words: &str) -> io::Result<String> {
    let mut line = String::new();
    while output.read_line(&mut line)? > 0 {
        if let Some((_, rest)) = line.split_once(words) {
            return Ok(rest.trim().to_owned());
        }
        line.clear();
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn get(address: SocketAddr, path: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    // A redirection is an answer too: which page comes first is not what is looked at.
    let is_answered = [&b"HTTP/1.1 2"[..], b"HTTP/1.1 3"].iter().any(|status| answer.starts_with(status));
    if is_answered { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn the_pages_that_the_server_names_are_visited() {
        for (status, is_fine) in [("200 OK", true), ("303 See Other", true), ("500 Internal Server Error", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let server = thread::spawn(move || {
                let mut asked = Vec::new();
                for _ in 0..if is_fine { 2 } else { 1 } {
                    let (mut stream, _) = listener.accept().unwrap();
                    let mut request = [0; 4096];
                    let length = stream.read(&mut request).unwrap();
                    let request = String::from_utf8_lossy(&request[..length]).into_owned();
                    asked.push(request.split(' ').nth(1).unwrap_or_default().to_owned());
                    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").unwrap();
                }
                asked
            });
            let printed = format!("Listening on http://{address}\nOpen this link:\n  http://{address}/setup/word\n");
            assert_eq!(visit(&mut printed.as_bytes()).is_ok(), is_fine, "{status}");
            let asked = server.join().unwrap();
            assert!(["/login", "/setup/word"].iter().zip(&asked).all(|(path, asked)| path == asked), "{asked:?}");
        }
        assert!(visit(&mut &b"nothing of use\n"[..]).is_err());
    }
}
