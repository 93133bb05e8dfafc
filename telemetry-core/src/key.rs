//! Keys and destinations that the build embeds and nothing at run time can replace.
//!
//! Owns [`embedded_key!`](crate::embedded_key), [`embedded_host!`](crate::embedded_host) and the types they make.
//! It must never offer a constructor that takes text which arrived at run time, and never read the environment:
//! `option_env!` is expanded in the application, by the compiler.

mod dsn;

use core::fmt;
use core::marker::PhantomData;

#[doc(hidden)]
pub use dsn::{origin_length, origin_marker};

/// The form of an embedded key: what its validation accepts.
pub trait KeyForm: 'static {
    #[doc(hidden)]
    const FORM: Form;
}

#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Token,
    Dsn,
}

/// A project token, such as PostHog's `phc_…`: public, good for writing only.
pub enum Token {}

impl KeyForm for Token {
    const FORM: Form = Form::Token;
}

/// A data source name, such as Sentry's `https://key@host/project`.
pub enum Dsn {}

impl KeyForm for Dsn {
    const FORM: Form = Form::Dsn;
}

/// Implemented by the macros for a type that only the compiler can fill.
#[doc(hidden)]
pub trait Embedded {
    /// The name of the build variable.
    const VARIABLE: &'static str;
    /// The delimited text as it lies in the binary.
    const MARKER: &'static [u8];
    /// The same for the origin of a data source name, whose text does not hold it in one piece; empty for everything
    /// else.
    const ORIGIN: &'static [u8];
}

/// What comes before the variable's name in the binary; `strings BINARY | grep telemetry-embedded` finds it.
const PREFIX: &str = "telemetry-embedded:";

/// The largest length of a project token. PostHog refuses longer ones.
const MAX_TOKEN: usize = 64;

/// The largest length of a data source name or a host; longer ones are a mistake.
const MAX_URL: usize = 256;

/// An analytics key that was embedded when the application was built, or the fact that none was.
///
/// The only way to make one is [`embedded_key!`](crate::embedded_key), which the compiler evaluates.
///
/// # Privacy
///
/// The key is public: it lies readable in the binary. `Debug` shows the fingerprint only.
pub struct EmbeddedKey<F = Token> {
    value: Option<&'static str>,
    /// Of a data source name.
    origin: Option<&'static str>,
    variable: &'static str,
    form: PhantomData<fn() -> F>,
}

impl<F: KeyForm> EmbeddedKey<F> {
    #[doc(hidden)]
    #[must_use]
    pub const fn of<E: Embedded>() -> Self {
        let value = marked(E::MARKER, E::VARIABLE);
        if value.is_empty() {
            return Self { value: None, origin: None, variable: E::VARIABLE, form: PhantomData };
        }
        check_text(value);
        let origin = match F::FORM {
            Form::Token => {
                check_token(value);
                None
            }
            Form::Dsn => {
                dsn::check(value);
                Some(dsn::marked_origin(E::ORIGIN, E::VARIABLE))
            }
        };
        Self { value: Some(value), origin, variable: E::VARIABLE, form: PhantomData }
    }

    /// Whether the build embedded a key.
    #[must_use]
    pub const fn is_configured(&self) -> bool {
        self.value.is_some()
    }

    /// The key, for a sink to put on the wire.
    #[must_use]
    pub const fn expose(&self) -> Option<&'static str> {
        self.value
    }

    /// The name of the build variable that the key came from.
    #[must_use]
    pub const fn variable(&self) -> &'static str {
        self.variable
    }

    /// The first eight hexadecimal digits of the key's SHA-256, by which builds can be told apart.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.value.map(|value| {
            let mut digest = crate::digest::Sha256Hex::of(value.as_bytes()).to_string();
            digest.truncate(8);
            digest
        })
    }
}

impl EmbeddedKey<Dsn> {
    /// The origin that the data source name holds: scheme, host and port, without the key between them.
    #[must_use]
    pub const fn origin(&self) -> Option<&'static str> {
        self.origin
    }
}

impl<F> Clone for EmbeddedKey<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for EmbeddedKey<F> {}

impl<F: KeyForm> fmt::Debug for EmbeddedKey<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedKey")
            .field("variable", &self.variable)
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

/// A destination that was embedded when the application was built, or the fact that none was named.
///
/// Always an origin: `https://host[:port]`; plain `http` is accepted for loopback addresses only. The only way to
/// make one is [`embedded_host!`](crate::embedded_host).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EmbeddedHost {
    origin: Option<&'static str>,
}

impl EmbeddedHost {
    #[doc(hidden)]
    #[must_use]
    pub const fn of<E: Embedded>() -> Self {
        let value = marked(E::MARKER, E::VARIABLE);
        if value.is_empty() {
            return Self { origin: None };
        }
        check_text(value);
        check_origin(value);
        let origin = match value.as_bytes() {
            [head @ .., b'/'] => ascii(head),
            _ => value,
        };
        Self { origin: Some(origin) }
    }

    /// The origin that the build named; a sink has its own default for when it named none.
    #[must_use]
    pub const fn origin(&self) -> Option<&'static str> {
        self.origin
    }
}

/// Embeds the analytics key that a build variable holds.
///
/// The variable is read by the compiler, when the application is built, through `option_env!`; Cargo rebuilds when
/// it changes. It is never read again: setting it when the program runs has no effect. Unset and empty both mean
/// "no key", and then telemetry is unavailable: no question, no file, no connection.
///
/// The type that the expression is used as decides the form: [`EmbeddedKey`] is a project token,
/// `EmbeddedKey<Dsn>` a data source name. `embedded_key!(= "…")` embeds a literal instead, for demonstrations.
///
/// These stop the build, each with a sentence: a personal or secret key (`phx_`, `phs_`), a placeholder, white space
/// or control characters, a token over 64 characters, something that is not a data source name where one is needed.
///
/// ```
/// use telemetry_core::{EmbeddedKey, embedded_key};
///
/// const KEY: EmbeddedKey = embedded_key!("MY_ANALYTICS_KEY");
/// assert!(!KEY.is_configured()); // this documentation is built without one
/// ```
///
/// ```compile_fail
/// # use telemetry_core::{EmbeddedKey, embedded_key};
/// const KEY: EmbeddedKey = embedded_key!(= "phx_a_personal_key");
/// ```
#[macro_export]
macro_rules! embedded_key {
    (= $value:literal) => {
        $crate::__embedded!(EmbeddedKey::<_>, "literal", ::core::option::Option::Some($value))
    };
    ($variable:literal) => {
        $crate::__embedded!(EmbeddedKey::<_>, $variable, ::core::option_env!($variable))
    };
}

/// Embeds the destination that a build variable holds, in the way of [`embedded_key!`](crate::embedded_key).
///
/// The value is an origin: `https://host` with an optional port. Anything else stops the build, plain `http` to
/// another host than loopback included. `embedded_host!(= "…")` embeds a literal.
///
/// ```
/// use telemetry_core::{EmbeddedHost, embedded_host};
///
/// const HOST: EmbeddedHost = embedded_host!(= "https://eu.i.posthog.com");
/// assert_eq!(HOST.origin(), Some("https://eu.i.posthog.com"));
/// ```
///
/// ```compile_fail
/// # use telemetry_core::{EmbeddedHost, embedded_host};
/// const HOST: EmbeddedHost = embedded_host!(= "http://collector.example.com");
/// ```
#[macro_export]
macro_rules! embedded_host {
    (= $value:literal) => {
        $crate::__embedded!(EmbeddedHost, "literal", ::core::option::Option::Some($value))
    };
    ($variable:literal) => {
        $crate::__embedded!(EmbeddedHost, $variable, ::core::option_env!($variable))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __embedded {
    ($kind:ident $(::<$form:ty>)?, $variable:literal, $value:expr) => {
        const {
            const VALUE: &str = match $value {
                ::core::option::Option::Some(value) => value,
                ::core::option::Option::None => "",
            };
            struct Source;
            impl $crate::key::Embedded for Source {
                const VARIABLE: &'static str = $variable;
                const MARKER: &'static [u8] = {
                    const LENGTH: usize = $crate::key::marker_length($variable, VALUE);
                    static MARKER: [u8; LENGTH] = $crate::key::marker::<LENGTH>($variable, VALUE);
                    &MARKER
                };
                const ORIGIN: &'static [u8] = {
                    const LENGTH: usize = $crate::key::origin_length($variable, VALUE);
                    static ORIGIN: [u8; LENGTH] = $crate::key::origin_marker::<LENGTH>($variable, VALUE);
                    &ORIGIN
                };
            }
            $crate::$kind$(::<$form>)?::of::<Source>()
        }
    };
}

#[doc(hidden)]
#[must_use]
pub const fn marker_length(variable: &str, value: &str) -> usize {
    PREFIX.len() + variable.len() + 1 + value.len() + 1
}

/// `telemetry-embedded:VARIABLE=VALUE;`
#[doc(hidden)]
#[must_use]
pub const fn marker<const N: usize>(variable: &str, value: &str) -> [u8; N] {
    joined(&[PREFIX.as_bytes(), variable.as_bytes(), b"=", value.as_bytes(), b";"])
}

/// The parts one after the other, which have `N` bytes together.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, bounded by the loops")]
const fn joined<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut bytes = [0; N];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut i = 0;
        while i < parts[part].len() {
            bytes[at] = parts[part][i];
            at += 1;
            i += 1;
        }
        part += 1;
    }
    bytes
}

/// The value inside a marker. Slicing it out of the marker, instead of keeping it beside it, makes the linker keep
/// the whole marker: what `strings` shows is what is used.
const fn marked(marker: &'static [u8], variable: &str) -> &'static str {
    without_last(marker.split_at(PREFIX.len() + variable.len() + 1).1)
}

/// What stands before the delimiter at the end.
const fn without_last(rest: &'static [u8]) -> &'static str {
    match rest {
        [value @ .., _] => ascii(value),
        [] => "",
    }
}

const fn ascii(bytes: &'static [u8]) -> &'static str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

// The checks run in the compiler: a panic there is a message at build time, and no running program contains one.

const fn check_text(value: &str) {
    let mut rest = value.as_bytes();
    while let [byte, tail @ ..] = rest {
        assert!(
            !byte.is_ascii_whitespace(),
            "an embedded key or host must not contain white space: look for a line break at the end of the secret"
        );
        assert!(
            byte.is_ascii_graphic() && !matches!(*byte, b';' | b'"' | b'\\'),
            "an embedded key or host may contain visible ASCII characters only, and none of ; \" \\"
        );
        assert!(
            !matches!(*byte, b'<' | b'>' | b'%' | b'$' | b'{' | b'}'),
            "this looks like a placeholder: give the variable its real value, or leave it unset for a build without telemetry"
        );
        rest = tail;
    }
    assert!(
        !(contains_ignoring_case(value, "placeholder")
            || contains_ignoring_case(value, "changeme")
            || contains_ignoring_case(value, "your_")
            || contains_ignoring_case(value, "your-")),
        "this looks like a placeholder: give the variable its real value, or leave it unset for a build without telemetry"
    );
}

const fn check_token(value: &str) {
    assert!(
        !starts_with(value, "phx_"),
        "this is a personal API key (phx_…): it can read and change data and must never be embedded; use the project token (phc_…)"
    );
    assert!(
        !starts_with(value, "phs_"),
        "this is a secret key (phs_…): it can read data and must never be embedded; use the project token (phc_…)"
    );
    assert!(!contains_ignoring_case(value, "://"), "this is an address, not a project token");
    assert!(value.len() <= MAX_TOKEN, "a project token has at most 64 characters");
}

#[expect(clippy::panic, reason = "stops the build, never a running program")]
const fn check_origin(value: &'static str) {
    assert!(value.len() <= MAX_URL, "a host has at most 256 characters");
    let Some(rest) = after_scheme(value) else {
        panic!("a host is an origin such as https://eu.i.posthog.com");
    };
    let rest = match rest.as_bytes() {
        [head @ .., b'/'] => head,
        whole => whole,
    };
    assert!(!rest.is_empty(), "a host is an origin such as https://eu.i.posthog.com");
    let mut bytes = rest;
    while let [byte, tail @ ..] = bytes {
        assert!(
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(*byte, b'.' | b'-' | b':' | b'[' | b']'),
            "a host is an origin without path, user or query, in lower case, such as https://eu.i.posthog.com"
        );
        bytes = tail;
    }
    assert!(
        !starts_with(value, "http://") || is_loopback(rest),
        "events must not cross a network in the clear: use https:// (http:// is for loopback addresses only)"
    );
}

const fn after_scheme(value: &'static str) -> Option<&'static str> {
    let skip = if starts_with(value, "https://") {
        8
    } else if starts_with(value, "http://") {
        7
    } else {
        return None;
    };
    let (_, rest) = value.as_bytes().split_at(skip);
    Some(ascii(rest))
}

/// Whether `rest`, which starts with a host, names loopback: `127.x.x.x`, `localhost` or `[::1]`.
const fn is_loopback(rest: &[u8]) -> bool {
    // `127.` must be followed by digits and dots only, or `127.evil.example` would pass.
    if let [b'1', b'2', b'7', b'.', address @ ..] = rest {
        let mut bytes = address;
        while let [byte, tail @ ..] = bytes {
            match *byte {
                b':' | b'/' => return true,
                b'.' | b'0'..=b'9' => bytes = tail,
                _ => return false,
            }
        }
        return true;
    }
    matches!(
        rest,
        [b'l', b'o', b'c', b'a', b'l', b'h', b'o', b's', b't']
            | [b'l', b'o', b'c', b'a', b'l', b'h', b'o', b's', b't', b':' | b'/', ..]
            | [b'[', b':', b':', b'1', b']']
            | [b'[', b':', b':', b'1', b']', b':' | b'/', ..]
    )
}

const fn starts_with(value: &str, prefix: &str) -> bool {
    value.len() >= prefix.len() && {
        let (head, _) = value.as_bytes().split_at(prefix.len());
        head.eq_ignore_ascii_case(prefix.as_bytes())
    }
}

const fn contains_ignoring_case(value: &str, needle: &str) -> bool {
    let mut rest = value.as_bytes();
    while rest.len() >= needle.len() {
        let (head, _) = rest.split_at(needle.len());
        if head.eq_ignore_ascii_case(needle.as_bytes()) {
            return true;
        }
        match rest {
            [_, tail @ ..] => rest = tail,
            [] => break,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: EmbeddedKey = crate::embedded_key!(= "phc_0123456789");
    const UNSET: EmbeddedKey = crate::embedded_key!("A_VARIABLE_THAT_NOBODY_SETS");
    const DSN: EmbeddedKey<Dsn> = crate::embedded_key!(= "https://0123abcd@errors.example.com/42");
    const HOST: EmbeddedHost = crate::embedded_host!(= "http://127.0.0.1:4000/");

    #[test]
    fn values_are_sliced_out_of_the_marker() {
        assert_eq!(DEMO.expose(), Some("phc_0123456789"));
        assert_eq!(DSN.expose(), Some("https://0123abcd@errors.example.com/42"));
        assert_eq!(DSN.origin(), Some("https://errors.example.com"));
        assert_eq!(HOST.origin(), Some("http://127.0.0.1:4000"));
        assert!(!UNSET.is_configured() && UNSET.fingerprint().is_none());
    }

    #[test]
    fn debug_shows_the_fingerprint_only() {
        let shown = format!("{DEMO:?}");
        assert!(!shown.contains("phc_") && shown.contains(&DEMO.fingerprint().unwrap()), "{shown}");
    }

    /// The checks that stop a build are ordinary functions, so their refusals can be counted here as well.
    fn refuses(check: fn(&'static str), value: &'static str) -> bool {
        std::panic::catch_unwind(|| check(value)).is_err()
    }

    #[test]
    fn tokens_are_refused_with_reason() {
        for value in ["phx_abc", "PHX_abc", "phs_abc", "https://a@b/1"] {
            assert!(refuses(check_token, value), "{value}");
        }
        let long: &'static str = Box::leak("p".repeat(65).into_boxed_str());
        assert!(refuses(check_token, long));
        for value in ["phc_abc", "test-token", "AbC"] {
            assert!(!refuses(check_token, value), "{value}");
        }
        for value in ["a b", "a\n", "%%KEY%%", "<key>", "${KEY}", "your_key", "CHANGEME", "ключ"] {
            assert!(refuses(check_text, value), "{value}");
        }
    }

    #[test]
    fn only_loopback_may_be_plain() {
        for value in [
            "http://example.com",
            "http://127.evil.example",
            "http://localhost.example",
            "ftp://a",
            "https://",
            "https://a/path",
            "https://user@a",
            "https://A.example",
        ] {
            assert!(refuses(check_origin, value), "{value}");
        }
        for value in [
            "http://127.0.0.1:1",
            "http://localhost",
            "http://[::1]:80/",
            "https://eu.i.posthog.com",
            "https://proxy.example:8443",
        ] {
            assert!(!refuses(check_origin, value), "{value}");
        }
        for value in [
            "http://k@example.com/1",
            "https://k:secret@a.example/1",
            "https://a.example/1",
            "https://k@/1",
            "https://k@a.example/",
            "k@a/1",
        ] {
            assert!(refuses(dsn::check, value), "{value}");
        }
        assert!(!refuses(dsn::check, "http://k@127.0.0.1:9000/1"));
    }
}
