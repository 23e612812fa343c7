//! The TLS configuration both transports share.

use std::fmt;
use std::sync::Arc;

use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, ResolvesClientCert, Resumption, Tls12ClientSessionValue,
    Tls13ClientSessionValue,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, InconsistentKeys, NamedGroup, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use super::clock::Clock;
use super::config::{TransportConfig, TransportConfigError};
use super::marks::current;
use super::verify::Verifier;

/// Which protocols are offered in the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alpn {
    /// Both; the server chooses.
    Any,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 only.
    Http2,
    /// None: a proxy, asked for a tunnel.
    None,
}

impl Alpn {
    /// Index of the client that speaks so.
    pub(super) fn index(self) -> usize {
        match self {
            Alpn::Any | Alpn::None => 0,
            Alpn::Http1 => 1,
            Alpn::Http2 => 2,
        }
    }

    fn protocols(self) -> Vec<Vec<u8>> {
        let (h1, h2) = (b"http/1.1".to_vec(), b"h2".to_vec());
        match self {
            Alpn::Any => vec![h2, h1],
            Alpn::Http1 => vec![h1],
            Alpn::Http2 => vec![h2],
            Alpn::None => Vec::new(),
        }
    }
}

/// The configuration without its protocols. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    pub(super) fn new(config: &TransportConfig) -> Result<Tls, TransportConfigError> {
        let provider = Arc::new(ring::default_provider());
        let mut roots = Vec::new();
        for pem in &config.cacert {
            roots.extend(certificates(pem, "the file of trusted roots")?);
        }
        let verifier = Verifier::new(roots, config.insecure, Arc::clone(&provider))?;
        let identity = match &config.identity {
            Some((certificate, key)) => Some(Arc::new(identity(certificate, key, &provider)?)),
            None => None,
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TransportConfigError::new(format!("TLS cannot be set up: {error}")))?;
        let mut tls = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(Identity(identity)));
        tls.time_provider = Arc::new(Clock);
        tls.resumption = Resumption::store(Arc::new(Sessions(ClientSessionMemoryCache::new(256))));
        Ok(Tls(Arc::new(tls)))
    }

    /// The configuration that offers these protocols.
    pub(super) fn config(&self, alpn: Alpn) -> ClientConfig {
        let mut config = ClientConfig::clone(&self.0);
        config.alpn_protocols = alpn.protocols();
        config
    }
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, TransportConfigError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found
        .map_err(|error| TransportConfigError::new(format!("{what} is not well-formed PEM: {error}")))?;
    if found.is_empty() {
        return Err(TransportConfigError::new(format!(
            "{what} holds no certificate: a PEM block named CERTIFICATE is wanted"
        )));
    }
    Ok(found)
}

fn identity(
    certificate: &[u8],
    key: &[u8],
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TransportConfigError> {
    let chain = certificates(certificate, "the client certificate")?;
    // The library's error may quote the file; a key is never quoted.
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
        TransportConfigError::new(
            "the client key holds no private key: an unencrypted PEM block named PRIVATE KEY is wanted",
        )
    })?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| {
        TransportConfigError::new(match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                "the client key does not belong to the client certificate".to_owned()
            }
            error => format!("the client certificate and its key are not usable: {error}"),
        })
    })
}

/// Our client certificate, if we have one; and the news that a server asked for it.
struct Identity(Option<Arc<CertifiedKey>>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", if self.0.is_some() { "given" } else { "none" })
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        if let Some(marks) = current() {
            marks.client_certificate_was_asked();
        }
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// The usual session cache. The question for a key-exchange hint is the first thing a handshake does,
/// so it also tells where TCP ends and TLS begins.
#[derive(Debug)]
struct Sessions(ClientSessionMemoryCache);

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server_name, group);
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        if let Some(marks) = current() {
            marks.tls_started();
        }
        self.0.kx_hint(server_name)
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server_name, value);
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(server_name)
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        self.0.remove_tls12_session(server_name);
    }

    fn insert_tls13_ticket(&self, server_name: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(server_name, value);
    }

    fn take_tls13_ticket(&self, server_name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(server_name)
    }
}
