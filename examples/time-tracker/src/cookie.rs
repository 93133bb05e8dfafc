//! Reading and writing the few cookies of the application.

use axum::http::{HeaderMap, HeaderValue, header};

/// The value of the cookie `name`, if the request has one.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// How long a cookie lives.
#[derive(Clone, Copy)]
pub(crate) enum Lifetime {
    Seconds(i64),
    Expired,
}

/// A `Set-Cookie` value that scripts cannot read and other sites cannot send with a form.
///
/// `value` must be made of characters that need no quoting (hex digits, letters, `-`); anything
/// else gives `None`.
pub(crate) fn set(name: &str, value: &str, lifetime: Lifetime, security: CookieSecurity) -> Option<HeaderValue> {
    if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return None;
    }
    let seconds = match lifetime {
        Lifetime::Seconds(seconds) => seconds,
        Lifetime::Expired => 0,
    };
    let secure = match security {
        CookieSecurity::Secure => "; Secure",
        CookieSecurity::PlainHttp => "",
    };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).ok()
}

/// Whether browsers reach the application over HTTPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieSecurity {
    /// Over HTTPS: cookies are marked `Secure`.
    Secure,
    /// Over plain HTTP, on loopback or a private network.
    PlainHttp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_one_cookie_among_several() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; session=abc"));
        headers.append(header::COOKIE, HeaderValue::from_static("flash=done"));
        assert_eq!(read(&headers, "session"), Some("abc"));
        assert_eq!(read(&headers, "flash"), Some("done"));
        assert_eq!(read(&headers, "sess"), None);
    }

    #[test]
    fn a_value_cannot_add_attributes() {
        let lifetime = Lifetime::Seconds(1);
        assert!(set("flash", "a; Domain=example.com", lifetime, CookieSecurity::Secure).is_none());
        let header = set("flash", "ok", lifetime, CookieSecurity::Secure).unwrap();
        assert!(header.to_str().unwrap().ends_with("SameSite=Lax; Secure"));
    }
}
