//! Requests and answers over the wire. The judgement itself has its table in `response.rs`.

use std::time::Duration;

use telemetry_core::testing::{TestPermit, coded, with_functions};
use telemetry_core::{Delivery, FailureClass, Outcome, Sink as _};
use wiremock::ResponseTemplate;

use crate::catalogue::Tracked;
use crate::support::{PATIENCE, Site, batches, body, deliver, sink, small};

#[test]
fn a_request_is_as_the_protocol_has_it_and_says_nothing_else() {
    let sink = sink!("http://0123abcd@127.0.0.1:24310/below/42");
    let site = Site::answering(&sink, ResponseTemplate::new(200).set_body_string("{\"id\":\"1\"}"));
    let body = small(&sink);
    let delivery = deliver(&sink, &body);
    assert_eq!((delivery.outcome, delivery.status, delivery.hold), (Outcome::Accepted, Some(200), None));
    let [request] = &site.requests()[..] else { panic!("one request") };
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/below/api/42/envelope/"));
    assert_eq!((request.url.query(), &request.body), (None, &body));
    let version = env!("CARGO_PKG_VERSION");
    let expected = [
        ("accept", "*/*".to_owned()),
        ("content-length", body.len().to_string()),
        ("content-type", "application/x-sentry-envelope".to_owned()),
        ("host", "127.0.0.1:24310".to_owned()),
        ("user-agent", format!("telemetry-sentry/{version}")),
        (
            "x-sentry-auth",
            format!("Sentry sentry_version=7, sentry_client=telemetry-sentry/{version}, sentry_key=0123abcd"),
        ),
    ];
    let mut headers: Vec<(&str, String)> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap().to_owned())).collect();
    headers.sort();
    assert_eq!(headers, expected);
}

#[test]
fn a_larger_body_is_compressed() {
    use std::io::Read as _;
    let sink = sink!("http://k@127.0.0.1:24311/1");
    let site = Site::answering(&sink, ResponseTemplate::new(200));
    let names: Vec<String> = (0..20).map(|n| format!("it::a_function_with_a_long_name_{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let body = body(&sink, &with_functions::<Tracked>(batches().remove(2), &names));
    let delivery = deliver(&sink, &body);
    let [request] = &site.requests()[..] else { panic!("one request") };
    assert_eq!(request.headers["content-encoding"], "gzip");
    assert_eq!(delivery.wire_bytes, request.body.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&request.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, body);
}

#[test]
fn limits_are_read_from_the_answer() {
    for (answer, outcome, hold) in [
        (
            ResponseTemplate::new(200).insert_header("X-Sentry-Rate-Limits", "86400:transaction;span:organization"),
            Outcome::Accepted,
            None,
        ),
        (ResponseTemplate::new(200).insert_header("X-Sentry-Rate-Limits", "90:error:key"), Outcome::Accepted, Some(90)),
        (
            ResponseTemplate::new(429).insert_header("Retry-After", "30"),
            Outcome::Discarded { pause: Duration::from_secs(30) },
            Some(30),
        ),
    ] {
        // A new one each time, which has no connection to the server before.
        let sink = sink!("http://k@127.0.0.1:24312/1");
        let _site = Site::answering(&sink, answer);
        let delivery = deliver(&sink, &small(&sink));
        assert_eq!((delivery.outcome, delivery.hold), (outcome, hold.map(Duration::from_secs)));
    }
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = sink!("http://k@127.0.0.1:24314/1");
    let trap = Site::answering(&elsewhere, ResponseTemplate::new(200));
    for status in [301, 302, 307, 308] {
        let answer = ResponseTemplate::new(status).insert_header("Location", "http://127.0.0.1:24314/api/1/envelope/");
        let sink = sink!("http://k@127.0.0.1:24313/1");
        let site = Site::answering(&sink, answer);
        let delivery = deliver(&sink, &small(&sink));
        assert!(matches!(delivery.outcome, Outcome::Retry { .. }), "{status}");
        assert_eq!((delivery.status, site.requests().len()), (Some(status), 1));
    }
    assert!(trap.requests().is_empty());
}

#[test]
fn without_a_permit_or_a_name_nothing_is_sent() {
    let sink = sink!("http://k@127.0.0.1:24315/1");
    let site = Site::answering(&sink, ResponseTemplate::new(200));
    let permit = TestPermit::default();
    permit.cancel();
    assert_eq!(sink.deliver(coded(&sink, &small(&sink)), &permit.permit(PATIENCE)).outcome, Outcome::Cancelled);
    assert!(site.requests().is_empty());

    let unset = telemetry_sentry::Sentry::new(telemetry_core::embedded_key!("A_VARIABLE_THAT_NOBODY_SETS"));
    assert!(!unset.destination().is_configured());
    assert_eq!(deliver(&unset, b"{}").outcome, Outcome::Refused);
}

/// What the compiler's check of a name lets pass, and is no address.
#[test]
fn what_cannot_be_set_up_is_told_as_that() {
    let sink = sink!("https://k@errors.invalid:99999/1");
    let delivery = deliver(&sink, &small(&sink));
    assert_eq!(delivery, Delivery::new(Outcome::Retry { after: None }, None, 0).because(FailureClass::Setup));
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?}", sink!("https://0123abcd@errors.example/1"));
    assert!(!shown.contains("0123abcd") && shown.contains("errors.example"), "{shown}");
}
