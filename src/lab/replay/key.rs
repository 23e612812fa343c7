//! What makes two requests the same for a recording.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use crate::exchange::SentRequest;
use crate::lab::request::LabRequest;
use crate::lab::route::Site;
use crate::oci::media_type;
use crate::plan::Credentials;

/// In place of what was redacted from a URL, in which angle brackets cannot stand.
pub(super) const REDACTED: &str = "redacted";

/// The credentials of the cells that send some that nobody issued (`plan::concrete`).
const JUNK: [(&str, Auth); 2] = [
    ("Bearer nobody-issued-this", Auth::JunkBearer),
    ("Basic cmVncHJvYmU6bm9ib2R5LWhhcy10aGlzLXBhc3N3b3Jk", Auth::JunkBasic),
];

/// Fields that cells vary.
const FACTORS: [&str; 4] = ["range", "accept-encoding", "if-none-match", "docker-content-digest"];

/// With which credentials a request comes. Those that are right are all alike: they were not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Auth {
    None,
    Basic,
    Bearer,
    JunkBasic,
    JunkBearer,
}

/// A request, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) site: Site,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) accept: Vec<String>,
    pub(super) factors: Vec<Vec<String>>,
    pub(super) auth: Auth,
    pub(super) docker: bool,
}

impl Key {
    /// Of a request in the recording. `registry` is the name of the recorded one, which a query may hold.
    pub(super) fn recorded(sent: &SentRequest, site: Site, credentials: Credentials, registry: &str) -> Key {
        let rest = sent.url.split_once("://").map_or("", |(_, rest)| rest);
        let target = rest.find(['/', '?']).map_or("/", |at| &rest[at..]);
        let target = target.split_once('#').map_or(target, |(target, _)| target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let lines = |name: &str| -> Vec<String> {
            sent.headers.iter().filter(|h| h.name == name).map(|h| h.value.clone()).collect()
        };
        let auth = match (lines("authorization").first(), credentials) {
            (None, _) => Auth::None,
            (Some(_), Credentials::JunkBearer) => Auth::JunkBearer,
            (Some(_), Credentials::JunkBasic) => Auth::JunkBasic,
            (Some(value), _) => scheme(value),
        };
        Key {
            site,
            method: sent.method.as_str().to_owned(),
            path: plain(path),
            query: query_of(query, registry),
            accept: lines("accept"),
            factors: FACTORS.iter().map(|name| lines(name)).collect(),
            auth,
            docker: lines("user-agent").iter().any(|v| v.starts_with("docker/")),
        }
    }

    /// Of a request that comes now.
    pub(super) fn asked(request: &LabRequest) -> Key {
        let lines =
            |name: &str| -> Vec<String> { request.lines(name).into_iter().map(str::to_owned).collect() };
        let auth = match request.header("authorization") {
            None => Auth::None,
            Some(value) => {
                JUNK.iter().find(|(junk, _)| *junk == value).map_or_else(|| scheme(value), |(_, auth)| *auth)
            }
        };
        Key {
            site: request.site,
            method: request.method.to_string(),
            path: plain(&request.path),
            query: query_of(&request.query, &request.lab.registry.to_string()),
            accept: lines("accept"),
            factors: FACTORS.iter().map(|name| lines(name)).collect(),
            auth,
            docker: lines("user-agent").iter().any(|v| v.starts_with("docker/")),
        }
    }

    /// The same without what a client says of itself: the encodings it takes, and at the ping, the types. `None` where
    /// it says nothing of that.
    pub(super) fn plainer(&self) -> Option<Key> {
        let mut plainer = self.clone();
        if let Some(at) = FACTORS.iter().position(|name| *name == "accept-encoding") {
            plainer.factors[at].clear();
        }
        if matches!(self.path.as_str(), "/v2/" | "/v2") {
            plainer.accept.clear();
        }
        (plainer != *self).then_some(plainer)
    }

    /// The media types and ranges that it accepts, without their weights.
    pub(super) fn types(&self) -> BTreeSet<String> {
        let entries = self.accept.iter().flat_map(|line| line.split(','));
        entries.map(media_type::base).filter(|entry| !entry.is_empty()).collect()
    }

    /// Whether it asks for a list of tags or of referrers.
    pub(super) fn is_list(&self) -> bool {
        self.path.ends_with("/tags/list") || self.path.rsplit('/').nth(1) == Some("referrers")
    }

    /// The same with other credentials.
    pub(super) fn with(&self, auth: Auth) -> Key {
        Key { auth, ..self.clone() }
    }

    /// The repository it asks about: what stands before the endpoint's name.
    pub(super) fn repository(&self) -> Option<&str> {
        let name = self.path.strip_prefix("/v2/")?;
        ["/manifests/", "/blobs/", "/tags/list", "/referrers/"]
            .iter()
            .filter_map(|end| name.rfind(end))
            .max()
            .map(|at| &name[..at])
    }
}

fn scheme(value: &str) -> Auth {
    let scheme = value.split(' ').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case("basic") { Auth::Basic } else { Auth::Bearer }
}

fn plain(text: &str) -> String {
    text.replace("<redacted>", REDACTED).replace("%3Credacted%3E", REDACTED)
}

fn query_of(query: &str, registry: &str) -> String {
    let decoded = percent_decode_str(query).decode_utf8_lossy().into_owned();
    plain(&decoded).replace(registry, "{registry}")
}
