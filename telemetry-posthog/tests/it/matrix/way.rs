//! The ways to a server: in the clear, by a name, and with TLS.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use telemetry_core::EmbeddedHost;
use telemetry_posthog::Posthog;

use crate::support::KEY;

/// How a sink gets to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    /// The name is never resolved.
    NeverResolved,
    /// There is no such name.
    NoSuchName,
    /// By name, and that is resolved.
    Resolved,
    /// With TLS, to a server whose certificate nobody vouches for.
    Distrusted,
    /// With TLS, to a server that speaks without.
    NoTls,
    /// With TLS, to a server that the application's own client trusts.
    Trusted,
}

/// The hosts that one program has embedded, all at one port.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hosts {
    pub(crate) port: u16,
    pub(crate) plain: EmbeddedHost,
    pub(crate) name: EmbeddedHost,
    pub(crate) tls: EmbeddedHost,
}

/// A certificate that was made for this run.
pub(crate) struct Certificate {
    der: CertificateDer<'static>,
    pub(crate) server: Arc<ServerConfig>,
}

pub(crate) static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let der = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der.clone()], key)
        .unwrap();
    Certificate { der, server: Arc::new(server) }
});

impl Way {
    /// A sink that goes this way.
    pub(crate) fn sink(self, hosts: Hosts) -> Posthog {
        match self {
            Self::Plain => Posthog::new(KEY, hosts.plain),
            Self::Distrusted | Self::NoTls => Posthog::new(KEY, hosts.tls),
            Self::NeverResolved | Self::NoSuchName | Self::Resolved => {
                let client = client().dns_resolver(Names(self)).build().unwrap();
                Posthog::new(KEY, hosts.name).client(client)
            }
            Self::Trusted => {
                let root = reqwest::Certificate::from_der(&CERTIFICATE.der).unwrap();
                let client = client().tls_certs_only([root]).build().unwrap();
                Posthog::new(KEY, hosts.tls).client(client)
            }
        }
    }

    /// What the server at the end of this way speaks.
    pub(crate) fn server(self) -> Option<Arc<ServerConfig>> {
        matches!(self, Self::Distrusted | Self::Trusted).then(|| Arc::clone(&CERTIFICATE.server))
    }

    /// The same way once it is mended.
    pub(crate) fn mended(self) -> Self {
        match self {
            Self::Plain => Self::Plain,
            Self::NeverResolved | Self::NoSuchName | Self::Resolved => Self::Resolved,
            Self::Distrusted | Self::NoTls | Self::Trusted => Self::Trusted,
        }
    }
}

fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy()
}

/// In place of the system's resolver.
struct Names(Way);

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        match self.0 {
            Way::NeverResolved => Box::pin(core::future::pending()),
            Way::Resolved => {
                let addresses: Addrs = Box::new([SocketAddr::from(([127, 0, 0, 1], 0))].into_iter());
                Box::pin(core::future::ready(Ok(addresses)))
            }
            _ => Box::pin(core::future::ready(Err("no such name".into()))),
        }
    }
}
