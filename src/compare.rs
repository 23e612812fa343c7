//! Two reports, cell by cell: what changed, by cause and not by cell, worst first. Pure.
//!
//! What is compared are [signatures](crate::signature), so a report of last month, of another tag of the same shape
//! or of another registry will do. Both reports are judged by the rules of today before they come here.

mod axes;
mod cause;
mod cell;
pub mod check;
mod claim;
pub mod expect;
pub mod fingerprint;
#[cfg(test)]
mod gallery;
pub mod known;
mod pattern;
mod shape;
pub mod side_by_side;
#[cfg(test)]
mod tests;
mod wanted;

use crate::diagnosis::Severity;
use crate::plan::CellId;
use crate::report::{PathVerdict, Report, Verdict};

pub use shape::shape;

/// Which way something went. Worse ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// What did not work now does.
    Improvement,
    /// It is otherwise, and neither better nor worse.
    Change,
    /// It was told before, and cannot be told now: a limit, the network, our own budget.
    Untold,
    /// What worked no longer does.
    Regression,
}

impl Direction {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Improvement => "improvement",
            Direction::Change => "change",
            Direction::Untold => "could-not-tell",
            Direction::Regression => "regression",
        }
    }
}

/// One of the two reports, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The image, as it was written.
    pub image: String,
    /// Scheme and authority that answered.
    pub base_url: String,
    /// When, RFC 3339.
    pub created: String,
    /// The suite's id.
    pub suite: String,
    /// What is behind the reference; `None` where it was not learned.
    pub shape: Option<&'static str>,
}

/// The finding that explains a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Its id.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is new; else it is gone.
    pub appeared: bool,
    /// Its title.
    pub title: String,
    /// What came or went with it: its consequences, and findings on cells that it explains as well.
    pub also: Vec<(&'static str, bool)>,
}

/// Cells that went from one signature to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The signature before.
    pub before: String,
    /// The signature after.
    pub after: String,
    /// Which way that is, for these cells.
    pub direction: Direction,
    /// Which cells, in the plan's order.
    pub cells: Vec<CellId>,
}

/// A metadata path with another verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChange {
    /// The path's id.
    pub id: String,
    /// The verdict before.
    pub before: Verdict,
    /// The verdict after.
    pub after: Verdict,
    /// Which way that is.
    pub direction: Direction,
    /// Why, in the words of the later report.
    pub why: String,
    /// The step that decides, in the report in which the path is broken.
    pub step: Option<CellId>,
}

/// Changes with one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which way, at worst.
    pub direction: Direction,
    /// One line.
    pub title: String,
    /// The finding that explains them, where one does.
    pub cause: Option<Cause>,
    /// What the requests have in common, and what no request that did not change has: `accept=any`.
    pub shared: Vec<String>,
    /// The cells.
    pub transitions: Vec<Transition>,
    /// The paths that changed with them.
    pub paths: Vec<PathChange>,
}

impl Group {
    /// Every cell of the group.
    pub fn cells(&self) -> impl Iterator<Item = &CellId> {
        self.transitions.iter().flat_map(|t| &t.cells)
    }
}

/// What changed from one report to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The earlier one, or the one compared with.
    pub before: Side,
    /// The later one.
    pub after: Side,
    /// What a reader must know about the comparison.
    pub remarks: Vec<String>,
    /// The changes, worst first.
    pub groups: Vec<Group>,
    /// Cells that both reports tell of.
    pub compared: usize,
    /// How many of those changed.
    pub changed: usize,
    /// Whether cells that depend on what is behind the reference were left out, because it is something else.
    pub partial: bool,
}

impl Diff {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Groups that went that way.
    pub fn going(&self, direction: Direction) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |g| g.direction == direction)
    }
}

/// Compares two reports.
pub fn diff(before: &Report, after: &Report) -> Diff {
    let comparison = shape::comparison(before, after);
    let pairs = cell::pairs(before, after, comparison.whole);
    let paths = if comparison.whole { path_changes(before, after) } else { Vec::new() };
    let changed = pairs.iter().filter(|p| p.change.is_some()).count();
    Diff {
        before: side(before),
        after: side(after),
        remarks: comparison.remarks,
        groups: cause::groups(before, after, &pairs, paths),
        compared: pairs.len(),
        changed,
        partial: !comparison.whole,
    }
}

/// A report in short.
pub fn side(report: &Report) -> Side {
    let recording = &report.recording;
    Side {
        image: recording.target.image.clone(),
        base_url: recording.base_url.clone(),
        created: recording.created.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        suite: recording.suite.clone(),
        shape: shape(report),
    }
}

fn path_changes(before: &Report, after: &Report) -> Vec<PathChange> {
    let alike = shape::is_alike(before, after);
    let changed = |old: &PathVerdict| {
        let new = after.paths.iter().find(|p| p.id == old.id && p.verdict != old.verdict)?;
        // What another suite does not ask is not gone.
        let asked = |v: Verdict| !matches!(v, Verdict::NotApplicable | Verdict::NotTried);
        if before.recording.suite != after.recording.suite && !(asked(old.verdict) && asked(new.verdict)) {
            return None;
        }
        let direction = match (old.verdict, new.verdict) {
            (Verdict::Works, Verdict::Fails) => Direction::Regression,
            // What is stored is as it was, and is no longer given in this form.
            (Verdict::Works, Verdict::NotApplicable) if alike => Direction::Regression,
            (Verdict::Works | Verdict::Fails, Verdict::Inconclusive | Verdict::NotTried) => Direction::Untold,
            (_, Verdict::Works) => Direction::Improvement,
            _ => Direction::Change,
        };
        let broken = if old.verdict == Verdict::Works { new } else { old };
        let step = broken.steps.iter().find(|s| !s.ok).or(broken.steps.last()).map(|s| s.cell.clone());
        Some(PathChange {
            id: old.id.clone(),
            before: old.verdict,
            after: new.verdict,
            direction,
            why: new.why.clone(),
            step,
        })
    };
    before.paths.iter().filter_map(changed).collect()
}
