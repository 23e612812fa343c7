//! Runs the rules, and lets lower layers speak for higher ones.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use crate::diagnosis::account::{self, Anomaly};
use crate::diagnosis::catalogue::FACTS;
use crate::diagnosis::coverage::{self, Coverage};
use crate::diagnosis::rule::{Case, Layer, Rule};
use crate::diagnosis::rules::RULES;
use crate::diagnosis::standing::{ASIDE, USUAL};
use crate::diagnosis::{Finding, Severity, pages};
use crate::evidence::Evidence;
use crate::plan::CellId;
use crate::report::PathVerdict;

/// What a recording shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Diagnosis {
    /// What explains most first.
    pub findings: Vec<Finding>,
    /// Every answer outside the specs, in the plan's order, with the finding that explains it.
    pub anomalies: Vec<Anomaly>,
    /// What the run could have shown, and what not.
    pub coverage: Coverage,
}

/// Every finding, what explains most first: by severity, what sets this registry apart before what
/// is usual, then by how many anomalies it explains, then by how many
/// cells show it, then by id.
pub fn diagnose(evidence: &Evidence<'_>, paths: &[PathVerdict]) -> Diagnosis {
    let case = Case { evidence, paths };
    let mut found: Vec<(Layer, Finding)> = Vec::new();
    let mut coverage = Coverage::default();
    let mut rules = RULES.to_vec();
    rules.sort_by_key(|rule| rule.layer);
    for rule in rules {
        evidence.forget_stop();
        let finding = (rule.examine)(&case);
        // A cause that breaks everything below makes what is seen above it a consequence.
        let cause = found.iter().find(|(layer, cause)| {
            cause.severity == Severity::Broken
                && *layer < rule.layer
                && finding.as_ref().is_none_or(|finding| follows(finding, cause, rule, evidence))
        });
        if let Some((_, cause)) = cause {
            let why = format!("what {} breaks was not looked at further", cause.id);
            coverage.not_exercised.push((rule.id, why));
            continue;
        }
        if let Some(mut finding) = finding {
            if let Some(page) = pages::page(rule.id) {
                if finding.title.is_empty() {
                    finding.title.clone_from(&page.title);
                }
                finding.references.extend(page.references.iter().cloned());
            }
            found.push((rule.layer, finding));
            coverage.exercised.push(rule.id);
            continue;
        }
        let stopped_at = evidence.stopped_at();
        match coverage::not_exercised(&case, rule, stopped_at.as_deref()) {
            Some(why) => coverage.not_exercised.push((rule.id, why)),
            None => coverage.exercised.push(rule.id),
        }
    }
    coverage.not_exercised.extend(coverage::never());
    coverage.exercised.sort_unstable();
    coverage.not_exercised.sort();
    let mut findings: Vec<Finding> = found.into_iter().map(|(_, finding)| finding).collect();
    hang(&mut findings);
    let mut anomalies = account::anomalies(evidence);
    let outside: HashSet<&CellId> = anomalies.iter().map(|a| &a.cell).collect();
    // What accounts for no anomaly weighs nothing, however often it is seen.
    let weight = |finding: &Finding| {
        let mut cells: Vec<&CellId> = Vec::new();
        gather(finding, &mut cells);
        cells.sort();
        cells.dedup();
        (cells.iter().filter(|cell| outside.contains(**cell)).count(), cells.len())
    };
    let ids: Vec<&str> = findings.iter().map(|finding| finding.id).collect();
    findings.sort_by_cached_key(|finding| {
        let usual = finding.severity == Severity::Note && usual(finding.id, evidence, &ids);
        (Reverse(finding.severity), usual, Reverse(weight(finding)), finding.id)
    });
    account::explain(evidence, &mut anomalies, &findings);
    Diagnosis { findings, anomalies, coverage }
}

fn usual(id: &str, evidence: &Evidence<'_>, found: &[&str]) -> bool {
    // Where a client that takes the config for a manifest is told 404, this is what it must be told first; unless the
    // 404 is that of every type that is not the manifest's own.
    let trap = || evidence.answer("GET manifests/tag accept=docker-config").is_some_and(|a| a.status == 404);
    let strict = || ["oci-not-in-accept-404", "type-not-in-accept-404"].iter().any(|id| found.contains(id));
    USUAL.contains(&id) || (id == "config-is-a-blob" && (!trap() || strict()))
}

/// Whether a finding only tells in other words what a cause below it has told: its failing request failed as the
/// cause's did. What its rule says is a consequence of the cause hangs under it instead.
fn follows(finding: &Finding, cause: &Finding, rule: &Rule, evidence: &Evidence<'_>) -> bool {
    if rule.under.contains(&cause.id) {
        return false;
    }
    // That something was not found is no diagnosis where a cause of that is known.
    if FACTS.contains(&rule.id) {
        return true;
    }
    let status =
        |finding: &Finding| evidence.answer(&finding.evidence.first()?.0).map(|answer| answer.status);
    match (status(finding), status(cause)) {
        (Some(failed), Some(broken)) => failed == broken,
        _ => true,
    }
}

/// One cause is one finding: what only follows from another that was found hangs under it.
fn hang(findings: &mut Vec<Finding>) {
    let parent = |child: &Finding| {
        let rule = RULES.iter().find(|rule| rule.id == child.id)?;
        let found = rule.under.iter().find_map(|id| findings.iter().find(|f| f.id == *id))?;
        // What breaks nothing itself is no cause of what breaks elsewhere.
        let apart = child.severity == Severity::Broken
            && found.severity == Severity::Note
            && child.evidence.first().is_some_and(|cell| !found.evidence.contains(cell));
        (!apart).then_some(found.id)
    };
    let parents: BTreeMap<&str, &str> = findings.iter().filter_map(|f| Some((f.id, parent(f)?))).collect();
    let above = |id: &str| parents.get(id).copied();
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
    if !ASIDE.contains(&finding.id) {
        cells.extend(&finding.evidence);
    }
    finding.children.iter().for_each(|child| gather(child, cells));
}
