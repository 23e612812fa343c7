//! A GET and its HEAD, side by side: what most rules about digests and HEAD compare.

use crate::diagnosis::rule::Case;
use crate::exchange::Method;
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::{Answer, CellView};

/// The answers to HEAD and GET of one thing with one Accept value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    /// The cells.
    pub(super) cell: &'a CellView,
    /// The answer to HEAD.
    pub(super) head: (&'a CellId, &'a Answer),
    /// The answer to GET.
    pub(super) get: (&'a CellId, &'a Answer),
}

/// Every pair of plain requests at an endpoint, the most telling first: the tag with every type accepted.
pub(super) fn pairs<'a>(case: &Case<'a>, endpoint: Endpoint) -> Vec<Pair<'a>> {
    let gets: Vec<_> = case.plain(move |c| c.endpoint == endpoint && c.method == Method::Get).collect();
    let mut pairs: Vec<Pair<'a>> = case
        .plain(move |c| c.endpoint == endpoint && c.method == Method::Head)
        .filter_map(|(cell, head)| {
            let (get_cell, get) =
                gets.iter().find(|(c, _)| c.subject == cell.subject && c.accept == cell.accept)?;
            Some(Pair { cell, head: (&cell.id, head), get: (&get_cell.id, get) })
        })
        .collect();
    pairs.sort_by_key(|pair| (rank(pair.cell.subject), pair.cell.accept != "all"));
    pairs
}

fn rank(subject: Option<Subject>) -> u8 {
    match subject {
        Some(Subject::Tag) => 0,
        Some(Subject::Digest) => 1,
        Some(Subject::Index) => 2,
        Some(Subject::Manifest) => 3,
        Some(Subject::Config) => 4,
        Some(Subject::Layer) => 5,
        _ => 6,
    }
}

/// Both cells of each pair, for a finding's evidence.
pub(super) fn cells<'a, 'b>(pairs: &'b [Pair<'a>]) -> impl Iterator<Item = &'a CellId> + 'b {
    pairs.iter().flat_map(|pair| [pair.head.0, pair.get.0])
}
