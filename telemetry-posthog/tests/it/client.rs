//! A client of the application's own.

use reqwest::header::{HeaderMap, HeaderValue};
use telemetry_core::{Outcome, Sink as _};
use wiremock::ResponseTemplate;

use crate::catalogue::one_of_each;
use crate::support::{Site, body, deliver, sink, small};

#[test]
fn it_is_used_and_what_matters_stays() {
    let mut headers = HeaderMap::new();
    headers.insert("x-relay", HeaderValue::from_static("yes"));
    headers.insert("user-agent", HeaderValue::from_static("something else"));
    let client = reqwest::Client::builder().default_headers(headers).no_proxy().build().unwrap();

    let sink = sink!("http://127.0.0.1:24160").client(client);
    let site = Site::answering(&sink, ResponseTemplate::new(200));
    let body = body(&sink, one_of_each());
    assert_eq!(deliver(&sink, &body).outcome, Outcome::Accepted);

    let [request] = &site.requests()[..] else { panic!("not one request") };
    assert_eq!(request.headers["x-relay"], "yes");
    assert_eq!(request.headers["content-type"], "application/json");
    let agents: Vec<_> = request.headers.get_all("user-agent").iter().collect();
    assert_eq!(agents, [concat!("telemetry-posthog/", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(sink.destination().origin, "http://127.0.0.1:24160");
}

#[test]
fn it_replaces_a_client_in_use() {
    let sink = sink!("http://127.0.0.1:24161");
    let site = Site::answering(&sink, ResponseTemplate::new(200));
    assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);
    let headers = HeaderMap::from_iter([("x-relay".parse().unwrap(), HeaderValue::from_static("yes"))]);
    let sink = sink.client(reqwest::Client::builder().default_headers(headers).no_proxy().build().unwrap());
    assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);
    let seen: Vec<_> = site.requests().iter().map(|request| request.headers.contains_key("x-relay")).collect();
    assert_eq!(seen, [false, true]);
}

#[test]
fn an_answer_from_elsewhere_is_a_refusal() {
    // Its redirects are on: that cannot be seen beforehand.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (sink, elsewhere) = (sink!("http://127.0.0.1:24162").client(client), sink!("http://127.0.0.1:24163"));
    let redirect = ResponseTemplate::new(308).insert_header("Location", "http://127.0.0.1:24163/batch/");
    let _site = Site::answering(&sink, redirect);
    let _elsewhere = Site::answering(&elsewhere, ResponseTemplate::new(200));
    let delivery = deliver(&sink, &small(&sink));
    assert_eq!((delivery.outcome, delivery.status), (Outcome::Refused, Some(200)));
}
