//! Which requests go through a proxy: as the environment says, and never for loopback.

use std::sync::Arc;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::resolve::is_loopback_host;
use super::wire_url::WireUrl;

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
        self.matcher.is_some()
            && !is_loopback_host(address.host())
            && address.uri().is_some_and(|uri| self.intercept(&uri).is_some())
    }

    /// The proxy for a request, if it goes through one.
    pub(super) fn intercept(&self, uri: &http::Uri) -> Option<Intercept> {
        let matcher = self.matcher.as_ref()?;
        if uri.host().is_none_or(is_loopback_host) { None } else { matcher.intercept(uri) }
    }
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
}
