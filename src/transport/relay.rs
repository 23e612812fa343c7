//! Requests of somebody else, passed on to a registry as streams, and captured on the way.
//!
//! Nothing is retried, followed or decoded, and no credentials are added. What is captured is redacted as everything
//! here is; what holds a token is withheld altogether. There is no time limit but the client's own.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Task, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderValue};
use http::{HeaderMap, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::ext::ReasonPhrase;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpInfo;
use secrecy::SecretString;

use super::BoxError;
use super::body::{Taken, withheld};
use super::classify::{Context, classify, own};
use super::client::Transport;
use super::exact::Connector;
use super::hop::{Read, Sending, answered};
use super::marks::{MARKS, Marks};
use super::redact::Scrubber;
use super::relay_headers::{end_to_end, homeward};
use super::wire_url::WireUrl;
use super::words::latin1;
use crate::exchange::{
    BodyEnd, BodyPolicy, FailureKind, Hop, HttpVersion, Method, Outcome, Phase, Timing, TransportError,
};

/// A body on its way.
pub type Streamed = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// Everything is hashed; what a document can be is kept.
const POLICY: BodyPolicy = BodyPolicy { read_limit: u64::MAX, keep_limit: BodyPolicy::DOCUMENT.keep_limit };

/// One request that came to its end.
#[derive(Debug, Clone)]
pub struct Settled {
    /// In order of arrival, from zero.
    pub number: u64,
    /// What was sent and what came of it, redacted.
    pub hop: Hop,
}

/// Passes requests on to one registry.
#[derive(Clone)]
pub struct Relay {
    shared: Arc<Shared>,
}

struct Shared {
    transport: Transport,
    upstream: WireUrl,
    base: String,
    client: Client<Connector, Streamed>,
    /// For HEAD: a body in answer to it, which some servers send, must not be taken for the answer to somebody else.
    apart: Client<Connector, Streamed>,
    /// Knows every secret that went through so far: an answer may quote that of another request.
    known: Mutex<Scrubber>,
    numbers: AtomicU64,
    tell: Box<dyn Fn(Settled) + Send + Sync>,
}

impl Relay {
    /// To the registry at a base URL, without path; the error says what is wrong with it.
    pub fn new(
        transport: Transport,
        upstream: &str,
        tell: impl Fn(Settled) + Send + Sync + 'static,
    ) -> Result<Relay, String> {
        let base = upstream.strip_suffix('/').unwrap_or(upstream).to_owned();
        let address = WireUrl::parse(&base)?;
        if address.url.path() != "/" || address.url.query().is_some() || address.text != base {
            return Err("only scheme, host and port are wanted: https://registry.example".to_owned());
        }
        let known = Mutex::new(transport.shared().scrubber.clone());
        let client = transport.shared().exact.streaming(true);
        let apart = transport.shared().exact.streaming(false);
        let numbers = AtomicU64::new(0);
        let shared = Shared {
            transport,
            upstream: address,
            base,
            client,
            apart,
            known,
            numbers,
            tell: Box::new(tell),
        };
        Ok(Relay { shared: Arc::new(shared) })
    }

    /// Scheme, host and port of the registry, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.shared.base
    }

    /// Every secret that went through so far: no output may hold one.
    pub fn secrets(&self) -> Vec<SecretString> {
        self.shared.known.lock().unwrap_or_else(PoisonError::into_inner).known()
    }

    /// Milliseconds since the transport was made: the clock of [`Timing::start`].
    pub fn elapsed_ms(&self) -> f64 {
        self.shared.transport.elapsed_ms()
    }

    /// Passes one request on. `listen` is what the client calls us where it does not say.
    pub async fn pass(self, request: http::Request<Streamed>, listen: String) -> http::Response<Streamed> {
        let shared = self.shared;
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |p| p.as_str());
        let url = format!("{}{path}", shared.base);
        let address = match (WireUrl::parse(&url), url.parse::<http::Uri>()) {
            (Ok(address), Ok(uri)) => (address, uri),
            _ => return refusal(StatusCode::BAD_REQUEST, "this is no path that can be passed on"),
        };
        let host = head.headers.get(HOST).and_then(|h| h.to_str().ok()).unwrap_or(&listen);
        let proxy = format!("http://{host}");
        let headers = end_to_end(&head.headers, true);
        let (address, uri) = address;
        let scrubber = shared.learn(&headers, &address.text);
        let marks = Arc::new(Marks::new(address.host(), address.port(), None));
        let proxy_name = shared.transport.shared().proxies.name(&address);
        let flight = Flight {
            number: shared.numbers.fetch_add(1, Relaxed),
            method: Method::parse(head.method.as_str()),
            address,
            sent: headers.clone(),
            scrubber,
            marks: Arc::clone(&marks),
            proxy: proxy_name,
            start: shared.transport.elapsed_ms(),
            began: Instant::now(),
            first_byte: None,
            answer: None,
            taken: Taken::new(POLICY),
            shared: Arc::clone(&shared),
            over: false,
        };
        let mut flight = Box::new(flight);
        let mut onward = http::Request::new(body);
        *onward.method_mut() = head.method;
        *onward.uri_mut() = uri;
        *onward.headers_mut() = headers;
        let client = if onward.method() == http::Method::HEAD { &shared.apart } else { &shared.client };
        match MARKS.scope(marks, client.request(onward)).await {
            Err(error) => {
                let error = classify(&error, flight.context(false));
                let message = format!("the registry could not be asked: {}", error.message);
                flight.fail(error);
                refusal(StatusCode::BAD_GATEWAY, &message)
            }
            Ok(response) => {
                let (parts, body) = response.into_parts();
                flight.first_byte = Some(millis(flight.began));
                let mut back = end_to_end(&parts.headers, false);
                homeward(&mut back, &shared.upstream, &proxy);
                let mut out = http::Response::new(());
                *out.status_mut() = parts.status;
                *out.headers_mut() = back;
                if let Some(reason) = parts.extensions.get::<ReasonPhrase>() {
                    out.extensions_mut().insert(reason.clone());
                }
                flight.answer = Some(parts);
                if body.is_end_stream() {
                    flight.settle(BodyEnd::Complete);
                }
                out.map(|()| Tee { inner: body, flight }.boxed_unsync())
            }
        }
    }
}

impl Shared {
    /// Learns the secrets of a request, and gives what knows them all.
    fn learn(&self, headers: &HeaderMap, url: &str) -> Scrubber {
        let lines: Vec<(String, String)> =
            headers.iter().map(|(n, v)| (n.as_str().to_owned(), latin1(v.as_bytes()))).collect();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let all = known.with_request(&lines, None, url).with_redirect(url);
        *known = all.clone();
        all
    }

    fn learn_tokens(&self, tokens: &[String]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = known.with_granted(tokens.iter().map(String::as_str));
    }
}

/// One request under way: whatever becomes of it, it is told once.
struct Flight {
    number: u64,
    /// None of ours: passed on, not recorded.
    method: Option<Method>,
    address: WireUrl,
    sent: HeaderMap,
    scrubber: Scrubber,
    marks: Arc<Marks>,
    /// The proxy between us and the registry, by name.
    proxy: Option<String>,
    start: f64,
    began: Instant,
    first_byte: Option<f64>,
    answer: Option<http::response::Parts>,
    taken: Taken,
    shared: Arc<Shared>,
    over: bool,
}

impl Flight {
    fn context(&self, in_body: bool) -> Context<'_> {
        Context { marks: &self.marks, proxy: self.proxy.as_deref(), in_body }
    }

    fn sending(&self, method: Method) -> Sending<'_> {
        Sending {
            method,
            address: &self.address,
            headers: &[],
            form: None,
            version: Some(HttpVersion::Http11),
            body: POLICY,
            redirected: false,
            pinned: None,
            alone: false,
            scrubber: &self.scrubber,
        }
    }

    fn timing(&self) -> Timing {
        let connection = self.marks.connection();
        Timing {
            start: self.start,
            dns: self.marks.dns_ms(),
            connect: self.marks.connect_ms(),
            first_byte: self.first_byte,
            total: millis(self.began),
            connection,
        }
    }

    fn tell(&self, hop: Hop) {
        (self.shared.tell)(Settled { number: self.number, hop });
    }

    /// No answer.
    fn fail(&mut self, mut error: TransportError) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let Some(method) = self.method else { return };
        error.message = self.scrubber.message(&error.message);
        let request = self.sending(method).sent(&self.sent, None);
        self.tell(Hop { request, outcome: Outcome::Failed(error), timing: self.timing() });
    }

    /// An answer whose body came to its end.
    fn settle(&mut self, end: BodyEnd) {
        if self.over {
            return;
        }
        let Some(parts) = self.answer.take() else { return };
        self.over = true;
        let Some(method) = self.method else { return };
        let mut body = std::mem::replace(&mut self.taken, Taken::new(POLICY)).finish(end);
        let path = self.address.url.path();
        let tokens = tokens(&body.kept);
        if !tokens.is_empty() {
            self.shared.learn_tokens(&tokens);
        }
        let elsewhere = path != "/v2" && !path.starts_with("/v2/");
        if !tokens.is_empty() || elsewhere {
            // What a token endpoint says is a secret, and so are its size and digests.
            body = withheld(body.end);
        } else if path.contains("/blobs/") && body.kept.trim_ascii_start().first() != Some(&b'{') {
            // A layer: looked at, never kept.
            body.kept = Bytes::new();
        }
        let info = parts.extensions.get::<HttpInfo>();
        let mut timing = self.timing();
        timing.connection = info.and_then(|i| self.shared.transport.shared().connections.number(i));
        let peer = info.map(HttpInfo::remote_addr);
        let sending = self.sending(method);
        let read = Read::of(&sending, &parts, body).scrubbed();
        let received = answered(&sending, &self.sent, parts, read, peer, self.proxy.is_some(), timing);
        let mut hop = received.hop;
        super::budget::bound(&mut hop, false);
        self.tell(hop);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let Some(parts) = &self.answer else {
            let waited = millis(self.began) / 1e3;
            let why = format!("the client left after {waited:.1} s, and no response head had arrived");
            return self.fail(own(FailureKind::Timeout, self.marks.phase(), why));
        };
        let length = parts.headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.trim().parse().ok());
        // The client wanted no more of it; whose fault that is cannot be told.
        self.settle(if length == Some(self.taken.size()) { BodyEnd::Complete } else { BodyEnd::Capped });
    }
}

/// An answer's body on its way to the client.
struct Tee {
    inner: Incoming,
    flight: Box<Flight>,
}

impl HttpBody for Tee {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(task);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    self.flight.taken.take(data.clone());
                }
                if self.inner.is_end_stream() {
                    self.flight.settle(BodyEnd::Complete);
                }
            }
            Poll::Ready(Some(Err(error))) => {
                let mut error = classify(error, self.flight.context(true));
                error.phase = Phase::Body;
                error.message = self.flight.scrubber.message(&error.message);
                self.flight.settle(BodyEnd::Broken(error));
            }
            Poll::Ready(None) => self.flight.settle(BodyEnd::Complete),
            Poll::Pending => {}
        }
        polled.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The tokens that an answer grants, whoever gives it.
fn tokens(body: &[u8]) -> Vec<String> {
    let Some(serde_json::Value::Object(fields)) = crate::oci::json::parse(body) else { return Vec::new() };
    let named = ["token", "access_token", "refresh_token", "identity_token", "id_token"];
    named.iter().filter_map(|name| fields.get(*name)?.as_str()).map(str::to_owned).collect()
}

/// An answer of ours, in the form of the spec.
fn refusal(status: StatusCode, message: &str) -> http::Response<Streamed> {
    let message = format!("regprobe record: {message}");
    let body = serde_json::json!({"errors": [{"code": "UNAVAILABLE", "message": message}]}).to_string();
    let mut response =
        http::Response::new(Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
