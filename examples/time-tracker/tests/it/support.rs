//! A running application with an empty database, and a browser that keeps its cookies.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, Response, StatusCode, redirect};
use telemetry_core::testing::RecordingSink;
use telemetry_core::{ProgramKind, Telemetry};
use time_tracker::App;
use time_tracker::server::{self, Reach};
use time_tracker::telemetry::Tracked;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Serves until it is dropped with the test's runtime.
pub(crate) struct Running {
    pub(crate) app: App,
    pub(crate) telemetry: Telemetry<Tracked>,
    /// Stands in for the project's server.
    pub(crate) sink: RecordingSink,
    address: SocketAddr,
    directory: tempfile::TempDir,
}

/// An application that is not set up.
pub(crate) async fn fresh() -> Running {
    let directory = tempfile::tempdir().unwrap();
    let reach = Reach::default();
    let sink = RecordingSink::default();
    let telemetry =
        Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path().join("telemetry"), sink.clone())
            .policy_file(directory.path().join("telemetry.policy"))
            .build();
    let app = server::open(&directory.path().join("test.db"), &reach, telemetry.clone()).await.unwrap();
    let listener = server::listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = server::router(app.clone(), &reach).unwrap();
    tokio::spawn(server::serve(listener, router, std::future::pending()));
    Running { app, telemetry, sink, address, directory }
}

/// An application that is set up, and its administrator's browser.
pub(crate) async fn ready() -> (Running, Browser) {
    let running = fresh().await;
    let mut browser = running.browser();
    let token = running.token();
    let form = [("token", token.as_str()), ("name", "ada"), ("password", PASSWORD), ("zone", "UTC")];
    let answer = browser.post("/setup", &form).await;
    assert_eq!(answer.location.as_deref(), Some("/"));
    (running, browser)
}

impl Running {
    /// Takes a table away, so that pages which need it fail.
    pub(crate) fn break_database(&self) {
        self.alter("ALTER TABLE projects RENAME TO projects_away");
    }

    pub(crate) fn mend_database(&self) {
        self.alter("ALTER TABLE projects_away RENAME TO projects");
    }

    fn alter(&self, sql: &str) {
        let db = rusqlite::Connection::open(self.directory.path().join("test.db")).unwrap();
        db.execute_batch(sql).unwrap();
    }

    pub(crate) fn token(&self) -> String {
        let path = self.app.setup_path().unwrap();
        path.strip_prefix("/setup?token=").unwrap().to_owned()
    }

    pub(crate) fn browser(&self) -> Browser {
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        let origin = format!("http://{}", self.address);
        Browser { client, sent_origin: origin.clone(), origin, cookies: BTreeMap::new() }
    }
}

/// Sends forms with an `Origin`, as browsers do, and does not follow redirects.
pub(crate) struct Browser {
    client: Client,
    origin: String,
    /// Another site's, for forged requests.
    pub(crate) sent_origin: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// What a test looks at.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = self.client.request(Method::GET, format!("{}{path}", self.origin));
        self.send(request).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let body: Vec<_> = form.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        let request = self
            .client
            .request(Method::POST, format!("{}{path}", self.origin))
            .header("origin", &self.sent_origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        self.send(request).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        self.keep_cookies(&response);
        Answer {
            status: response.status(),
            location: response.headers().get(LOCATION).map(|v| v.to_str().unwrap().to_owned()),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    fn keep_cookies(&mut self, response: &Response) {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"));
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Answer {
    /// The text of the announced result.
    pub(crate) fn result(&self) -> Option<&str> {
        let (_, rest) = self.body.split_once("role=\"status\"><p>")?;
        rest.split_once("</p>").map(|(text, _)| text)
    }
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
