//! What the rules of this family look at: one subject at `/manifests/`, asked for with one Accept value after another.

use crate::diagnosis::rule::Case;
use crate::oci::document::BodyKind;
use crate::oci::media_type as mt;
use crate::plan::{CellId, Credentials, Endpoint, Repository, Subject};
use crate::report::{Answer, CellView};

/// A cell that was answered.
pub(super) type Seen<'a> = (&'a CellId, &'a Answer);

/// The better witnesses of what is there come first.
const WITNESSES: [&str; 10] = [
    "all",
    "all-lines",
    "oci-index",
    "docker-list",
    "oci-manifest",
    "docker-manifest",
    "oci-only",
    "docker-only",
    "none",
    "any",
];

/// What is behind a subject, with the answer that shows it: the control of every comparison.
#[derive(Clone, Copy)]
pub(super) struct Held<'a> {
    case: &'a Case<'a>,
    /// As in cell ids: `tag`, `index` or `manifest`.
    pub(super) subject: Subject,
    /// What it is.
    pub(super) kind: BodyKind,
    /// The answer that gave it.
    pub(super) control: Seen<'a>,
}

impl<'a> Held<'a> {
    /// What a subject holds; `None` where no answer gave it.
    pub(super) fn of(case: &'a Case<'a>, subject: Subject) -> Option<Held<'a>> {
        let wanted = match subject {
            Subject::Manifest => None,
            _ => Some(case.evidence.held()?),
        };
        let fits = |kind: BodyKind| match wanted {
            Some(wanted) => kind == wanted,
            None => kind.is_manifest() || kind == BodyKind::Schema1,
        };
        let own = wanted.and_then(own).into_iter();
        let control = WITNESSES
            .into_iter()
            .chain(own)
            .filter_map(|accept| get(case, subject, accept))
            .find(|(_, a)| a.status == 200 && fits(a.kind))?;
        Some(Held { case, subject, kind: control.1.kind, control })
    }

    /// The tag; of a reference without one, what its digest names.
    pub(super) fn reference(case: &'a Case<'a>) -> Option<Held<'a>> {
        [Subject::Tag, Subject::Index, Subject::Manifest]
            .into_iter()
            .find_map(|subject| Held::of(case, subject))
    }

    /// The answer to a GET with that Accept value.
    pub(super) fn get(&self, accept: &str) -> Option<Seen<'a>> {
        get(self.case, self.subject, accept)
    }

    /// Whether an answer gives what is there.
    pub(super) fn gives(&self, answer: &Answer) -> bool {
        answer.status == 200 && answer.kind == self.kind
    }

    /// Whether an Accept value names the media type of what is there, spelt exactly so.
    pub(super) fn named_by(&self, accept: &str) -> bool {
        names(self.case, accept, self.kind)
    }

    /// Whether an answer turns what is there down, or gives another sort of manifest in its place.
    pub(super) fn unlike(&self, answer: &Answer) -> bool {
        let other = answer.status == 200 && is_manifest(answer.kind) && answer.kind != self.kind;
        turned_down(answer) || other
    }

    /// Whether an answer turns what is there down, or gives a schema 1 manifest in its place.
    pub(super) fn withheld(&self, answer: &Answer) -> bool {
        turned_down(answer)
            || answer.status == 200 && answer.kind == BodyKind::Schema1 && self.kind != BodyKind::Schema1
    }
}

/// The answer to a GET at `/manifests/`.
pub(super) fn get<'a>(case: &Case<'a>, subject: Subject, accept: &str) -> Option<Seen<'a>> {
    case.answer(&format!("GET manifests/{} accept={accept}", subject.as_str()))
}

/// The statuses by which registries say that they have nothing of the wanted type.
pub(super) fn turned_down(answer: &Answer) -> bool {
    matches!(answer.status, 400 | 404 | 406 | 415)
}

/// The name of the Accept value that names a kind and nothing else.
pub(super) fn own(kind: BodyKind) -> Option<&'static str> {
    Some(match kind {
        BodyKind::OciIndex => "oci-index",
        BodyKind::DockerList => "docker-list",
        BodyKind::OciManifest => "oci-manifest",
        BodyKind::DockerManifest => "docker-manifest",
        BodyKind::Schema1 => "schema1-signed",
        _ => return None,
    })
}

/// The media type of a kind.
pub(super) fn media_type(kind: BodyKind) -> &'static str {
    match kind {
        BodyKind::OciIndex => mt::OCI_INDEX,
        BodyKind::DockerList => mt::DOCKER_LIST,
        BodyKind::OciManifest => mt::OCI_MANIFEST,
        BodyKind::DockerManifest => mt::DOCKER_MANIFEST,
        BodyKind::Schema1 => mt::SCHEMA1_SIGNED,
        _ => "application/octet-stream",
    }
}

/// Whether an Accept value names the media type of a kind, spelt exactly so.
pub(super) fn names(case: &Case<'_>, accept: &str, kind: BodyKind) -> bool {
    let lines = case.evidence.axis.lines(accept).unwrap_or_default();
    let wanted = media_type(kind);
    lines.iter().flat_map(|line| line.split(',')).any(|entry| entry.trim() == wanted)
}

/// A manifest of any sort, an index included.
pub(super) fn is_manifest(kind: BodyKind) -> bool {
    kind.is_index() || kind.is_manifest() || kind == BodyKind::Schema1
}

/// What exists at `/manifests/`: the reference itself, and what an index names.
pub(super) fn existing(cell: &CellView) -> bool {
    cell.endpoint == Endpoint::Manifests
        && matches!(cell.subject, Some(Subject::Tag | Subject::Index | Subject::Manifest))
}

/// Ids of cells at `/manifests/` that ask for what exists, by Accept value and answer: the plain ones, and those that
/// differ in something else than the repository or the credentials.
pub(super) fn also<'a>(
    case: &Case<'a>,
    pick: impl Fn(&CellView, &Answer) -> bool + 'a,
) -> impl Iterator<Item = &'a CellId> + 'a {
    let evidence = case.evidence;
    let ordinary = move |cell: &CellView| {
        evidence.plan(&cell.id).is_some_and(|plan| {
            plan.vary.repository == Repository::Target && plan.vary.token == Credentials::Normal
        })
    };
    evidence
        .answers(existing)
        .filter(move |(cell, answer)| pick(cell, answer) && (!cell.varied || ordinary(cell)))
        .map(|(cell, _)| &cell.id)
}
