//! Which finding has which changed cells.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::Direction;
use super::cell::{Pair, Part};
use crate::diagnosis::standing::{ASIDE, USUAL};
use crate::diagnosis::{Finding, Severity};
use crate::plan::{Cell, CellId, Subject};
use crate::report::{Outcome, Report};

/// A finding that came, or went, or got worse.
pub(super) struct Candidate<'a> {
    pub(super) finding: &'a Finding,
    pub(super) appeared: bool,
    pub(super) evidence: HashSet<&'a CellId>,
    pub(super) also: Vec<(&'static str, bool)>,
    pub(super) claimed: Vec<&'a Pair<'a>>,
}

impl Candidate<'_> {
    /// Whether it is about a changed cell. A finding about no request is about every one that could not be told.
    fn is_about(&self, pair: &Pair<'_>) -> bool {
        match self.evidence.is_empty() {
            true => direction(pair) == Some(Direction::Untold),
            false => self.evidence.contains(pair.id),
        }
    }
}

/// The causes with their cells, and the cells that are left.
pub(super) fn causes<'a>(
    before: &'a Report,
    after: &'a Report,
    pairs: &'a [Pair<'a>],
) -> (Vec<Candidate<'a>>, Vec<&'a Pair<'a>>) {
    let changed: Vec<&Pair<'_>> = pairs.iter().filter(|p| p.change.is_some()).collect();
    let mut candidates = candidates(before, after, &changed);
    // Of a registry that nobody could talk to, the one thing that was found is about no request at all.
    let unseen = after.outcome == Outcome::Inconclusive;
    candidates.retain(|c| c.appeared && unseen || !c.evidence.is_empty());
    // Another suite may not have asked what would have shown it.
    if before.recording.suite != after.recording.suite {
        candidates.retain(|c| {
            let other = if c.appeared { before } else { after };
            other.coverage.not_exercised.iter().all(|(id, _)| *id != c.finding.id)
        });
    }
    let (mut left, homeless) = claim(&mut candidates, changed, pairs);
    attach(&mut candidates, &mut left);
    adopt(&mut candidates, homeless, pairs);
    (candidates, left)
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

/// The topmost findings that are news.
fn roots<'a>(findings: &'a [Finding], fresh: &impl Fn(&Finding) -> bool, tops: &mut Vec<&'a Finding>) {
    for finding in findings {
        if fresh(finding) {
            tops.push(finding);
        } else {
            roots(&finding.children, fresh, tops);
        }
    }
}

/// Findings that are in one report alone, or graver there. What hangs under one of them belongs to it.
fn candidates<'a>(before: &'a Report, after: &'a Report, changed: &[&Pair<'_>]) -> Vec<Candidate<'a>> {
    let changed: HashSet<&CellId> = changed.iter().map(|p| p.id).collect();
    let (old, new) = (all(before), all(after));
    // What was noted before and is broken now is new as well, if what it is about did change: a finding may be graver
    // only because something else takes away what it left.
    let changed = |f: &Finding| f.evidence.iter().any(|id| changed.contains(id));
    let fresh = |f: &Finding, others: &[&Finding], appeared: bool| {
        let same = others.iter().find(|o| o.id == f.id);
        same.is_none_or(|o| appeared && f.severity > o.severity && changed(f))
    };
    let mut candidates: Vec<Candidate<'a>> = Vec::new();
    for (report, others, appeared) in [(after, &old, true), (before, &new, false)] {
        let mut tops: Vec<&Finding> = Vec::new();
        roots(&report.findings, &|f: &Finding| fresh(f, others, appeared), &mut tops);
        for finding in tops {
            let mut tree = vec![finding];
            flat(&finding.children, &mut tree);
            let explained = report.anomalies.iter().filter(|a| a.explained_by == Some(finding.id));
            let cells = tree.iter().flat_map(|f| &f.evidence).chain(explained.map(|a| &a.cell));
            // What is so at nearly every registry is no news beside what hangs under it.
            let news = |f: &&&Finding| fresh(f, others, appeared) && !USUAL.contains(&f.id);
            let lead = tree.iter().find(news).copied().unwrap_or(finding);
            let also = tree
                .iter()
                .filter(|f| f.id != lead.id && fresh(f, others, appeared))
                .map(|f| (f.id, appeared));
            candidates.push(Candidate {
                finding: lead,
                appeared,
                evidence: cells.collect(),
                also: also.collect(),
                claimed: Vec::new(),
            });
        }
    }
    candidates
}

/// Each finding takes the changed cells that it explains, what explains most first. The side with the graver findings
/// holds the causes: where something breaks, what was noted before goes out of sight, and that is no cause; where it
/// is mended, what comes into sight again is none. Gives back the cells that are left, and the findings that no changed
/// cell speaks for.
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
    candidates.sort_by_key(|c| (c.appeared != causes, !changed.iter().any(|p| c.is_about(p))));
    let fitting = fitting(candidates, &changed);
    let mut left = changed;
    let (mut kept, mut homeless): (Vec<Candidate<'a>>, Vec<Candidate<'a>>) = (Vec::new(), Vec::new());
    for (at, mut candidate) in std::mem::take(candidates).into_iter().enumerate() {
        let (mine, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|p| fitting.get(p.id) == Some(&at));
        left = rest;
        if !candidate.appeared && worst(&mine) == Some(Direction::Untold) {
            // That it is not found any more is for want of answers, and explains nothing.
            left.extend(mine);
            homeless.push(candidate);
            continue;
        }
        let home = home(&candidate, &mine, &kept, all);
        let stands = if candidate.appeared == causes {
            home.is_none()
        } else {
            let better = worst(&mine) == Some(Direction::Improvement);
            let grave = candidate.finding.severity > Severity::Note;
            better || grave && !mine.is_empty() && worst(&mine) < Some(Direction::Untold)
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

/// Which candidate each changed cell goes to: of those that are about it, the one most of whose changed cells changed
/// as it did. Another may have it only to compare with.
fn fitting<'a>(candidates: &[Candidate<'a>], changed: &[&'a Pair<'a>]) -> HashMap<&'a CellId, usize> {
    // Of the cells a candidate is about, how many ended so, and how many there are: compared as fractions.
    let tally: Vec<(HashMap<_, usize>, usize)> = candidates
        .iter()
        .map(|candidate| {
            let mut by_end = HashMap::new();
            let about = changed.iter().filter(|p| candidate.is_about(p));
            let total = about.inspect(|p| *by_end.entry(ends(p)).or_default() += 1).count();
            (by_end, total)
        })
        .collect();
    let share = |at: usize, pair: &Pair<'_>| {
        let (by_end, total) = &tally[at];
        by_end.get(&ends(pair)).copied().unwrap_or_default() * 1000 / (*total).max(1)
    };
    let best = |pair: &&'a Pair<'a>| {
        // A finding about the form of errors does not tell why there is one now.
        let why = |c: &Candidate<'_>| {
            !ASIDE.contains(&c.finding.id) || ends(pair).iter().all(|(name, _)| *name != "did")
        };
        let about =
            (0..candidates.len()).filter(|at| candidates[*at].is_about(pair) && why(&candidates[*at]));
        let best = about.max_by_key(|at| {
            (candidates[*at].appeared == candidates[0].appeared, share(*at, pair), Reverse(*at))
        });
        best.map(|at| (pair.id, at))
    };
    changed.iter().filter_map(best).collect()
}

/// The cause under which a finding belongs: one that has taken the changed cells it is about; or one beside it in the
/// matrix, where all ended the same. What is, for the most part, about cells that did not change has a cause of its
/// own.
fn home(
    candidate: &Candidate<'_>,
    mine: &[&Pair<'_>],
    kept: &[Candidate<'_>],
    all: &[Pair<'_>],
) -> Option<usize> {
    if mine.is_empty() {
        let about = all.iter().filter(|p| candidate.evidence.contains(p.id));
        let (changed, same): (Vec<_>, Vec<_>) = about.partition(|p| p.change.is_some());
        if changed.len() < same.len() {
            return None;
        }
        let shared = |other: &Candidate<'_>| {
            other.claimed.iter().filter(|p| candidate.evidence.contains(p.id)).count()
        };
        let best = kept.iter().enumerate().map(|(at, k)| (shared(k), Reverse(at))).max();
        return best.filter(|(n, _)| *n > 0).map(|(_, Reverse(at))| at);
    }
    let same = |a: &[&Pair<'_>], b: &[&Pair<'_>]| {
        a.iter().all(|one| b.iter().any(|other| ends(one) == ends(other) && near(one, other)))
    };
    kept.iter().position(|k| same(mine, &k.claimed))
}

/// Cells that changed as claimed ones did, beside them in the matrix, changed for the same reason. Where there is one
/// cause only, so did those that ended the same anywhere; what is neither better nor worse, or cannot be told since
/// something broke; and what is asked for by a digest that is learned otherwise now.
fn attach<'a>(candidates: &mut [Candidate<'a>], left: &mut Vec<&'a Pair<'a>>) {
    let alone = candidates.len() == 1;
    let along = |pair: &Pair<'_>, c: &Candidate<'_>| match direction(pair) {
        Some(Direction::Untold) => {
            c.appeared && c.finding.severity == Severity::Broken
                || c.claimed.iter().any(|other| direction(other) == Some(Direction::Untold))
        }
        Some(Direction::Regression) => {
            let learned = [Subject::Index, Subject::Manifest, Subject::Config, Subject::Layer];
            let by_digest = pair.cell.subject.is_some_and(|s| learned.contains(&s));
            by_digest && c.claimed.iter().any(|other| ends(other).contains(&("bytes", "differ")))
        }
        _ => true,
    };
    let fits = |pair: &Pair<'_>, c: &Candidate<'_>| {
        c.claimed.iter().any(|other| alike(pair, other) && (alone || near(pair, other)))
            || alone && along(pair, c)
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
    let (a, b) = (a.cell, b.cell);
    let who = a.vary.repository == b.vary.repository && a.vary.token == b.vary.token;
    who && a.endpoint == b.endpoint && (a.accept == b.accept || a.subject == b.subject)
}

/// Whether what changed in one changed to the same in the other, or both are refused in the same words now.
fn alike(pair: &Pair<'_>, other: &Pair<'_>) -> bool {
    let theirs = ends(other);
    ends(pair).iter().all(|part| theirs.contains(part))
        || pair.after == other.after && pair.after.starts_with(['4', '5'])
}

/// How a cell ended, as far as it changed.
fn ends<'a>(pair: &'a Pair<'_>) -> Vec<(&'static str, &'a str)> {
    let parts: &[Part] = pair.change.as_ref().map_or(&[], |c| &c.parts);
    parts.iter().map(|part| (part.name, part.after.as_str())).collect()
}

fn direction(pair: &Pair<'_>) -> Option<Direction> {
    pair.change.as_ref().map(|c| c.direction)
}

pub(super) fn follows(pair: &Pair<'_>) -> bool {
    pair.change.as_ref().is_some_and(|c| c.follows)
}

pub(super) fn worst(pairs: &[&Pair<'_>]) -> Option<Direction> {
    pairs.iter().filter_map(|p| p.change.as_ref()).filter(|c| !c.follows).map(|c| c.direction).max()
}
