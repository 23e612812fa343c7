//! Several reports side by side: only what is not the same everywhere.

use std::collections::BTreeMap;

use super::axes::tokens;
use super::{Side, shape, side};
use crate::diagnosis::Finding;
use crate::plan::CellId;
use crate::report::{Did, Outcome, Report};

/// A line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub label: String,
    /// One for each report.
    pub values: Vec<String>,
    /// The cells that it stands for; none for paths and findings.
    pub cells: Vec<CellId>,
}

impl Row {
    /// Whether all do the same.
    pub fn alike(&self) -> bool {
        self.values.iter().all(|v| Some(v) == self.values.first())
    }
}

/// Reports side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideBySide {
    /// Each report, and how it ended.
    pub columns: Vec<(Side, Outcome)>,
    /// What a reader must know.
    pub remarks: Vec<String>,
    /// Every metadata path and its verdicts.
    pub paths: Vec<Row>,
    /// Every finding of any, and its severities.
    pub findings: Vec<Row>,
    /// Cells that differ, those that differ alike in one row; most cells first.
    pub cells: Vec<Row>,
    /// Cells that are the same everywhere.
    pub alike: usize,
}

/// Puts reports side by side.
pub fn side_by_side(reports: &[Report]) -> SideBySide {
    let columns: Vec<(Side, Outcome)> = reports.iter().map(|r| (side(r), r.outcome)).collect();
    let shapes: Vec<&str> = reports.iter().filter_map(shape).collect();
    let whole = shapes.iter().all(|s| Some(s) == shapes.first());
    let mut remarks = Vec::new();
    if !whole {
        remarks.push(
            "behind the references are different things: only cells that do not depend on it are compared"
                .to_owned(),
        );
    }
    let (cells, alike) = cells(reports, whole);
    SideBySide { columns, remarks, paths: paths(reports), findings: findings(reports), cells, alike }
}

fn paths(reports: &[Report]) -> Vec<Row> {
    let mut ids: Vec<&str> = Vec::new();
    for path in reports.iter().flat_map(|r| &r.paths) {
        if !ids.contains(&path.id.as_str()) {
            ids.push(&path.id);
        }
    }
    let value = |report: &Report, id: &str| {
        report.paths.iter().find(|p| p.id == id).map_or("-", |p| p.verdict.as_str()).to_owned()
    };
    ids.into_iter()
        .map(|id| Row {
            label: id.to_owned(),
            values: reports.iter().map(|r| value(r, id)).collect(),
            cells: Vec::new(),
        })
        .collect()
}

fn flat<'a>(findings: &'a [Finding], found: &mut BTreeMap<&'static str, &'a Finding>) {
    for finding in findings {
        found.insert(finding.id, finding);
        flat(&finding.children, found);
    }
}

fn findings(reports: &[Report]) -> Vec<Row> {
    let each: Vec<BTreeMap<&'static str, &Finding>> = reports
        .iter()
        .map(|report| {
            let mut found = BTreeMap::new();
            flat(&report.findings, &mut found);
            found
        })
        .collect();
    let mut ids: Vec<_> = each.iter().flatten().map(|(id, f)| (std::cmp::Reverse(f.severity), *id)).collect();
    ids.sort();
    let mut rows: Vec<Row> = Vec::new();
    for (_, id) in ids {
        if rows.iter().any(|row| row.label == id) {
            continue;
        }
        let value = |found: &BTreeMap<&'static str, &Finding>| {
            found.get(id).map_or("-", |f| f.severity.as_str()).to_owned()
        };
        rows.push(Row { label: id.to_owned(), values: each.iter().map(value).collect(), cells: Vec::new() });
    }
    rows
}

fn cells(reports: &[Report], whole: bool) -> (Vec<Row>, usize) {
    let Some((first, rest)) = reports.split_first() else { return (Vec::new(), 0) };
    let mut alike = 0;
    let mut rows: BTreeMap<Vec<String>, Vec<CellId>> = BTreeMap::new();
    for (view, record) in first.cells.iter().zip(&first.recording.cells) {
        if !whole && !super::shape::is_shape_free(&record.cell) {
            continue;
        }
        let others: Option<Vec<_>> = rest.iter().map(|r| r.cells.iter().find(|c| c.id == view.id)).collect();
        let Some(others) = others else { continue };
        let all = || std::iter::once(view).chain(others.iter().copied());
        if all().all(|c| c.signature == view.signature) {
            alike += 1;
            continue;
        }
        // What was not sent to one of them compares nothing.
        if all().any(|c| matches!(c.did, Did::NotTried(_))) {
            continue;
        }
        rows.entry(values(&all().map(|c| c.signature.as_str()).collect::<Vec<_>>()))
            .or_default()
            .push(view.id.clone());
    }
    let mut rows: Vec<Row> =
        rows.into_iter().map(|(values, cells)| Row { label: label(&cells), values, cells }).collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.cells.len()), row.label.clone()));
    (rows, alike)
}

/// The words of the signatures that differ; the status always.
fn values(signatures: &[&str]) -> Vec<String> {
    let split: Vec<Vec<&str>> = signatures.iter().map(|s| s.split(' ').collect()).collect();
    let common = |word: &str| split.iter().all(|words| words.contains(&word));
    split
        .iter()
        .map(|words| {
            let kept = words.iter().enumerate().filter(|(at, word)| *at == 0 || !common(word));
            kept.map(|(_, word)| word.strip_prefix("application/vnd.").unwrap_or(word))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

fn label(cells: &[CellId]) -> String {
    let all: Vec<Vec<String>> = cells.iter().map(|c| tokens(&c.0)).collect();
    match cells {
        [one] => one.0.clone(),
        many => {
            let first = all.first().cloned().unwrap_or_default();
            let common = first.into_iter().filter(|w| all.iter().all(|tokens| tokens.contains(w)));
            let common: Vec<String> = common.map(|w| w.trim_matches('/').to_owned()).collect();
            format!("{} cells {}", many.len(), common.join(" ")).trim_end().to_owned()
        }
    }
}
