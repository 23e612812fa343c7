//! Nobody there: names, connections, TLS, HTTP framing.

use super::{proxy, spoilt};
use crate::diagnosis::rule::{Case, Layer, Rule};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{FailureKind, Phase, TransportError};
use url::Url;

/// The failure that ended the first contact, or every cell, and the host that it was met at: behind a redirect that is
/// not the registry's.
///
/// A failure that only some cells met is their own affair ([`spoilt`](super::spoilt) looks at some of those).
pub(super) struct Failure<'a> {
    pub(super) error: &'a TransportError,
    pub(super) host: String,
}

fn failure<'a>(case: &Case<'a>) -> Option<Failure<'a>> {
    let evidence = case.evidence;
    if evidence.reached() {
        return None;
    }
    let exchange = evidence.recording.exchanges.iter().rev().find(|e| e.error().is_some())?;
    let base = &evidence.recording.base_url;
    let behind = Url::parse(&exchange.last().request.url).ok().filter(|_| exchange.hops.len() > 1);
    let host = match behind.map(|url| url.origin().ascii_serialization()) {
        Some(place) => format!("{place}, to which {base} redirects,"),
        None => base.clone(),
    };
    Some(Failure { error: exchange.error()?, host })
}

pub(super) fn fatal(
    case: &Case<'_>,
    id: &'static str,
    kinds: &[FailureKind],
    whose: Whose,
    words: fn(&Failure<'_>) -> (String, String, String),
) -> Option<Finding> {
    let failure = failure(case).filter(|failure| kinds.contains(&failure.error.kind))?;
    let (title, explanation, remedy) = words(&failure);
    let cells = case.evidence.cells.iter().filter(|c| matches!(c.did, crate::report::Did::Failed { .. }));
    Some(
        Finding::new(id, Severity::Broken, Confidence::Certain, whose)
            .title(title)
            .explain(explanation)
            .remedy(remedy)
            .evidence(cells.map(|c| &c.id)),
    )
}

/// The name does not resolve.
pub(crate) const HOST_NOT_FOUND: Rule = Rule {
    id: "host-not-found",
    layer: Layer::Transport,
    under: &[],
    examine: |case| {
        fatal(
            case,
            "host-not-found",
            &[FailureKind::HostNotFound],
            Whose::Request,
            |Failure { error, host }| {
                (
                format!("The host name of {host} does not resolve"),
                format!("Looking up the registry's name failed: {}.", error.message),
                "Check the spelling of the host and whether this machine is in the network that knows it; --resolve \
                 HOST:PORT:ADDRESS sets the address by hand."
                    .to_owned(),
            )
            },
        )
    },
};

/// Nothing listens.
pub(crate) const CONNECTION_REFUSED: Rule = Rule {
    id: "connection-refused",
    layer: Layer::Transport,
    under: &[],
    examine: |case| {
        let kinds = [FailureKind::Refused, FailureKind::Unreachable];
        fatal(case, "connection-refused", &kinds, Whose::Registry, |Failure { error, host }| {
            (
                format!("Connection refused: {host}"),
                format!("The connection was not accepted: {}.", error.message),
                "Start the registry, or correct the port: without one, 443 is used (on loopback also 80)."
                    .to_owned(),
            )
        })
    },
};

/// The certificate is not one to trust.
pub(crate) const TLS_UNTRUSTED: Rule = Rule {
    id: "tls-untrusted",
    layer: Layer::Transport,
    under: &[],
    examine: |case| {
        let kinds = [
            FailureKind::TlsUntrusted,
            FailureKind::TlsExpired,
            FailureKind::TlsNotYetValid,
            FailureKind::TlsWrongName,
            FailureKind::Tls,
        ];
        fatal(case, "tls-untrusted", &kinds, Whose::Registry, |Failure { error, host }| {
            let (what, remedy) = match error.kind {
                FailureKind::TlsExpired => (
                    "its certificate has expired",
                    "Renew the registry's certificate; --insecure skips the check until then.",
                ),
                FailureKind::TlsNotYetValid => (
                    "its certificate is not valid yet",
                    "Check the clocks of both machines; --insecure skips the check.",
                ),
                FailureKind::TlsWrongName => (
                    "its certificate is for another name",
                    "Use a name from the certificate, or issue one for this name; --insecure skips the check.",
                ),
                FailureKind::TlsClientCertificate => (
                    "it requires a client certificate",
                    "Pass a client certificate with --cert FILE --key FILE.",
                ),
                FailureKind::TlsUntrusted => (
                    "its certificate is signed by an unknown authority",
                    "Pass the CA that signed it, or a self-signed certificate itself, with --cacert FILE; --insecure skips the \
                     check.",
                ),
                _ => ("the handshake failed", "Compare the TLS versions and ciphers of both sides."),
            };
            (
                format!("TLS with {host} failed: {what}"),
                format!("The handshake ended with: {}.", error.message),
                remedy.to_owned(),
            )
        })
    },
};

/// Plain HTTP where TLS was spoken, or the reverse.
pub(crate) const PLAIN_HTTP: Rule = Rule {
    id: "plain-http-registry",
    layer: Layer::Transport,
    under: &[],
    examine: |case| {
        let kinds = [FailureKind::PlainHttpOnTls, FailureKind::TlsOnPlainHttp];
        fatal(case, "plain-http-registry", &kinds, Whose::Request, |Failure { error, host }| {
            let (title, remedy) = if error.kind == FailureKind::PlainHttpOnTls {
                (
                    format!("{host} speaks plain HTTP, not TLS"),
                    "Use --plain-http, or write http:// before the reference.",
                )
            } else {
                (format!("{host} speaks TLS, not plain HTTP"), "Omit --plain-http, or write https://.")
            };
            (
                title,
                format!("The first bytes that came were of the other protocol: {}.", error.message),
                remedy.to_owned(),
            )
        })
    },
};

/// It never answered.
pub(crate) const TIMED_OUT: Rule = Rule {
    id: "timed-out",
    layer: Layer::Transport,
    under: &[],
    examine: |case| {
        fatal(case, "timed-out", &[FailureKind::Timeout], Whose::Registry, |Failure { error, host }| {
            let connected = !matches!(error.phase, Phase::Dns | Phase::Connect);
            let (what, remedy) = if connected {
                (
                    "connected, but no answer in time",
                    "Registry operator: read the registry's log and the proxy's; --timeout waits longer.",
                )
            } else {
                ("no connection in time", "Check for a firewall that drops packets; --timeout waits longer.")
            };
            (format!("{host}: {what}"), format!("Time ran out: {}.", error.message), remedy.to_owned())
        })
    },
};

/// It broke.
pub(crate) const CONNECTION_BROKEN: Rule = Rule {
    id: "connection-broken",
    layer: Layer::Transport,
    under: &[],
    examine: |case| {
        let kinds = [
            FailureKind::Reset,
            FailureKind::Closed,
            FailureKind::Malformed,
            FailureKind::TooLarge,
            FailureKind::RedirectLoop,
            FailureKind::RedirectRefused,
            FailureKind::Other,
        ];
        if let Some(finding) = proxy::unreached(case).or_else(|| proxy::login(case)) {
            return Some(finding);
        }
        let broken = fatal(case, "connection-broken", &kinds, Whose::Registry, |Failure { error, host }| {
            let title = match error.kind {
                FailureKind::Malformed => format!("The answer of {host} is not HTTP"),
                FailureKind::RedirectLoop => format!("Redirect loop at {host}"),
                FailureKind::RedirectRefused => {
                    format!("{host} redirects to an address that is not followed")
                }
                _ => format!("Connections to {host} break"),
            };
            (
                title,
                format!("Every request ended with {error}."),
                "Check that this port is the registry's, then the proxies in between and their logs."
                    .to_owned(),
            )
        });
        broken.or_else(|| spoilt::finding(case))
    },
};
