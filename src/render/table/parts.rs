//! What other renderers take over from the table: words, and whole sections where lines of plain text will do.

use crate::diagnosis::{Finding, Severity};
use crate::oci::document::ImageMetadata;
use crate::render::table::{TableOptions, advice, findings, head, matrix_view, paths, recommended, rest};
use crate::report::{Outcome, PathVerdict, Report};

/// `✔ works`
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    head::outcome(outcome).0
}

/// `▲ warning`
pub(crate) fn severity(severity: Severity) -> &'static str {
    head::severity(severity).0
}

/// `the registry's`
pub(crate) fn whose(finding: &Finding) -> &'static str {
    findings::whose(finding)
}

/// `1 warning, 2 notes`
pub(crate) fn counts(findings: &[Finding]) -> Option<String> {
    head::counts(findings)
}

/// The parts of the summary line, escaped for a terminal.
pub(crate) fn summary(report: &Report) -> Vec<String> {
    head::summary(report)
}

/// `✘ fails`
pub(crate) fn verdict(path: &PathVerdict) -> &'static str {
    paths::verdict(path).0
}

/// Why a path has its verdict; not escaped.
pub(crate) fn reason(path: &PathVerdict) -> String {
    paths::reason(path)
}

/// Why it could not be told; not escaped.
pub(crate) fn cause(report: &Report) -> String {
    advice::cause(report)
}

/// What to do where it could not be told.
pub(crate) fn advice(report: &Report) -> &'static str {
    advice::remedy(report)
}

/// Of the paths that fail, the one that gets furthest.
pub(crate) fn furthest(report: &Report) -> Option<&PathVerdict> {
    paths::furthest(report)
}

/// What a working path yields, as lines.
pub(crate) fn yields(metadata: &ImageMetadata, options: &TableOptions) -> Vec<String> {
    recommended::yields(metadata, options)
}

/// The matrix, without its heading.
pub(crate) fn matrix(report: &Report, options: &TableOptions) -> Vec<String> {
    without_heading(matrix_view::section(report, options))
}

/// Endpoints outside the matrix, and probes that were answered otherwise than the plain request.
pub(crate) fn others(report: &Report, options: &TableOptions) -> Vec<String> {
    let mut lines = rest::endpoints(report, options);
    lines.extend(rest::probes(report, options));
    lines
}

/// What was never sent, by reason.
pub(crate) fn not_tried(report: &Report, options: &TableOptions) -> Vec<String> {
    without_heading(rest::not_tried(report, options))
}

fn without_heading(mut lines: Vec<String>) -> Vec<String> {
    if !lines.is_empty() {
        lines.remove(0);
    }
    lines
}
