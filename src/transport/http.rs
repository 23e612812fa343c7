//! Ordinary requests: reqwest, with everything it would do for us switched off.

use std::sync::{Arc, OnceLock};

use super::BoxError;
use super::connect::{Connections, CountLayer};
use super::resolve::Resolver;
use super::tls::{Alpn, Tls};

/// Header lines we are ready to look at; beyond that a head counts as too large.
pub(super) const MAX_HEADERS: usize = 500;

/// One reqwest client per HTTP version asked for, each with and without proxies, made when first used.
pub(super) struct Ordinary {
    tls: Tls,
    resolver: Resolver,
    connections: Arc<Connections>,
    clients: [[OnceLock<Result<reqwest::Client, String>>; 3]; 2],
}

impl Ordinary {
    pub(super) fn new(tls: Tls, resolver: Resolver, connections: Arc<Connections>) -> Ordinary {
        Ordinary { tls, resolver, connections, clients: Default::default() }
    }

    pub(super) async fn send(
        &self,
        alpn: Alpn,
        proxied: bool,
        request: reqwest::Request,
    ) -> Result<http::Response<reqwest::Body>, BoxError> {
        let client = self.client(alpn, proxied).map_err(BoxError::from)?;
        Ok(client.execute(request).await?.into())
    }

    /// The client for a version; making one can fail only where the TLS library and reqwest disagree.
    pub(super) fn client(&self, alpn: Alpn, proxied: bool) -> Result<&reqwest::Client, String> {
        self.clients[usize::from(proxied)][alpn.index()]
            .get_or_init(|| self.build(alpn, proxied))
            .as_ref()
            .map_err(String::clone)
    }

    fn build(&self, alpn: Alpn, proxied: bool) -> Result<reqwest::Client, String> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.config(alpn))
            .dns_resolver(self.resolver.clone())
            .connector_layer(CountLayer(Arc::clone(&self.connections)))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .tcp_nodelay(true)
            .http1_max_headers(MAX_HEADERS);
        builder = match alpn {
            Alpn::Http1 => builder.http1_only(),
            Alpn::Http2 => builder.http2_prior_knowledge(),
            Alpn::Any | Alpn::None => builder,
        };
        if !proxied {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| format!("the HTTP client cannot be made: {error}"))
    }
}
