//! Opens the module `open` in the sources of telemetry-posthog, for this package alone, and lets the sink go by its
//! own name on the wire.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cfg=telemetry_conformance");
    println!("cargo::rustc-env=CARGO_PKG_NAME=telemetry-posthog");
}
