//! Whether a host may be asked on somebody else's word, and at which addresses.

use std::net::IpAddr;

use tokio::time::timeout;

use super::client::Inner;
use super::wire_url::WireUrl;
use crate::reach::{Reach, literal};

/// A place that may be asked.
pub(super) struct Admitted {
    pub(super) reach: Reach,
    /// The addresses that were checked, for the connection: a second look-up could answer otherwise. `None` where the
    /// host is an address, or a proxy resolves it.
    pub(super) pinned: Option<Vec<IpAddr>>,
}

impl Inner {
    /// Looks at where a URL leads that a server `near` us has named. The error says where that is.
    pub(super) async fn admit(&self, near: Reach, to: &WireUrl) -> Result<Admitted, String> {
        let refused = |reach: Reach| Err(format!("{}, {}", to.host(), reach.in_words()));
        let by_text = Reach::by_text(to.host());
        if literal(to.host()).is_some() || self.proxies.covers(to) {
            // What a proxy resolves, nobody here can check.
            if by_text > near {
                return refused(by_text);
            }
            return Ok(Admitted { reach: by_text, pinned: None });
        }
        let looked_up = self.resolver.lookup(to.host(), Some(to.port()));
        let Ok(found) = timeout(self.config.timeout, looked_up).await else {
            return Err(format!("{}, a name that was not resolved in time", to.host()));
        };
        // The hop itself will say that the name has no address.
        let Ok(mut found) = found else {
            return Ok(Admitted { reach: by_text, pinned: Some(Vec::new()) });
        };
        let nearest = Reach::nearest(&found);
        found.retain(|ip| Reach::of(*ip) <= near);
        match (Reach::nearest(&found), nearest) {
            (Some(reach), _) => Ok(Admitted { reach, pinned: Some(found) }),
            (None, nearest) => refused(nearest.unwrap_or(by_text)),
        }
    }

    /// How near a server is that was asked before: by the farthest address at which it answered, so that a name which
    /// resolves to something else each time gains nothing.
    pub(super) async fn reach_of(&self, address: &WireUrl) -> Reach {
        if let Some(reach) = self.limits.host(&address.authority()).reach() {
            return reach;
        }
        if literal(address.host()).is_some() || self.proxies.covers(address) {
            return Reach::by_text(address.host());
        }
        let looked_up = self.resolver.lookup(address.host(), Some(address.port()));
        match timeout(self.config.timeout, looked_up).await {
            Ok(Ok(found)) => found.iter().map(|ip| Reach::of(*ip)).min().unwrap_or(Reach::Public),
            _ => Reach::Public,
        }
    }
}
