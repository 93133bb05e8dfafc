//! The sink in the hands of core: from the consent to the last byte.

use std::io::Read as _;
use std::sync::mpsc::channel;
use std::thread::spawn;
use std::time::Duration;

use telemetry_core::{ProgramKind, Purpose, Purposes, Surface, Telemetry, Withdrawal};
use telemetry_posthog::Posthog;

use crate::catalogue::Tracked;
use crate::support::{OK, PATIENCE, answer, check, listen, read_request, sink};
#[cfg(feature = "gzip")]
use {crate::support::Site, wiremock::ResponseTemplate};

/// A handle, as each process of an application would have one.
fn handle(directory: &tempfile::TempDir, sink: Posthog) -> Telemetry<Tracked> {
    Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path(), sink)
        .flush_interval(Duration::from_millis(100))
        .build()
}

fn agree(telemetry: &Telemetry<Tracked>) {
    let question = telemetry.present(Surface::Dashboard).expect("the environment of the test denies telemetry");
    telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage)).unwrap();
}

#[test]
fn what_is_tracked_arrives() {
    let sink = sink!("http://127.0.0.1:24180");
    let listener = listen(&sink);
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let received = read_request(&mut stream);
        answer(&mut stream, OK);
        received.body
    });
    let directory = tempfile::tempdir().unwrap();
    let telemetry = handle(&directory, sink);
    telemetry.track(Tracked::AppStarted);
    agree(&telemetry);
    telemetry.track(Tracked::AppStarted);
    telemetry.flush(PATIENCE);
    let body = server.join().unwrap();
    check(&body);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["batch"].as_array().unwrap().len(), 1);
    let logged = telemetry.sent_log();
    assert_eq!(logged.len(), 1);
    assert_eq!(telemetry.stats().delivered, 1);
}

#[test]
fn turning_off_elsewhere_ends_a_request_under_way() {
    let sink = sink!("http://127.0.0.1:24181");
    let listener = listen(&sink);
    let (started, is_started) = channel();
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        started.send(()).unwrap();
        // Never answers; ends when the other side does.
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.read(&mut [0]).unwrap()
    });
    let directory = tempfile::tempdir().unwrap();
    let (sender, other) = (handle(&directory, sink), handle(&directory, sink!("http://127.0.0.1:24181")));
    agree(&sender);
    sender.track(Tracked::AppStarted);
    is_started.recv_timeout(PATIENCE).unwrap();
    // Says so when a request has outlasted its patience, which is shorter than the time of a request.
    assert!(matches!(other.withdraw(Surface::Dashboard).unwrap(), Withdrawal::Done { .. }));
    assert_eq!(server.join().unwrap(), 0);
}

/// A backlog goes in large requests, whose bytes in the log are compared with those that the server got.
#[cfg(feature = "gzip")]
#[test]
fn the_log_holds_the_very_bytes_of_a_large_request_and_shows_its_body() {
    let site = Site::answering(&sink!("http://127.0.0.1:24184"), ResponseTemplate::new(200));
    // How much of it comes together depends on what else the machine has to do.
    let large: Vec<usize> = (0..50).map(|_| large_requests(&site)).take_while(|large| *large < 2).collect();
    assert!(large.len() < 50, "hardly any large requests: {large:?}");
}

/// Compares the log with the requests, and says how many of them were large ones.
#[cfg(feature = "gzip")]
fn large_requests(site: &Site) -> usize {
    const EVENTS: usize = 3_000;
    /// What a line of the log has besides the body, and the line about the answer.
    const ENTRY: usize = 400;
    let before = site.requests().len();
    let directory = tempfile::tempdir().unwrap();
    let sink = sink!("http://127.0.0.1:24184");
    let telemetry = Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path(), sink).build();
    agree(&telemetry);
    for _ in 0..EVENTS {
        telemetry.track(Tracked::AppStarted);
    }
    telemetry.flush(PATIENCE);
    assert_eq!(telemetry.stats().delivered, EVENTS as u64);

    let requests = site.requests().split_off(before);
    let shown: Vec<String> = telemetry.sent_log().iter().map(|entry| entry.body().into_owned()).collect();
    assert_eq!(shown.len(), requests.len(), "all of them fit");
    let file = logged(directory.path());
    let (mut large, mut expected) = (0, 0);
    for (shown, request) in shown.iter().zip(&requests) {
        let mut body = Vec::new();
        flate2::read::GzDecoder::new(&request.body[..]).read_to_end(&mut body).unwrap();
        assert_eq!(shown.as_bytes(), body, "what is shown is what the server got");
        check(&body);
        let is_in_it = |bytes: &[u8]| file.windows(bytes.len()).any(|part| part == bytes);
        if body.len() > 64 * 1024 {
            large += 1;
            expected += request.body.len() + ENTRY;
            assert!(is_in_it(&request.body) && !is_in_it(&body), "it lies there as it went over the wire");
        } else {
            // A line is JSON, which marks each quotation mark of the body that it quotes.
            expected += body.len() + ENTRY;
            assert!(is_in_it(&body), "it can be read where it lies");
        }
    }
    assert!(file.len() <= expected, "{} bytes, and not {expected}", file.len());
    large
}

/// The bytes of the log, which lies in the directory of the one identity that there is.
#[cfg(feature = "gzip")]
fn logged(directory: &std::path::Path) -> Vec<u8> {
    let mut entries = std::fs::read_dir(directory.join("data")).unwrap();
    let identity = entries.next().unwrap().unwrap().path();
    std::fs::read(identity.join("sent.log")).unwrap()
}
