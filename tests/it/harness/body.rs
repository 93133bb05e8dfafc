//! What every request has to look like, whichever program sent it.

use std::process::Command;

use serde_json::Value;

use super::home::{Home, output};
use super::trap::{Request, Trap};

/// Sets every variable by which programs of this kind are led elsewhere.
pub(crate) fn lure<'a>(command: &'a mut Command, trap: &Trap) -> &'a mut Command {
    let (origin, port) = (trap.origin(), trap.port());
    for (name, value) in [("POSTHOG_API_KEY", "phc_another_key"), ("POSTHOG_PROJECT_API_KEY", "phc_another_key")] {
        command.env(name, value);
    }
    command.env("SENTRY_DSN", format!("http://another@127.0.0.1:{port}/1"));
    for name in ["POSTHOG_HOST", "OTEL_EXPORTER_OTLP_ENDPOINT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, &origin).env(name.to_ascii_lowercase(), &origin);
    }
    command
}

/// The first eight hexadecimal digits of the key's SHA-256.
pub(crate) fn fingerprint(key: &str) -> String {
    use std::fmt::Write as _;

    hmac_sha256::Hash::hash(key.as_bytes()).iter().take(4).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Checks a request to the last property: against the schema and the catalogue that the program itself prints.
pub(crate) fn check(request: &Request, home: &Home, key: &str, port: u16) {
    let target =
        if request.header("content-encoding") == Some("gzip") { "/batch/?compression=gzip" } else { "/batch/" };
    assert_eq!(request.line, format!("POST {target} HTTP/1.1"));
    assert_eq!(request.header("host"), Some(format!("127.0.0.1:{port}").as_str()));
    assert_eq!(request.header("content-type"), Some("application/json"));
    for (name, _) in &request.headers {
        let known = ["host", "accept", "content-type", "content-length", "content-encoding", "user-agent"];
        assert!(known.contains(&name.as_str()), "an unannounced header: {name}");
    }
    let body = request.json();
    validate(&body, &printed(home, "--schema"));
    assert_eq!(body["api_key"], key);
    let catalogue = printed(home, "--json");
    let events = catalogue["events"].as_array().expect("the catalogue lists events");
    for event in body["batch"].as_array().unwrap() {
        let schema = events.iter().find(|schema| schema["name"] == event["event"]).expect("an event of the catalogue");
        let own: Vec<&str> =
            schema["properties"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
        for (name, value) in event["properties"].as_object().unwrap() {
            let fixed = ["app_version", "os_family", "arch", "deployment", "catalogue_revision", "granted_revision"];
            assert!(
                own.contains(&name.as_str()) || fixed.contains(&name.as_str()) || name.starts_with('$'),
                "{name} is not in the catalogue: {event:#}"
            );
            let is_closed = value.is_boolean() || value.is_i64() || value.is_string();
            assert!(is_closed, "{name} is neither a number nor a word: {event:#}");
        }
    }
    // Nothing of the surroundings, wherever it may hide.
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let user = std::env::var("USER").unwrap_or_default();
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let home = home.path().display().to_string();
    for secret in [home.as_str(), user.trim(), host.trim()] {
        assert!(secret.len() < 4 || !text.contains(secret), "{secret} left the machine: {text}");
    }
}

fn printed(home: &Home, form: &str) -> Value {
    let output = output(&mut home.command(["telemetry", "events", form]));
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Checks a body against the schema that the program prints.
fn validate(body: &Value, schema: &Value) {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("mem:///body.json", schema.clone()).unwrap();
    let index = compiler.compile("mem:///body.json", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(body, index) {
        panic!("{error:#}\n{body:#}");
    }
    // The schema is able to fail.
    let mut spoiled = body.clone();
    spoiled["batch"][0]["properties"]["user_name"] = "alice".into();
    assert!(schemas.validate(&spoiled, index).is_err(), "the schema lets anything pass");
}
