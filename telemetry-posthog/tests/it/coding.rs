//! Headers, address and content coding.

use telemetry_core::Outcome;
use wiremock::ResponseTemplate;

use crate::catalogue::many;
use crate::support::{Site, body, deliver, sink, small};

#[test]
fn a_small_body_goes_as_it_is() {
    let sink = sink!("http://127.0.0.1:24110");
    let site = Site::answering(&sink, ResponseTemplate::new(200));
    let body = small(&sink);
    let delivery = deliver(&sink, &body);
    assert_eq!((delivery.outcome, delivery.status, delivery.wire_bytes), (Outcome::Accepted, Some(200), body.len()));

    let [request] = &site.requests()[..] else { panic!("not one request") };
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!((request.url.path(), request.url.query()), ("/batch/", None));
    assert_eq!(request.body, body);
    let mut headers: Vec<_> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    headers.sort_unstable();
    let length = body.len().to_string();
    assert_eq!(
        headers,
        [
            ("accept", "*/*"),
            ("content-length", &length),
            ("content-type", "application/json"),
            ("host", "127.0.0.1:24110"),
            ("user-agent", concat!("telemetry-posthog/", env!("CARGO_PKG_VERSION"))),
        ]
    );
}

#[cfg(feature = "gzip")]
#[test]
fn a_large_body_is_compressed_and_says_so_twice() {
    use std::io::Read as _;

    let sink = sink!("http://127.0.0.1:24111");
    let site = Site::answering(&sink, ResponseTemplate::new(200));
    let body = body(&sink, many());
    let delivery = deliver(&sink, &body);

    let [request] = &site.requests()[..] else { panic!("not one request") };
    assert_eq!(request.headers["content-encoding"], "gzip");
    assert_eq!((request.url.path(), request.url.query()), ("/batch/", Some("compression=gzip")));
    assert_eq!(delivery.wire_bytes, request.body.len());
    assert!(request.body.len() < body.len() / 8, "{} of {}", request.body.len(), body.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&request.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, body);
    crate::support::check(&unpacked);
}

#[cfg(feature = "gzip")]
#[test]
fn compression_starts_at_one_kibibyte() {
    let sink = sink!("http://127.0.0.1:24112");
    let site = Site::answering(&sink, ResponseTemplate::new(200));
    // What is delivered need not be a batch: the sink carries bytes.
    for length in [1023, 1024] {
        deliver(&sink, &vec![b' '; length]);
    }
    let coded: Vec<_> =
        site.requests().iter().map(|request| request.headers.contains_key("content-encoding")).collect();
    assert_eq!(coded, [false, true]);
}

#[cfg(not(feature = "gzip"))]
#[test]
fn without_the_feature_nothing_is_compressed() {
    let sink = sink!("http://127.0.0.1:24113");
    let site = Site::answering(&sink, ResponseTemplate::new(200));
    let body = body(&sink, many());
    deliver(&sink, &body);
    let [request] = &site.requests()[..] else { panic!("not one request") };
    assert_eq!((request.url.query(), &request.body), (None, &body));
}
