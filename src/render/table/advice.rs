//! Nothing answered: the cause, and what to do about it.

use crate::exchange::{Exchange, FailureKind, TransportError};
use crate::recording::NotTried;
use crate::report::{Did, Report};

/// Whether any cell got an answer at all.
pub(in crate::render) fn reached(report: &Report) -> bool {
    report.cells.iter().any(|cell| matches!(cell.did, Did::Answer(_)))
}

/// The failure that stands for the run: a cell's, else that of an exchange before the cells.
fn failure(report: &Report) -> Option<&TransportError> {
    let cells = report.cells.iter().find_map(|cell| match &cell.did {
        Did::Failed { error, .. } => Some(error),
        _ => None,
    });
    // An exchange read from a stranger's file is not trusted to have a hop.
    let usable = |exchange: &&Exchange| !exchange.hops.is_empty();
    cells.or_else(|| report.recording.exchanges.iter().filter(usable).rev().find_map(Exchange::error))
}

/// Why nothing could be told, in one line; not escaped.
pub(in crate::render) fn cause(report: &Report) -> String {
    if let Some(problem) = &report.recording.access.problem {
        return problem.clone();
    }
    if let Some(error) = failure(report).filter(|_| !reached(report)) {
        return error.to_string();
    }
    let reason = report.cells.iter().find_map(|cell| match &cell.did {
        Did::NotTried(
            why @ (NotTried::Unreachable(_) | NotTried::RateLimited(_) | NotTried::Cancelled(_)),
        ) => Some(why.reason().to_owned()),
        _ => None,
    });
    reason.unwrap_or_else(|| "too little was answered to judge any path".to_owned())
}

/// What to do, where no finding says so.
pub(in crate::render) fn remedy(report: &Report) -> &'static str {
    let Some(error) = failure(report).filter(|_| !reached(report)) else {
        return "Run it again later, or with --deadline and --timeout raised.";
    };
    match error.kind {
        FailureKind::HostNotFound => "Check the spelling of the host, and which resolver this machine asks.",
        FailureKind::Refused => {
            "Check the port, and that the registry runs; on loopback, that it listens there."
        }
        FailureKind::Unreachable => "Check the route to that host: VPN, firewall, IPv6 without a way out.",
        FailureKind::TlsUntrusted => {
            "Give the CA that signed its certificate with --cacert, or look with --insecure."
        }
        FailureKind::TlsExpired | FailureKind::TlsNotYetValid => {
            "Check this machine's clock; if it is right, the registry needs a new certificate."
        }
        FailureKind::TlsWrongName => "Ask the registry by a name that its certificate holds.",
        FailureKind::TlsClientCertificate => "Give the client certificate it wants with --cert and --key.",
        FailureKind::Tls => {
            "Try another TLS client against that port: no version or cipher may be in common."
        }
        FailureKind::PlainHttpOnTls => {
            "It speaks plain HTTP: add --plain-http, or write http:// before the image."
        }
        FailureKind::TlsOnPlainHttp => "It speaks TLS: leave --plain-http and http:// away.",
        FailureKind::Timeout => "Raise --timeout; if that is no help, something between drops the packets.",
        FailureKind::Reset | FailureKind::Closed => {
            "Something closes the connection: look at proxies and load balancers between."
        }
        FailureKind::Malformed => "What listens there may be no HTTP server: check host and port.",
        FailureKind::TooLarge => "The answer is larger than any registry sends: check host and port.",
        FailureKind::RedirectLoop | FailureKind::RedirectRefused => {
            "Look where the registry redirects to; it is in the JSON report."
        }
        FailureKind::Proxy => "Look at HTTPS_PROXY and NO_PROXY: the proxy refused.",
        FailureKind::Cancelled => "Run it again, with --deadline raised.",
        FailureKind::Other => "The message above is all that is known; -o report.json keeps the exchange.",
    }
}
