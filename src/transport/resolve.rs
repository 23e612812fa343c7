//! Name resolution.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
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

#[cfg(test)]
mod tests {
    use super::*;

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
