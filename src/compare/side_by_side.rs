//! Several reports side by side: only what is not the same everywhere.

use std::collections::{BTreeMap, HashSet};

use super::axes::tokens;
use super::{Side, shape, side};
use crate::diagnosis::Finding;
use crate::diagnosis::pages;
use crate::oci::digest::Digest;
use crate::oci::document::BodyKind;
use crate::plan::CellId;
use crate::report::{Did, Outcome, PathKind, Report, Verdict};

/// A line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub label: String,
    /// What that is called: a path's title, a finding's; none for cells.
    pub title: String,
    /// Who takes it, where it is a path.
    pub kind: Option<PathKind>,
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

/// What a reader asks about a run besides how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The recommended path's id, where one works.
    pub recommended: Option<String>,
    /// Requests that were sent, those for tokens and after redirects included.
    pub requests: usize,
    /// The platform that was asked for, where one was.
    pub platform: Option<String>,
    /// The version of regprobe that recorded.
    pub tool: String,
    /// What a reader must know about it.
    pub notes: Vec<String>,
}

/// Reports side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideBySide {
    /// Each report, and how it ended.
    pub columns: Vec<(Side, Outcome)>,
    /// More about each, in the same order.
    pub runs: Vec<Run>,
    /// What a reader must know.
    pub remarks: Vec<String>,
    /// Every metadata path and its verdicts.
    pub paths: Vec<Row>,
    /// Every finding of any, and its severities; `not-exercised` where the run could not have found it.
    pub findings: Vec<Row>,
    /// Cells that differ, those that differ alike in one row; most cells first.
    pub cells: Vec<Row>,
    /// Cells that are the same everywhere.
    pub alike: usize,
    /// Cells that compare nothing: not asked everywhere, or not of the same thing.
    pub left_out: usize,
}

impl SideBySide {
    /// Paths that work with every one of them and that clients in use today take.
    pub fn everywhere(&self) -> Vec<&Row> {
        let works = |row: &&Row| {
            row.kind == Some(PathKind::Main) && row.values.iter().all(|v| v == Verdict::Works.as_str())
        };
        self.paths.iter().filter(works).collect()
    }
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
    let behind =
        |r: &Report| r.recording.subjects.index.clone().or_else(|| r.recording.subjects.manifest.clone());
    let images: HashSet<Digest> = reports.iter().filter_map(behind).collect();
    // Of one and the same schema 1 manifest some name the bytes, and some what was signed.
    let schema1 = shapes.contains(&BodyKind::Schema1.as_str());
    if whole && !schema1 && images.len() > 1 {
        remarks.push(
            "behind the references are images of one shape, but not the same image: their digests differ"
                .to_owned(),
        );
    }
    let (cells, alike) = cells(reports, whole);
    let all: HashSet<&CellId> = reports.iter().flat_map(|r| &r.cells).map(|c| &c.id).collect();
    let differ: usize = cells.iter().map(|row| row.cells.len()).sum();
    SideBySide {
        columns,
        runs: reports.iter().map(run).collect(),
        remarks,
        paths: paths(reports),
        findings: findings(reports),
        left_out: all.len().saturating_sub(alike + differ),
        cells,
        alike,
    }
}

fn run(report: &Report) -> Run {
    let recording = &report.recording;
    let target = &recording.target;
    Run {
        recommended: report.recommended.as_ref().map(|r| r.path.clone()),
        requests: recording.exchanges.iter().map(|e| e.hops.len()).sum(),
        platform: target.platform_given.then(|| target.platform.to_string()),
        tool: recording.tool_version.clone(),
        notes: recording.notes.iter().map(|n| n.text.clone()).collect(),
    }
}

fn paths(reports: &[Report]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let value = |report: &Report, id: &str| {
        report.paths.iter().find(|p| p.id == id).map_or("-", |p| p.verdict.as_str()).to_owned()
    };
    for path in reports.iter().flat_map(|r| &r.paths) {
        if rows.iter().any(|row| row.label == path.id) {
            continue;
        }
        rows.push(Row {
            label: path.id.clone(),
            title: path.title.clone(),
            kind: Some(path.kind),
            values: reports.iter().map(|r| value(r, &path.id)).collect(),
            cells: Vec::new(),
        });
    }
    rows
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
        // Where the run could not have found it, that it did not says nothing.
        let value = |(found, report): (&BTreeMap<&'static str, &Finding>, &Report)| {
            let unseen = report.coverage.not_exercised.iter().any(|(unseen, _)| *unseen == id);
            let absent = if unseen { "not-exercised" } else { "-" };
            found.get(id).map_or(absent, |f| f.severity.as_str()).to_owned()
        };
        rows.push(Row {
            label: id.to_owned(),
            title: title(id, &each),
            kind: None,
            values: each.iter().zip(reports).map(value).collect(),
            cells: Vec::new(),
        });
    }
    rows
}

/// What they all call it; where each tells of what it saw itself, what the rule looks for.
fn title(id: &str, each: &[BTreeMap<&'static str, &Finding>]) -> String {
    let mut titles = each.iter().filter_map(|found| found.get(id)).map(|f| &f.title);
    let first = titles.next().cloned().unwrap_or_default();
    if titles.all(|title| *title == first) {
        return first;
    }
    pages::page(id).map_or(first, |page| page.title.clone())
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
        // What was not sent to one of them compares nothing.
        if all().any(|c| matches!(c.did, Did::NotTried(_))) {
            continue;
        }
        if all().all(|c| c.signature == view.signature) {
            alike += 1;
            continue;
        }
        rows.entry(values(&all().map(|c| c.signature.as_str()).collect::<Vec<_>>()))
            .or_default()
            .push(view.id.clone());
    }
    let row = |(values, cells): (Vec<String>, Vec<CellId>)| Row {
        label: label(&cells),
        title: String::new(),
        kind: None,
        values,
        cells,
    };
    let mut rows: Vec<Row> = rows.into_iter().map(row).collect();
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
