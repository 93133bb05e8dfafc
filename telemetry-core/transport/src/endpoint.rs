//! Where requests go, and what is the same in all of them.

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use crate::error::SetupError;

/// An address, with the headers that every request to it carries.
///
/// Everything in it comes from the build: the origin and the key were embedded, the rest are constants of the sink.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub(crate) address: Url,
    pub(crate) headers: HeaderMap,
    /// Added to the address of a compressed body, for servers that look there.
    pub(crate) gzip_query: Option<&'static str>,
}

impl Endpoint {
    /// The `path` at an embedded origin, for bodies of this type. `agent` is what requests say about their sender.
    ///
    /// # Errors
    ///
    /// The parts do not make an address, or not a header; the checks at build time leave few ways to get here.
    pub fn new(origin: &str, path: &str, content_type: &'static str, agent: &'static str) -> Result<Self, SetupError> {
        let address = Url::parse(origin).and_then(|url| url.join(path)).map_err(|_| SetupError::Address)?;
        let mut headers = HeaderMap::new();
        for (name, value) in [(CONTENT_TYPE, content_type), (USER_AGENT, agent)] {
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| SetupError::Address)?);
        }
        Ok(Self { address, headers, gzip_query: None })
    }

    /// Carries one more header.
    ///
    /// # Errors
    ///
    /// The text does not make a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Result<Self, SetupError> {
        let mut value = HeaderValue::from_str(value).map_err(|_| SetupError::Address)?;
        // Left out of the debug output of whoever prints a request.
        value.set_sensitive(true);
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// Says in the address as well that a body is compressed.
    #[must_use]
    pub fn gzip_query(mut self, query: &'static str) -> Self {
        self.gzip_query = Some(query);
        self
    }

    /// Whether only encrypted connections are allowed: an embedded origin is plain only on loopback.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.address.scheme() == "https"
    }
}
