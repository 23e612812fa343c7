//! Runs the rules, and lets lower layers speak for higher ones.

use crate::diagnosis::rule::{Case, Layer};
use crate::diagnosis::rules::RULES;
use crate::diagnosis::{Finding, Severity};
use crate::evidence::Evidence;
use crate::report::PathVerdict;

/// Every finding, what explains most first: by severity, then by how many cells show it, then by id.
pub fn diagnose(evidence: &Evidence<'_>, paths: &[PathVerdict]) -> Vec<Finding> {
    let case = Case { evidence, paths };
    let mut found: Vec<(Layer, Finding)> = Vec::new();
    for rule in RULES {
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
    findings.sort_by(|a, b| (b.severity, b.evidence.len(), a.id).cmp(&(a.severity, a.evidence.len(), b.id)));
    findings
}
