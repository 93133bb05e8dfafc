//! What the libraries pull in: nothing newer than their floor, and in core nothing that could open a socket.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::binaries::cargo;
use crate::harness::home::output;

const LIBRARIES: [&str; 5] =
    ["telemetry-core", "telemetry-macros", "telemetry-posthog", "telemetry-sentry", "telemetry-transport"];

/// Crates that talk to the network or drive those that do.
const NETWORK: [&str; 19] = [
    "async-std",
    "aws-lc-rs",
    "curl",
    "h2",
    "hyper",
    "hyper-util",
    "isahc",
    "mio",
    "native-tls",
    "openssl",
    "quinn",
    "reqwest",
    "ring",
    "rustls",
    "smol",
    "socket2",
    "surf",
    "tokio",
    "ureq",
];

struct Metadata(Value);

impl Metadata {
    fn read() -> Self {
        let output = output(cargo().args(["metadata", "--locked", "--format-version", "1", "--all-features"]));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self(serde_json::from_slice(&output.stdout).unwrap())
    }

    fn packages(&self) -> BTreeMap<&str, &Value> {
        self.0["packages"].as_array().unwrap().iter().map(|package| (text(&package["id"]), package)).collect()
    }

    /// Every crate that `name` needs to be used: not for its tests, on any platform, with all features.
    fn closure(&self, name: &str) -> BTreeMap<String, Value> {
        let packages = self.packages();
        let nodes: BTreeMap<&str, &Value> =
            self.0["resolve"]["nodes"].as_array().unwrap().iter().map(|node| (text(&node["id"]), node)).collect();
        let root = packages
            .iter()
            .find(|(_, package)| package["name"] == name && package["source"].is_null())
            .map(|(id, _)| *id)
            .unwrap();
        let (mut seen, mut open) = (BTreeSet::new(), vec![root]);
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            for dependency in nodes[id]["deps"].as_array().unwrap() {
                let kinds = dependency["dep_kinds"].as_array().unwrap();
                if kinds.iter().any(|kind| kind["kind"] != "dev") {
                    open.push(text(&dependency["pkg"]));
                }
            }
        }
        seen.into_iter().map(|id| (text(&packages[id]["name"]).to_owned(), packages[id].clone())).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// `1.89` and `1.89.0` are the same version.
fn version(text: &str) -> Vec<u32> {
    let mut parts: Vec<u32> = text.split('.').map(|part| part.parse().unwrap()).collect();
    parts.resize(3, 0);
    parts
}

#[test]
fn libraries_need_no_newer_rust_than_they_say() {
    let metadata = Metadata::read();
    let mut newer = Vec::new();
    for library in LIBRARIES {
        let closure = metadata.closure(library);
        let floor = text(&closure[library]["rust_version"]).to_owned();
        for (name, package) in &closure {
            if let Some(needs) = package["rust_version"].as_str()
                && version(needs) > version(&floor)
            {
                newer.push(format!("{library} says {floor}, and its dependency {name} needs {needs}"));
            }
        }
    }
    assert_eq!(newer, Vec::<String>::new());
}

#[test]
fn core_cannot_open_a_socket() {
    let closure = Metadata::read().closure("telemetry-core");
    assert!(closure.len() > 5, "the closure is read: {:?}", closure.keys());
    let found: Vec<&str> = NETWORK.into_iter().filter(|name| closure.contains_key(*name)).collect();
    assert_eq!(found, Vec::<&str>::new(), "telemetry-core must not depend on these");
    // The same list finds something where there is something to find.
    let other = Metadata::read().closure("telemetry-posthog");
    assert!(NETWORK.iter().any(|name| other.contains_key(*name)));
}

#[test]
fn the_default_needs_neither_facade() {
    let facades = |features: &str| -> Vec<String> {
        let tree =
            ["tree", "-p", "telemetry-core", "-e", "normal", "--prefix", "none", "--locked", "--features", features];
        let output = output(cargo().args(tree));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let names = text.lines().filter_map(|line| line.split(' ').next());
        names.filter(|name| ["metrics", "tracing"].contains(name)).map(str::to_owned).collect()
    };
    assert_eq!((facades(""), facades("metrics,tracing").len()), (Vec::new(), 2));
}
