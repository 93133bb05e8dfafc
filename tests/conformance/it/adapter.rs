//! The adapter as the suite has it: a process that is spoken to over HTTP.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::http;
use crate::server::{Scripted, Server, eventually};

/// Killed with the test.
pub(crate) struct Adapter {
    process: Child,
    address: String,
    /// Where the events go.
    pub(crate) server: Server,
}

impl Adapter {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_conformance-adapter"))
            .env("PORT", "0")
            // Whoever runs the tests may have said no for themselves.
            .env_remove("DO_NOT_TRACK")
            .env_remove("CONFORMANCE_ADAPTER_TELEMETRY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        let address = said.trim().strip_prefix("listening on ").expect("an address").to_owned();
        Self { process, address, server: Server::start() }
    }

    /// Starts it, and an installation that sends to a server which answers by this script.
    pub(crate) fn initialised(answers: impl IntoIterator<Item = u16>, options: Value) -> Self {
        Self::scripted(answers.into_iter().map(Scripted::from), options)
    }

    pub(crate) fn scripted(answers: impl IntoIterator<Item = Scripted>, options: Value) -> Self {
        let adapter = Self::start();
        adapter.server.script(None, answers);
        adapter.init("", options);
        adapter
    }

    /// `POST /init` with the suite's key and the test's server, and these options.
    pub(crate) fn init(&self, query: &str, options: Value) {
        let mut request = json!({ "api_key": "phc_test_key", "host": self.server.origin });
        request.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let answer = self.post(&format!("/init{query}"), &request);
        assert_eq!(answer, json!({ "success": true }));
    }

    /// Captures the suite's usual event, with these members more; gives its identifier.
    pub(crate) fn capture(&self, more: Value) -> String {
        self.capture_in("", more)
    }

    pub(crate) fn capture_in(&self, query: &str, more: Value) -> String {
        let mut request = json!({ "distinct_id": "test_user", "event": "test_event" });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.post(&format!("/capture{query}"), &request);
        assert_eq!(answer["success"], true, "{answer}");
        answer["uuid"].as_str().unwrap().to_owned()
    }

    /// Captures `test_event_0`, `test_event_1` …
    pub(crate) fn capture_multiple(&self, count: usize) -> Vec<String> {
        (0..count).map(|index| self.capture(json!({ "event": format!("test_event_{index}") }))).collect()
    }

    pub(crate) fn flush(&self) -> u64 {
        self.flush_in("")
    }

    pub(crate) fn flush_in(&self, query: &str) -> u64 {
        let answer = self.post(&format!("/flush{query}"), &json!({}));
        assert_eq!(answer["success"], true, "{answer}");
        answer["events_flushed"].as_u64().unwrap()
    }

    pub(crate) fn state(&self) -> Value {
        self.get("/state")
    }

    /// Waits until nothing waits for delivery any more.
    pub(crate) fn settled(&self) -> Value {
        eventually("nothing is pending", || self.state()["pending_events"] == 0);
        self.state()
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = http::request(&self.address, &format!("GET {path}"), b"");
        serde_json::from_slice(&answer.body).unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let answer = http::request(&self.address, &format!("POST {path}"), body.to_string().as_bytes());
        serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
