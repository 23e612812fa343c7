//! What a transport can be told.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;

/// How requests are carried; the same for every request of a run.
#[derive(Clone)]
pub struct TransportConfig {
    /// PEM files with certificates that are trusted besides the roots of the system: an authority's, or a server's own.
    pub cacert: Vec<Vec<u8>>,
    /// Client certificate chain and its key, both PEM.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// Accept every certificate. Handshake signatures are still checked.
    pub insecure: bool,
    /// Host, port and the address to use for them instead of asking the resolver.
    pub resolve: Vec<(String, u16, IpAddr)>,
    /// Bounds one request: name resolution, connection, head and body together.
    pub timeout: Duration,
    /// Requests in flight at once, per host and port.
    pub concurrency: usize,
    /// Requests per second, per host and port.
    pub rate: Option<f64>,
    /// Honour `http_proxy` and its kin. Loopback is never asked through a proxy.
    pub proxies: bool,
    /// Texts that are scrubbed from everything captured.
    pub secrets: Vec<SecretString>,
    /// Words of this call, as a host or a repository: a secret that is part of one is not searched for.
    pub words: Vec<String>,
    /// Lower-case names of request headers whose values are redacted.
    pub redact_headers: Vec<String>,
}

impl Default for TransportConfig {
    fn default() -> Self {
        TransportConfig {
            cacert: Vec::new(),
            identity: None,
            insecure: false,
            resolve: Vec::new(),
            timeout: Duration::from_secs(15),
            concurrency: 32,
            rate: None,
            proxies: true,
            secrets: Vec::new(),
            words: Vec::new(),
            redact_headers: Vec::new(),
        }
    }
}

/// Why a transport cannot be made from its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportConfigError {
    message: String,
}

impl TransportConfigError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        TransportConfigError { message: message.into() }
    }
}

impl fmt::Display for TransportConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TransportConfigError {}
