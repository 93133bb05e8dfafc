//! A small receiver of product events on loopback, for the demo and for looking at what is sent.
//!
//! It understands `POST /batch/` as `PostHog` does, keeps the last requests in memory and shows them
//! on its page. It must never listen beyond loopback, pass anything on or store anything.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::error::{self, Failure};
use crate::pages::Layout;
use crate::reader::Reader;
use crate::words::Words;
use crate::{assets, server, time};

/// Enough to scroll through a demo; older requests fall out.
const KEPT: usize = 200;

/// As much as the real service accepts in one request.
const LARGEST_BODY: usize = 20 * 1024 * 1024;

/// Compressed bodies may not grow beyond this: a small one could otherwise fill the memory.
const LARGEST_DECODED: u64 = 32 * 1024 * 1024;

/// A bound receiver that does not run yet.
pub struct Receiver {
    listener: TcpListener,
    address: SocketAddr,
}

impl Receiver {
    /// Listens on a port of 127.0.0.1; 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// When the port is taken or may not be used.
    pub async fn bind(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Receives and shows requests until `stop`.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        axum::serve(self.listener, routes()).with_graceful_shutdown(stop).await
    }
}

fn routes() -> Router {
    Router::new()
        .route("/", get(show))
        .route("/batch/", post(receive))
        .route("/batch", post(receive))
        .route("/assets/style.css", get(assets::style))
        .route("/assets/icon.svg", get(assets::icon))
        .fallback(|| async { Failure::NotFound })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn(error::explain))
        .layer(middleware::from_fn(server::harden))
        .with_state(Kept::default())
}

/// The last requests, newest first.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    received: usize,
    requests: VecDeque<Arc<Received>>,
}

struct Received {
    number: usize,
    at: String,
    path: String,
    headers: Vec<(String, String)>,
    /// Bytes of the body as it arrived.
    wire: usize,
    /// Bytes after decompression.
    decoded: usize,
    body: Result<Decoded, Unreadable>,
}

/// Why a body is no batch of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unreadable {
    Gzip,
    TooLarge,
    Json,
    NoBatch,
    Utf8,
}

impl Unreadable {
    const fn words(self, words: &Words) -> &'static str {
        match self {
            Self::Gzip => words.demo.not_gzip,
            Self::TooLarge => words.demo.too_large,
            Self::Json => words.demo.not_json,
            Self::NoBatch => words.demo.no_batch,
            Self::Utf8 => words.demo.not_utf8,
        }
    }
}

struct Decoded {
    pretty: String,
    events: Vec<Event>,
}

struct Event {
    /// Empty where the event has none.
    name: String,
    properties: Vec<(String, String)>,
}

async fn receive(State(kept): State<Kept>, uri: axum::http::Uri, headers: HeaderMap, body: Bytes) -> Response {
    let (decoded, parsed) = decode(&headers, &body);
    let accepted = parsed.is_ok();
    {
        let mut log = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.received += 1;
        let number = log.received;
        log.requests.push_front(Arc::new(Received {
            number,
            at: time::iso(time::now()),
            path: uri.path().to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
            wire: body.len(),
            decoded,
            body: parsed,
        }));
        log.requests.truncate(KEPT);
    }
    if accepted {
        Json(json!({ "status": "Ok" })).into_response()
    } else {
        let refusal = json!({ "type": "validation_error", "detail": "the body is not a batch" });
        (StatusCode::BAD_REQUEST, Json(refusal)).into_response()
    }
}

/// The size after decompression and what the body says.
fn decode(headers: &HeaderMap, body: &[u8]) -> (usize, Result<Decoded, Unreadable>) {
    // The service goes by the first bytes, whatever the header says.
    let named = headers.get(header::CONTENT_ENCODING).is_some_and(|value| value == "gzip");
    let mut plain = Vec::new();
    if named || body.starts_with(&[0x1f, 0x8b]) {
        let mut limited = MultiGzDecoder::new(body).take(LARGEST_DECODED + 1);
        if limited.read_to_end(&mut plain).is_err() {
            return (plain.len(), Err(Unreadable::Gzip));
        }
        if plain.len() as u64 > LARGEST_DECODED {
            return (plain.len(), Err(Unreadable::TooLarge));
        }
    } else {
        plain.extend_from_slice(body);
    }
    let parsed = serde_json::from_slice(&plain).map_err(|_| Unreadable::Json);
    (plain.len(), parsed.and_then(|value| read(&value, &plain)))
}

fn read(body: &Value, text: &[u8]) -> Result<Decoded, Unreadable> {
    let batch = body.get("batch").and_then(Value::as_array).ok_or(Unreadable::NoBatch)?;
    let text = std::str::from_utf8(text).map_err(|_| Unreadable::Utf8)?;
    Ok(Decoded { pretty: indent(text), events: batch.iter().map(event).collect() })
}

/// JSON with line breaks and indentation, every other character as it arrived and in its order.
pub(crate) fn indent(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    for character in json.chars() {
        if quoted {
            out.push(character);
            quoted = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '{' | '[' => {
                depth += 1;
                out.push(character);
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(character);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            // Between the documents of a body that has several.
            '\n' if depth == 0 => out.push(character),
            ' ' | '\t' | '\n' | '\r' => {}
            other => {
                quoted = other == '"';
                out.push(other);
            }
        }
    }
    out
}

fn event(event: &Value) -> Event {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let properties = event.get("properties").and_then(Value::as_object);
    let mut properties: Vec<(String, String)> =
        properties.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect();
    // What the event says itself comes first, then what the service's own names say.
    properties.sort_by_key(|(name, _)| name.starts_with('$'));
    Event { name: event.get("event").map(text).unwrap_or_default(), properties }
}

#[derive(Template)]
#[template(path = "receiver.html")]
struct ReceiverPage {
    layout: Layout,
    received: usize,
    requests: Vec<Arc<Received>>,
}

async fn show(State(kept): State<Kept>, reader: Reader) -> Result<Response, Failure> {
    let (received, requests) = {
        let log = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        (log.received, log.requests.iter().cloned().collect())
    };
    let title = reader.words.demo.receiver;
    // The choice of language is the application's: browsers send its cookie to every port of a host.
    let layout = Layout { organisation: title.to_owned(), here: String::new(), ..Layout::bare(&reader, title) };
    let page = ReceiverPage { layout, received, requests };
    Ok(Html(page.render()?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    const BATCH: &[u8] = br#"{"api_key":"phc_x","batch":[
        {"event":"timer.started","properties":{"$lib":"x","source":"web","user_id":7}}]}"#;

    #[test]
    fn plain_and_compressed_bodies_read_the_same() {
        for body in [BATCH.to_vec(), gzip(BATCH)] {
            let (size, decoded) = decode(&HeaderMap::new(), &body);
            let event = &decoded.unwrap().events[0];
            assert_eq!((size, event.name.as_str()), (BATCH.len(), "timer.started"));
            let properties = [("source", "web"), ("user_id", "7"), ("$lib", "x")];
            let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(event.properties, properties);
        }
    }

    #[test]
    fn indentation_changes_nothing_but_white_space() {
        let text = r#"{"b":[1,{"a":"x, \"y\": [z] \\"}],"a":true}"#;
        let shown = indent(text);
        assert!(shown.starts_with("{\n  \"b\": [\n    1,\n    {\n      \"a\": \"x, \\\"y\\\": [z] \\\\\"\n"));
        let (one, other): (Value, Value) = (serde_json::from_str(text).unwrap(), serde_json::from_str(&shown).unwrap());
        assert_eq!(one, other);
        assert!(shown.find("\"b\"") < shown.find("true"));
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let refused = |body: &[u8]| decode(&HeaderMap::new(), body).1.is_err();
        assert!(refused(b"{}"));
        assert!(refused(b"no"));
        assert!(refused(&[0x1f, 0x8b, 0]));
        assert!(refused(&gzip(&vec![b' '; 40 * 1024 * 1024])));
    }
}
