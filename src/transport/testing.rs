//! Loopback servers for the tests of this module. Each stops when dropped.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{Transport, TransportConfig};
use crate::exchange::{BodyPolicy, Hop, Method, Outcome, Request, Response, TransportError};

/// What a server does with a request.
pub(super) enum Reply {
    /// Writes, and waits for the next request.
    Stay(Vec<u8>),
    /// Writes and closes.
    Close(Vec<u8>),
    /// Writes and says no more.
    Hang(Vec<u8>),
    /// Writes, then resets the connection.
    Reset(Vec<u8>),
}

/// A server on loopback.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Handler = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

impl Server {
    /// Plain TCP; the handler sees the request's head and body.
    pub(super) async fn plain(handler: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
        Server::start(Arc::new(handler), None).await
    }

    /// TLS first.
    pub(super) async fn tls(
        config: Arc<ServerConfig>,
        handler: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> Server {
        Server::start(Arc::new(handler), Some(config)).await
    }

    async fn start(handler: Handler, tls: Option<Arc<ServerConfig>>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(connection(stream, Arc::clone(&handler), tls.clone(), Arc::clone(&seen)));
            }
        });
        Server { address, requests, task }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn https(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    /// Requests as they came, head and body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn connection(
    stream: TcpStream,
    handler: Handler,
    tls: Option<Arc<ServerConfig>>,
    seen: Arc<Mutex<Vec<String>>>,
) {
    match tls {
        None => {
            let (stream, reset) = serve(stream, handler, seen).await;
            if reset {
                stream.set_zero_linger().unwrap();
            }
        }
        Some(config) => {
            if let Ok(stream) = tokio_rustls::TlsAcceptor::from(config).accept(stream).await {
                serve(stream, handler, seen).await;
            }
        }
    }
}

async fn serve<S>(mut stream: S, handler: Handler, seen: Arc<Mutex<Vec<String>>>) -> (S, bool)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(request) = request(&mut stream).await {
        let reply = handler(&request);
        seen.lock().unwrap().push(request);
        let (Reply::Stay(bytes) | Reply::Close(bytes) | Reply::Hang(bytes) | Reply::Reset(bytes)) = &reply;
        if stream.write_all(bytes).await.is_err() || stream.flush().await.is_err() {
            break;
        }
        match reply {
            Reply::Stay(_) => {}
            Reply::Close(_) => {
                let _ = stream.shutdown().await;
                break;
            }
            Reply::Hang(_) => std::future::pending().await,
            Reply::Reset(_) => return (stream, true),
        }
    }
    (stream, false)
}

async fn request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.ok()?;
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Some(text);
        }
    }
}

/// A whole answer of status 200.
pub(super) fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A redirect.
pub(super) fn redirect(status: u16, location: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

/// GET with headers.
pub(super) fn get(url: &str, headers: &[(&str, &str)]) -> Request {
    Request {
        method: Method::Get,
        url: url.to_owned(),
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        form: None,
        version: None,
        body: BodyPolicy::DOCUMENT,
    }
}

/// A transport that ignores the environment.
pub(super) fn transport(change: impl FnOnce(&mut TransportConfig)) -> Transport {
    let mut config = TransportConfig { proxies: false, ..TransportConfig::default() };
    change(&mut config);
    Transport::new(config).unwrap()
}

/// A transport whose patience is short: only for servers that hang.
pub(super) fn impatient() -> Transport {
    transport(|config| config.timeout = Duration::from_secs(1))
}

pub(super) fn response(hop: &Hop) -> &Response {
    match &hop.outcome {
        Outcome::Answered(response) => response,
        Outcome::Failed(error) => panic!("no answer: {error}"),
    }
}

pub(super) fn error(hop: &Hop) -> &TransportError {
    match &hop.outcome {
        Outcome::Failed(error) => error,
        Outcome::Answered(response) => panic!("an answer: {response:?}"),
    }
}

/// An authority for the tests, and what it issues.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate chain and its key, PEM.
pub(super) struct Issued {
    pub(super) certificate: Vec<u8>,
    pub(super) key: Vec<u8>,
}

impl Authority {
    pub(super) fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    /// A certificate for a name, valid between two years.
    pub(super) fn issue(&self, name: &str, from: i32, until: i32) -> Issued {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Issued { certificate: certificate.pem().into_bytes(), key: key.serialize_pem().into_bytes() }
    }

    /// A self-signed certificate for a name, marked as an authority's: what `openssl req -x509` makes.
    pub(super) fn self_signed(name: &str, from: i32, until: i32) -> Issued {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Issued { certificate: certificate.pem().into_bytes(), key: key.serialize_pem().into_bytes() }
    }

    /// A server's configuration; with `clients`, those must show a certificate of this authority.
    pub(super) fn server(&self, issued: &Issued, clients: bool, alpn: &[&str]) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if clients {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(&self.pem()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let chain = vec![CertificateDer::from_pem_slice(&issued.certificate).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(&issued.key).unwrap();
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = alpn.iter().map(|p| p.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}
