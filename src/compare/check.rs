//! Whether a registry still does what a baseline says: regressions fail, and nothing else does.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::expect::Unmet;
use super::known::Known;
use super::{Diff, Direction, Group};
use crate::evidence::faults::passed_faults;
use crate::exchange::ExchangeId;
use crate::plan::CellId;
use crate::recording::{CellState, Recording};
use crate::report::{Outcome, Report};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// Nothing that worked stopped working.
    Yes,
    /// Something did, or an expectation is not met.
    No,
    /// It could not be told.
    Untold,
}

impl Passed {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Passed::Yes => "passed",
            Passed::No => "failed",
            Passed::Untold => "could-not-tell",
        }
    }

    /// The exit code (design, section 9).
    pub fn exit_code(self) -> u8 {
        match self {
            Passed::Yes => 0,
            Passed::No => 1,
            Passed::Untold => 3,
        }
    }
}

/// A group that does not count, because it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excused {
    /// The group.
    pub group: Group,
    /// Why: the entries' names, reasons and ends.
    pub by: Vec<String>,
}

/// A cell that did otherwise when it was asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaky {
    /// The cell.
    pub cell: CellId,
    /// What it did first.
    pub first: String,
    /// What it did then.
    pub again: String,
}

/// A check, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What was checked.
    pub image: String,
    /// What changed, without what is excused; `None` where only expectations were checked.
    pub diff: Option<Diff>,
    /// Changes that do not count.
    pub excused: Vec<Excused>,
    /// Things about the list of what is known: entries that have expired, or that nothing is excused by any more.
    pub remarks: Vec<String>,
    /// Cells that flap.
    pub flaky: Vec<Flaky>,
    /// Expectations that are not met.
    pub unmet: Vec<Unmet>,
    /// The end of it.
    pub passed: Passed,
}

/// Judges a check.
pub fn judge(
    report: &Report,
    diff: Option<Diff>,
    known: &[Known],
    today: NaiveDate,
    flaky: Vec<Flaky>,
    unmet: Vec<Unmet>,
) -> Checked {
    let (valid, expired): (Vec<&Known>, Vec<&Known>) = known.iter().partition(|k| k.holds(today));
    let mut remarks: Vec<String> = expired
        .iter()
        .map(|k| {
            format!("{} was known to be bad until {}, and counts again: {}", k.name(), k.expires, k.reason)
        })
        .collect();
    let mut excused = Vec::new();
    let mut used = vec![false; valid.len()];
    let diff = diff.map(|mut diff| {
        for group in std::mem::take(&mut diff.groups) {
            match excuse(&group, &valid) {
                Some(by) => {
                    by.iter().for_each(|at| used[*at] = true);
                    let words = |at: &usize| {
                        let k = valid[*at];
                        format!("{}, until {}: {}", k.name(), k.expires, k.reason)
                    };
                    excused.push(Excused { by: by.iter().map(words).collect(), group });
                }
                None => {
                    // It is bad as it says, and there is more in the group than it says.
                    for (at, known) in valid.iter().enumerate() {
                        let touched = group.cells().any(|c| known.is_cell(&c.0))
                            || group.paths.iter().any(|p| known.is_path(&p.id));
                        if touched && !used[at] {
                            used[at] = true;
                            remarks.push(format!(
                                "{} covers a part of \"{}\", and the rest counts",
                                known.name(),
                                group.title
                            ));
                        }
                    }
                    diff.groups.push(group);
                }
            }
        }
        diff
    });
    if diff.is_some() {
        let idle = valid.iter().zip(&used).filter(|(_, used)| !**used).map(|(k, _)| k);
        remarks.extend(
            idle.map(|k| format!("{} is listed as known to be bad, and is not: remove it", k.name())),
        );
    }
    let passed = passed(report, diff.as_ref(), &unmet);
    Checked { image: report.recording.target.image.clone(), diff, excused, remarks, flaky, unmet, passed }
}

fn passed(report: &Report, diff: Option<&Diff>, unmet: &[Unmet]) -> Passed {
    let going = |direction| diff.is_some_and(|d| d.going(direction).next().is_some());
    if going(Direction::Regression) || unmet.iter().any(|u| u.told) {
        return Passed::No;
    }
    let blind = diff.is_some_and(|d| d.compared == 0 || d.partial);
    if going(Direction::Untold)
        || blind
        || report.outcome == Outcome::Inconclusive
        || unmet.iter().any(|u| !u.told)
    {
        return Passed::Untold;
    }
    Passed::Yes
}

/// The entries that together excuse whatever in a group would count; `None` where something is left.
fn excuse(group: &Group, known: &[&Known]) -> Option<Vec<usize>> {
    let counts = |direction: Direction| direction >= Direction::Untold;
    if !counts(group.direction) {
        return None;
    }
    if let Some(cause) = &group.cause
        && let Some(at) = known.iter().position(|k| k.is_finding(cause.id))
    {
        return Some(vec![at]);
    }
    let by_cell = |id: &CellId| known.iter().position(|k| k.is_cell(&id.0));
    let mut by = Vec::new();
    for transition in group.transitions.iter().filter(|t| counts(t.direction)) {
        for cell in &transition.cells {
            by.push(by_cell(cell)?);
        }
    }
    for path in group.paths.iter().filter(|p| counts(p.direction)) {
        let own = known.iter().position(|k| k.is_path(&path.id));
        by.push(own.or_else(|| path.step.as_ref().and_then(by_cell))?);
    }
    by.sort_unstable();
    by.dedup();
    // It counts for its finding alone: then only the finding's name excuses it.
    (!by.is_empty()).then_some(by)
}

/// The cells whose regressions are worth asking again.
pub fn suspects(diff: &Diff) -> Vec<CellId> {
    let mut cells: Vec<CellId> = Vec::new();
    for group in diff.going(Direction::Regression) {
        let regressed = group.transitions.iter().filter(|t| t.direction == Direction::Regression);
        cells.extend(regressed.flat_map(|t| t.cells.iter().cloned()));
        cells.extend(group.paths.iter().filter_map(|p| p.step.clone()));
        if group.transitions.iter().all(|t| t.direction != Direction::Regression) {
            // Only the finding says that it is one.
            cells.extend(group.cells().cloned());
        }
    }
    cells.sort();
    cells.dedup();
    cells
}

/// Of the suspects, those that did as in the baseline when they were asked again.
pub fn flapping(suspects: &[CellId], baseline: &Report, first: &Report, again: &Report) -> Vec<Flaky> {
    let signature =
        |report: &Report, id: &CellId| report.cells.iter().find(|c| c.id == *id).map(|c| c.signature.clone());
    suspects
        .iter()
        .filter_map(|id| {
            let (was, first, again) =
                (signature(baseline, id)?, signature(first, id)?, signature(again, id)?);
            (again == was && first != was).then(|| Flaky { cell: id.clone(), first, again })
        })
        .collect()
}

/// Cells that failed with 5xx within the run itself, and were answered when they were sent again.
pub fn faults_that_passed(report: &Report) -> Vec<Flaky> {
    let faults = passed_faults(&report.recording).into_iter();
    faults
        .map(|fault| Flaky { cell: fault.then.id, first: fault.first.signature, again: fault.then.signature })
        .collect()
}

/// The first recording with the later answers of the cells that flap, so that no verdict rests on a chance. That
/// they flap is told with the result.
pub fn settled(mut first: Recording, again: &Recording, flaky: &[Flaky], round: usize) -> Recording {
    let later: HashMap<&CellId, &CellState> = again.cells.iter().map(|c| (&c.id, &c.state)).collect();
    for record in &mut first.cells {
        if !flaky.iter().any(|f| f.cell == record.id) {
            continue;
        }
        let (Some(CellState::Answered(id)), renamed) = (later.get(&record.id).copied(), round) else {
            continue;
        };
        let Some(exchange) = again.exchanges.iter().find(|e| e.id == *id) else { continue };
        let mut exchange = exchange.clone();
        exchange.id = ExchangeId(format!("{}-again{renamed}", id.0));
        record.state = CellState::Answered(exchange.id.clone());
        first.exchanges.push(exchange);
    }
    first
}
