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
    about: "the registry's name does not resolve",
    page: "The name in the image reference has no address. Either it is misspelt, or it is only known inside a network \
           (a VPN, a cluster, a split-horizon DNS) that this machine is not in. `--resolve HOST:PORT:ADDRESS` tells the \
           address by hand.",
    references: &[],
    under: &[],
    examine: |case| {
        fatal(
            case,
            "host-not-found",
            &[FailureKind::HostNotFound],
            Whose::Request,
            |Failure { error, host }| {
                (
                format!("{host} is not a name that resolves here"),
                format!("Looking up the registry's name failed: {}.", error.message),
                "Check the spelling of the registry in the image reference, and whether this machine is in the network \
                 that knows the name; --resolve HOST:PORT:ADDRESS gives the address by hand."
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
    about: "nothing listens at the registry's address and port",
    page: "The host answered that nothing listens on that port, or no route leads there. The registry is not running, \
           listens on another port, or a firewall is in between. A reference without a port means 443.",
    references: &[],
    under: &[],
    examine: |case| {
        let kinds = [FailureKind::Refused, FailureKind::Unreachable];
        fatal(case, "connection-refused", &kinds, Whose::Registry, |Failure { error, host }| {
            (
                format!("nothing listens at {host}"),
                format!("The connection was not accepted: {}.", error.message),
                "Start the registry, or correct the port: without one in the reference, 443 is asked (and on loopback \
                 80 after it)."
                    .to_owned(),
            )
        })
    },
};

/// The certificate is not one to trust.
pub(crate) const TLS_UNTRUSTED: Rule = Rule {
    id: "tls-untrusted",
    layer: Layer::Transport,
    about: "the registry's certificate is not trusted, has expired, or is for another name",
    page: "TLS ended before HTTP began, because the certificate could not be verified: its issuer is unknown here, it \
           is self-signed, its time is over or has not come, or it names another host. A private CA, or the server's own \
           self-signed certificate, is given with --cacert FILE; --insecure looks past the fault, and the report says so.",
    references: &["RFC 5280", "RFC 6125"],
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
                    "Renew the registry's certificate; until then, --insecure looks past it.",
                ),
                FailureKind::TlsNotYetValid => (
                    "its certificate is not valid yet",
                    "Check the clocks of both machines; --insecure looks past it.",
                ),
                FailureKind::TlsWrongName => (
                    "its certificate is for another name",
                    "Use a name that the certificate holds, or issue one for this name; --insecure looks past it.",
                ),
                FailureKind::TlsUntrusted => (
                    "its certificate is signed by nobody trusted here",
                    "Give the CA that signed it, or a self-signed certificate itself, with --cacert FILE; --insecure looks \
                     past it.",
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
    about: "the registry speaks plain HTTP where TLS was tried, or TLS where plain HTTP was",
    page: "One side speaks TLS and the other does not. Clients try https unless told otherwise. For plain HTTP say so: \
           --plain-http, or http:// before the reference; docker wants the host under insecure-registries. On loopback \
           both are tried, https first.",
    references: &[],
    under: &[],
    examine: |case| {
        let kinds = [FailureKind::PlainHttpOnTls, FailureKind::TlsOnPlainHttp];
        fatal(case, "plain-http-registry", &kinds, Whose::Request, |Failure { error, host }| {
            let (title, remedy) = if error.kind == FailureKind::PlainHttpOnTls {
                (
                    format!("{host} speaks plain HTTP, not TLS"),
                    "Ask it with --plain-http, or write http:// before the reference.",
                )
            } else {
                (format!("{host} speaks TLS, not plain HTTP"), "Leave out --plain-http, or write https://.")
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
    about: "the registry did not answer in time",
    page: "Time ran out (--timeout, 15 s for one request). Where it ran out says much: while connecting, packets are \
           dropped on the way, often by a firewall; after the connection stood, the server or a proxy before it is \
           stuck.",
    references: &[],
    under: &[],
    examine: |case| {
        fatal(case, "timed-out", &[FailureKind::Timeout], Whose::Registry, |Failure { error, host }| {
            let connected = !matches!(error.phase, Phase::Dns | Phase::Connect);
            let (what, remedy) = if connected {
                (
                    "accepted the connection and never answered",
                    "Look at the registry's own log, and at the proxy before it; --timeout waits longer.",
                )
            } else {
                (
                    "could not be connected to in time",
                    "Look for a firewall that drops packets; --timeout waits longer.",
                )
            };
            (format!("{host} {what}"), format!("Time ran out: {}.", error.message), remedy.to_owned())
        })
    },
};

/// It broke.
pub(crate) const CONNECTION_BROKEN: Rule = Rule {
    id: "connection-broken",
    layer: Layer::Transport,
    about: "connections break, or what comes is not HTTP",
    page: "A connection was made, and then it was reset, closed before the answer was complete, or carried bytes that \
           are not HTTP. Something at the other end, or between, is broken, overloaded, or no HTTP server at all. Where a \
           forward proxy is in use (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) and cannot be reached, wants a login or refuses the \
           connection, the fault is the proxy's. Some servers send a body in answer to HEAD, Django's development server \
           among them: it stays on the connection, and clients take it for the answer to their next request.",
    references: &["RFC 9112", "RFC 9110, section 9.3.2 (HEAD)", "RFC 9110, section 15.5.8 (407)"],
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
                FailureKind::Malformed => format!("what {host} answers is not HTTP"),
                FailureKind::RedirectLoop => format!("{host} redirects in a circle"),
                FailureKind::RedirectRefused => format!("{host} redirects to where we do not go"),
                _ => format!("connections to {host} break"),
            };
            (
                title,
                format!("Every request ended with {error}."),
                "Make sure that this port is the registry's; then look at what stands between, and at its log.".to_owned(),
            )
        });
        broken.or_else(|| spoilt::finding(case))
    },
};
