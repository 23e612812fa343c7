//! A cell in terms of roles -> the request that is sent. Pure.

use crate::exchange::{BodyPolicy, HttpVersion, Request};
use crate::oci::digest::Digest;
use crate::plan::{Agent, Cell, Credentials, Endpoint, Repository, Subject};
use crate::recording::{NotTried, Subjects};
use crate::target::Target;

/// A tag that no registry has, so that "not found" can be told from "not allowed" and "not understood".
pub const ABSENT_TAG: &str = "regprobe-no-such-tag";
/// The last component of a repository name that no registry has.
pub const ABSENT_REPOSITORY: &str = "regprobe-no-such-repository";
/// Not a digest, though it looks like the beginning of one.
pub const MALFORMED_DIGEST: &str = "sha256:zz";
/// What a docker engine calls itself, for registries and proxies that treat it otherwise.
pub const DOCKER_AGENT: &str = "docker/27.3.1 go/go1.22.7 git-commit/41ca978 kernel/6.8.0 os/linux arch/amd64 UpstreamClient(Docker-Client/27.3.1 \\(linux\\))";

/// A well-formed digest that no registry has: the sha256 of a sentence nobody pushes.
pub fn absent_digest() -> Digest {
    Digest::sha256(b"regprobe asks for a digest that is nowhere")
}

/// What a cell needs to become concrete.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The target.
    pub target: &'a Target,
    /// Scheme and authority.
    pub base_url: &'a str,
    /// What has been learned so far.
    pub subjects: &'a Subjects,
    /// The `Accept` lines of the cell's Accept value.
    pub accept: &'a [String],
    /// Our `User-Agent`.
    pub user_agent: &'a str,
    /// Header lines the user asked for.
    pub extra_headers: &'a [(String, String)],
}

/// A cell, ready to be sent but for its credentials.
#[derive(Clone)]
pub struct Concrete {
    /// The request, without Authorization.
    pub request: Request,
    /// The repository whose token it needs.
    pub repository: String,
}

/// Makes a cell concrete, or says why it never can be.
///
/// `Ok(None)` means that it waits for a subject that is not yet learned. Token cells are made by `auth`.
pub fn concrete(cell: &Cell, context: &Context<'_>) -> Result<Option<Concrete>, NotTried> {
    let target = context.target;
    let repository = repository(cell, target)?;
    let path = match cell.endpoint {
        Endpoint::Ping if cell.vary.no_slash => "/v2".to_owned(),
        Endpoint::Ping => "/v2/".to_owned(),
        Endpoint::Tags => format!("/v2/{repository}/tags/list"),
        Endpoint::Catalog => "/v2/_catalog".to_owned(),
        Endpoint::Token => return Ok(None),
        Endpoint::Manifests | Endpoint::Blobs | Endpoint::Referrers => {
            let Some(reference) = reference(cell, context)? else { return Ok(None) };
            format!("/v2/{repository}/{}/{reference}", cell.endpoint.as_str())
        }
    };
    let query = match &cell.vary.query {
        Some(query) => format!("?{}", query.replace("{registry}", &target.registry)),
        None => String::new(),
    };
    if cell.vary.http == Some(HttpVersion::Http2) && context.base_url.starts_with("http:") {
        return Err(NotTried::NotApplicable("HTTP/2 is only tried over TLS".to_owned()));
    }
    let Some(headers) = headers(cell, context)? else { return Ok(None) };
    // A layer may be gigabytes; everything else that is asked for is a document.
    let layer = cell.endpoint == Endpoint::Blobs && cell.subject == Some(Subject::Layer);
    Ok(Some(Concrete {
        request: Request {
            method: cell.method,
            url: format!("{}{path}{query}", context.base_url),
            headers,
            form: None,
            version: cell.vary.http,
            body: if layer { BodyPolicy::LAYER } else { BodyPolicy::DOCUMENT },
        },
        repository,
    }))
}

fn repository(cell: &Cell, target: &Target) -> Result<String, NotTried> {
    let name = &target.repository;
    match cell.vary.repository {
        Repository::Target => Ok(name.clone()),
        // As many components as the target's: some registries map names by their shape.
        Repository::Absent => Ok(match name.rsplit_once('/') {
            Some((parent, _)) => format!("{parent}/{ABSENT_REPOSITORY}"),
            None => ABSENT_REPOSITORY.to_owned(),
        }),
        Repository::Library if name.contains('/') => {
            Err(NotTried::NotApplicable("`library/` is only put before names of one component".to_owned()))
        }
        Repository::Library => Ok(format!("library/{name}")),
        Repository::Upper if !name.bytes().any(|b| b.is_ascii_lowercase()) => {
            Err(NotTried::NotApplicable("the repository's name has no letter to write large".to_owned()))
        }
        Repository::Upper => Ok(name.to_ascii_uppercase()),
    }
}

fn reference(cell: &Cell, context: &Context<'_>) -> Result<Option<String>, NotTried> {
    let Some(subject) = cell.subject else { return Ok(None) };
    let subjects = context.subjects;
    Ok(match subject {
        Subject::Tag => match &context.target.tag {
            Some(tag) => Some(tag.clone()),
            None => return Err(NotTried::NotApplicable("the reference has a digest and no tag".to_owned())),
        },
        Subject::Digest => match &context.target.digest {
            Some(digest) => Some(digest.to_string()),
            None => return Err(NotTried::NotApplicable("the reference has no digest".to_owned())),
        },
        Subject::AbsentTag => Some(ABSENT_TAG.to_owned()),
        Subject::AbsentDigest => Some(absent_digest().to_string()),
        Subject::MalformedDigest => Some(MALFORMED_DIGEST.to_owned()),
        Subject::FallbackTag => {
            subjects.manifest.as_ref().map(|digest| format!("{}-{}", digest.algorithm(), digest.encoded()))
        }
        Subject::Index | Subject::Manifest | Subject::Config | Subject::Layer | Subject::Converted => {
            subjects.digest(subject).map(ToString::to_string)
        }
    })
}

fn headers(cell: &Cell, context: &Context<'_>) -> Result<Option<Vec<(String, String)>>, NotTried> {
    let vary = &cell.vary;
    let agent = match vary.agent {
        Agent::Own => context.user_agent,
        Agent::Docker => DOCKER_AGENT,
    };
    let mut headers = vec![("user-agent".to_owned(), agent.to_owned())];
    headers.extend(context.accept.iter().map(|line| ("accept".to_owned(), line.clone())));
    if let Some(encoding) = &vary.encoding {
        headers.push(("accept-encoding".to_owned(), encoding.clone()));
    }
    if let Some(range) = &vary.range {
        headers.push(("range".to_owned(), format!("bytes={range}")));
    }
    for (name, subject, quote) in
        [("docker-content-digest", vary.digest_header, ""), ("if-none-match", vary.if_none_match, "\"")]
    {
        let Some(subject) = subject else { continue };
        let Some(digest) = context.subjects.digest(subject) else { return Ok(None) };
        headers.push((name.to_owned(), format!("{quote}{digest}{quote}")));
    }
    match vary.token {
        Credentials::Normal | Credentials::None => {}
        Credentials::JunkBearer => {
            headers.push(("authorization".to_owned(), "Bearer nobody-issued-this".to_owned()))
        }
        // base64 of `regprobe:nobody-has-this-password`
        Credentials::JunkBasic => headers.push((
            "authorization".to_owned(),
            "Basic cmVncHJvYmU6bm9ib2R5LWhhcy10aGlzLXBhc3N3b3Jk".to_owned(),
        )),
    }
    headers.extend(context.extra_headers.iter().cloned());
    Ok(Some(headers))
}

/// The subjects that a cell needs to have been learned.
pub fn needs(cell: &Cell) -> impl Iterator<Item = Subject> {
    let own = match cell.subject {
        Some(Subject::FallbackTag) => Some(Subject::Manifest),
        Some(
            s @ (Subject::Index | Subject::Manifest | Subject::Config | Subject::Layer | Subject::Converted),
        ) => Some(s),
        _ => None,
    };
    [own, cell.vary.digest_header, cell.vary.if_none_match].into_iter().flatten()
}
