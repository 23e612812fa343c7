//! One request and its answer.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper_util::client::legacy::connect::HttpInfo;
use tokio::time::{Instant, timeout_at};

use super::BoxError;
use super::body::{self, BodyFault};
use super::classify::{Context, classify, own, timeout};
use super::client::{Inner, RawResponse};
use super::limit::Host;
use super::marks::{MARKS, Marks};
use super::redact::Scrubber;
use super::tls::Alpn;
use super::wire_url::WireUrl;
use super::words::{Keys, latin1};
use crate::exchange::{
    Body, BodyEnd, BodyPolicy, FailureKind, Header, Hop, HttpVersion, Method, Outcome, Phase, Request,
    Response, SentRequest, Timing, TransportError,
};
use crate::reach::Reach;

/// One request, ready to be sent.
pub(super) struct Sending<'a> {
    pub(super) method: Method,
    pub(super) address: &'a WireUrl,
    pub(super) headers: &'a [(String, String)],
    pub(super) form: Option<&'a str>,
    pub(super) version: Option<HttpVersion>,
    pub(super) body: BodyPolicy,
    /// Whether a redirect led here.
    pub(super) redirected: bool,
    /// Addresses that were already checked.
    pub(super) pinned: Option<Vec<std::net::IpAddr>>,
    /// Whether it gets a connection of its own, which nothing else uses before or after it.
    pub(super) alone: bool,
    pub(super) scrubber: &'a Scrubber,
}

/// What came back: the redacted hop, and what must not be recorded.
pub(super) struct Received {
    pub(super) hop: Hop,
    pub(super) raw: Option<Raw>,
    /// Whether it failed by what an earlier answer left on the connection, as far as can be seen.
    pub(super) spoilt: bool,
}

/// An answer before redaction.
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) kept: Bytes,
    pub(super) complete: bool,
    /// The peer, where it is the server itself and not a proxy.
    pub(super) peer: Option<SocketAddr>,
}

impl Raw {
    pub(super) fn into_response(self) -> RawResponse {
        let line = |(name, value): (&HeaderName, &HeaderValue)| Header {
            name: name.as_str().to_owned(),
            value: latin1(value.as_bytes()),
        };
        RawResponse {
            status: self.status,
            headers: self.headers.iter().map(line).collect(),
            body: self.kept,
            complete: self.complete,
        }
    }
}

impl<'a> Sending<'a> {
    pub(super) fn first(request: &'a Request, address: &'a WireUrl, scrubber: &'a Scrubber) -> Sending<'a> {
        Sending {
            method: request.method,
            address,
            headers: &request.headers,
            form: request.form.as_deref(),
            version: request.version,
            body: request.body,
            redirected: false,
            pinned: None,
            alone: false,
            scrubber,
        }
    }

    fn alpn(&self) -> Result<Alpn, &'static str> {
        match self.version {
            None => Ok(Alpn::Any),
            Some(HttpVersion::Http11) => Ok(Alpn::Http1),
            Some(HttpVersion::Http2) if self.address.is_https() => Ok(Alpn::Http2),
            Some(HttpVersion::Http2) => Err("HTTP/2 is only tried over TLS"),
            Some(HttpVersion::Http10) => Err("HTTP/1.0 cannot be asked for"),
        }
    }

    fn header_map(&self) -> Result<HeaderMap, String> {
        let mut map = HeaderMap::with_capacity(self.headers.len() + 3);
        for (name, value) in self.headers {
            let parsed = HeaderName::from_bytes(name.as_bytes());
            let parsed = parsed.map_err(|_| format!("{name:?} is no header name"))?;
            let mut value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| format!("the value of the header {name} holds a control character"))?;
            // Never indexed by HTTP/2's header compression.
            value
                .set_sensitive(matches!(parsed.as_str(), "authorization" | "cookie" | "proxy-authorization"));
            map.append(parsed, value);
        }
        if let Some(form) = self.form {
            map.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/x-www-form-urlencoded"));
            map.insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
        }
        Ok(map)
    }

    pub(super) fn sent(&self, headers: &HeaderMap, version: Option<Version>) -> SentRequest {
        let mut lines = self.scrubber.request_headers(headers);
        let h2 = version.map_or(self.version == Some(HttpVersion::Http2), |v| v == Version::HTTP_2);
        if !h2 && !headers.contains_key(HOST) {
            // Both libraries write it last, from the URL.
            let default = if self.address.is_https() { 443 } else { 80 };
            let value = match self.address.port() {
                port if port == default => self.address.host().to_owned(),
                _ => self.address.authority(),
            };
            lines.push(Header { name: "host".to_owned(), value: self.scrubber.text(&value).into_owned() });
        }
        let keys = if self.redirected { Keys::All } else { Keys::Sensitive };
        let url = self.scrubber.url(&self.address.text, keys);
        SentRequest { method: self.method, url, headers: lines }
    }
}

type Answer = http::Response<Either<reqwest::Body, Incoming>>;

impl Inner {
    /// Sends one request within our limits, and reads its answer within the time of one hop.
    pub(super) async fn send(&self, sending: Sending<'_>) -> Received {
        let host = self.limits.host(&sending.address.authority());
        let _permit = host.admit().await;
        let start = self.elapsed_ms();
        let began = Instant::now();
        let address = sending.address;
        let marks = Arc::new(Marks::new(address.host(), address.port(), sending.pinned.clone()));
        let headers = sending.header_map();
        let (headers, alpn) = match (headers, sending.alpn()) {
            (Ok(headers), Ok(alpn)) => (headers, alpn),
            (Ok(headers), Err(why)) => {
                return failed(&sending, &headers, own(FailureKind::Other, Phase::Send, why), start);
            }
            (Err(why), _) => {
                let error = own(FailureKind::Other, Phase::Send, sending.scrubber.message(&why));
                return failed(&sending, &HeaderMap::new(), error, start);
            }
        };
        let proxy = self.proxies.name(address);
        let proxied = proxy.is_some();
        let deadline = began + self.config.timeout;
        let answering =
            MARKS.scope(Arc::clone(&marks), self.answer(&sending, headers.clone(), alpn, proxied, &host));
        let answer = timeout_at(deadline, answering).await;
        let context = |in_body| Context { marks: &marks, proxy: proxy.as_deref(), in_body };
        let seconds = self.config.timeout.as_secs_f64();
        let scrub = |mut error: TransportError| {
            if sending.redirected && error.phase == Phase::Tls {
                error.message = format!("with {}, behind a redirect: {}", address.authority(), error.message);
            }
            error.message = sending.scrubber.message(&error.message);
            error
        };
        let first_byte = millis(began);
        let mut timing = Timing { start, ..Timing::default() };
        let mut reused = None;
        let error = match answer {
            Ok(Ok(answer)) => {
                if !address.is_https() {
                    host.spoke_http();
                }
                let (parts, stream) = answer.into_parts();
                let (body, no_room) = body::read(stream, sending.body, &self.budget, deadline, |fault| {
                    scrub(match fault {
                        BodyFault::Timeout => timeout(context(true), seconds),
                        BodyFault::Error(error) => classify(&*error, context(true)),
                    })
                })
                .await;
                timing.first_byte = Some(first_byte);
                timing.total = millis(began);
                let info = parts.extensions.get::<HttpInfo>();
                timing.connection = info.and_then(|info| self.connections.number(info));
                if timing.connection == marks.connection() {
                    timing.dns = marks.dns_ms();
                    timing.connect = marks.connect_ms();
                }
                if let Some(number) = timing.connection {
                    self.connections.answered(number, sending.method == Method::Head);
                }
                let peer = info.map(HttpInfo::remote_addr);
                if let Some(peer) = peer.filter(|_| !proxied) {
                    host.met(Reach::of(peer.ip()));
                }
                let read = Read::of(&sending, &parts, body).scrubbed_aside().await;
                let mut received = answered(&sending, &headers, parts, read, peer, proxied, timing);
                self.budget.admit(&mut received.hop, no_room);
                return received;
            }
            Ok(Err(error)) => {
                let number = self.connections.of_failure(&*error);
                reused = number.filter(|number| marks.connection() != Some(*number));
                scrub(classify(&*error, context(false)))
            }
            Err(_) => scrub(timeout(context(false), seconds)),
        };
        timing.total = millis(began);
        timing.dns = marks.dns_ms();
        timing.connect = marks.connect_ms();
        timing.connection = reused.or_else(|| marks.connection());
        let spoilt = reused.is_some_and(|number| match error.kind {
            FailureKind::Malformed => true,
            FailureKind::Closed | FailureKind::Reset => self.connections.is_after_head(number),
            _ => false,
        });
        let request = sending.sent(&headers, None);
        let mut hop = Hop { request, outcome: Outcome::Failed(error), timing };
        self.budget.admit(&mut hop, false);
        Received { hop, raw: None, spoilt }
    }

    async fn answer(
        &self,
        sending: &Sending<'_>,
        headers: HeaderMap,
        alpn: Alpn,
        proxied: bool,
        host: &Host,
    ) -> Result<Answer, BoxError> {
        let address = sending.address;
        let method = match sending.method {
            Method::Get => http::Method::GET,
            Method::Head => http::Method::HEAD,
            Method::Post => http::Method::POST,
            Method::Put | Method::Patch | Method::Delete => return Err("regprobe never writes".into()),
        };
        // reqwest adds an `Accept` of its own, rewrites some URLs, and cannot show the bytes of what is
        // not HTTP: a TLS server asked in plain text.
        let unproven = !address.is_https() && !host.speaks_http();
        let exact = address.exact.is_some() || unproven || sending.alone;
        if !headers.contains_key(http::header::ACCEPT) || exact {
            let form = Bytes::from(sending.form.unwrap_or_default().to_owned());
            let mut request = http::Request::new(Full::new(form));
            *request.method_mut() = method;
            *request.uri_mut() = match &address.exact {
                Some(uri) => uri.clone(),
                None => address.url.as_str().parse()?,
            };
            *request.headers_mut() = headers;
            Ok(self.exact.send(alpn, sending.alone, request).await?.map(Either::Right))
        } else {
            let mut request = reqwest::Request::new(method, address.url.clone());
            *request.headers_mut() = headers;
            if let Some(form) = sending.form {
                *request.body_mut() = Some(reqwest::Body::from(form.to_owned()));
            }
            Ok(self.ordinary.send(alpn, proxied, request).await?.map(Either::Left))
        }
    }

    /// The hop of a request whose URL cannot be sent at all.
    pub(super) fn unsendable(&self, request: &Request, scrubber: &Scrubber, why: &str) -> Hop {
        let url = scrubber.url(&request.url, Keys::Sensitive);
        let request = SentRequest { method: request.method, url, headers: Vec::new() };
        let error = own(FailureKind::Other, Phase::Send, scrubber.message(why));
        let timing = Timing { start: self.elapsed_ms(), ..Timing::default() };
        Hop { request, outcome: Outcome::Failed(error), timing }
    }
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn failed(sending: &Sending<'_>, headers: &HeaderMap, error: TransportError, start: f64) -> Received {
    let timing = Timing { start, ..Timing::default() };
    let request = sending.sent(headers, None);
    Received { hop: Hop { request, outcome: Outcome::Failed(error), timing }, raw: None, spoilt: false }
}

/// A body, and what takes the secrets out of it.
pub(super) struct Read {
    body: Body,
    raw: Bytes,
    redirects: bool,
    scrubber: Scrubber,
}

impl Read {
    pub(super) fn of(sending: &Sending<'_>, parts: &http::response::Parts, body: Body) -> Read {
        let location = parts.headers.get(http::header::LOCATION).filter(|_| parts.status.is_redirection());
        // The answer quotes its own Location: what signs it must go from the body as well.
        let taught = location.map(|value| sending.scrubber.with_redirect(&latin1(value.as_bytes())));
        let scrubber = taught.unwrap_or_else(|| sending.scrubber.clone());
        Read { raw: body.kept.clone(), body, redirects: location.is_some(), scrubber }
    }

    pub(super) fn scrubbed(mut self) -> Read {
        self.body.kept = self.scrubber.body(self.body.kept, self.redirects);
        self
    }

    /// The same, a large body on a thread of its own.
    pub(super) async fn scrubbed_aside(mut self) -> Read {
        self.body.kept = self.scrubber.body_aside(self.body.kept, self.redirects).await;
        self
    }
}

pub(super) fn answered(
    sending: &Sending<'_>,
    headers: &HeaderMap,
    parts: http::response::Parts,
    read: Read,
    peer: Option<SocketAddr>,
    proxied: bool,
    timing: Timing,
) -> Received {
    let Read { body, raw: kept, scrubber, .. } = read;
    let standard = parts.status.canonical_reason().unwrap_or_default();
    let reason = parts
        .extensions
        .get::<ReasonPhrase>()
        .map(|reason| latin1(reason.as_bytes()))
        .filter(|reason| !reason.is_empty() && reason != standard)
        .map(|reason| scrubber.text(&reason).into_owned());
    let response = Response {
        status: parts.status.as_u16(),
        reason,
        version: match parts.version {
            Version::HTTP_2 => HttpVersion::Http2,
            Version::HTTP_09 | Version::HTTP_10 => HttpVersion::Http10,
            _ => HttpVersion::Http11,
        },
        headers: scrubber.response_headers(&parts.headers),
        headers_dropped: 0,
        peer: peer.map(|peer| peer.to_string()),
        body,
    };
    let raw = Raw {
        status: parts.status.as_u16(),
        headers: parts.headers,
        kept,
        complete: response.body.end == BodyEnd::Complete,
        peer: peer.filter(|_| !proxied),
    };
    let request = sending.sent(headers, Some(parts.version));
    Received {
        hop: Hop { request, outcome: Outcome::Answered(response), timing },
        raw: Some(raw),
        spoilt: false,
    }
}
