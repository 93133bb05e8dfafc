//! What lies in requests, searched for in their bytes by a program that knows what the process could have told.

use std::collections::BTreeSet;
use std::fs;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::reporters::personal;
use crate::server::Request;

/// What was found in the requests of one process.
#[expect(clippy::struct_excessive_bools, reason = "a list of findings, each by itself")]
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Requests.
    pub requests: usize,
    /// Their bytes, heads included.
    pub wire_bytes: usize,
    /// Bytes of the bodies without compression.
    pub unpacked_bytes: usize,
    /// The words of the message.
    pub message: bool,
    /// The e-mail address in it.
    pub address: bool,
    /// The path in it.
    pub path: bool,
    /// The token in it.
    pub token: bool,
    /// The name of the thread.
    pub thread: bool,
    /// The name of the machine.
    pub host: bool,
    /// The version of the machine's kernel.
    pub kernel: bool,
    /// The name of its distribution.
    pub distribution: bool,
    /// Where the program lies.
    pub program: bool,
    /// Different absolute paths, whatever of.
    pub paths: usize,
    /// Different shared libraries that are loaded.
    pub libraries: usize,
    /// Different addresses in memory.
    pub addresses: usize,
    /// A file of the program's sources, with its line.
    pub place: bool,
    /// Different functions of this program.
    pub own_functions: usize,
    /// Different functions of other code.
    pub other_functions: usize,
    /// When it happened, to less than a second.
    pub exact_time: bool,
    /// Identifiers that came from both of two processes of one installation, and name no binary and no destination.
    pub lasting: usize,
    /// Whether the server is told to make nothing of the sender's address.
    pub declines_address: bool,
}

/// What two processes of one installation sent.
#[must_use]
pub fn found(first: &[Request], second: &[Request]) -> Found {
    let whole = first.iter().flat_map(|request| [request.head.clone(), text(request)]).collect::<String>();
    let has = |what: &str| whole.contains(what);
    let system = |file: &str| fs::read_to_string(file).unwrap_or_default().trim().to_owned();
    let strings = strings(first);
    let values = || strings.iter().map(|(_, value)| value.as_str());
    let functions: BTreeSet<&str> =
        strings.iter().filter(|(path, _)| key(path) == "function").map(|(_, value)| value.as_str()).collect();
    let own = functions.iter().filter(|function| is_own(function)).count();
    let directory = std::env::current_exe().ok().and_then(|path| Some(path.parent()?.to_str()?.to_owned()));
    Found {
        requests: first.len(),
        wire_bytes: first.iter().map(Request::wire_bytes).sum(),
        unpacked_bytes: first.iter().map(|request| request.unpacked().len()).sum(),
        message: has(personal::MESSAGE),
        address: has(personal::ADDRESS),
        path: has(personal::PATH),
        token: has(personal::TOKEN),
        thread: has(personal::THREAD),
        host: names(&whole, &system("/proc/sys/kernel/hostname")),
        kernel: names(&whole, &system("/proc/sys/kernel/osrelease")),
        distribution: names(&whole.to_ascii_lowercase(), &distribution(&system("/etc/os-release"))),
        program: directory.is_some_and(|directory| has(&directory)),
        paths: distinct(values().filter(|value| value.starts_with('/') && value[1..].contains('/'))),
        libraries: distinct(values().filter(|value| value.contains(".so"))),
        addresses: distinct(values().filter(|value| is_address(value))),
        place: [".rs\"", ".rs:"].into_iter().any(has),
        own_functions: own,
        other_functions: functions.len() - own,
        exact_time: strings.iter().any(|(path, value)| key(path) == "timestamp" && is_exact(value)),
        lasting: identifiers(first).intersection(&identifiers(second)).count(),
        declines_address: has(r#""infer_ip":"never""#) || has(r#""$geoip_disable":true"#),
    }
}

fn text(request: &Request) -> String {
    String::from_utf8_lossy(&request.unpacked()).into_owned()
}

fn distinct<'a>(values: impl Iterator<Item = &'a str>) -> usize {
    values.collect::<BTreeSet<_>>().len()
}

/// Whether this name of the machine is in it: as a whole, not as part of a longer word.
fn names(whole: &str, name: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    !name.is_empty()
        && whole.match_indices(name).any(|(at, _)| {
            !is_part(whole[..at].chars().next_back()) && !is_part(whole[at + name.len()..].chars().next())
        })
}

/// This crate's and its binary's, the parts that other code was made for with their types aside.
fn is_own(function: &str) -> bool {
    let name = function.trim_start_matches(['<', '&']);
    name.starts_with("telemetry_peers::") || name.starts_with("peers::")
}

fn is_address(value: &str) -> bool {
    value.strip_prefix("0x").is_some_and(|digits| digits.len() > 5 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Times end with a fraction of a second, if they have one: as text with a zone behind it, or as a number.
fn is_exact(time: &str) -> bool {
    let time = time.trim_end_matches(['Z']).trim_end_matches("+00:00");
    time.rsplit_once('.').is_some_and(|(_, fraction)| fraction.bytes().any(|digit| digit != b'0'))
}

fn distribution(release: &str) -> String {
    let id = release.lines().find_map(|line| line.strip_prefix("ID="));
    id.unwrap_or_default().trim_matches('"').to_ascii_lowercase()
}

/// Each text and number in the bodies, and the keys that lead to it. Bodies are JSON, or JSON line by line.
fn strings(requests: &[Request]) -> Vec<(String, String)> {
    let mut strings = Vec::new();
    for request in requests {
        for line in text(request).lines() {
            if let Ok(value) = serde_json::from_str(line) {
                walk("", &value, &mut strings);
            }
        }
    }
    strings
}

fn walk(path: &str, value: &Value, strings: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => strings.push((path.to_owned(), text.clone())),
        Value::Number(number) => strings.push((path.to_owned(), number.to_string())),
        Value::Array(values) => values.iter().for_each(|value| walk(path, value, strings)),
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| walk(&format!("{path}/{key}"), value, strings));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn key(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// What has the form of an identifier: 32 hexadecimal digits, in groups or not.
fn identifiers(requests: &[Request]) -> BTreeSet<String> {
    strings(requests)
        .into_iter()
        // Those of binaries are the same on every machine.
        .filter(|(path, _)| !path.contains("images/"))
        .map(|(_, value)| value)
        .filter(|value| {
            let digits: Vec<u8> = value.bytes().filter(|byte| *byte != b'-').collect();
            digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit)
        })
        .collect()
}

/// Tries the search on a request that tells everything and on one that tells nothing: what is found nowhere is worth
/// something only if it is found where it is.
///
/// # Errors
///
/// What is there was not found, or what is not there was.
pub fn control() -> Result<(), String> {
    let system = |file: &str| fs::read_to_string(file).unwrap_or_default().trim().to_owned();
    let program = std::env::current_exe().unwrap_or_default();
    let everything = serde_json::json!({
        "message": format!("{} {} {} {}", personal::MESSAGE, personal::ADDRESS, personal::PATH, personal::TOKEN),
        "thread": personal::THREAD,
        "server_name": system("/proc/sys/kernel/hostname"),
        "os": [system("/proc/sys/kernel/osrelease"), distribution(&system("/etc/os-release"))],
        "images": [{ "name": program, "debug_id": "8ced43b4609e20c26c4db31f67209c02" }, { "name": "/lib/libc.so.6" }],
        "frames": [{ "function": "peers::main", "addr": "0x7f3a21b0c410" }, { "function": "std::panicking::try" }],
        "filename": "src/main.rs",
        "timestamp": "2026-01-02T03:04:05.678Z",
        "distinct_id": "01a2189f-059d-7319-9d2e-81f0794f77bf",
        "$geoip_disable": true,
    });
    let request = |body: String| [Request::plain("POST / HTTP/1.1\r\n\r\n", body)];
    let all = found(&request(everything.to_string()), &request(everything.to_string()));
    let texts = [all.message, all.address, all.path, all.token, all.thread, all.host, all.kernel, all.distribution];
    let counts = [all.paths, all.libraries, all.addresses, all.own_functions, all.other_functions, all.lasting];
    let is_all = texts.iter().all(|is| *is) && all.program && all.place && all.exact_time && all.declines_address;
    if !is_all || counts != [2, 1, 1, 1, 1, 1] {
        return Err(format!("what is there is not found: {all:?}"));
    }
    let harmless = r#"{"code":"panic","timestamp":"2026-01-02T03:04:00.000Z","id":"01a2189f059d73199d2e81f0794f77bf"}"#;
    let none = found(&request(harmless.to_owned()), &request("{}".to_owned()));
    let of_it = Found { requests: 1, wire_bytes: none.wire_bytes, unpacked_bytes: harmless.len(), ..Found::default() };
    if none == of_it { Ok(()) } else { Err(format!("what is not there is found: {none:?}")) }
}
