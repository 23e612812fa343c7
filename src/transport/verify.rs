//! Judging a server's certificate.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::config::TransportConfigError;
use super::marks::current;

/// Whom we trust.
enum Trust {
    /// The system's roots and those given.
    System(rustls_platform_verifier::Verifier),
    /// The given roots only: this system has no store.
    Given(Arc<WebPkiServerVerifier>),
    /// There are no roots at all. No reason to fail before a certificate has been seen: plain HTTP
    /// works without.
    Nobody,
    /// `insecure`.
    Anybody,
}

/// The verifier of both transports. Signatures of the handshake are checked whatever is trusted.
pub(super) struct Verifier {
    trust: Trust,
    exact: Option<Exact>,
    provider: Arc<CryptoProvider>,
}

/// The certificates that were given, each trusted as it is: Docker's documentation makes people create a self-signed
/// certificate for their registry, which is marked as an authority's, and give just that to its clients.
struct Exact {
    given: Vec<CertificateDer<'static>>,
    verifier: Arc<WebPkiServerVerifier>,
}

impl Exact {
    /// The verdict on a certificate that was given as it is; `None` for any other.
    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Option<Result<ServerCertVerified, rustls::Error>> {
        if !self.given.contains(certificate) {
            return None;
        }
        let verified = self.verifier.verify_server_cert(certificate, &[], name, &[], now);
        // webpki looks at the time before it looks at any of these, and at the name after them.
        let only_its_place = match &verified {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature,
            )) => true,
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(other))) => {
                other.to_string().contains("CaUsedAsEndEntity")
            }
            _ => false,
        };
        if !only_its_place {
            return Some(verified);
        }
        let named = ParsedCertificate::try_from(certificate).and_then(|it| verify_server_name(&it, name));
        Some(named.map(|()| ServerCertVerified::assertion()))
    }
}

impl Verifier {
    pub(super) fn new(
        roots: Vec<CertificateDer<'static>>,
        insecure: bool,
        provider: Arc<CryptoProvider>,
    ) -> Result<Verifier, TransportConfigError> {
        let mut store = RootCertStore::empty();
        for root in &roots {
            store.add(root.clone()).map_err(|error| {
                TransportConfigError::new(format!("a certificate given as a root is not usable: {error}"))
            })?;
        }
        let verifier = given(store, &provider);
        let exact = verifier.clone().map(|verifier| Exact { given: roots.clone(), verifier });
        let trust = if insecure {
            Trust::Anybody
        } else {
            system(roots, &provider).or(verifier.map(Trust::Given)).unwrap_or(Trust::Nobody)
        };
        Ok(Verifier { trust, exact, provider })
    }
}

fn system(roots: Vec<CertificateDer<'static>>, provider: &Arc<CryptoProvider>) -> Option<Trust> {
    rustls_platform_verifier::Verifier::new_with_extra_roots(roots, Arc::clone(provider))
        .ok()
        .map(Trust::System)
}

fn given(store: RootCertStore, provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    if store.is_empty() {
        return None;
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider)).build().ok()
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.trust {
            Trust::System(_) => "Verifier(system)",
            Trust::Given(_) => "Verifier(given)",
            Trust::Nobody => "Verifier(nobody)",
            Trust::Anybody => "Verifier(anybody)",
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(marks) = current() {
            marks.tls_started();
        }
        let verified = match &self.trust {
            Trust::System(inner) => {
                inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            Trust::Given(inner) => {
                inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            Trust::Nobody => Err(CertificateError::UnknownIssuer.into()),
            Trust::Anybody => Ok(ServerCertVerified::assertion()),
        };
        let exact = self.exact.as_ref().filter(|_| verified.is_err());
        exact.and_then(|exact| exact.verify(end_entity, server_name, now)).unwrap_or(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
