//! The parts of a data source name: where envelopes go, and with which key.
//!
//! The compiler has checked the form already (`embedded_key!` refuses anything else); here it is only taken apart.

use telemetry_core::{Dsn, EmbeddedKey};

/// What a data source name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    /// `https://` or, on loopback, `http://`.
    scheme: &'static str,
    /// The public key.
    pub(crate) key: &'static str,
    /// Host and port.
    pub(crate) host: &'static str,
    /// What stands between the host and the project, without slashes at its ends; usually nothing.
    path: &'static str,
    /// The project.
    project: &'static str,
}

impl Address {
    pub(crate) fn of(dsn: EmbeddedKey<Dsn>) -> Option<Self> {
        let dsn = dsn.expose()?;
        let (scheme, rest) = dsn.split_at(dsn.find("://")? + "://".len());
        let (key, rest) = rest.split_once('@')?;
        let (host, path) = rest.split_once('/')?;
        let (path, project) = path.rsplit_once('/').unwrap_or(("", path));
        Some(Self { scheme, key, host, path, project })
    }

    /// The path that envelopes are posted to.
    pub(crate) fn path(self) -> String {
        let Self { path, project, .. } = self;
        if path.is_empty() { format!("/api/{project}/envelope/") } else { format!("/{path}/api/{project}/envelope/") }
    }

    /// Who operates the server and where it stands, as far as its name tells.
    pub(crate) fn operator(self) -> (&'static str, Option<&'static str>) {
        if self.scheme == "http://" {
            // An embedded name is plain only on loopback.
            return ("this machine", None);
        }
        match self.host {
            host if host.ends_with(".ingest.de.sentry.io") => ("Sentry", Some("Frankfurt, European Union")),
            host if host.ends_with(".ingest.us.sentry.io") || host.ends_with(".ingest.sentry.io") => {
                ("Sentry", Some("United States"))
            }
            _ => ("an operator of the publisher's choice", None),
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry_core::embedded_key;

    use super::*;

    #[test]
    fn a_name_is_taken_apart() {
        for (dsn, origin, path, key) in [
            (
                embedded_key!(= "https://0123abcd@o1.ingest.de.sentry.io/42"),
                "https://o1.ingest.de.sentry.io",
                "/api/42/envelope/",
                "0123abcd",
            ),
            (embedded_key!(= "http://key@127.0.0.1:8000/1"), "http://127.0.0.1:8000", "/api/1/envelope/", "key"),
            (
                embedded_key!(= "https://k@errors.example/below/this/7"),
                "https://errors.example",
                "/below/this/api/7/envelope/",
                "k",
            ),
        ] {
            let address = Address::of(dsn).unwrap();
            assert_eq!((dsn.origin(), address.path().as_str(), address.key), (Some(origin), path, key));
        }
        assert_eq!(Address::of(embedded_key!("A_VARIABLE_THAT_NOBODY_SETS")), None);
    }

    #[test]
    fn the_name_of_the_host_tells_who_operates_it() {
        let operator = |dsn| Address::of(dsn).unwrap().operator();
        assert_eq!(
            operator(embedded_key!(= "https://k@o1.ingest.de.sentry.io/1")),
            ("Sentry", Some("Frankfurt, European Union"))
        );
        assert_eq!(operator(embedded_key!(= "https://k@o1.ingest.us.sentry.io/1")), ("Sentry", Some("United States")));
        assert_eq!(operator(embedded_key!(= "https://k@sentry.io.example/1")).1, None);
        assert_eq!(operator(embedded_key!(= "http://k@localhost/1")), ("this machine", None));
    }
}
