//! What the tests of every sink need: a server, and the check of a body against a schema. Compiled into the tests of each,
//! since the libraries' own features must not bring a server along.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;
use telemetry_core::Sink;
use tokio::runtime::Runtime;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

/// More than any answer on loopback needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server that runs beside the test, whose thread stays a plain one.
pub(crate) struct Site {
    server: MockServer,
    runtime: Runtime,
}

impl Site {
    /// Takes the port that is embedded in the sink, and answers every request in the same way.
    pub(crate) fn answering(sink: &impl Sink, answer: ResponseTemplate) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = listen(sink);
        let server = runtime.block_on(async move {
            let server = MockServer::builder().listener(listener).start().await;
            Mock::given(matchers::any()).respond_with(answer).mount(&server).await;
            server
        });
        Self { server, runtime }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.runtime.block_on(self.server.received_requests()).unwrap()
    }
}

/// Takes the port that is embedded in the sink.
pub(crate) fn listen(sink: &impl Sink) -> TcpListener {
    listen_at(sink.destination().origin.strip_prefix("http://").unwrap())
}

pub(crate) fn listen_at(address: &str) -> TcpListener {
    // Another run of the same tests may hold it for a while.
    let patience = Instant::now() + PATIENCE;
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return listener,
            Err(error) if Instant::now() > patience => panic!("{address}: {error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Checks a value against a schema.
pub(crate) fn validate(schema: &Value, value: &Value) -> Result<(), String> {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("mem:///body.json", schema.clone()).unwrap();
    let index = compiler.compile("mem:///body.json", &mut schemas).unwrap();
    schemas.validate(value, index).map_err(|error| format!("{error:#}"))
}
