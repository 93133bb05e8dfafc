//! `telemetry-posthog` behind the HTTP contract of PostHog's public test suite for client libraries.
//!
//! ```text
//! PORT=8080 cargo run -p telemetry-conformance
//! ```
//!
//! Listens on 127.0.0.1. Each test of the suite has an installation of its own, with a directory, a grant, a worker and
//! a spool: what an application has, with the sink of `open.rs` at its end. See `README.md` here.

#![forbid(unsafe_code)]

mod instance;
mod watched;

use std::collections::HashMap;
use std::future::Future;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use instance::{CaptureRequest, InitRequest, Instance, Wrong};

/// The contract's port, unless `PORT` says another.
const PORT: u16 = 8080;

/// What is running, by the test that it runs for. Tests that do not say who they are share one.
type Instances = Arc<Mutex<HashMap<Option<String>, Arc<Instance>>>>;

/// What the suite adds to each address.
#[derive(Deserialize)]
struct Whose {
    test_id: Option<String>,
}

type Answer = (StatusCode, Json<Value>);

#[tokio::main]
async fn main() -> ExitCode {
    // Only this program reads it, and no library of the workspace.
    let port = std::env::var("PORT").map_or(Ok(PORT), |text| text.parse());
    let Ok(port) = port else {
        say("PORT must be a number");
        return ExitCode::from(2);
    };
    let instances = Instances::default();
    let router = Router::new()
        .route("/health", get(health))
        .route("/init", post(init))
        .route("/capture", post(capture))
        .route("/flush", post(flush))
        .route("/state", get(state))
        .route("/reset", post(reset))
        .with_state(instances);
    let Ok(listener) = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await else {
        say("the port is taken");
        return ExitCode::FAILURE;
    };
    // Whoever started it with port 0 wants to know.
    if let Ok(address) = listener.local_addr() {
        say(&format!("listening on {address}"));
    }
    if axum::serve(listener, router).await.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(text: &str) {
    use std::io::Write as _;
    // Nobody reads it any more: nothing to be done.
    let _ = writeln!(std::io::stdout(), "{text}");
}

async fn health() -> Json<Value> {
    Json(json!({
        "sdk_name": open_posthog::open::NAME,
        "sdk_version": open_posthog::open::VERSION,
        "adapter_version": "1.0.0",
        "supports_parallel": true,
        "capabilities": ["capture_v0", "encoding_gzip"],
    }))
}

async fn init(State(all): State<Instances>, Query(whose): Query<Whose>, Json(request): Json<InitRequest>) -> Answer {
    let test = whose.test_id.clone();
    answer(blocking(move || {
        let instance = Instance::start(request, test.as_deref())?;
        let before = lock(&all).insert(test, Arc::new(instance));
        drop(before);
        Ok(json!({ "success": true }))
    }))
    .await
}

async fn capture(
    State(all): State<Instances>,
    Query(whose): Query<Whose>,
    Json(request): Json<CaptureRequest>,
) -> Answer {
    with(all, whose, move |instance| {
        let uuid = instance.capture(request)?;
        Ok(json!({ "success": true, "uuid": uuid }))
    })
    .await
}

async fn flush(State(all): State<Instances>, Query(whose): Query<Whose>) -> Answer {
    with(all, whose, |instance| Ok(json!({ "success": true, "events_flushed": instance.flush() }))).await
}

async fn state(State(all): State<Instances>, Query(whose): Query<Whose>) -> Answer {
    with(all, whose, |instance| Ok(instance.state())).await
}

async fn reset(State(all): State<Instances>, Query(whose): Query<Whose>) -> Answer {
    answer(blocking(move || {
        let ended = lock(&all).remove(&whose.test_id);
        // Ends the worker and removes the directory.
        drop(ended);
        Ok(json!({ "success": true }))
    }))
    .await
}

/// Does something with the instance that the request is for.
async fn with(
    all: Instances,
    whose: Whose,
    act: impl FnOnce(&Instance) -> Result<Value, Wrong> + Send + 'static,
) -> Answer {
    answer(blocking(move || {
        let instance = lock(&all).get(&whose.test_id).cloned().ok_or(Wrong::NotStarted)?;
        act(&instance)
    }))
    .await
}

/// The library's calls wait for things, as they may in any application; not on the server's threads.
async fn blocking(act: impl FnOnce() -> Result<Value, Wrong> + Send + 'static) -> Result<Value, Wrong> {
    tokio::task::spawn_blocking(act).await.unwrap_or(Err(Wrong::Broken))
}

async fn answer(act: impl Future<Output = Result<Value, Wrong>>) -> Answer {
    match act.await {
        Ok(value) => (StatusCode::OK, Json(value)),
        Err(wrong) => (StatusCode::BAD_REQUEST, Json(json!({ "success": false, "error": wrong.to_string() }))),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
