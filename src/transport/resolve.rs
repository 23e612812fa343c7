//! Name resolution, and how near an address is.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use super::BoxError;
use super::marks::{Marks, current};

/// The one resolver of both transports.
#[derive(Clone, Default)]
pub(super) struct Resolver {
    overrides: Arc<Vec<(String, u16, IpAddr)>>,
}

/// A name that does not resolve; an own type, so that `classify` finds it in any chain.
#[derive(Debug)]
pub(super) struct DnsError {
    host: String,
    why: String,
}

impl fmt::Display for DnsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name {} does not resolve: {}", self.host, self.why)
    }
}

impl std::error::Error for DnsError {}

impl Resolver {
    pub(super) fn new(overrides: Vec<(String, u16, IpAddr)>) -> Resolver {
        let lower = |(host, port, ip): (String, u16, IpAddr)| (host.to_ascii_lowercase(), port, ip);
        Resolver { overrides: Arc::new(overrides.into_iter().map(lower).collect()) }
    }

    /// Addresses of a host. `port` selects among the overrides; `None` takes any port's.
    pub(super) async fn lookup(&self, host: &str, port: Option<u16>) -> Result<Vec<IpAddr>, DnsError> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let given: Vec<IpAddr> = self
            .overrides
            .iter()
            .filter(|(h, p, _)| *h == host && port.is_none_or(|port| port == *p))
            .map(|(_, _, ip)| *ip)
            .collect();
        if !given.is_empty() {
            return Ok(given);
        }
        if host == "invalid" || host.ends_with(".invalid") {
            // RFC 6761, section 6.4: always negative, and no question leaves the machine.
            return Err(DnsError { host, why: "names under .invalid never do (RFC 6761)".to_owned() });
        }
        let found = tokio::net::lookup_host((host.as_str(), 0)).await;
        match found.map(|found| found.map(|address| address.ip()).collect::<Vec<_>>()) {
            Ok(found) if !found.is_empty() => Ok(found),
            Ok(_) => Err(DnsError { host, why: "it has no address".to_owned() }),
            Err(error) => {
                let text = error.to_string();
                let why = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
                Err(DnsError { host, why: why.to_owned() })
            }
        }
    }

    async fn marked(self, host: String, marks: Option<Arc<Marks>>) -> Result<Vec<SocketAddr>, BoxError> {
        let own = marks.as_ref().filter(|m| m.host.eq_ignore_ascii_case(&host));
        if let Some(marks) = &marks {
            marks.dns_started();
        }
        let found = match own.and_then(|m| m.pinned.clone()) {
            Some(pinned) if pinned.is_empty() => {
                Err(DnsError { host, why: "it was looked up, and has no address".to_owned() })
            }
            Some(pinned) => Ok(pinned),
            None => self.lookup(&host, own.map(|m| m.port)).await,
        };
        if let Some(marks) = &marks {
            marks.dns_ended();
        }
        // Port 0 stands for the port of the URL, in reqwest and in hyper-util alike.
        Ok(found?.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect())
    }
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let looking = self.clone().marked(name.as_str().to_owned(), current());
        Box::pin(async move {
            let found: reqwest::dns::Addrs = Box::new(looking.await?.into_iter());
            Ok(found)
        })
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let looking = self.clone().marked(name.as_str().to_owned(), current());
        Box::pin(async move { Ok(looking.await?.into_iter()) })
    }
}

/// How near an address is to us: the greater, the more it can do to us to ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    Public,
    Private,
    LinkLocal,
    Loopback,
}

impl Reach {
    pub(super) fn of(ip: IpAddr) -> Reach {
        match ip {
            IpAddr::V4(ip) => Reach::of_v4(ip),
            IpAddr::V6(ip) => {
                let segments = ip.segments();
                if let Some(v4) = ip.to_ipv4_mapped() {
                    Reach::of_v4(v4)
                } else if ip.is_loopback() || ip.is_unspecified() {
                    Reach::Loopback
                } else if segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
                    // NAT64: the IPv4 address is what is reached.
                    let [a, b] = segments[6].to_be_bytes();
                    let [c, d] = segments[7].to_be_bytes();
                    Reach::of_v4(Ipv4Addr::new(a, b, c, d))
                } else if ip.is_unicast_link_local() {
                    Reach::LinkLocal
                } else if ip.is_unique_local() {
                    Reach::Private
                } else {
                    Reach::Public
                }
            }
        }
    }

    fn of_v4(ip: Ipv4Addr) -> Reach {
        let [a, b, ..] = ip.octets();
        match (a, b) {
            // 0.0.0.0 reaches this machine.
            (127 | 0, _) => Reach::Loopback,
            (169, 254) => Reach::LinkLocal,
            (10, _) | (172, 16..=31) | (192, 168) | (100, 64..=127) | (198, 18 | 19) => Reach::Private,
            (224.., _) => Reach::Private,
            _ => Reach::Public,
        }
    }

    /// The nearest of some addresses: one bad one among good ones is enough.
    pub(super) fn nearest(addresses: &[IpAddr]) -> Reach {
        addresses.iter().map(|ip| Reach::of(*ip)).max().unwrap_or(Reach::Public)
    }
}

/// Whether a host, as it stands in a URL, is this machine by its name alone.
pub(super) fn is_loopback_host(host: &str) -> bool {
    literal(host).map_or_else(
        || {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            host == "localhost" || host.ends_with(".localhost")
        },
        |ip| Reach::of(ip) == Reach::Loopback,
    )
}

/// The address that a host of a URL literally is.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reach_of_addresses() {
        let reach = |text: &str| Reach::of(text.parse().unwrap());
        for loopback in
            ["127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
        {
            assert_eq!(reach(loopback), Reach::Loopback, "{loopback}");
        }
        for private in ["10.1.1.1", "172.31.0.1", "192.168.9.9", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1"] {
            assert_eq!(reach(private), Reach::Private, "{private}");
        }
        for near in ["169.254.169.254", "fe80::1", "64:ff9b::a9fe:a9fe"] {
            assert_eq!(reach(near), Reach::LinkLocal, "{near}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1"] {
            assert_eq!(reach(public), Reach::Public, "{public}");
        }
        assert_eq!(
            Reach::nearest(&["8.8.8.8".parse().unwrap(), "10.0.0.1".parse().unwrap()]),
            Reach::Private
        );
    }

    #[test]
    fn loopback_by_name() {
        for host in ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.2", "[::1]"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "10.0.0.1", "[fe80::1]"] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }

    #[tokio::test]
    async fn overrides_are_for_their_port_and_invalid_never_leaves() {
        let ip: IpAddr = "127.0.0.9".parse().unwrap();
        let resolver = Resolver::new(vec![("Registry.Invalid".to_owned(), 5000, ip)]);
        assert_eq!(resolver.lookup("registry.invalid", Some(5000)).await.unwrap(), vec![ip]);
        assert_eq!(resolver.lookup("REGISTRY.invalid.", None).await.unwrap(), vec![ip]);
        let error = resolver.lookup("registry.invalid", Some(443)).await.unwrap_err();
        assert!(error.to_string().contains("registry.invalid does not resolve"), "{error}");
    }
}
