//! The transport as others see it.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use secrecy::ExposeSecret as _;

use super::budget::Budget;
use super::classify::own;
use super::config::{TransportConfig, TransportConfigError};
use super::connect::Connections;
use super::exact::Exact;
use super::hop::Sending;
use super::http::Ordinary;
use super::limit::Limits;
use super::proxy::Proxies;
use super::redact::Scrubber;
use super::resolve::Resolver;
use super::tls::{Alpn, Tls};
use super::wire_url::WireUrl;
use crate::exchange::{FailureKind, Header, Hop, Outcome, Phase, Redirects, Request};
use crate::reach::Reach;

/// Sends requests and records what came of them. Cheap to clone; clones share connections and limits.
#[derive(Clone)]
pub struct Transport {
    pub(super) inner: Arc<Inner>,
}

/// What the clones share.
pub(super) struct Inner {
    pub(super) config: TransportConfig,
    pub(super) started: Instant,
    pub(super) ordinary: Ordinary,
    pub(super) exact: Exact,
    pub(super) limits: Limits,
    pub(super) budget: Budget,
    pub(super) proxies: Proxies,
    pub(super) resolver: Resolver,
    pub(super) connections: Arc<Connections>,
    pub(super) scrubber: Scrubber,
}

/// An answer with its secrets, for `auth` only. Never recorded.
#[derive(Clone)]
pub struct RawResponse {
    /// The status code.
    pub status: u16,
    /// Header lines in order, names lower case, nothing redacted.
    pub headers: Vec<Header>,
    /// The body as received, up to the keep limit.
    pub body: Bytes,
    /// Whether the body is all there.
    pub complete: bool,
}

impl RawResponse {
    /// The first value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|h| h.name == name).map(|h| h.value.as_str())
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Transport {
    /// Checks the configuration and sets everything up; nothing is sent yet.
    pub fn new(config: TransportConfig) -> Result<Transport, TransportConfigError> {
        let proxies = Proxies::from_environment(config.proxies);
        Self::with_proxies(config, proxies)
    }

    pub(super) fn with_proxies(
        config: TransportConfig,
        proxies: Proxies,
    ) -> Result<Transport, TransportConfigError> {
        if config.rate.is_some_and(|rate| !rate.is_finite() || rate <= 0.0) {
            return Err(TransportConfigError::new("the rate must be a number above zero"));
        }
        let tls = Tls::new(&config)?;
        let resolver = Resolver::new(config.resolve.clone());
        let connections = Arc::new(Connections::default());
        let secrets = config.secrets.iter().map(|secret| secret.expose_secret());
        let scrubber = Scrubber::new(secrets, &config.redact_headers, &config.words);
        let ordinary = Ordinary::new(tls.clone(), resolver.clone(), Arc::clone(&connections));
        // Made at once, so that what reqwest refuses is a fault of the configuration and not of a cell.
        ordinary.client(Alpn::Any, false).map_err(TransportConfigError::new)?;
        let exact = Exact::new(tls, resolver.clone(), proxies.clone(), Arc::clone(&connections));
        let limits = Limits::new(config.concurrency, config.rate);
        let started = Instant::now();
        let budget = Budget::new();
        let inner = Inner {
            config,
            started,
            ordinary,
            exact,
            limits,
            budget,
            proxies,
            resolver,
            connections,
            scrubber,
        };
        Ok(Transport { inner: Arc::new(inner) })
    }

    /// Sends a request, follows its redirects as asked, and hands back every hop: at least one.
    pub async fn exchange(&self, request: &Request, redirects: Redirects) -> Vec<Hop> {
        self.inner.follow(request, redirects, false).await.0
    }

    /// As [`exchange`](Transport::exchange), but a request that failed because an earlier answer had spoilt its connection,
    /// by a body after HEAD or by bytes after its end, is sent once more on a connection of its own. Every attempt is
    /// handed back; the last counts.
    pub async fn attempts(&self, request: &Request, redirects: Redirects) -> Vec<Vec<Hop>> {
        let (hops, spoilt) = self.inner.follow(request, redirects, false).await;
        let mut attempts = vec![hops];
        if spoilt {
            attempts.push(self.inner.follow(request, redirects, true).await.0);
        }
        attempts
    }

    /// Through which proxy requests to a URL go, in a sentence for the reader of a report; `None` where they go straight.
    pub fn proxy_note(&self, url: &str) -> Option<String> {
        let proxy = self.inner.proxies.name(&WireUrl::parse(url).ok()?)?;
        Some(format!(
            "requests went through the proxy {proxy}; it resolves their names, so that redirects and token endpoints were \
             judged by name only"
        ))
    }

    /// Sends a request once. The answer is handed back raw beside the hop, whose body is withheld:
    /// what a token endpoint says is a secret, and so are its size and digests. `from` is the server that named the URL:
    /// where it leads nearer to us than that server is, nothing is sent and the hop says so.
    pub async fn fetch(&self, request: &Request, from: Option<&str>) -> (Hop, Option<RawResponse>) {
        let scrubber =
            self.inner.scrubber.with_request(&request.headers, request.form.as_deref(), &request.url);
        let address = match WireUrl::parse(&request.url) {
            Ok(address) => address,
            Err(why) => return (self.inner.unsendable(request, &scrubber, &why), None),
        };
        let mut sending = Sending::first(request, &address, &scrubber);
        if let Some(from) = from {
            let from = WireUrl::parse(from).ok();
            let near = match &from {
                Some(from) => self.inner.reach_of(from).await,
                None => Reach::Public,
            };
            match self.inner.admit(near, &address).await {
                Ok(admitted) => sending.pinned = admitted.pinned,
                Err(to) => {
                    let from = from.as_ref().map_or("the registry", WireUrl::host);
                    let why = format!("the token request leads from {from} to {to}: not sent");
                    let error = own(FailureKind::RedirectRefused, Phase::Send, why);
                    return (self.inner.refusal(request.method, &request.url, &scrubber, error), None);
                }
            }
        }
        let mut received = self.inner.send(sending).await;
        if let Outcome::Answered(response) = &mut received.hop.outcome {
            response.body = super::body::withheld(response.body.end.clone());
        }
        let raw = received.raw.map(|raw| raw.into_response());
        (received.hop, raw)
    }

    /// Begins a run: what earlier ones received and kept counts no more.
    pub fn begin_run(&self) {
        self.inner.budget.renew();
    }

    /// Why the run must end: it has received more than is looked at.
    pub fn spent(&self) -> Option<String> {
        self.inner.budget.spent()
    }

    /// What of the answers of this run was not kept, a sentence each.
    pub fn cuts(&self) -> Vec<String> {
        self.inner.budget.cuts()
    }

    /// The same transport for the requests of somebody else: see [`Relay`](super::Relay).
    pub(super) fn shared(&self) -> &Inner {
        &self.inner
    }

    /// Milliseconds since [`Transport::new`]: the clock of [`Timing::start`](crate::exchange::Timing).
    pub fn elapsed_ms(&self) -> f64 {
        self.inner.elapsed_ms()
    }

    /// Connections opened so far.
    pub fn connections(&self) -> u64 {
        self.inner.connections.opened()
    }
}

impl Inner {
    pub(super) fn elapsed_ms(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1e3
    }
}
