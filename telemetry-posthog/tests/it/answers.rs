//! Every answer that a server can give, over the wire. The judgement itself has its table in `response.rs`.

use std::time::{Duration, SystemTime};

use serde_json::json;
use telemetry_core::Outcome;
use wiremock::ResponseTemplate;

use crate::support::{OK, Site, answer, deliver, listen, read_request, sink, small};

const RETRY: Outcome = Outcome::Retry { after: None };

#[test]
fn statuses_have_their_outcome() {
    for (status, outcome) in [
        (200, Outcome::Accepted),
        (204, Outcome::Accepted),
        (301, Outcome::Retry { after: Some(Duration::from_secs(600)) }),
        (304, Outcome::Retry { after: Some(Duration::from_secs(600)) }),
        (400, Outcome::Rejected),
        (401, Outcome::Refused),
        (403, Outcome::Refused),
        (404, Outcome::Retry { after: Some(Duration::from_secs(600)) }),
        (408, RETRY),
        (413, Outcome::TooLarge),
        (429, RETRY),
        (500, RETRY),
        (502, RETRY),
        (503, RETRY),
        (504, RETRY),
    ] {
        let sink = sink!("http://127.0.0.1:24120");
        let site = Site::answering(&sink, ResponseTemplate::new(status));
        let body = small(&sink);
        let delivery = deliver(&sink, &body);
        assert_eq!((delivery.outcome, delivery.status), (outcome, Some(status)));
        assert_eq!(delivery.wire_bytes, body.len(), "{status}");
        assert_eq!(site.requests().len(), 1, "{status}: one request, whatever comes");
    }
}

#[test]
fn a_quota_pauses() {
    for (template, pause) in [
        (ResponseTemplate::new(200), 60),
        (ResponseTemplate::new(200).insert_header("Retry-After", "5"), 60),
        (ResponseTemplate::new(200).insert_header("Retry-After", "600"), 600),
    ] {
        let sink = sink!("http://127.0.0.1:24121");
        let over = json!({ "status": "Ok", "quota_limited": ["recordings", "events"] });
        let _site = Site::answering(&sink, template.set_body_json(over));
        let delivery = deliver(&sink, &small(&sink));
        assert_eq!(delivery.outcome, Outcome::Discarded { pause: Duration::from_secs(pause) });
        assert_eq!(delivery.status, Some(200));
    }
}

#[test]
fn odd_bodies_of_a_success_are_accepted() {
    for body in [&b""[..], b"{\"status\":1}", b"<html>", b"\xff\xfe\0", b"{\"quota_limited\":{}}", b"[1]"] {
        let sink = sink!("http://127.0.0.1:24122");
        let _site = Site::answering(&sink, ResponseTemplate::new(200).set_body_bytes(body));
        assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted, "{body:?}");
    }
    // The sign of a quota counts only in an answer that could be read whole.
    let mut endless = br#"{"quota_limited":["events"],"rest":""#.to_vec();
    endless.resize(1 << 20, b'x');
    endless.extend_from_slice(b"\"}");
    let sink = sink!("http://127.0.0.1:24130");
    let _site = Site::answering(&sink, ResponseTemplate::new(200).set_body_bytes(endless));
    assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);
}

#[test]
fn an_answer_is_never_decompressed() {
    // These 29 bytes would unpack to the sign of a quota.
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(br#"{"quota_limited":["events"]}"#).unwrap();
    let template =
        ResponseTemplate::new(200).insert_header("Content-Encoding", "gzip").set_body_bytes(packed.finish().unwrap());

    let sink = sink!("http://127.0.0.1:24123");
    let _site = Site::answering(&sink, template);
    assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);
}

#[test]
fn retry_after_in_seconds_and_as_a_date() {
    for status in [429, 503] {
        let sink = sink!("http://127.0.0.1:24124");
        let _site = Site::answering(&sink, ResponseTemplate::new(status).insert_header("Retry-After", "120"));
        let expected = Outcome::Retry { after: Some(Duration::from_secs(120)) };
        assert_eq!(deliver(&sink, &small(&sink)).outcome, expected);
    }
    let sink = sink!("http://127.0.0.1:24131");
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(1000));
    let _site = Site::answering(&sink, ResponseTemplate::new(503).insert_header("Retry-After", date.as_str()));
    let Outcome::Retry { after: Some(after) } = deliver(&sink, &small(&sink)).outcome else { panic!("no time") };
    assert!((900..=1000).contains(&after.as_secs()), "{after:?}");
}

#[test]
fn redirects_are_not_followed() {
    let (sink, elsewhere) = (sink!("http://127.0.0.1:24125"), sink!("http://127.0.0.1:24126"));
    let trap = Site::answering(&elsewhere, ResponseTemplate::new(200));
    for status in [301, 302, 303, 307, 308] {
        let template = ResponseTemplate::new(status).insert_header("Location", "http://127.0.0.1:24126/batch/");
        let site = Site::answering(&sink, template);
        assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Retry { after: Some(Duration::from_secs(600)) });
        assert_eq!(site.requests().len(), 1, "{status}");
    }
    assert!(trap.requests().is_empty());
    // The trap would have noticed.
    assert_eq!(deliver(&elsewhere, &small(&elsewhere)).outcome, Outcome::Accepted);
    assert_eq!(trap.requests().len(), 1);
}

#[test]
fn cookies_are_not_kept() {
    let sink = sink!("http://127.0.0.1:24127");
    let site = Site::answering(&sink, ResponseTemplate::new(200).insert_header("Set-Cookie", "id=1; Path=/"));
    for _ in 0..2 {
        assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);
    }
    assert_eq!(site.requests().len(), 2);
    assert!(site.requests().iter().all(|request| !request.headers.contains_key("cookie")));
}

#[test]
fn deliveries_share_a_connection() {
    let sink = sink!("http://127.0.0.1:24128");
    let listener = listen(&sink);
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for _ in 0..3 {
            read_request(&mut stream);
            answer(&mut stream, OK);
        }
    });
    for _ in 0..3 {
        assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);
    }
    server.join().unwrap();
}

#[test]
fn a_connection_that_the_server_has_closed_costs_nothing() {
    let sink = sink!("http://127.0.0.1:24129");
    let listener = listen(&sink);
    let (closed, is_closed) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&mut stream);
            answer(&mut stream, OK);
            drop(stream);
            closed.send(()).unwrap();
        }
    });
    for _ in 0..3 {
        assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);
        is_closed.recv().unwrap();
    }
    server.join().unwrap();
}
