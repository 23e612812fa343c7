//! The hosts of the recording, and where they are now.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use url::Url;

use crate::exchange::Outcome;
use crate::lab::route::Site;
use crate::recording::Recording;

/// Every origin that the recordings speak of.
pub(super) struct Origins {
    /// Text of an origin, longest first, and the port it has now.
    moved: Vec<(String, SocketAddr)>,
    registry: String,
}

impl Origins {
    /// Of recordings of one registry.
    pub(super) fn new(recordings: &[Recording], registry: SocketAddr, second: SocketAddr) -> Origins {
        let base_url = recordings.first().map_or("", |recording| recording.base_url.as_str());
        let own = origin(base_url).unwrap_or_else(|| base_url.to_owned());
        let mut others = BTreeSet::new();
        for hop in recordings.iter().flat_map(|r| &r.exchanges).flat_map(|e| &e.hops) {
            others.extend(origin(&hop.request.url));
            if let Outcome::Answered(response) = &hop.outcome {
                others.extend(response.header("location").and_then(origin));
            }
        }
        for challenge in recordings.iter().flat_map(|r| &r.access.challenges) {
            others.extend(challenge.split('"').filter_map(origin));
        }
        others.remove(&own);
        let mut moved: Vec<(String, SocketAddr)> = others.into_iter().map(|o| (o, second)).collect();
        moved.push((own.clone(), registry));
        moved.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Origins { moved, registry: own }
    }

    /// On which port the host of a URL is now.
    pub(super) fn site(&self, url: &str) -> Site {
        if origin(url).is_some_and(|o| o == self.registry) { Site::Registry } else { Site::Storage }
    }

    /// A header's value with every origin in its new place.
    pub(super) fn rewrite(&self, value: &str) -> String {
        let mut out = String::new();
        let mut rest = value;
        while let Some(at) = rest.find("http") {
            let (before, here) = rest.split_at(at);
            out.push_str(before);
            let found = self.moved.iter().find(|(text, _)| {
                here.strip_prefix(text.as_str()).is_some_and(|after| {
                    !after.starts_with(|c: char| c.is_ascii_alphanumeric() || ".:-".contains(c))
                })
            });
            match found {
                Some((text, address)) => {
                    out.push_str(&format!("http://{address}"));
                    rest = &here[text.len()..];
                }
                None => {
                    out.push_str("http");
                    rest = &here["http".len()..];
                }
            }
        }
        out + rest
    }
}

/// `https://host[:port]`, as written.
fn origin(url: &str) -> Option<String> {
    let parsed = Url::parse(url).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
    parsed.host_str()?;
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    Some(format!("{scheme}://{host}"))
}
