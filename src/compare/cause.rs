//! Which finding explains which changes: what one cause did is one group.

use std::cmp::Reverse;

use super::axes::{self, clusters};
use super::cell::{Pair, words};
use super::claim::{Candidate, causes, follows, worst};
use super::{Cause, Direction, Group, PathChange, Transition};
use crate::diagnosis::Severity;
use crate::diagnosis::standing::PASSING;
use crate::report::Report;

/// The changes, by cause, worst first.
pub(super) fn groups(
    before: &Report,
    after: &Report,
    pairs: &[Pair<'_>],
    mut paths: Vec<PathChange>,
) -> Vec<Group> {
    let (candidates, left) = causes(before, after, pairs);
    let mut groups: Vec<Group> = candidates.into_iter().map(|c| named(c, pairs)).collect();
    let (follow, left): (Vec<_>, Vec<_>) = left.into_iter().partition(|p| follows(p));
    groups.extend(clusters(&left, pairs).into_iter().map(|cluster| unnamed(cluster.shared, &cluster.pairs)));
    sort(&mut groups);
    // Cells that could not be sent are a consequence of whatever is worst.
    match groups.first_mut() {
        Some(worst) if !follow.is_empty() => add_cells(worst, &follow),
        None if !follow.is_empty() => {
            let mut group = unnamed(Vec::new(), &follow);
            "what is behind the reference is learned otherwise".clone_into(&mut group.title);
            groups.push(group);
        }
        _ => {}
    }
    take_paths(&mut groups, &mut paths);
    sort(&mut groups);
    groups
}

fn sort(groups: &mut [Group]) {
    groups.sort_by_cached_key(|g| {
        let severity = g.cause.as_ref().map(|c| c.severity);
        (Reverse(g.direction), Reverse(severity), Reverse(g.cells().count()), g.title.clone())
    });
}

fn named(candidate: Candidate<'_>, all: &[Pair<'_>]) -> Group {
    let Candidate { finding, appeared, evidence, also, mut claimed } = candidate;
    claimed.sort_by_key(|p| all.iter().position(|other| other.id == p.id));
    let grave = finding.severity > Severity::Note && !PASSING.contains(&finding.id);
    let by_severity = match (grave, appeared) {
        (true, true) => Direction::Regression,
        (true, false) => Direction::Improvement,
        _ => Direction::Change,
    };
    let direction = match worst(&claimed) {
        // What cannot be told is no fault of the registry, whatever the finding about the network says.
        Some(Direction::Untold) => Direction::Untold,
        None if evidence.is_empty() => Direction::Untold,
        Some(Direction::Change) | None => by_severity,
        Some(Direction::Improvement) if appeared => by_severity.max(Direction::Improvement),
        Some(other) => other,
    };
    let title = if appeared { finding.title.clone() } else { format!("no longer: {}", finding.title) };
    let mut group = Group {
        direction,
        title,
        shared: shared(&claimed),
        cause: Some(Cause {
            id: finding.id,
            severity: finding.severity,
            appeared,
            title: finding.title.clone(),
            also,
        }),
        transitions: Vec::new(),
        paths: Vec::new(),
    };
    add_cells(&mut group, &claimed);
    group
}

fn unnamed(shared: Vec<String>, pairs: &[&Pair<'_>]) -> Group {
    let mut kinds: Vec<String> =
        pairs.iter().filter_map(|p| p.change.as_ref()).map(|c| words(&c.parts)).collect();
    kinds.sort();
    kinds.dedup();
    let shown = if kinds.len() > 3 {
        format!("{} and {} others", kinds[..2].join("; "), kinds.len() - 2)
    } else {
        kinds.join("; ")
    };
    let about = shared.iter().map(|w| w.trim_matches('/').to_owned()).collect::<Vec<_>>().join(" ");
    let title = if about.is_empty() { shown } else { format!("{about}: {shown}") };
    let mut group = Group {
        direction: worst(pairs).unwrap_or(Direction::Change),
        title,
        cause: None,
        shared: shared.iter().map(|w| w.trim_matches('/').to_owned()).collect(),
        transitions: Vec::new(),
        paths: Vec::new(),
    };
    add_cells(&mut group, pairs);
    group
}

fn shared(pairs: &[&Pair<'_>]) -> Vec<String> {
    let mut all = pairs.iter().map(|p| axes::tokens(&p.id.0));
    let Some(first) = all.next() else { return Vec::new() };
    let rest: Vec<Vec<String>> = all.collect();
    let common = first.into_iter().filter(|w| rest.iter().all(|tokens| tokens.contains(w)));
    common.map(|w| w.trim_matches('/').to_owned()).collect()
}

fn add_cells(group: &mut Group, pairs: &[&Pair<'_>]) {
    for pair in pairs {
        let direction = pair.change.as_ref().map_or(Direction::Change, |c| c.direction);
        let same = |t: &&mut Transition| {
            t.before == pair.before && t.after == pair.after && t.direction == direction
        };
        match group.transitions.iter_mut().find(same) {
            Some(transition) => transition.cells.push(pair.id.clone()),
            None => group.transitions.push(Transition {
                before: pair.before.to_owned(),
                after: pair.after.to_owned(),
                direction,
                cells: vec![pair.id.clone()],
            }),
        }
    }
    group.transitions.sort_by_key(|t| (Reverse(t.direction), Reverse(t.cells.len())));
}

/// A path belongs to the group that holds the step which broke it, or which mended it.
fn take_paths(groups: &mut Vec<Group>, paths: &mut Vec<PathChange>) {
    for path in std::mem::take(paths) {
        let holds = |g: &Group| path.step.as_ref().is_some_and(|step| g.cells().any(|c| c == step));
        let home = groups.iter().position(holds).or_else(|| {
            // Its own cells did not change: the only cause there is, or the worst that goes its way.
            groups.iter().position(|g| g.direction == path.direction)
        });
        match home.or((groups.len() == 1).then_some(0)) {
            Some(at) => {
                let group = &mut groups[at];
                let worse = match path.direction {
                    Direction::Regression | Direction::Untold => path.direction,
                    _ => group.direction,
                };
                group.direction = group.direction.max(worse);
                group.paths.push(path);
            }
            None => groups.push(Group {
                direction: path.direction,
                title: format!("path {}: {} → {}", path.id, path.before.as_str(), path.after.as_str()),
                cause: None,
                shared: Vec::new(),
                transitions: Vec::new(),
                paths: vec![path],
            }),
        }
    }
}
