//! Which ways lead to the metadata, and where the others break.

use crate::render::escape;
use crate::render::style::{Tone, paint};
use crate::render::table::TableOptions;
use crate::render::table::grid::{self, GAP, Piece};
use crate::render::text;
use crate::report::{PathKind, PathVerdict, Report, StepResult, Verdict};

/// Columns of a path's id.
const ID: usize = 40;

/// Columns of a reason where it has lines of its own.
const REASON: usize = 600;

/// The section, or nothing where no path was judged.
pub(super) fn section(report: &Report, options: &TableOptions) -> Vec<String> {
    let judged = |path: &PathVerdict| path.verdict != Verdict::NotTried;
    if !report.paths.iter().any(judged) {
        return Vec::new();
    }
    let row = |path: &PathVerdict| {
        let (word, tone) = verdict(path);
        vec![
            Piece::new(escape::cell(&path.id, ID), Tone::Plain),
            Piece::new(path.kind.as_str(), Tone::Plain),
            Piece::new(word, tone),
        ]
    };
    let mut rows: Vec<Vec<Piece>> = report.paths.iter().map(row).collect();
    let widest = |at: usize, name: &str| {
        rows.iter().map(|row| text::width(&row[at].text)).max().unwrap_or(0).max(name.len())
            + usize::from(GAP)
    };
    // One line per path: what does not fit stands among the broken steps.
    let before = widest(0, "path") + widest(1, "kind") + widest(2, "verdict");
    let room = options.width.saturating_sub(before).max(10);
    for (row, path) in rows.iter_mut().zip(&report.paths) {
        row.push(Piece::new(escape::cell(&reason(path), room), Tone::Plain));
    }
    let mut lines = vec![paint("Metadata paths", Tone::Strong, options.color)];
    lines.extend(grid::lines(&["path", "kind", "verdict", "why"], &rows, options.color));
    lines
}

/// The word, and whether it is a fault: that a trap fails is as it should be.
pub(super) fn verdict(path: &PathVerdict) -> (&'static str, Tone) {
    match (path.verdict, path.kind) {
        (Verdict::Works, _) => ("✔ works", Tone::Good),
        (Verdict::Fails, PathKind::Main) => ("✘ fails", Tone::Bad),
        (Verdict::Fails, _) => ("✘ fails", Tone::Odd),
        (Verdict::NotApplicable, _) => ("– n/a", Tone::Dim),
        (Verdict::Inconclusive, _) => ("? unclear", Tone::Odd),
        (Verdict::NotTried, _) => ("· not sent", Tone::Dim),
    }
}

pub(super) fn reason(path: &PathVerdict) -> String {
    match (path.verdict, broken_step(path)) {
        (Verdict::Works, _) if path.why.is_empty() => {
            format!("{}, every byte verified", text::count(path.steps.len(), "step"))
        }
        (Verdict::Fails | Verdict::Inconclusive, Some((at, _))) => format!("step {at}: {}", path.why),
        _ => path.why.clone(),
    }
}

/// The first step that is not as it must be, counted from one.
fn broken_step(path: &PathVerdict) -> Option<(usize, &StepResult)> {
    path.steps.iter().enumerate().find(|(_, step)| !step.ok).map(|(at, step)| (at + 1, step))
}

/// Each broken step with the cell and every word, once, under the paths that break there. The traps
/// are left to their findings unless asked for.
pub(super) fn broken(report: &Report, options: &TableOptions) -> Vec<String> {
    let mut steps: Vec<(&StepResult, &str, Vec<String>)> = Vec::new();
    let listed = |path: &&PathVerdict| {
        matches!(path.verdict, Verdict::Fails | Verdict::Inconclusive)
            && (path.kind != PathKind::Trap || options.verbose > 0)
    };
    for path in report.paths.iter().filter(listed) {
        let Some((at, step)) = broken_step(path) else { continue };
        let name = format!("{} step {at}", escape::cell(&path.id, ID));
        match steps.iter_mut().find(|(s, why, _)| s.cell == step.cell && *why == path.why) {
            Some((_, _, names)) => names.push(name),
            None => steps.push((step, &path.why, vec![name])),
        }
    }
    if steps.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![paint("Broken steps", Tone::Strong, options.color)];
    for (step, why, names) in steps {
        lines.extend(text::join(&names, ", ", options.width, "  "));
        let why = if why.is_empty() { &step.why } else { why };
        let words = format!("{}: {}", step.cell, escape::cell(why, REASON));
        lines.extend(text::wrap(&words, options.width, "    "));
    }
    lines
}

/// Of the paths that fail, the one that gets furthest: where to look first when none works.
pub(in crate::render) fn furthest(report: &Report) -> Option<&PathVerdict> {
    let steps = |path: &PathVerdict| path.steps.iter().filter(|step| step.ok).count();
    let failed = |path: &&PathVerdict| path.kind != PathKind::Trap && path.verdict == Verdict::Fails;
    // The first of equals: main paths come first.
    report.paths.iter().filter(failed).rev().max_by_key(|path| steps(path))
}
