//! The facts: what was sent, what came back, and when.
//!
//! Nothing here judges. A failed exchange is an observation, not an `Err`: an [`Outcome`] is
//! either a [`Response`] or a typed [`TransportError`], and both are kept. Everything in these
//! types is already redacted; raw secrets never leave `transport` and `auth`.

mod failure;

use std::fmt;

use bytes::Bytes;

pub use failure::{FailureKind, Phase, TransportError};

use crate::oci::digest::Digest;

/// The methods that are recorded. regprobe itself sends GET and HEAD, and POST to a token endpoint: nothing is pushed or
/// deleted. The others are only ever a client's own, seen by a recording proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// RFC 9110, section 9.3.1.
    Get,
    /// RFC 9110, section 9.3.2.
    Head,
    /// Of ours, only to a token endpoint (OAuth2 token request).
    Post,
    /// A client's upload.
    Put,
    /// A client's upload, in pieces.
    Patch,
    /// A client's deletion.
    Delete,
}

impl Method {
    /// The token on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// The inverse of [`Method::as_str`]; upper case only, as methods are case-sensitive.
    pub fn parse(text: &str) -> Option<Method> {
        match text {
            "GET" => Some(Method::Get),
            "HEAD" => Some(Method::Head),
            "POST" => Some(Method::Post),
            "PUT" => Some(Method::Put),
            "PATCH" => Some(Method::Patch),
            "DELETE" => Some(Method::Delete),
            _ => None,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The HTTP version spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HttpVersion {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
}

impl HttpVersion {
    /// As written in a status line or report: `HTTP/1.1`, `HTTP/2`.
    pub fn as_str(self) -> &'static str {
        match self {
            HttpVersion::Http10 => "HTTP/1.0",
            HttpVersion::Http11 => "HTTP/1.1",
            HttpVersion::Http2 => "HTTP/2",
        }
    }

    /// The inverse of [`HttpVersion::as_str`].
    pub fn parse(text: &str) -> Option<HttpVersion> {
        match text {
            "HTTP/1.0" => Some(HttpVersion::Http10),
            "HTTP/1.1" => Some(HttpVersion::Http11),
            "HTTP/2" => Some(HttpVersion::Http2),
            _ => None,
        }
    }
}

/// One header line, in the order of the wire. Repeated names stay repeated lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Lower case.
    pub name: String,
    /// Bytes that are not UTF-8 are shown as Latin-1; secrets are `<redacted>`.
    pub value: String,
}

/// A request to be sent: raw, with secrets, never recorded.
#[derive(Clone)]
pub struct Request {
    /// GET, HEAD or POST.
    pub method: Method,
    /// The absolute URL, byte for byte as it is to be sent.
    pub url: String,
    /// Header lines in order. No `Accept` here means no `Accept` on the wire.
    pub headers: Vec<(String, String)>,
    /// Only for POST to a token endpoint.
    pub form: Option<String>,
    /// Force HTTP/1.1 or HTTP/2; `None` negotiates.
    pub version: Option<HttpVersion>,
    /// What happens to the body.
    pub body: BodyPolicy,
}

/// How much of a response body is read and kept. Every byte that is read is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyPolicy {
    /// Reading stops after so many bytes, and the body counts as [`BodyEnd::Capped`].
    pub read_limit: u64,
    /// The first so many bytes are kept.
    pub keep_limit: u64,
}

impl BodyPolicy {
    /// Manifests, indexes, configs and error bodies: small, and the evidence (4 MiB, the limit
    /// that the distribution spec asks registries to accept for a manifest).
    pub const DOCUMENT: BodyPolicy = BodyPolicy { read_limit: 4 << 20, keep_limit: 4 << 20 };
    /// Layers: looked at, never kept.
    pub const LAYER: BodyPolicy = BodyPolicy { read_limit: 64 << 10, keep_limit: 0 };
}

/// What redirects mean to this request. Every hop is recorded whichever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Redirects {
    /// Followed; Authorization is dropped when scheme, host or port changes, as the spec asks.
    #[default]
    Follow,
    /// Not followed: the redirect is the answer.
    Stop,
    /// Followed, and Authorization is dropped even on the same host.
    Anonymous,
}

/// A request as it went out, redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRequest {
    /// The method.
    pub method: Method,
    /// The URL; user info and the values of signed queries are `<redacted>`.
    pub url: String,
    /// Header lines as sent, in order.
    pub headers: Vec<Header>,
}

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// What was sent.
    pub request: SentRequest,
    /// What came back.
    pub outcome: Outcome,
    /// When.
    pub timing: Timing,
}

/// What came back: an answer, or a typed failure.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A complete response head arrived; the body may still have broken ([`BodyEnd`]).
    Answered(Response),
    /// No response head arrived.
    Failed(TransportError),
}

/// The header in which a replay gives the digests of a body that it cannot send, separated by blanks.
pub(crate) const RECORDED_DIGESTS: &str = "regprobe-recorded-digests";

/// A response as received.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason phrase, where HTTP/1 sent one that is not the standard's.
    pub reason: Option<String>,
    /// The version spoken.
    pub version: HttpVersion,
    /// Header lines in order.
    pub headers: Vec<Header>,
    /// Header lines that were not kept: there were too many.
    pub headers_dropped: u64,
    /// The body.
    pub body: Body,
    /// The peer's address, `127.0.0.1:5000`, where known.
    pub peer: Option<String>,
}

impl Response {
    /// The first value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|h| h.name == name).map(|h| h.value.as_str())
    }

    /// Every value of a header, by lower-case name.
    pub fn header_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |h| h.name == name).map(|h| h.value.as_str())
    }
}

/// A body as received: raw, never decoded behind our back.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Bytes received.
    pub size: u64,
    /// SHA-256 of the bytes received.
    pub sha256: Digest,
    /// SHA-512 of the bytes received.
    pub sha512: Digest,
    /// How it ended.
    pub end: BodyEnd,
    /// The bytes, up to the keep limit; empty when nothing is kept. Redacted where they hold a token.
    pub kept: Bytes,
}

/// How a body ended.
#[derive(Debug, Clone, PartialEq)]
pub enum BodyEnd {
    /// As the framing said.
    Complete,
    /// We stopped reading at the cap.
    Capped,
    /// It broke: reset, truncated, timed out, bad chunk.
    Broken(TransportError),
}

/// Times of one hop in milliseconds; `None` where the phase did not happen on this hop.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// From the start of the run to the sending of this hop (after any waiting for our own limits).
    pub start: f64,
    /// Name resolution.
    pub dns: Option<f64>,
    /// Name resolution, TCP and TLS together.
    pub connect: Option<f64>,
    /// From sending to the response head.
    pub first_byte: Option<f64>,
    /// From sending to the end of the body or the failure.
    pub total: f64,
    /// Which connection carried it, where known: reuse shows as a repeated number.
    pub connection: Option<u64>,
}

/// Why an exchange was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Finding out the scheme: https first, then http, on loopback.
    Scheme,
    /// A token request.
    Token,
    /// A cell's request, answered 401 and sent again with fresh credentials.
    Challenged,
    /// A cell's request, answered 429 and sent again after the pause it asked for.
    Limited,
    /// A cell's request, answered 5xx and sent again when nothing else was under way; or one that failed because an
    /// earlier answer had spoilt its connection, sent again on another.
    Faulted,
    /// A cell's request.
    Cell,
    /// A client's own request that is no cell, passed on by a recording proxy.
    Passed,
}

impl Purpose {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Scheme => "scheme",
            Purpose::Token => "token",
            Purpose::Challenged => "challenged",
            Purpose::Limited => "limited",
            Purpose::Faulted => "faulted",
            Purpose::Cell => "cell",
            Purpose::Passed => "passed",
        }
    }

    /// The inverse of [`Purpose::as_str`].
    pub fn parse(text: &str) -> Option<Purpose> {
        let all = [
            Purpose::Scheme,
            Purpose::Token,
            Purpose::Challenged,
            Purpose::Limited,
            Purpose::Faulted,
            Purpose::Cell,
            Purpose::Passed,
        ];
        all.into_iter().find(|p| p.as_str() == text)
    }
}

/// `x0012`: unique in a recording, and in the order of the plan, not of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExchangeId(pub String);

/// One request with all its redirect hops.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// Its id.
    pub id: ExchangeId,
    /// Why it was made.
    pub purpose: Purpose,
    /// At least one; more where redirects were followed.
    pub hops: Vec<Hop>,
}

impl Exchange {
    /// The last hop: what the asker got in the end.
    pub fn last(&self) -> &Hop {
        // An exchange is only ever made from at least one hop (`runner`, `recording`).
        &self.hops[self.hops.len() - 1]
    }

    /// The final answer, if there is one.
    pub fn response(&self) -> Option<&Response> {
        match &self.last().outcome {
            Outcome::Answered(response) => Some(response),
            Outcome::Failed(_) => None,
        }
    }

    /// The failure that ended it, if one did.
    pub fn error(&self) -> Option<&TransportError> {
        match &self.last().outcome {
            Outcome::Failed(error) => Some(error),
            Outcome::Answered(_) => None,
        }
    }
}
