//! A key or a destination that is known at run time only.

use telemetry_core::{EmbeddedHost, EmbeddedKey, embedded_host, embedded_key};

fn read_from_a_file() -> &'static str {
    "phc_a_key_from_elsewhere"
}

fn main() {
    let text = read_from_a_file();
    let _: EmbeddedKey = embedded_key!(= text);
    let _: EmbeddedHost = embedded_host!(= text);
    let _: EmbeddedKey = embedded_key!(text);
}
