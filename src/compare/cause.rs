//! Which finding explains which changes: what one cause did is one group.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::axes::{self, clusters};
use super::cell::{Pair, Part, words};
use super::{Cause, Direction, Group, PathChange, Transition};
use crate::diagnosis::{Finding, Severity};
use crate::plan::{Cell, CellId};
use crate::report::{Outcome, Report};

/// A finding that came or went.
struct Candidate<'a> {
    finding: &'a Finding,
    appeared: bool,
    evidence: HashSet<&'a CellId>,
    also: Vec<(&'static str, bool)>,
    claimed: Vec<&'a Pair<'a>>,
}

/// The changes, by cause, worst first.
pub(super) fn groups(
    before: &Report,
    after: &Report,
    pairs: &[Pair<'_>],
    mut paths: Vec<PathChange>,
) -> Vec<Group> {
    let changed: Vec<&Pair<'_>> = pairs.iter().filter(|p| p.change.is_some()).collect();
    let mut candidates = candidates(before, after);
    // Of a registry that nobody could talk to, the one thing that was found is about no request at all.
    let unseen = after.outcome == Outcome::Inconclusive;
    candidates.retain(|c| c.appeared && unseen || !c.evidence.is_empty());
    let (mut left, homeless) = claim(&mut candidates, changed, pairs);
    attach(&mut candidates, &mut left);
    adopt(&mut candidates, homeless, pairs);
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

fn flat<'a>(findings: &'a [Finding], found: &mut Vec<&'a Finding>) {
    for finding in findings {
        found.push(finding);
        flat(&finding.children, found);
    }
}

fn all(report: &Report) -> Vec<&Finding> {
    let mut found = Vec::new();
    flat(&report.findings, &mut found);
    found
}

/// Findings that are in one report alone. What hangs under one of them belongs to it.
fn candidates<'a>(before: &'a Report, after: &'a Report) -> Vec<Candidate<'a>> {
    let (old, new) = (all(before), all(after));
    let has = |list: &[&Finding], id: &str| list.iter().any(|f| f.id == id);
    let mut candidates: Vec<Candidate<'a>> = Vec::new();
    for (mine, others, appeared) in [(&after.findings, &old, true), (&before.findings, &new, false)] {
        let mut tops: Vec<&Finding> = Vec::new();
        fn roots<'a>(
            findings: &'a [Finding],
            fresh: &impl Fn(&Finding) -> bool,
            tops: &mut Vec<&'a Finding>,
        ) {
            for finding in findings {
                if fresh(finding) {
                    tops.push(finding);
                } else {
                    roots(&finding.children, fresh, tops);
                }
            }
        }
        roots(mine, &|f: &Finding| !has(others, f.id), &mut tops);
        for finding in tops {
            let mut tree = vec![finding];
            flat(&finding.children, &mut tree);
            candidates.push(Candidate {
                finding,
                appeared,
                evidence: tree.iter().flat_map(|f| &f.evidence).collect(),
                also: tree.iter().skip(1).filter(|f| !has(others, f.id)).map(|f| (f.id, appeared)).collect(),
                claimed: Vec::new(),
            });
        }
    }
    candidates
}

/// Each finding takes the changed cells that it explains, what explains most first. The side with the graver findings
/// holds the causes: where something breaks, what was noted before goes out of sight, and that is no cause; where it
/// is mended, what comes into sight again is none.
fn claim<'a>(
    candidates: &mut Vec<Candidate<'a>>,
    changed: Vec<&'a Pair<'a>>,
    all: &[Pair<'_>],
) -> (Vec<&'a Pair<'a>>, Vec<Candidate<'a>>) {
    let asked: HashSet<&CellId> = all.iter().map(|p| p.id).collect();
    // A suite that did not ask what a finding is about could not have found it.
    candidates.retain(|c| c.evidence.is_empty() || c.evidence.iter().any(|id| asked.contains(*id)));
    let gravest =
        |side: bool| candidates.iter().filter(|c| c.appeared == side).map(|c| c.finding.severity).max();
    let causes = gravest(true) >= gravest(false);
    candidates.sort_by_key(|c| (c.appeared != causes, !changed.iter().any(|p| c.evidence.contains(p.id))));
    let mut left = changed;
    let (mut kept, mut homeless): (Vec<Candidate<'a>>, Vec<Candidate<'a>>) = (Vec::new(), Vec::new());
    for mut candidate in std::mem::take(candidates) {
        // A finding about no request is about every one that could not be told.
        let about = |p: &Pair<'_>| match candidate.evidence.is_empty() {
            true => direction(p) == Some(Direction::Untold),
            false => candidate.evidence.contains(p.id),
        };
        let (mine, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|p| about(p));
        left = rest;
        if !candidate.appeared && worst(&mine) == Some(Direction::Untold) {
            // That it is not found any more is for want of answers, and explains nothing.
            left.extend(mine);
            homeless.push(candidate);
            continue;
        }
        let grave = candidate.finding.severity > Severity::Note;
        let home = home(&candidate, &mine, &kept);
        let stands = if candidate.appeared == causes {
            if mine.is_empty() { grave && home.is_none() } else { home.is_none() }
        } else {
            grave && !mine.is_empty() && worst(&mine) < Some(Direction::Untold)
        };
        if kept.is_empty() || stands {
            candidate.claimed = mine;
            kept.push(candidate);
            continue;
        }
        let Some(home) = home else {
            left.extend(mine);
            homeless.push(candidate);
            continue;
        };
        let home = &mut kept[home];
        home.also.push((candidate.finding.id, candidate.appeared));
        home.also.append(&mut candidate.also);
        if candidate.appeared == causes { home.claimed.extend(mine) } else { left.extend(mine) }
    }
    *candidates = kept;
    (left, homeless)
}

/// A finding that no changed cell speaks for goes where cells changed that are most like its own.
fn adopt<'a>(candidates: &mut [Candidate<'a>], homeless: Vec<Candidate<'a>>, all: &[Pair<'_>]) {
    for mut candidate in homeless {
        let own: Vec<&Cell> =
            all.iter().filter(|p| candidate.evidence.contains(p.id)).map(|p| p.cell).collect();
        let like = |other: &Candidate<'_>| {
            let count = |is: &dyn Fn(&Cell, &Cell) -> bool| {
                other.claimed.iter().filter(|p| own.iter().any(|cell| is(cell, p.cell))).count()
            };
            let endpoint = |a: &Cell, b: &Cell| a.endpoint == b.endpoint;
            let subject = |a: &Cell, b: &Cell| endpoint(a, b) && a.subject == b.subject;
            (count(&subject), count(&endpoint))
        };
        let best = candidates.iter().enumerate().map(|(at, c)| (like(c), Reverse(at))).max();
        if let Some((_, Reverse(at))) = best {
            candidates[at].also.push((candidate.finding.id, candidate.appeared));
            candidates[at].also.append(&mut candidate.also);
        }
    }
}

/// The cause under which a finding belongs: one whose cells it is about as well, or whose cells ended all the same.
fn home(candidate: &Candidate<'_>, mine: &[&Pair<'_>], kept: &[Candidate<'_>]) -> Option<usize> {
    let shared =
        |other: &Candidate<'_>| other.claimed.iter().filter(|p| candidate.evidence.contains(p.id)).count();
    if mine.is_empty() {
        let best = kept.iter().enumerate().map(|(at, k)| (shared(k), Reverse(at))).max();
        return best.filter(|(n, _)| *n > 0).map(|(_, Reverse(at))| at);
    }
    kept.iter().position(|k| mine.iter().all(|m| k.claimed.iter().any(|c| end(c) == end(m))))
}

/// Cells that changed as claimed ones did, beside them in the matrix, changed for the same reason. Where there is one
/// cause only, so did those that ended the same anywhere.
fn attach<'a>(candidates: &mut [Candidate<'a>], left: &mut Vec<&'a Pair<'a>>) {
    let alone = candidates.len() == 1;
    let untold = |p: &Pair<'_>| p.change.as_ref().is_some_and(|c| c.direction == Direction::Untold);
    let fits = |pair: &Pair<'_>, c: &Candidate<'_>| {
        c.claimed.iter().any(|other| {
            end(pair) == end(other) && (alone || near(pair, other)) || alone && untold(pair) && untold(other)
        })
    };
    let mut taken: Vec<(usize, &'a Pair<'a>)> = Vec::new();
    left.retain(|pair| match candidates.iter().position(|c| fits(pair, c)) {
        Some(at) => {
            taken.push((at, *pair));
            false
        }
        None => true,
    });
    for (at, pair) in taken {
        candidates[at].claimed.push(pair);
    }
}

fn near(a: &Pair<'_>, b: &Pair<'_>) -> bool {
    a.cell.endpoint == b.cell.endpoint && (a.cell.accept == b.cell.accept || a.cell.subject == b.cell.subject)
}

/// How a cell ended, as far as it changed.
fn end<'a>(pair: &'a Pair<'_>) -> Vec<(&'static str, &'a str)> {
    let parts: &[Part] = pair.change.as_ref().map_or(&[], |c| &c.parts);
    parts.iter().map(|part| (part.name, part.after.as_str())).collect()
}

fn direction(pair: &Pair<'_>) -> Option<Direction> {
    pair.change.as_ref().map(|c| c.direction)
}

fn follows(pair: &Pair<'_>) -> bool {
    pair.change.as_ref().is_some_and(|c| c.follows)
}

fn worst(pairs: &[&Pair<'_>]) -> Option<Direction> {
    pairs.iter().filter_map(|p| p.change.as_ref()).filter(|c| !c.follows).map(|c| c.direction).max()
}

fn named(candidate: Candidate<'_>, all: &[Pair<'_>]) -> Group {
    let Candidate { finding, appeared, evidence, also, mut claimed } = candidate;
    claimed.sort_by_key(|p| all.iter().position(|other| other.id == p.id));
    let by_severity = match (finding.severity > Severity::Note, appeared) {
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
