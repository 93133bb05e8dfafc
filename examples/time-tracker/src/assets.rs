//! The static files: one stylesheet and one icon, compiled in.

use axum::http::header;
use axum::response::IntoResponse;

const STYLE: &str = include_str!("../assets/style.css");
const ICON: &str = include_str!("../assets/icon.svg");

/// Changes with the stylesheet, so that browsers may keep each version for as long as they like.
pub(crate) const STYLE_VERSION: u32 = fingerprint(STYLE.as_bytes());

/// A year: the address changes whenever the content does.
const KEEP: &str = "public, max-age=31536000, immutable";

pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, KEEP)], STYLE)
}

pub(crate) async fn icon() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "max-age=86400")];
    (headers, ICON)
}

/// FNV-1a, for a cache key only: nothing depends on collisions being hard to find.
const fn fingerprint(mut bytes: &[u8]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    while let [first, rest @ ..] = bytes {
        hash = (hash ^ *first as u32).wrapping_mul(0x0100_0193);
        bytes = rest;
    }
    hash
}
