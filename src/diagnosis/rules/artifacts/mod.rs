//! What the image is: its config, its layers, and the types that its manifest gives them. The registry only keeps it.

pub(super) mod config;
pub(super) mod layers;
pub(super) mod mixed;
pub(super) mod size;

use std::rc::Rc;

use crate::diagnosis::rule::Case;
use crate::exchange::Method;
use crate::oci::document::Document;
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::{Answer, CellView};

/// The manifest that was looked at, as it was served.
pub(super) struct Held<'a> {
    /// The cell that gave it, and its answer.
    pub(super) seen: (&'a CellId, &'a Answer),
    /// What it says.
    pub(super) document: Rc<Document>,
}

/// The manifest, if its bytes came: from the request that names every type, where that one got it.
pub(super) fn held<'a>(case: &Case<'a>) -> Option<Held<'a>> {
    let digest = case.evidence.recording.subjects.manifest.as_ref()?;
    let (cell, answer) = case
        .plain(|c| c.endpoint == Endpoint::Manifests && c.method == Method::Get)
        .filter(|(_, a)| a.status == 200 && a.kind.is_manifest() && a.body_digest.as_ref() == Some(digest))
        .min_by_key(|(c, _)| c.accept != "all")?;
    Some(Held { seen: (&cell.id, answer), document: case.evidence.document(&cell.id.0)? })
}

/// Answers to GET and HEAD of a blob, varied ones too, that say it is not there.
pub(super) fn not_found<'a>(
    case: &Case<'a>,
    subject: Subject,
) -> impl Iterator<Item = (&'a CellView, &'a Answer)> {
    let evidence = case.evidence;
    evidence.answers(move |c| c.endpoint == Endpoint::Blobs && c.subject == Some(subject)).filter(
        move |(c, a)| {
            let elsewhere =
                evidence.plan(&c.id).is_none_or(|p| p.vary.repository != crate::plan::Repository::Target);
            a.status == 404 && !elsewhere
        },
    )
}
