//! Runs the rules, and lets lower layers speak for higher ones.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::diagnosis::rule::{Case, Layer};
use crate::diagnosis::rules::RULES;
use crate::diagnosis::{Finding, Severity};
use crate::evidence::Evidence;
use crate::oracle;
use crate::plan::CellId;
use crate::report::PathVerdict;

/// Every finding, what explains most first: by severity, then by how many anomalies it explains, then by how many
/// cells show it, then by id.
pub fn diagnose(evidence: &Evidence<'_>, paths: &[PathVerdict]) -> Vec<Finding> {
    let case = Case { evidence, paths };
    let mut found: Vec<(Layer, Finding)> = Vec::new();
    let mut rules = RULES.to_vec();
    rules.sort_by_key(|rule| rule.layer);
    for rule in rules {
        // A cause that breaks everything below makes whatever is seen above it a consequence.
        let explained = found.iter().any(|(layer, f)| f.severity == Severity::Broken && *layer < rule.layer);
        if explained {
            continue;
        }
        if let Some(mut finding) = (rule.examine)(&case) {
            finding.references.extend(rule.references.iter().map(ToString::to_string));
            found.push((rule.layer, finding));
        }
    }
    let mut findings: Vec<Finding> = found.into_iter().map(|(_, finding)| finding).collect();
    hang(&mut findings);
    let anomalies: HashSet<&CellId> = evidence
        .cells
        .iter()
        .zip(&evidence.recording.cells)
        .filter(|(view, record)| oracle::anomaly(&record.cell, view, evidence.recording).is_some())
        .map(|(view, _)| &view.id)
        .collect();
    let weight = |finding: &Finding| {
        let mut cells: Vec<&CellId> = Vec::new();
        gather(finding, &mut cells);
        cells.sort();
        cells.dedup();
        (cells.iter().filter(|cell| anomalies.contains(**cell)).count(), cells.len())
    };
    findings.sort_by_cached_key(|finding| (Reverse(finding.severity), Reverse(weight(finding)), finding.id));
    findings
}

/// One cause is one finding: what only follows from another that was found hangs under it.
fn hang(findings: &mut Vec<Finding>) {
    let ids: Vec<&str> = findings.iter().map(|f| f.id).collect();
    let above = |id: &str| {
        let rule = RULES.iter().find(|rule| rule.id == id)?;
        rule.under.iter().find(|parent| ids.contains(parent)).copied()
    };
    let (children, mut tops): (Vec<_>, Vec<_>) =
        std::mem::take(findings).into_iter().partition(|finding| above(finding.id).is_some());
    let mut orphans = Vec::new();
    for child in children {
        // A parent that is itself a consequence passes its children on to its own.
        let mut parent = above(child.id);
        while let Some(next) = parent.and_then(above) {
            parent = Some(next);
        }
        match tops.iter_mut().find(|top| Some(top.id) == parent) {
            Some(top) => {
                top.severity = top.severity.max(child.severity);
                top.children.push(child);
            }
            None => orphans.push(child),
        }
    }
    tops.append(&mut orphans);
    *findings = tops;
}

/// The cells of a finding and of all that hangs under it.
fn gather<'a>(finding: &'a Finding, cells: &mut Vec<&'a CellId>) {
    cells.extend(&finding.evidence);
    finding.children.iter().for_each(|child| gather(child, cells));
}
