//! Suite x target -> the cells of a run, and what they cost on a registry that meters pulls.

use crate::exchange::Method;
use crate::plan::{Cell, Endpoint, Repository, Subject, Vary};
use crate::target::Target;

/// The cells of a run, in order and without doubles: the suite's own, and those that the reference calls for.
pub fn expand(suite: &[Cell], target: &Target) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::with_capacity(suite.len() + 2);
    if target.digest.is_some() {
        for method in [Method::Head, Method::Get] {
            cells.push(Cell {
                method,
                endpoint: Endpoint::Manifests,
                subject: Some(Subject::Digest),
                accept: "all".to_owned(),
                vary: Vary::default(),
            });
        }
    }
    let mut seen: std::collections::HashSet<Cell> = cells.iter().cloned().collect();
    cells.extend(suite.iter().filter(|cell| seen.insert((*cell).clone())).cloned());
    cells
}

/// Whether a cell counts as a pull where pulls are metered: a GET of a manifest that is there.
/// Docker Hub counts manifest GETs and no HEADs, blobs or misses (its documentation of pull limits).
pub fn is_metered(cell: &Cell) -> bool {
    cell.method == Method::Get
        && cell.endpoint == Endpoint::Manifests
        && !matches!(cell.vary.repository, Repository::Absent | Repository::Upper)
        && matches!(
            cell.subject,
            Some(
                Subject::Tag
                    | Subject::Digest
                    | Subject::Index
                    | Subject::Manifest
                    | Subject::FallbackTag
                    | Subject::Converted
            )
        )
}

/// The order of sending: what tells most goes first, so that a budget, a limit or an interrupt costs the least.
///
/// First the ping, then the steps of the metadata paths in their order, then HEADs that cost nothing, then the
/// rest of the suite as written.
pub fn by_telling(cells: &[Cell], path_steps: &[Cell]) -> Vec<usize> {
    let rank = |cell: &Cell| {
        if cell.endpoint == Endpoint::Ping {
            return (0, 0);
        }
        if let Some(step) = path_steps.iter().position(|step| step == cell) {
            return (1, step);
        }
        (2, 0)
    };
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by_key(|index| (rank(&cells[*index]), *index));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(method: Method, endpoint: Endpoint, subject: Option<Subject>, accept: &str) -> Cell {
        Cell { method, endpoint, subject, accept: accept.to_owned(), vary: Vary::default() }
    }

    #[test]
    fn only_a_get_of_a_manifest_that_is_there_is_metered() {
        let get = |endpoint, subject| cell(Method::Get, endpoint, Some(subject), "all");
        assert!(is_metered(&get(Endpoint::Manifests, Subject::Tag)));
        assert!(!is_metered(&get(Endpoint::Manifests, Subject::AbsentTag)));
        assert!(!is_metered(&get(Endpoint::Blobs, Subject::Config)));
        assert!(!is_metered(&cell(Method::Head, Endpoint::Manifests, Some(Subject::Tag), "all")));
        let mut elsewhere = get(Endpoint::Manifests, Subject::Tag);
        elsewhere.vary.repository = Repository::Absent;
        assert!(!is_metered(&elsewhere));
    }

    #[test]
    fn the_ping_and_the_paths_go_first() {
        let ping = cell(Method::Get, Endpoint::Ping, None, "none");
        let step = cell(Method::Get, Endpoint::Manifests, Some(Subject::Tag), "all");
        let other = cell(Method::Get, Endpoint::Manifests, Some(Subject::Tag), "json");
        let cells = [other, step.clone(), ping];
        assert_eq!(by_telling(&cells, &[step]), [2, 1, 0]);
    }
}
