//! What the specs allow a cell to answer. Pure.
//!
//! Only what a MUST or a plain definition forbids is an anomaly: a registry may ignore `Accept`
//! (RFC 9110, section 12.5.1), offer no referrers, or keep no tag. What is forbidden is cited.

use crate::exchange::Method;
use crate::plan::{Cell, Endpoint, Repository, Subject};
use crate::report::{Answer, CellView, Did};

/// Why an answer is outside what is allowed: the rule that it breaks.
pub type Citation = &'static str;

const FOUND: Citation =
    "OCI distribution spec 1.1, end-2 and end-3: what exists in the repository is answered 200";
const MISSING: Citation =
    "OCI distribution spec 1.1, \"Pulling manifests\": what is not found MUST be answered 404";
const DIGEST: Citation = "OCI distribution spec 1.1: the body is the content that the digest names";
const SERVER: Citation = "RFC 9110, section 15.6: 5xx says that the server failed on a valid request";
const HTTP: Citation = "RFC 9110: a request is answered";

/// What is known to exist: by role, whether it was learned.
pub trait Known {
    /// Whether the subject was seen to exist as a manifest (or index).
    fn is_manifest(&self, subject: Subject) -> bool;
    /// Whether the subject was named by a manifest as a blob.
    fn is_blob(&self, subject: Subject) -> bool;
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
    // A limit and a refusal say nothing about the content; rules look at them, the oracle does not.
    if matches!(answer.status, 401 | 403 | 429) {
        return None;
    }
    if answer.status >= 500 {
        return Some(SERVER);
    }
    let plain =
        cell.vary.token == crate::plan::Credentials::Normal && cell.vary.repository == Repository::Target;
    if !plain || !matches!(cell.endpoint, Endpoint::Manifests | Endpoint::Blobs) {
        return None;
    }
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
