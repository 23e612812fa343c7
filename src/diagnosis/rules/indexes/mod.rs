//! Indexes and manifest lists: who gets them, and what is in them.

pub(super) mod both_types_needed;
pub(super) mod collapsed;
pub(super) mod entries;
pub(super) mod unasked;

use std::rc::Rc;

use crate::diagnosis::rule::Case;
use crate::exchange::Method;
use crate::oci::document::{BodyKind, Document};
use crate::oci::media_type;
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::{Answer, CellView};

/// The index behind the reference, as it was served.
pub(super) struct Held<'a> {
    /// The cell that gave it, and its answer.
    pub(super) seen: (&'a CellId, &'a Answer),
    /// What it says.
    pub(super) document: Rc<Document>,
}

impl Held<'_> {
    /// Its media type.
    pub(super) fn media_type(&self) -> &'static str {
        if self.seen.1.kind == BodyKind::DockerList { media_type::DOCKER_LIST } else { media_type::OCI_INDEX }
    }
}

/// The index behind the reference, if there is one and its bytes came.
pub(super) fn held<'a>(case: &Case<'a>) -> Option<Held<'a>> {
    let digest = case.evidence.recording.subjects.index.as_ref()?;
    let (cell, answer) = case
        .plain(|c| c.endpoint == Endpoint::Manifests && c.method == Method::Get)
        .find(|(_, a)| a.status == 200 && a.kind.is_index() && a.body_digest.as_ref() == Some(digest))?;
    Some(Held { seen: (&cell.id, answer), document: case.evidence.document(&cell.id.0)? })
}

/// Whether the Accept value of that name holds a media type, in any case and among any others.
pub(super) fn names(case: &Case<'_>, accept: &str, media_type: &str) -> bool {
    let lines = case.evidence.axis.lines(accept).unwrap_or(&[]);
    lines.iter().any(|line| line.to_ascii_lowercase().contains(media_type))
}

/// The answers to requests for the tag, in the plan's order.
pub(super) fn by_tag<'a>(case: &Case<'a>) -> impl Iterator<Item = (&'a CellView, &'a Answer)> {
    case.plain(|c| c.endpoint == Endpoint::Manifests && c.subject == Some(Subject::Tag))
}
