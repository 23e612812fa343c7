//! Which requests go through a proxy: as the environment says, and never for loopback.

use std::sync::Arc;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::wire_url::WireUrl;
use crate::reach::Reach;

/// The proxy rule of both transports.
#[derive(Clone)]
pub(super) struct Proxies {
    matcher: Option<Arc<Matcher>>,
}

impl Proxies {
    pub(super) fn from_environment(enabled: bool) -> Proxies {
        Proxies { matcher: enabled.then(|| Arc::new(Matcher::from_system())) }
    }

    #[cfg(test)]
    pub(super) fn through(matcher: Matcher) -> Proxies {
        Proxies { matcher: Some(Arc::new(matcher)) }
    }

    /// Whether a request goes through a proxy.
    pub(super) fn covers(&self, address: &WireUrl) -> bool {
        self.matcher.is_some() && address.uri().is_some_and(|uri| self.intercept(&uri).is_some())
    }

    /// The proxy of a request by name, if it goes through one: `proxy.example:3128 (from HTTPS_PROXY)`.
    pub(super) fn name(&self, address: &WireUrl) -> Option<String> {
        self.matcher.as_ref()?;
        let intercept = self.intercept(&address.uri()?)?;
        let (uri, authority) = (intercept.uri(), intercept.uri().authority()?);
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let set = |name: &str| std::env::var(name).ok();
        let from = variable(address.is_https(), authority.as_str(), set).unwrap_or("the system's settings");
        Some(format!("{}:{port} (from {from})", authority.host()))
    }

    /// The proxy for a request, if it goes through one.
    pub(super) fn intercept(&self, uri: &http::Uri) -> Option<Intercept> {
        let matcher = self.matcher.as_ref()?;
        if uri.host().is_none_or(is_loopback) { None } else { matcher.intercept(uri) }
    }
}

/// The variable that names a proxy, in the order in which the matcher asks for them.
fn variable(https: bool, authority: &str, set: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let own = if https { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    [own, ["ALL_PROXY", "all_proxy"]].into_iter().find_map(|names| {
        let (name, value) = names.into_iter().find_map(|name| Some((name, set(name)?)))?;
        value.contains(authority).then_some(name)
    })
}

fn is_loopback(host: &str) -> bool {
    Reach::by_text(host) == Reach::Loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_never_proxied() {
        let proxies = Proxies::through(Matcher::builder().all("http://192.0.2.1:3128").build());
        let intercepts = |uri: &str| proxies.intercept(&uri.parse().unwrap()).is_some();
        assert!(intercepts("https://registry.example/v2/"));
        for uri in ["http://localhost:5000/", "http://127.0.0.1/", "https://[::1]:5000/", "http://127.9.9.9/"]
        {
            assert!(!intercepts(uri), "{uri}");
        }
    }

    #[test]
    fn a_proxy_has_a_name_and_no_credentials() {
        let matcher = Matcher::builder().all("http://user:hunter2@192.0.2.1:3128").http("https://p.example");
        let proxies = Proxies::through(matcher.build());
        let name = |url: &str| proxies.name(&WireUrl::parse(url).unwrap());
        assert_eq!(name("https://r.example/").unwrap(), "192.0.2.1:3128 (from the system's settings)");
        assert_eq!(name("http://r.example/").unwrap(), "p.example:443 (from the system's settings)");
        assert_eq!(name("http://localhost:5000/"), None);
    }

    #[test]
    fn the_variable_that_counts() {
        let of = |https: bool, values: &[(&str, &str)]| {
            variable(https, "p.example:1", |name| {
                values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let (p, other) = ("http://u:pw@p.example:1/", "http://other.example");
        assert_eq!(of(true, &[("https_proxy", p), ("ALL_PROXY", other)]), Some("https_proxy"));
        assert_eq!(of(true, &[("HTTP_PROXY", p)]), None);
        assert_eq!(of(false, &[("HTTP_PROXY", ""), ("http_proxy", p), ("all_proxy", p)]), Some("all_proxy"));
    }
}
