//! Proxies that the environment names are not used.

use std::net::TcpListener;
use std::process::Command;
use std::thread::JoinHandle;

use telemetry_core::{Outcome, Sink as _};
use wiremock::ResponseTemplate;

use crate::support::{OK, PATIENCE, Site, answer, connect, deliver, listen_at, read_head, sink, small};

const TRAP: &str = "127.0.0.1:24171";

/// Set for the process that delivers: changing the environment of a running process is not safe.
const INSIDE: &str = "TELEMETRY_POSTHOG_TEST_INSIDE";

#[test]
fn environment_proxies_are_ignored() {
    if is_inside() {
        return inside();
    }
    let sink = sink!("http://127.0.0.1:24170");
    let site = Site::answering(&sink, ResponseTemplate::new(200));
    let trap = Trap::set(listen_at(TRAP));
    let proxy = format!("http://{TRAP}");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "proxy::environment_proxies_are_ignored", "--nocapture"]).env(INSIDE, "1");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, &proxy);
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(site.requests().len(), 1);
    assert_eq!(site.requests()[0].headers["user-agent"], concat!("telemetry-posthog/", env!("CARGO_PKG_VERSION")));
    // Exactly one: the client that does use proxies, which shows that the trap works.
    assert_eq!(trap.caught(), ["GET http://127.0.0.1:24170/not-ours HTTP/1.1"]);
}

fn inside() {
    let sink = sink!("http://127.0.0.1:24170");
    assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answered = runtime.block_on(async {
        let client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        client.get(format!("{}/not-ours", sink.destination().origin)).send().await
    });
    assert!(answered.is_ok(), "{answered:?}");
}

/// Answers whatever comes, and keeps the first line of it.
struct Trap(JoinHandle<Vec<String>>);

/// What ends the trap.
const END: &str = "END";

impl Trap {
    fn set(listener: TcpListener) -> Self {
        Self(std::thread::spawn(move || {
            let mut caught = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                let (head, _) = read_head(&mut stream);
                let first = head.lines().next().unwrap().to_owned();
                if first == END {
                    return caught;
                }
                caught.push(first);
                answer(&mut stream, OK);
            }
        }))
    }

    /// The first lines of everything that has come.
    fn caught(self) -> Vec<String> {
        answer(&mut connect(TRAP), format!("{END}\r\n\r\n").as_bytes());
        self.0.join().unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "the test tells its second process who it is; nothing is sent by it")]
fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}
