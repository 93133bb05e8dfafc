//! Servers that are away, break off, or never answer; and the threads that a delivery may come from.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use reqwest::dns::{Name, Resolve, Resolving};
use telemetry_core::testing::{TestPermit, coded};
use telemetry_core::{
    Delivery, EmbeddedHost, EmbeddedKey, FailureClass, Outcome, Sink as _, embedded_host, embedded_key,
};
use telemetry_posthog::{DEFAULT_HOST, Posthog};
use wiremock::ResponseTemplate;

use crate::support::{KEY, PATIENCE, Site, answer, connect, deliver, listen, listen_at, read_request, sink, small};

const RETRY: Outcome = Outcome::Retry { after: None };

#[test]
fn nobody_listens() {
    let sink = sink!("http://127.0.0.1:24140");
    drop(listen(&sink));
    assert_eq!(deliver(&sink, &small(&sink)), Delivery::new(RETRY, None, 0).because(FailureClass::Connect));
}

#[test]
fn a_connection_that_breaks_is_a_retry() {
    let sink = sink!("http://127.0.0.1:24141");
    let listener = listen(&sink);
    let server = std::thread::spawn(move || {
        // Closed with something unread: the other side gets a reset.
        let (stream, _) = listener.accept().unwrap();
        stream.peek(&mut [0]).unwrap();
        drop(stream);
        // Closed in good order, but without an answer.
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        drop(stream);
        // No HTTP.
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        answer(&mut stream, b"220 mail.example ready\r\n\r\n");
        // Breaks off within the head.
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        answer(&mut stream, b"HTTP/1.1 200 OK\r\nContent-");
    });
    for class in [FailureClass::Reset, FailureClass::Reset, FailureClass::Garbage, FailureClass::Reset] {
        let delivery = deliver(&sink, &small(&sink));
        assert_eq!((delivery.outcome, delivery.status, delivery.failure()), (RETRY, None, Some(class)));
    }
    server.join().unwrap();
}

/// In place of the system's resolver, which would ask beyond this machine.
struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(core::future::ready(Err("no such name".into())))
    }
}

#[test]
fn a_name_that_nobody_knows() {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let sink = sink!("https://telemetry.invalid").client(client.dns_resolver(NoNames).build().unwrap());
    let delivery = deliver(&sink, &small(&sink));
    assert_eq!(delivery, Delivery::new(RETRY, None, 0).because(FailureClass::Name));
}

/// What the compiler's check of an origin lets pass, and is no address.
#[test]
fn what_cannot_be_set_up_is_told_as_that() {
    let sink = sink!("https://telemetry.invalid:99999");
    assert_eq!(deliver(&sink, &small(&sink)), Delivery::new(RETRY, None, 0).because(FailureClass::Setup));
}

#[test]
fn who_does_not_speak_tls_is_not_spoken_to() {
    let sink = sink!("https://localhost:24147");
    let listener = listen_at("127.0.0.1:24147");
    let server = std::thread::spawn(move || {
        // Plain HTTP, whatever was said.
        let (mut stream, _) = listener.accept().unwrap();
        stream.peek(&mut [0]).unwrap();
        answer(&mut stream, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
        // Hangs up in the middle of the handshake.
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 8192];
        assert!(stream.read(&mut hello).unwrap() > 0);
    });
    for _ in 0..2 {
        let delivery = deliver(&sink, &small(&sink));
        assert_eq!(delivery, Delivery::new(RETRY, None, 0).because(FailureClass::Tls));
    }
    server.join().unwrap();
}

#[test]
fn an_answer_that_breaks_off_after_the_status_counts() {
    let sink = sink!("http://127.0.0.1:24142");
    let listener = listen(&sink);
    let server = std::thread::spawn(move || {
        for status in ["200 OK", "401 Unauthorized"] {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&mut stream);
            answer(&mut stream, format!("HTTP/1.1 {status}\r\nContent-Length: 1000\r\n\r\n{{").as_bytes());
        }
    });
    assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);
    assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Refused);
    server.join().unwrap();
}

/// How long a delivery with little time took.
fn time_of(sink: &Posthog, time: Duration) -> (Duration, Delivery) {
    let begin = Instant::now();
    let delivery = sink.deliver(coded(sink, &small(sink)), &TestPermit::default().permit(time));
    (begin.elapsed(), delivery)
}

#[test]
fn the_time_of_the_permit_bounds_everything() {
    let time = Duration::from_millis(200);
    let sink = sink!("http://127.0.0.1:24143");
    let listener = listen(&sink);
    // The backlog accepts, nobody answers.
    let (taken, delivery) = time_of(&sink, time);
    assert_eq!((delivery.outcome, delivery.failure()), (RETRY, Some(FailureClass::Timeout)));
    assert!(taken >= time && taken < PATIENCE, "{taken:?}");
    drop(listener.accept().unwrap());

    // A status, then nothing.
    let address = listener.local_addr().unwrap();
    let (over, is_over) = channel();
    let server = std::thread::spawn(move || {
        while is_over.try_recv().is_err() {
            let (mut stream, _) = listener.accept().unwrap();
            // Whatever comes of it: the other side may have given up by now.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
            // Ends when the other side gives up.
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
    });
    let until = Instant::now() + PATIENCE;
    loop {
        let (taken, delivery) = time_of(&sink, time);
        assert!(taken >= time && taken < PATIENCE, "{taken:?}");
        if delivery.status.is_some() {
            assert_eq!((delivery.outcome, delivery.status), (Outcome::Accepted, Some(200)));
            break;
        }
        // The machine has much else to do, and the time was over before the answer.
        assert_eq!((delivery.outcome, delivery.failure()), (RETRY, Some(FailureClass::Timeout)));
        assert!(Instant::now() < until, "the server never answers in time");
    }
    over.send(()).unwrap();
    drop(connect(address));
    server.join().unwrap();
}

#[test]
fn no_time_at_all_sends_nothing() {
    let sink = sink!("http://127.0.0.1:24144");
    let listener = listen(&sink);
    let (_, delivery) = time_of(&sink, Duration::ZERO);
    assert_eq!(delivery, Delivery::new(Outcome::Cancelled, None, 0));
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn without_a_key_nothing_is_sent() {
    const NO_KEY: EmbeddedKey = embedded_key!("A_VARIABLE_THAT_NOBODY_SETS");
    let sink = Posthog::new(NO_KEY, embedded_host!(= "http://127.0.0.1:24145"));
    let listener = listen(&sink);
    assert!(!sink.destination().is_configured());
    assert_eq!(deliver(&sink, b"{}"), Delivery::new(Outcome::Refused, None, 0));
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn deliveries_come_from_any_thread() {
    let sink = Arc::new(sink!("http://127.0.0.1:24146"));
    let site = Site::answering(&*sink, ResponseTemplate::new(200));
    let body = small(&sink);
    let accepted = |sink: &Posthog, body: &[u8]| assert_eq!(deliver(sink, body).outcome, Outcome::Accepted);

    accepted(&sink, &body);
    std::thread::scope(|scope| scope.spawn(|| accepted(&sink, &body)).join().unwrap());

    for runtime in [
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap(),
        tokio::runtime::Builder::new_current_thread().build().unwrap(),
    ] {
        // A thread that may block, and one that should not: it does, but nothing panics.
        let (other, bytes) = (Arc::clone(&sink), body.clone());
        runtime.block_on(async move {
            tokio::task::spawn_blocking(move || accepted(&other, &bytes)).await.unwrap();
        });
        runtime.block_on(async { accepted(&sink, &body) });
    }
    assert_eq!(site.requests().len(), 6);
    // A used sink may also be dropped where blocking is not allowed.
    let sink = Arc::into_inner(sink).unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async move { drop(sink) });
}

#[test]
fn destinations_are_named() {
    const EU: EmbeddedHost = embedded_host!(= "https://eu.i.posthog.com");
    const US: EmbeddedHost = embedded_host!(= "https://us.i.posthog.com");
    const OWN: EmbeddedHost = embedded_host!(= "https://relay.example");
    const NONE: EmbeddedHost = embedded_host!("A_VARIABLE_THAT_NOBODY_SETS");
    static SINK: Posthog = Posthog::new(KEY, EU);
    const HERE: EmbeddedHost = embedded_host!(= "http://127.0.0.1:9");
    for (host, origin, operator, region) in [
        (EU, DEFAULT_HOST, "PostHog", Some("Frankfurt, European Union")),
        (NONE, DEFAULT_HOST, "PostHog", Some("Frankfurt, European Union")),
        (US, "https://us.i.posthog.com", "PostHog", Some("United States")),
        (OWN, "https://relay.example", "an operator of the publisher's choice", None),
        (HERE, "http://127.0.0.1:9", "this machine", None),
    ] {
        let destination = Posthog::new(KEY, host).destination();
        assert_eq!((destination.origin, destination.operator, destination.region), (origin, operator, region));
        assert_eq!(destination.key_fingerprint, KEY.fingerprint());
    }
    let shown = format!("{SINK:?}");
    assert!(!shown.contains("phc_") && shown.contains(DEFAULT_HOST), "{shown}");
}
