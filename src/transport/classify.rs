//! Error chain -> [`TransportError`]. The only place that reads the libraries' words.

use std::error::Error;
use std::io;

use chrono::DateTime;
use rustls::{AlertDescription, CertificateError, InvalidMessage};
use rustls_pki_types::{ServerName, UnixTime};

use super::marks::Marks;
use super::resolve::DnsError;
use super::words::printable;
use crate::exchange::{FailureKind, Phase, TransportError};

/// Where in a hop the error arose.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// What the hooks saw.
    pub(super) marks: &'a Marks,
    /// The proxy in between, by name.
    pub(super) proxy: Option<&'a str>,
    /// Whether the head had arrived.
    pub(super) in_body: bool,
}

impl Context<'_> {
    fn phase(&self) -> Phase {
        if self.in_body { Phase::Body } else { self.marks.phase() }
    }

    /// The proxy, where it was not reached: a fault on the way to it is its own, whatever it is.
    fn before_proxy(&self) -> Option<&str> {
        self.proxy.filter(|_| matches!(self.phase(), Phase::Dns | Phase::Connect))
    }
}

/// An error of our own making: nothing was sent, or nothing more is.
pub(super) fn own(kind: FailureKind, phase: Phase, message: impl AsRef<str>) -> TransportError {
    TransportError { kind, phase, message: printable(message.as_ref()) }
}

/// The time of a hop ran out.
pub(super) fn timeout(context: Context<'_>, seconds: f64) -> TransportError {
    let phase = context.phase();
    let what = match phase {
        Phase::Dns => "the name was not resolved",
        Phase::Connect => "no connection was made",
        Phase::Tls => "the TLS handshake was not finished",
        Phase::Send | Phase::Head => "no response head arrived",
        Phase::Body => "the body was not complete",
    };
    own(FailureKind::Timeout, phase, format!("{what} within {seconds} s"))
}

/// Names an error of the libraries below.
pub(super) fn classify(error: &(dyn Error + 'static), context: Context<'_>) -> TransportError {
    let mut facts = Facts::default();
    facts.walk(error, 0);
    let (kind, message) = facts.judge(context);
    let phase = match kind {
        FailureKind::HostNotFound => Phase::Dns,
        FailureKind::TlsUntrusted
        | FailureKind::TlsExpired
        | FailureKind::TlsNotYetValid
        | FailureKind::TlsWrongName
        | FailureKind::TlsClientCertificate
        | FailureKind::PlainHttpOnTls => Phase::Tls,
        FailureKind::Tls if !context.in_body => Phase::Tls,
        _ => context.phase(),
    };
    own(kind, phase, message)
}

/// What a chain of errors holds.
#[derive(Default)]
struct Facts<'a> {
    dns: Option<&'a DnsError>,
    tls: Option<&'a rustls::Error>,
    io: Option<&'a io::Error>,
    hyper: Option<&'a hyper::Error>,
    texts: Vec<String>,
}

impl<'a> Facts<'a> {
    /// rustls hides inside `io::Error`, sometimes two deep, and `source` does not lead there.
    fn walk(&mut self, error: &'a (dyn Error + 'static), depth: usize) {
        if depth > 16 {
            return;
        }
        if let Some(dns) = error.downcast_ref() {
            self.dns = Some(dns);
        }
        if let Some(tls) = error.downcast_ref() {
            self.tls = Some(tls);
        }
        if let Some(hyper) = error.downcast_ref() {
            self.hyper = Some(hyper);
        }
        if !error.is::<reqwest::Error>() {
            // reqwest's own words hold the URL, with all that is in it.
            self.texts.push(error.to_string());
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            // The innermost knows the kind; outer ones are made of it, or are `Other`.
            self.io = Some(io);
            if let Some(inner) = io.get_ref() {
                self.walk(inner, depth + 1);
                return;
            }
        }
        if let Some(source) = error.source() {
            self.walk(source, depth + 1);
        }
    }

    fn judge(&self, context: Context<'_>) -> (FailureKind, String) {
        if let Some(proxy) = context.proxy
            && let Some(tunnel) = self.texts.iter().find_map(|text| text.strip_prefix("tunnel error: "))
        {
            return (FailureKind::Proxy, self.of_tunnel(proxy, tunnel));
        }
        if let Some(dns) = self.dns {
            return match context.proxy {
                Some(proxy) => (FailureKind::Proxy, unreached(proxy, &dns.to_string())),
                None => (FailureKind::HostNotFound, dns.to_string()),
            };
        }
        if let Some(tls) = self.tls {
            return of_tls(tls, context.marks.client_certificate_asked());
        }
        let (kind, message) = self.of_http().or_else(|| self.of_io()).unwrap_or_else(|| self.of_words());
        if let Some(proxy) = context.before_proxy() {
            return (FailureKind::Proxy, unreached(proxy, &message));
        }
        if kind == FailureKind::Malformed && context.marks.tls_record() {
            let message = "the server answered a plain request with a TLS record: it speaks TLS on this port";
            return (FailureKind::TlsOnPlainHttp, message.to_owned());
        }
        let cut = matches!(kind, FailureKind::Closed | FailureKind::Reset);
        if cut && !context.in_body && context.marks.client_certificate_asked() {
            // Since TLS 1.3 the refusal comes after the handshake, and the alert may be overtaken.
            let message = format!("the server asked for a client certificate and then hung up: {message}");
            return (FailureKind::TlsClientCertificate, message);
        }
        (kind, message)
    }

    fn of_http(&self) -> Option<(FailureKind, String)> {
        let hyper = self.hyper?;
        let kind = if hyper.is_parse_too_large() {
            FailureKind::TooLarge
        } else if hyper.is_parse() {
            FailureKind::Malformed
        } else if self.io.is_some() {
            return None;
        } else if hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled() {
            FailureKind::Closed
        } else {
            return None;
        };
        Some((kind, hyper.to_string()))
    }

    fn of_io(&self) -> Option<(FailureKind, String)> {
        use io::ErrorKind as Io;
        let io = self.io?;
        let kind = match io.kind() {
            Io::ConnectionRefused => FailureKind::Refused,
            Io::HostUnreachable | Io::NetworkUnreachable | Io::NetworkDown | Io::AddrNotAvailable => {
                FailureKind::Unreachable
            }
            Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => FailureKind::Reset,
            Io::TimedOut => FailureKind::Timeout,
            Io::UnexpectedEof | Io::NotConnected => FailureKind::Closed,
            Io::InvalidData | Io::InvalidInput => FailureKind::Malformed,
            _ => return None,
        };
        Some((kind, io.to_string()))
    }

    /// HTTP/2 tells only in words which side found the fault.
    fn of_words(&self) -> (FailureKind, String) {
        let message = self.texts.last().cloned().unwrap_or_else(|| "no reason was given".to_owned());
        let says = |part: &str| self.texts.iter().any(|text| text.contains(part));
        let kind =
            if says("not a result of an error") || says("connection was not ready") || says("broken pipe") {
                FailureKind::Closed
            } else if says("connection reset") {
                FailureKind::Reset
            } else if says("detected") || says("frame with invalid size") {
                FailureKind::Malformed
            } else if says("error received") || says("connection error") || says("stream error") {
                FailureKind::Reset
            } else {
                FailureKind::Other
            };
        (kind, message)
    }

    /// What a proxy did with CONNECT; the library tells 407 from all other refusals.
    fn of_tunnel(&self, proxy: &str, tunnel: &str) -> String {
        match tunnel {
            "failed to create underlying connection" => {
                unreached(proxy, self.texts.last().map_or(tunnel, String::as_str))
            }
            "proxy authorization required" => {
                format!("the proxy {proxy} wants a login: 407 in answer to CONNECT")
            }
            "unsuccessful" => {
                format!("the proxy {proxy} refused to connect to the host: no 200 in answer to CONNECT")
            }
            other => format!("the proxy {proxy} did not answer CONNECT: {other}"),
        }
    }
}

fn unreached(proxy: &str, why: &str) -> String {
    format!("the proxy {proxy} cannot be reached: {why}")
}

fn of_tls(error: &rustls::Error, asked: bool) -> (FailureKind, String) {
    use AlertDescription as Alert;
    match error {
        rustls::Error::InvalidCertificate(fault) => of_certificate(fault),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => (
            FailureKind::PlainHttpOnTls,
            "what came back is no TLS record: the server seems to speak plain HTTP on this port".to_owned(),
        ),
        rustls::Error::AlertReceived(Alert::CertificateRequired) => (
            FailureKind::TlsClientCertificate,
            "the server requires a client certificate (alert certificate_required)".to_owned(),
        ),
        rustls::Error::AlertReceived(
            alert @ (Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError
            | Alert::HandshakeFailure),
        ) if asked => (
            FailureKind::TlsClientCertificate,
            format!(
                "the server asked for a client certificate, and refused the handshake with what it got or without one \
                 (alert {alert:?})"
            ),
        ),
        rustls::Error::AlertReceived(alert) => {
            (FailureKind::Tls, format!("the server refused the handshake (alert {alert:?})"))
        }
        error => (FailureKind::Tls, error.to_string()),
    }
}

fn of_certificate(fault: &CertificateError) -> (FailureKind, String) {
    use CertificateError as Fault;
    let untrusted = |why: &str| (FailureKind::TlsUntrusted, why.to_owned());
    match fault {
        Fault::ExpiredContext { time, not_after } => (
            FailureKind::TlsExpired,
            format!("the certificate expired on {} (now is {})", date(*not_after), date(*time)),
        ),
        Fault::Expired => (FailureKind::TlsExpired, "the certificate has expired".to_owned()),
        Fault::NotValidYetContext { time, not_before } => (
            FailureKind::TlsNotYetValid,
            format!("the certificate is valid only from {} (now is {})", date(*not_before), date(*time)),
        ),
        Fault::NotValidYet => (FailureKind::TlsNotYetValid, "the certificate is not valid yet".to_owned()),
        Fault::NotValidForNameContext { expected, presented } => {
            (FailureKind::TlsWrongName, wrong_name(expected, presented))
        }
        Fault::NotValidForName => {
            (FailureKind::TlsWrongName, "the certificate is for another name".to_owned())
        }
        Fault::UnknownIssuer => untrusted(
            "the certificate was issued by an authority that is not trusted here, or the server does not \
             send the intermediate certificate",
        ),
        Fault::BadSignature => untrusted(
            "the certificate is not signed by the authority it names: the trusted one has another key",
        ),
        // webpki's name for a self-signed certificate that says it is an authority.
        Fault::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            untrusted("the certificate is self-signed, or that of an authority used as a server's")
        }
        fault => (FailureKind::TlsUntrusted, format!("the certificate is not accepted: {fault}")),
    }
}

fn wrong_name(expected: &ServerName<'_>, presented: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut names: Vec<String> = presented.iter().take(SHOWN).map(|name| plain_name(name)).collect();
    if presented.len() > SHOWN {
        names.push(format!("{} more", presented.len() - SHOWN));
    }
    let names = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
    format!("the certificate is for {names}, not for {}", expected.to_str())
}

/// rustls shows a name as `DnsName("a.example")` or `IpAddress(127.0.0.1)`; the name alone is wanted.
fn plain_name(shown: &str) -> String {
    let inner = shown.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(shown);
    inner.trim_matches('"').to_owned()
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| format!("second {seconds}"), |time| time.format("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn certificates_in_words() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let expired =
            CertificateError::ExpiredContext { time: at(1_790_000_000), not_after: at(1_700_000_000) };
        insta::assert_snapshot!(
            of_certificate(&expired).1,
            @"the certificate expired on 2023-11-14 22:13 UTC (now is 2026-09-21 14:13 UTC)"
        );
        let presented = (0..7).map(|n| format!("DnsName(\"h{n}.example\")")).collect();
        let expected = ServerName::try_from("registry.example").unwrap();
        let wrong = CertificateError::NotValidForNameContext { expected, presented };
        insta::assert_snapshot!(
            of_certificate(&wrong).1,
            @"the certificate is for h0.example, h1.example, h2.example, h3.example, h4.example, 2 more, not for registry.example"
        );
    }

    #[test]
    fn rustls_is_found_inside_io_inside_io() {
        let marks = Marks::new("h", 1, None);
        let context = Context { marks: &marks, proxy: None, in_body: false };
        let inner = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::NoApplicationProtocol);
        let error = classify(&io::Error::other(inner), context);
        assert_eq!((error.kind, error.phase), (FailureKind::Tls, Phase::Tls));
    }

    #[test]
    fn a_message_is_one_printable_line() {
        let marks = Marks::new("h", 1, None);
        let context = Context { marks: &marks, proxy: None, in_body: true };
        let error = classify(&io::Error::other("a\x1b[0m\nb"), context);
        assert_eq!(error.message, "a\\u{1b}[0m\\nb");
        assert_eq!((error.kind, error.phase), (FailureKind::Other, Phase::Body));
    }
}
