//! Image reference -> [`Target`]: which registry, which repository, which tag or digest.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::oci::digest::Digest;
use crate::oci::document::Platform;
use crate::oci::reference::{self, HUB, HUB_API_HOST, ReferenceError};

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

impl Target {
    /// Parses an image reference. Without a platform the host's own is wanted, on linux.
    pub fn parse(image: &str, platform: Option<Platform>) -> Result<Target, ReferenceError> {
        let reference = reference::parse(image)?;
        let api_host = match reference.registry.as_str() {
            HUB => HUB_API_HOST.to_owned(),
            registry => registry.to_owned(),
        };
        Ok(Target {
            image: image.to_owned(),
            scheme: reference.scheme,
            registry: reference.registry,
            api_host,
            repository: reference.repository,
            tag: reference.tag,
            digest: reference.digest,
            platform_given: platform.is_some(),
            platform: platform.unwrap_or_else(Platform::host),
            notes: reference.notes,
        })
    }

    /// Whether the registry is on this machine: `localhost` and names below it, 127.0.0.0/8, `[::1]`.
    pub fn is_loopback(&self) -> bool {
        let host = host_name(&self.api_host);
        if let Some(address) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            return address
                .parse::<Ipv6Addr>()
                .is_ok_and(|ip| ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback()));
        }
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The schemes to try, in order.
    pub fn candidates(&self) -> Vec<Scheme> {
        match self.scheme {
            Some(scheme) => vec![scheme],
            None if self.is_loopback() => vec![Scheme::Https, Scheme::Http],
            None => vec![Scheme::Https],
        }
    }

    /// `https://registry-1.docker.io`, without a slash at the end.
    pub fn base_url(&self, scheme: Scheme) -> String {
        format!("{}://{}", scheme.as_str(), self.api_host)
    }

    /// Whether this is Docker Hub, under whichever name it was given.
    pub fn is_docker_hub(&self) -> bool {
        self.registry == HUB
    }

    /// The reference in full: `docker.io/library/ubuntu:latest`.
    pub fn display_reference(&self) -> String {
        let tag = self.tag.as_ref().map(|t| format!(":{t}")).unwrap_or_default();
        let digest = self.digest.as_ref().map(|d| format!("@{d}")).unwrap_or_default();
        format!("{}/{}{tag}{digest}", self.registry, self.repository)
    }
}

/// `host[:port]` without the port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(image: &str) -> Target {
        Target::parse(image, None).unwrap()
    }

    #[test]
    fn loopback_is_tried_with_tls_first_and_then_without() {
        for image in
            ["localhost/x", "localhost:5000/x", "a.localhost/x", "127.9.9.9:1/x", "[::1]/x", "[::1]:5000/x"]
        {
            assert_eq!(target(image).candidates(), [Scheme::Https, Scheme::Http], "{image}");
        }
        for image in
            ["ubuntu", "127.0.0.1.example/x", "128.0.0.1/x", "[::2]:5000/x", "notlocalhost.example/x"]
        {
            assert_eq!(target(image).candidates(), [Scheme::Https], "{image}");
        }
        assert_eq!(target("http://registry.example/x").candidates(), [Scheme::Http]);
        assert_eq!(target("https://127.0.0.1/x").candidates(), [Scheme::Https]);
    }

    #[test]
    fn docker_hub_is_asked_at_its_api_host() {
        let hub = target("ubuntu");
        assert!(hub.is_docker_hub());
        assert_eq!(hub.base_url(Scheme::Https), "https://registry-1.docker.io");
        assert_eq!(hub.display_reference(), "docker.io/library/ubuntu:latest");
        assert_eq!(target("[::1]:5000/x").base_url(Scheme::Http), "http://[::1]:5000");
    }

    #[test]
    fn the_platform_is_the_users_or_else_the_hosts() {
        let arm = Platform::parse("linux/arm/v7").unwrap();
        let given = Target::parse("x", Some(arm.clone())).unwrap();
        assert_eq!((given.platform, given.platform_given), (arm, true));
        assert_eq!(target("x").platform, Platform::host());
        assert!(!target("x").platform_given);
    }
}
