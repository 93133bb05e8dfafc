//! Data source names: `scheme://key@host/project`, as Sentry has them.
//!
//! Owns their form, and the origin in them. The key stands between scheme and host, so the origin is no piece of the
//! text: the compiler puts it together, into a marker of its own.

use super::{MAX_URL, PREFIX, after_scheme, is_loopback, joined, starts_with, without_last};

/// What comes behind the variable's name in the marker of an origin.
const SUFFIX: &str = "_ORIGIN";

#[expect(clippy::panic, reason = "stops the build, never a running program")]
pub(super) const fn check(value: &'static str) {
    assert!(value.len() <= MAX_URL, "a data source name has at most 256 characters");
    let Some(rest) = after_scheme(value) else {
        panic!("a data source name starts with https:// (http:// for loopback only)");
    };
    let (mut at, mut slash, mut i) = (None, None, 0);
    let mut bytes = rest.as_bytes();
    while let [byte, tail @ ..] = bytes {
        match *byte {
            b'@' if at.is_none() && slash.is_none() => at = Some(i),
            b'/' => slash = Some(i),
            b':' if at.is_none() && slash.is_none() => {
                panic!("a data source name must not hold a secret after the public key")
            }
            _ => {}
        }
        i += 1;
        bytes = tail;
    }
    let (Some(at), Some(slash)) = (at, slash) else {
        panic!("a data source name has the form https://key@host/project");
    };
    assert!(
        !(at == 0 || slash < at + 2 || slash + 1 == rest.len()),
        "a data source name has the form https://key@host/project"
    );
    let (_, host) = rest.as_bytes().split_at(at + 1);
    assert!(
        !starts_with(value, "http://") || is_loopback(host),
        "a data source name starts with https:// (http:// for loopback only)"
    );
}

/// The length of the marker of the origin; none where the text holds none.
#[doc(hidden)]
#[must_use]
pub const fn origin_length(variable: &str, value: &str) -> usize {
    match parts(value.as_bytes()) {
        Some((scheme, host)) => PREFIX.len() + variable.len() + SUFFIX.len() + 1 + scheme.len() + host.len() + 1,
        None => 0,
    }
}

/// `telemetry-embedded:VARIABLE_ORIGIN=scheme://host;`, or nothing.
#[doc(hidden)]
#[must_use]
pub const fn origin_marker<const N: usize>(variable: &str, value: &str) -> [u8; N] {
    match parts(value.as_bytes()) {
        Some((scheme, host)) => {
            joined(&[PREFIX.as_bytes(), variable.as_bytes(), SUFFIX.as_bytes(), b"=", scheme, host, b";"])
        }
        None => [0; N],
    }
}

/// The origin inside its marker.
pub(super) const fn marked_origin(marker: &'static [u8], variable: &str) -> &'static str {
    without_last(marker.split_at(PREFIX.len() + variable.len() + SUFFIX.len() + 1).1)
}

/// The scheme with what divides it from the rest, and the host with its port.
const fn parts(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(scheme) = position(value, b"://") else { return None };
    let (scheme, rest) = value.split_at(scheme + 3);
    let Some(at) = position(rest, b"@") else { return None };
    let (_, rest) = rest.split_at(at + 1);
    let Some(slash) = position(rest, b"/") else { return None };
    Some((scheme, rest.split_at(slash).0))
}

/// Where the first of these is.
const fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (mut rest, mut at) = (bytes, 0);
    loop {
        if rest.len() < wanted.len() {
            return None;
        }
        if rest.split_at(wanted.len()).0.eq_ignore_ascii_case(wanted) {
            return Some(at);
        }
        match rest {
            [_, tail @ ..] => rest = tail,
            [] => return None,
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_what_is_around_the_key() {
        for (value, origin) in [
            ("https://k@errors.example/1", Some("https://errors.example")),
            ("http://k@127.0.0.1:9000/below/this/1", Some("http://127.0.0.1:9000")),
            ("HTTPS://k@[::1]:80/1", Some("HTTPS://[::1]:80")),
            ("phc_token", None),
            ("https://errors.example/1", None),
            ("https://k@errors.example", None),
            ("", None),
        ] {
            let found = parts(value.as_bytes()).map(|(scheme, host)| [scheme, host].concat());
            assert_eq!(found.as_deref(), origin.map(str::as_bytes), "{value}");
            assert_eq!(origin_length("NAME", value), origin.map_or(0, |origin| origin.len() + 32), "{value}");
        }
        let marker = origin_marker::<49>("NAME", "https://k@e.example/1");
        assert_eq!(&marker, b"telemetry-embedded:NAME_ORIGIN=https://e.example;");
        assert_eq!(origin_marker("NAME", "phc_token"), [0_u8; 0]);
    }
}
