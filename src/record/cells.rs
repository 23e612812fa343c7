//! A client's request -> the cell that it is, if it is one. Pure.

use super::accept;
use super::asked::{Asked, Kind, asked};
use crate::exchange::{Hop, Method, Outcome, Redirects, SentRequest};
use crate::plan::concrete::{ABSENT_TAG, MALFORMED_DIGEST, absent_digest};
use crate::plan::{Cell, Endpoint, Subject, Vary};
use crate::probes::Axis;
use crate::recording::Subjects;
use crate::target::Target;

/// What is known of the traffic as a whole.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) base_url: &'a str,
    pub(super) target: &'a Target,
    pub(super) subjects: &'a Subjects,
    pub(super) axis: &'a Axis,
}

/// A header's values, by lower-case name.
pub(super) fn lines<'a>(request: &'a SentRequest, name: &str) -> Vec<&'a str> {
    request.headers.iter().filter(|h| h.name == name).map(|h| h.value.as_str()).collect()
}

/// The cell that a request is, as if nobody had asked for it before and credentials were what they should be.
pub(super) fn cell(hop: &Hop, view: View<'_>) -> Option<Cell> {
    let request = &hop.request;
    if !matches!(request.method, Method::Get | Method::Head) {
        return None;
    }
    let (what, query) = asked(&request.url, view.base_url);
    let ours = |repository: &str| repository == view.target.repository;
    let mut vary = Vary::default();
    let (endpoint, subject) = match what {
        Asked::Ping { slash } => {
            vary.no_slash = !slash;
            (Endpoint::Ping, None)
        }
        Asked::Catalog => (Endpoint::Catalog, None),
        Asked::Tags(repository) if ours(&repository) => (Endpoint::Tags, None),
        Asked::Named(kind, repository, reference) if ours(&repository) => {
            let endpoint = match kind {
                Kind::Manifests => Endpoint::Manifests,
                Kind::Blobs => Endpoint::Blobs,
                Kind::Referrers => Endpoint::Referrers,
            };
            (endpoint, Some(subject(&reference, endpoint, view)?))
        }
        _ => return None,
    };
    differs(&mut vary, hop, query, view)?;
    let (accept, _) = accept::name(&lines(request, "accept"), view.axis);
    Some(Cell { method: request.method, endpoint, subject, accept, vary })
}

fn subject(reference: &str, endpoint: Endpoint, view: View<'_>) -> Option<Subject> {
    let target = view.target;
    if target.digest.as_ref().is_some_and(|d| d.as_str() == reference) && endpoint == Endpoint::Manifests {
        return Some(Subject::Digest);
    }
    if let Some(role) = view.subjects.role(reference) {
        return Some(role);
    }
    if view.subjects.converted.as_ref().is_some_and(|d| d.as_str() == reference) {
        return Some(Subject::Converted);
    }
    let fallback =
        view.subjects.manifest.as_ref().map(|digest| format!("{}-{}", digest.algorithm(), digest.encoded()));
    match reference {
        _ if target.tag.as_deref() == Some(reference) => Some(Subject::Tag),
        ABSENT_TAG => Some(Subject::AbsentTag),
        MALFORMED_DIGEST => Some(Subject::MalformedDigest),
        _ if reference == absent_digest().as_str() => Some(Subject::AbsentDigest),
        _ if fallback.as_deref() == Some(reference) => Some(Subject::FallbackTag),
        _ => None,
    }
}

/// What is different from the plain request; nothing where the difference has no name.
fn differs(vary: &mut Vary, hop: &Hop, query: Option<&str>, view: View<'_>) -> Option<()> {
    let request = &hop.request;
    let role = |digest: &str| view.subjects.role(digest);
    if let Some(query) = query {
        let solid = !query.is_empty() && query.bytes().all(|b| b.is_ascii_graphic());
        vary.query = Some(solid.then(|| query.to_owned())?);
    }
    if let Some(range) = lines(request, "range").first() {
        let bytes = range.strip_prefix("bytes=")?;
        vary.range = Some(bytes.bytes().all(|b| b.is_ascii_graphic()).then(|| bytes.to_owned())?);
    }
    if let Some(tag) = lines(request, "if-none-match").first() {
        vary.if_none_match = Some(role(tag.trim_matches('"'))?);
    }
    if let Some(digest) = lines(request, "docker-content-digest").first() {
        vary.digest_header = Some(role(digest)?);
    }
    if let Outcome::Answered(response) = &hop.outcome {
        // Most clients offer gzip; it is a difference where the registry took it up.
        if let Some(coding) = response.header("content-encoding").filter(|c| *c == "gzip") {
            vary.encoding = Some(coding.to_owned());
        }
        // The client follows by itself: what we see is the redirect.
        if matches!(response.status, 301 | 302 | 303 | 307 | 308) {
            vary.redirects = Redirects::Stop;
        }
    }
    Some(())
}
