//! What is looked up while a report is drawn. A page may hold several reports: numbers run through the whole page.

use std::collections::HashMap;

use super::mark::{self, Mark};
use super::text;
use crate::diagnosis::Finding;
use crate::exchange::ExchangeId;
use crate::oracle::{self, Citation};
use crate::plan::{Cell, CellId};
use crate::report::{CellView, Did, Report, TlsHint};

/// One report among those of the page.
pub(super) struct Context<'a> {
    pub(super) report: &'a Report,
    /// Its number, from one.
    pub(super) number: usize,
    /// The page's number of its first cell, exchange, finding.
    pub(super) first: Numbers,
    /// Findings, the worst first.
    pub(super) findings: Vec<&'a Finding>,
    cells: HashMap<&'a CellId, usize>,
    plans: HashMap<&'a CellId, &'a Cell>,
    exchanges: HashMap<&'a ExchangeId, usize>,
    explained: HashMap<&'a CellId, Vec<usize>>,
}

/// How many of each came before.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Numbers {
    pub(super) cells: usize,
    pub(super) exchanges: usize,
    pub(super) findings: usize,
}

/// A cell as it is pointed to.
pub(super) struct Link {
    /// The page's number of the cell, where it is on the page.
    pub(super) n: Option<usize>,
    pub(super) id: String,
    pub(super) mark: Option<Mark>,
}

impl<'a> Context<'a> {
    pub(super) fn new(report: &'a Report, number: usize, first: Numbers) -> Context<'a> {
        let mut findings: Vec<&Finding> = report.findings.iter().collect();
        // Stable: what explains most stays first among equals.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let mut explained: HashMap<&CellId, Vec<usize>> = HashMap::new();
        for (n, finding) in findings.iter().enumerate() {
            let mut ids = Vec::new();
            evidence(finding, &mut ids);
            for id in ids {
                let by = explained.entry(id).or_default();
                if by.last() != Some(&n) {
                    by.push(n);
                }
            }
        }
        let recording = &report.recording;
        Context {
            report,
            number,
            first,
            findings,
            cells: report.cells.iter().enumerate().rev().map(|(n, c)| (&c.id, n)).collect(),
            plans: recording.cells.iter().map(|c| (&c.id, &c.cell)).collect(),
            exchanges: recording.exchanges.iter().enumerate().map(|(n, e)| (&e.id, n)).collect(),
            explained,
        }
    }

    /// The numbers of the report after this one.
    pub(super) fn next(&self) -> Numbers {
        Numbers {
            cells: self.first.cells + self.report.cells.len(),
            exchanges: self.first.exchanges + self.report.recording.exchanges.len(),
            findings: self.first.findings + self.findings.len(),
        }
    }

    pub(super) fn cell(&self, id: &CellId) -> Option<&'a CellView> {
        self.cells.get(id).map(|n| &self.report.cells[*n])
    }

    pub(super) fn link(&self, id: &CellId) -> Link {
        let n = self.cells.get(id).copied();
        Link {
            n: n.map(|n| self.first.cells + n),
            id: text::line(&id.0),
            mark: n.map(|n| mark::of(&self.report.cells[n])),
        }
    }

    /// The page's number of the exchange behind a cell.
    pub(super) fn exchange(&self, cell: &CellView) -> Option<usize> {
        let id = match &cell.did {
            Did::Answer(answer) => &answer.exchange,
            Did::Failed { exchange, .. } => exchange,
            Did::NotTried(_) => return None,
        };
        self.exchanges.get(id).map(|n| self.first.exchanges + n)
    }

    /// The cells behind an exchange, by its place in the recording.
    pub(super) fn askers(&self) -> HashMap<usize, usize> {
        let cells = self.report.cells.iter().enumerate().rev();
        cells.filter_map(|(n, cell)| Some((self.exchange(cell)?, self.first.cells + n))).collect()
    }

    /// What a pasted line must be told about TLS.
    pub(super) fn tls(&self) -> TlsHint {
        let recording = &self.report.recording;
        let noted = |id: &str| recording.notes.iter().any(|n| n.id == id);
        match &self.report.recommended {
            Some(recommendation) => recommendation.tls,
            None if !recording.base_url.starts_with("https:") => TlsHint::Default,
            None if noted("insecure-tls") => TlsHint::Insecure,
            None if noted("own-ca") => TlsHint::OwnCa,
            None => TlsHint::Default,
        }
    }

    /// The rule that a cell breaks, if it does.
    pub(super) fn cites(&self, cell: &CellView) -> Option<Citation> {
        oracle::anomaly(self.plans.get(&cell.id)?, cell, &self.report.recording)
    }

    /// The page's numbers of the findings that account for a cell.
    pub(super) fn explained(&self, id: &CellId) -> Vec<usize> {
        let by = self.explained.get(id).map(Vec::as_slice).unwrap_or_default();
        by.iter().map(|n| self.first.findings + n).collect()
    }
}

fn evidence<'a>(finding: &'a Finding, ids: &mut Vec<&'a CellId>) {
    ids.extend(&finding.evidence);
    finding.children.iter().for_each(|child| evidence(child, ids));
}
