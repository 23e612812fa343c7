//! What the specs allow a cell to answer. Pure.
//!
//! Only what a MUST or a plain definition forbids is an anomaly: a registry may ignore `Accept`
//! (RFC 9110, section 12.5.1), offer no referrers, or keep no tag. What is forbidden is cited.

mod headers;
mod lists;

use crate::exchange::{ExchangeId, Method, Response};
use crate::plan::{Cell, Credentials, Endpoint, Repository, Subject};
use crate::report::{Answer, CellView, Did};

/// Why an answer is outside what is allowed: the rule that it breaks.
pub type Citation = &'static str;

/// Which OCI distribution spec a registry is held to. RFC 9110 holds for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Spec {
    /// 1.0.x: no referrers API.
    V1_0,
    /// 1.1.x: the referrers API.
    #[default]
    V1_1,
}

impl Spec {
    /// Every one.
    pub const ALL: [Spec; 2] = [Spec::V1_0, Spec::V1_1];

    /// As on the command line and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Spec::V1_0 => "1.0",
            Spec::V1_1 => "1.1",
        }
    }

    /// The inverse of [`Spec::as_str`].
    pub fn parse(text: &str) -> Option<Spec> {
        Spec::ALL.into_iter().find(|spec| spec.as_str() == text)
    }
}

const FOUND: Citation =
    "OCI distribution spec, end-2 and end-3: what exists in the repository is answered 200";
const MISSING: Citation =
    "OCI distribution spec, \"Pulling manifests\": what is not found MUST be answered 404";
const DIGEST: Citation =
    "OCI distribution spec, \"Pulling manifests\": the body is the content that the digest names";
const SERVER: Citation = "RFC 9110, section 15.6: 5xx says that the server failed on a valid request";
const HTTP: Citation = "RFC 9110, section 3.4: a request is answered";

/// What is known besides the cell itself.
pub trait Known {
    /// Whether the subject was seen to exist as a manifest (or index).
    fn is_manifest(&self, subject: Subject) -> bool;
    /// Whether the subject was named by a manifest as a blob.
    fn is_blob(&self, subject: Subject) -> bool;
    /// Which spec counts.
    fn spec(&self) -> Spec;
    /// The final response of an exchange.
    fn response(&self, exchange: &ExchangeId) -> Option<&Response>;
}

impl Known for crate::recording::Recording {
    fn is_manifest(&self, subject: Subject) -> bool {
        match subject {
            Subject::Tag => self.target.tag.is_some() && self.subjects.manifest.is_some(),
            Subject::Digest => self.target.digest.is_some() && self.subjects.manifest.is_some(),
            Subject::Index | Subject::Manifest => self.subjects.digest(subject).is_some(),
            _ => false,
        }
    }

    fn is_blob(&self, subject: Subject) -> bool {
        matches!(subject, Subject::Config | Subject::Layer) && self.subjects.digest(subject).is_some()
    }

    fn spec(&self) -> Spec {
        self.spec
    }

    fn response(&self, exchange: &ExchangeId) -> Option<&Response> {
        self.exchanges.iter().find(|e| e.id == *exchange)?.response()
    }
}

/// Whether what a cell did lies outside the specs; `None` when it is allowed, or was not seen.
pub fn anomaly(cell: &Cell, view: &CellView, known: &impl Known) -> Option<Citation> {
    let answer = match &view.did {
        Did::NotTried(_) => return None,
        Did::Failed { .. } => return Some(HTTP),
        Did::Answer(answer) => answer,
    };
    if answer.bytes_match == Some(false) {
        return Some(DIGEST);
    }
    let response = known.response(&answer.exchange);
    if let Some(cites) = response.and_then(|response| headers::missing(cell, answer, response)) {
        return Some(cites);
    }
    // A limit and a refusal say nothing about the content; rules look at them, the oracle does not.
    if matches!(answer.status, 401 | 403 | 429) {
        return None;
    }
    if answer.status >= 500 {
        return Some(SERVER);
    }
    if cell.vary.token != Credentials::Normal || cell.vary.repository != Repository::Target {
        return None;
    }
    match cell.endpoint {
        Endpoint::Manifests | Endpoint::Blobs => content(cell, answer, known),
        Endpoint::Tags => lists::tags(cell, response?),
        Endpoint::Referrers => lists::referrers(cell, response?, known.spec()),
        Endpoint::Ping | Endpoint::Token | Endpoint::Catalog => None,
    }
}

fn content(cell: &Cell, answer: &Answer, known: &impl Known) -> Option<Citation> {
    let subject = cell.subject?;
    let there = match cell.endpoint {
        Endpoint::Manifests => known.is_manifest(subject),
        _ => known.is_blob(subject),
    };
    if there {
        return (!served(cell, answer)).then_some(FOUND);
    }
    let nowhere = matches!(subject, Subject::AbsentTag | Subject::AbsentDigest);
    (nowhere && answer.status != 404 && !refused(subject, cell, answer)).then_some(MISSING)
}

/// An answer that gives what exists: 200, a part of it, a condition met, a redirect to it, or 406 for a type that
/// is not wanted.
fn served(cell: &Cell, answer: &Answer) -> bool {
    match answer.status {
        200 | 206 | 304 => true,
        300..=399 => true,
        406 => cell.accept != "none",
        416 => cell.vary.range.is_some(),
        _ => false,
    }
}

/// A tag is no digest: at `/blobs/` it may be called malformed as well as missing. HEAD and GET alike.
fn refused(subject: Subject, cell: &Cell, answer: &Answer) -> bool {
    let no_digest = cell.endpoint == Endpoint::Blobs && matches!(subject, Subject::AbsentTag | Subject::Tag);
    no_digest && matches!(answer.status, 400 | 404) && matches!(cell.method, Method::Get | Method::Head)
}
