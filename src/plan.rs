//! Suite x target -> cells. Pure: `regprobe plan` prints what this returns, and sends nothing.

pub mod concrete;
pub mod expand;

use std::fmt;

use crate::exchange::{HttpVersion, Method, Redirects};

/// An endpoint of the distribution spec, by the path under `/v2/<name>/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// `/v2/` (end-1).
    Ping,
    /// `manifests/<reference>` (end-3).
    Manifests,
    /// `blobs/<digest>` (end-2).
    Blobs,
    /// `tags/list` (end-8a, end-8b).
    Tags,
    /// `referrers/<digest>` (end-12a, end-12b).
    Referrers,
    /// `_catalog`, the list of repositories: an extension that registries need not have.
    Catalog,
    /// The token endpoint that the challenge names.
    Token,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Endpoint; 7] = [
        Endpoint::Ping,
        Endpoint::Manifests,
        Endpoint::Blobs,
        Endpoint::Tags,
        Endpoint::Referrers,
        Endpoint::Catalog,
        Endpoint::Token,
    ];

    /// As in cell ids and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Endpoint::Ping => "ping",
            Endpoint::Manifests => "manifests",
            Endpoint::Blobs => "blobs",
            Endpoint::Tags => "tags",
            Endpoint::Referrers => "referrers",
            Endpoint::Catalog => "catalog",
            Endpoint::Token => "token",
        }
    }

    /// The inverse of [`Endpoint::as_str`].
    pub fn parse(text: &str) -> Option<Endpoint> {
        Self::ALL.into_iter().find(|e| e.as_str() == text)
    }
}

/// What a request asks for, by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The tag of the reference.
    Tag,
    /// The digest of the reference, where the user gave one.
    Digest,
    /// Digest of the index or manifest list behind the reference.
    Index,
    /// Digest of the platform's manifest.
    Manifest,
    /// Digest of the config.
    Config,
    /// Digest of the first layer.
    Layer,
    /// A tag that is not there.
    AbsentTag,
    /// A well-formed digest that is not there.
    AbsentDigest,
    /// `sha256:zz`.
    MalformedDigest,
    /// The referrers fallback tag, `sha256-<hex>` of the manifest's digest.
    FallbackTag,
    /// The digest that is announced with a schema 1 manifest made on the fly from something else.
    Converted,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Subject; 11] = [
        Subject::Tag,
        Subject::Digest,
        Subject::Index,
        Subject::Manifest,
        Subject::Config,
        Subject::Layer,
        Subject::AbsentTag,
        Subject::AbsentDigest,
        Subject::MalformedDigest,
        Subject::FallbackTag,
        Subject::Converted,
    ];

    /// As in cell ids and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Subject::Tag => "tag",
            Subject::Digest => "digest",
            Subject::Index => "index",
            Subject::Manifest => "manifest",
            Subject::Config => "config",
            Subject::Layer => "layer",
            Subject::AbsentTag => "absent-tag",
            Subject::AbsentDigest => "absent-digest",
            Subject::MalformedDigest => "malformed-digest",
            Subject::FallbackTag => "fallback-tag",
            Subject::Converted => "converted",
        }
    }

    /// The inverse of [`Subject::as_str`].
    pub fn parse(text: &str) -> Option<Subject> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// Which credentials a cell goes out with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Credentials {
    /// What the registry asked for, if we have it.
    #[default]
    Normal,
    /// No Authorization at all.
    None,
    /// `Bearer` with a token that nobody issued.
    JunkBearer,
    /// `Basic` with a user that does not exist, before any challenge.
    JunkBasic,
}

/// Whom a cell says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Agent {
    /// regprobe.
    #[default]
    Own,
    /// A docker engine.
    Docker,
}

/// Which repository a cell asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Repository {
    /// The target's.
    #[default]
    Target,
    /// One that does not exist.
    Absent,
    /// The target's, with `library/` put before a name of one component.
    Library,
    /// The target's, in upper case, which the spec's grammar has no names in.
    Upper,
}

/// What one factor, at most a few, differs from the plain request. The default is the plain request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Vary {
    /// `token=`
    pub token: Credentials,
    /// `digest-header=`: the digest of a subject as a `Docker-Content-Digest` *request* header.
    pub digest_header: Option<Subject>,
    /// `encoding=`: `Accept-Encoding`, `identity` or `gzip`. Absent: no such header.
    pub encoding: Option<String>,
    /// `range=`: `Range: bytes=...`.
    pub range: Option<String>,
    /// `if-none-match=`: the digest of a subject as an entity tag.
    pub if_none_match: Option<Subject>,
    /// `agent=`
    pub agent: Agent,
    /// `redirects=`
    pub redirects: Redirects,
    /// `http=`: `1.1` or `2`.
    pub http: Option<HttpVersion>,
    /// `repository=`
    pub repository: Repository,
    /// `query=`: verbatim, after the `?`.
    pub query: Option<String>,
    /// `slash=no`: `/v2` instead of `/v2/`.
    pub no_slash: bool,
    /// `again=2`: the same request another time.
    pub again: u8,
    /// `omit=`: a parameter left out of a token request, `service` or `scope`.
    pub omit: Option<String>,
}

/// A cell's stable textual id: `GET manifests/tag accept=oci-index`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId(pub String);

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One request of the matrix, in terms of roles; it becomes concrete when its subject is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// GET, HEAD, or POST for the token endpoint.
    pub method: Method,
    /// Where.
    pub endpoint: Endpoint,
    /// What; `None` for ping, tags, catalog and token.
    pub subject: Option<Subject>,
    /// The name of a value of the Accept axis (`probes/accept.toml`).
    pub accept: String,
    /// What else is different.
    pub vary: Vary,
}
