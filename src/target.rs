//! Image reference -> [`Target`]: which registry, which repository, which tag or digest.

use crate::oci::digest::Digest;
use crate::oci::document::Platform;

/// How the registry is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// TLS.
    Https,
    /// Plain.
    Http,
}

impl Scheme {
    /// `https` or `http`.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Https => "https",
            Scheme::Http => "http",
        }
    }
}

/// What an image reference means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As the user wrote it.
    pub image: String,
    /// Where the reference itself carried one; otherwise https, and on loopback https first, then http.
    pub scheme: Option<Scheme>,
    /// The registry by the name users know: `docker.io`, `gcr.io`, `localhost:5000`.
    pub registry: String,
    /// The host and port that are asked: `registry-1.docker.io` for `docker.io`, else the registry.
    pub api_host: String,
    /// `library/ubuntu`
    pub repository: String,
    /// The tag; `latest` where the reference has neither tag nor digest.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<Digest>,
    /// The platform wanted from an index.
    pub platform: Platform,
    /// Whether the user named that platform; otherwise another one may stand in for it.
    pub platform_given: bool,
    /// Things about the reference worth saying: an alias resolved, `library/` added, a likely mistake.
    pub notes: Vec<String>,
}
