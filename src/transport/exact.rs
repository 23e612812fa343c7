//! What reqwest cannot send or show: no `Accept` at all, URLs it would rewrite, and the first bytes
//! of a plain connection. hyper-util's pooled client over a connector of our own.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Extensions, HeaderValue, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector, HttpInfo};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::BoxError;
use super::connect::Connections;
use super::http::MAX_HEADERS;
use super::marks::current;
use super::proxy::Proxies;
use super::resolve::Resolver;
use super::sniff::Sniff;
use super::tls::{Alpn, Tls};

type Clients = [OnceLock<Client<Connector, Full<Bytes>>>; 3];

/// One hyper client per HTTP version asked for, with a pool and without.
pub(super) struct Exact {
    connector: Connector,
    tls: Tls,
    pooled: Clients,
    /// Each request has a connection of its own.
    alone: Clients,
}

impl Exact {
    pub(super) fn new(
        tls: Tls,
        resolver: Resolver,
        proxies: Proxies,
        connections: Arc<Connections>,
    ) -> Exact {
        let mut http = HttpConnector::new_with_resolver(resolver);
        http.enforce_http(false);
        http.set_nodelay(true);
        let config = Arc::new(tls.config(Alpn::Any));
        let connector = Connector { http, tls: Arc::clone(&config), proxy_tls: config, proxies, connections };
        Exact { connector, tls, pooled: Clients::default(), alone: Clients::default() }
    }

    pub(super) async fn send(
        &self,
        alpn: Alpn,
        alone: bool,
        mut request: http::Request<Full<Bytes>>,
    ) -> Result<http::Response<Incoming>, BoxError> {
        self.authorize_plain_proxy(&mut request);
        let clients = if alone { &self.alone } else { &self.pooled };
        let client = clients[alpn.index()].get_or_init(|| self.client(alpn, !alone));
        Ok(client.request(request).await?)
    }

    /// A plain request goes through a proxy without a tunnel, so it carries the proxy's credentials.
    fn authorize_plain_proxy(&self, request: &mut http::Request<Full<Bytes>>) {
        if request.uri().scheme_str() != Some("http") {
            return;
        }
        let intercept = self.connector.proxies.intercept(request.uri());
        if let Some(auth) = intercept.as_ref().and_then(|i| i.basic_auth()) {
            request.headers_mut().entry(http::header::PROXY_AUTHORIZATION).or_insert(auth.clone());
        }
    }

    /// A client for bodies that are streams. It speaks HTTP/1.1 only, as the client does whose requests it carries.
    pub(super) fn streaming<B>(&self, pooled: bool) -> Client<Connector, B>
    where
        B: hyper::body::Body + Send + 'static + Unpin,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        self.client(Alpn::Http1, pooled)
    }

    fn client<B>(&self, alpn: Alpn, pooled: bool) -> Client<Connector, B>
    where
        B: hyper::body::Body + Send + 'static + Unpin,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let config = Arc::new(self.tls.config(alpn));
        let proxy_tls = Arc::new(self.tls.config(Alpn::None));
        let connector = Connector { tls: config, proxy_tls, ..self.connector.clone() };
        Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(if pooled { usize::MAX } else { 0 })
            .http1_max_headers(MAX_HEADERS)
            .http2_only(alpn == Alpn::Http2)
            .build(connector)
    }
}

/// Any byte stream hyper can use.
trait Io: Read + Write + Unpin + Send {}
impl<T: Read + Write + Unpin + Send> Io for T {}

/// A connection, with what the pool wants to know of it.
pub(super) struct Stream {
    io: Sniff<Box<dyn Io>>,
    info: Option<HttpInfo>,
    proxied: bool,
    h2: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        let mut connected = Connected::new().proxy(self.proxied);
        if self.h2 {
            connected = connected.negotiated_h2();
        }
        match &self.info {
            Some(info) => connected.extra(info.clone()),
            None => connected,
        }
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}

/// Name, TCP, proxy, TLS; each step marked on the hop that waits for it.
#[derive(Clone)]
pub(super) struct Connector {
    http: HttpConnector<Resolver>,
    tls: Arc<ClientConfig>,
    proxy_tls: Arc<ClientConfig>,
    proxies: Proxies,
    connections: Arc<Connections>,
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        let marks = current();
        if let Some(marks) = &marks {
            marks.connect_started();
        }
        Box::pin(async move {
            let stream = connector.open(uri).await?;
            connector.connections.register(&stream.connected());
            Ok(stream)
        })
    }
}

impl Connector {
    async fn open(&self, uri: Uri) -> Result<Stream, BoxError> {
        let https = uri.scheme_str() == Some("https");
        let Some(intercept) = self.proxies.intercept(&uri) else {
            let (tcp, info) = self.tcp(uri.clone()).await?;
            if https {
                return secure(&self.tls, &uri, tcp, info).await;
            }
            return Ok(Stream { io: Sniff::new(tcp, current()), info, proxied: false, h2: false });
        };
        let proxy = ProxyConnector(self.clone());
        if !https {
            let Stream { io, info, .. } = proxy.open(intercept.uri().clone()).await?;
            return Ok(Stream { io, info, proxied: true, h2: false });
        }
        let mut tunnel = Tunnel::new(intercept.uri().clone(), proxy);
        if let Some(auth) = intercept.basic_auth() {
            let mut auth: HeaderValue = auth.clone();
            auth.set_sensitive(true);
            tunnel = tunnel.with_auth(auth);
        }
        let Stream { io, info, .. } = tunnel.call(uri.clone()).await?;
        secure(&self.tls, &uri, Box::new(io), info).await
    }

    async fn tcp(&self, uri: Uri) -> Result<(Box<dyn Io>, Option<HttpInfo>), BoxError> {
        let mut http = self.http.clone();
        let tcp = http.call(uri).await?;
        let mut extensions = Extensions::new();
        tcp.connected().get_extras(&mut extensions);
        Ok((Box::new(tcp), extensions.remove::<HttpInfo>()))
    }
}

/// The way to the proxy itself, which may be TLS too.
#[derive(Clone)]
struct ProxyConnector(Connector);

impl ProxyConnector {
    async fn open(&self, uri: Uri) -> Result<Stream, BoxError> {
        let (tcp, info) = self.0.tcp(uri.clone()).await?;
        if uri.scheme_str() == Some("https") {
            return secure(&self.0.proxy_tls, &uri, tcp, info).await;
        }
        Ok(Stream { io: Sniff::new(tcp, None), info, proxied: true, h2: false })
    }
}

impl Service<Uri> for ProxyConnector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let proxy = self.clone();
        Box::pin(async move { proxy.open(uri).await })
    }
}

async fn secure(
    config: &Arc<ClientConfig>,
    uri: &Uri,
    io: Box<dyn Io>,
    info: Option<HttpInfo>,
) -> Result<Stream, BoxError> {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned())?;
    let connecting = TlsConnector::from(Arc::clone(config)).connect(name, TokioIo::new(io));
    let stream = connecting.await?;
    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let io: Box<dyn Io> = Box::new(TokioIo::new(stream));
    Ok(Stream { io: Sniff::new(io, None), info, proxied: false, h2 })
}
