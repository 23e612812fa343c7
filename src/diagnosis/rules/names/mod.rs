//! Names: what a repository may be called, under which name it is found, and what else must be said to find it.

pub(super) mod aliases;
pub(super) mod no_pull_by_digest;
pub(super) mod ns_query;
pub(super) mod shape;

use crate::diagnosis::Severity;
use crate::diagnosis::rule::Case;
use crate::exchange::Method;
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::{Answer, CellView};

/// The reference asked for with every type accepted: what every comparison starts from.
const PLAIN: &str = "GET manifests/tag accept=all";
/// The same in a repository that is surely not there.
const ABSENT: &str = "GET manifests/tag accept=all repository=absent";

/// The answers to GET of the tag, whatever was accepted.
fn by_tag<'a>(case: &Case<'a>) -> impl Iterator<Item = (&'a CellView, &'a Answer)> {
    case.plain(|c| {
        c.endpoint == Endpoint::Manifests && c.subject == Some(Subject::Tag) && c.method == Method::Get
    })
}

/// Whether an answer gave a manifest or an index.
fn gave(answer: &Answer) -> bool {
    answer.status == 200 && (answer.kind.is_manifest() || answer.kind.is_index())
}

/// Cells of plain requests for the tag, HEAD and GET, with this status.
fn alike<'a>(case: &Case<'a>, status: u16) -> impl Iterator<Item = &'a CellId> {
    case.plain(|c| c.endpoint == Endpoint::Manifests && c.subject == Some(Subject::Tag))
        .filter(move |(_, a)| a.status == status)
        .map(|(c, _)| &c.id)
}

/// What keeps the image from being found is as bad as it gets, unless there is another way to it.
fn severity(case: &Case<'_>) -> Severity {
    if case.main_path_works() { Severity::Warning } else { Severity::Broken }
}
