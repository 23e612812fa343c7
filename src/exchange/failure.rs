//! Failures below HTTP, typed by what would mend them.

use std::fmt;

/// Where in the exchange something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Looking up the name.
    Dns,
    /// TCP.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for, or reading, the response head.
    Head,
    /// Reading the body.
    Body,
}

impl Phase {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Dns => "dns",
            Phase::Connect => "connect",
            Phase::Tls => "tls",
            Phase::Send => "send",
            Phase::Head => "head",
            Phase::Body => "body",
        }
    }

    /// The inverse of [`Phase::as_str`].
    pub fn parse(text: &str) -> Option<Phase> {
        [Phase::Dns, Phase::Connect, Phase::Tls, Phase::Send, Phase::Head, Phase::Body]
            .into_iter()
            .find(|p| p.as_str() == text)
    }
}

/// A failure below HTTP, or of HTTP's own framing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    /// What kind of failure.
    pub kind: FailureKind,
    /// In which phase.
    pub phase: Phase,
    /// The library's words, redacted: for display, never matched on.
    pub message: String,
}

/// Kinds of failure that have different remedies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// The name does not resolve.
    HostNotFound,
    /// Nothing listens on that port.
    Refused,
    /// No route, network or host unreachable.
    Unreachable,
    /// The certificate's chain ends in a root we do not know, or it is self-signed.
    TlsUntrusted,
    /// The certificate has expired.
    TlsExpired,
    /// The certificate is not valid yet.
    TlsNotYetValid,
    /// The certificate is for another name.
    TlsWrongName,
    /// The server wants a client certificate, or refused ours.
    TlsClientCertificate,
    /// Any other TLS failure: no common version or cipher, an alert, a broken handshake.
    Tls,
    /// The server speaks plain HTTP where we spoke TLS.
    PlainHttpOnTls,
    /// The server speaks TLS where we spoke plain HTTP.
    TlsOnPlainHttp,
    /// Time ran out; the phase says where.
    Timeout,
    /// The peer reset the connection.
    Reset,
    /// The peer closed before the answer was complete.
    Closed,
    /// What came is not HTTP, or breaks its framing rules.
    Malformed,
    /// The head, or what was to be held, is over our bound.
    TooLarge,
    /// More redirects than we follow, or a loop.
    RedirectLoop,
    /// A redirect or realm we will not follow: public to private address, TLS to plain, no valid URL.
    RedirectRefused,
    /// The run ended first: its deadline, or an interrupt.
    Cancelled,
    /// A proxy in between refused.
    Proxy,
    /// None of the above; the message is all there is.
    Other,
}

impl FailureKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [FailureKind; 21] = [
        FailureKind::HostNotFound,
        FailureKind::Refused,
        FailureKind::Unreachable,
        FailureKind::TlsUntrusted,
        FailureKind::TlsExpired,
        FailureKind::TlsNotYetValid,
        FailureKind::TlsWrongName,
        FailureKind::TlsClientCertificate,
        FailureKind::Tls,
        FailureKind::PlainHttpOnTls,
        FailureKind::TlsOnPlainHttp,
        FailureKind::Timeout,
        FailureKind::Reset,
        FailureKind::Closed,
        FailureKind::Malformed,
        FailureKind::TooLarge,
        FailureKind::RedirectLoop,
        FailureKind::RedirectRefused,
        FailureKind::Cancelled,
        FailureKind::Proxy,
        FailureKind::Other,
    ];

    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::HostNotFound => "host-not-found",
            FailureKind::Refused => "refused",
            FailureKind::Unreachable => "unreachable",
            FailureKind::TlsUntrusted => "tls-untrusted",
            FailureKind::TlsExpired => "tls-expired",
            FailureKind::TlsNotYetValid => "tls-not-yet-valid",
            FailureKind::TlsWrongName => "tls-wrong-name",
            FailureKind::TlsClientCertificate => "tls-client-certificate",
            FailureKind::Tls => "tls",
            FailureKind::PlainHttpOnTls => "plain-http-on-tls",
            FailureKind::TlsOnPlainHttp => "tls-on-plain-http",
            FailureKind::Timeout => "timeout",
            FailureKind::Reset => "reset",
            FailureKind::Closed => "closed",
            FailureKind::Malformed => "malformed-http",
            FailureKind::TooLarge => "too-large",
            FailureKind::RedirectLoop => "redirect-loop",
            FailureKind::RedirectRefused => "redirect-refused",
            FailureKind::Cancelled => "cancelled",
            FailureKind::Proxy => "proxy",
            FailureKind::Other => "other",
        }
    }

    /// The inverse of [`FailureKind::as_str`].
    pub fn parse(text: &str) -> Option<FailureKind> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.kind.as_str(), self.phase.as_str(), self.message)
    }
}
