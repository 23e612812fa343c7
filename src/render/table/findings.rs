//! Every finding with all its words: what was seen, what to do, how to see it again.

use crate::diagnosis::{Finding, Severity};
use crate::render::escape;
use crate::render::style::{Tone, paint};
use crate::render::table::{TableOptions, head};
use crate::render::text;
use crate::report::Report;

/// Cells named as evidence before the rest is only counted.
const EVIDENCE: usize = 3;

/// Notes with all their words before the rest is only named: what is true of many registries must not bury what is
/// true of this one.
const NOTES: usize = 4;

/// No rule nests deeper; a bound all the same.
const DEPTH: usize = 4;

/// The section, or nothing where nothing was found.
pub(super) fn section(report: &Report, options: &TableOptions) -> Vec<String> {
    if report.findings.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![paint("Findings", Tone::Strong, options.color)];
    let mut sorted: Vec<&Finding> = report.findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let notes = sorted.iter().filter(|f| f.severity == Severity::Note).count();
    let fold = options.verbose == 0 && notes > NOTES + 1;
    let mut told = 0;
    for (at, finding) in sorted.into_iter().enumerate() {
        told += usize::from(finding.severity == Severity::Note);
        if fold && told > NOTES {
            if told == NOTES + 1 {
                lines.push(String::new());
                lines.push(paint("More notes; -v tells all of each", Tone::Dim, options.color));
            }
            let words = format!("{} [{}]", finding.title, finding.id);
            lines.extend(text::wrap(&words, options.width, "  · "));
            continue;
        }
        if at > 0 {
            lines.push(String::new());
        }
        lines.extend(one(finding, options));
    }
    lines
}

fn one(finding: &Finding, options: &TableOptions) -> Vec<String> {
    let width = options.width;
    let (word, tone) = head::severity(finding.severity);
    let mut lines = text::wrap(&finding.title, width, &format!("{word}: "));
    if let Some(rest) = lines[0].strip_prefix(word) {
        lines[0] = format!("{}{rest}", paint(word, tone, options.color));
    }
    let mut facts =
        format!("[{}] {}, {}", escape::cell(finding.id, 60), whose(finding), finding.confidence.as_str());
    if !finding.evidence.is_empty() {
        facts.push_str(&format!("; {}", text::count(finding.evidence.len(), "cell")));
    }
    lines.push(paint(&format!("  {facts}"), Tone::Dim, options.color));
    let mut part = |name: &str, words: &str| {
        if !words.trim().is_empty() {
            lines.extend(text::wrap(words, width, &format!("  {name:<5} ")));
        }
    };
    part("seen", &finding.explanation);
    part("do", &finding.remedy);
    if finding.severity > Severity::Note || options.verbose > 0 {
        lines.extend(evidence(finding, options));
    }
    lines.extend(children(&finding.children, options, 1));
    lines
}

pub(super) fn whose(finding: &Finding) -> &'static str {
    match finding.whose {
        crate::diagnosis::Whose::Registry => "the registry's",
        crate::diagnosis::Whose::Proxy => "something in between",
        crate::diagnosis::Whose::Request => "the request's",
        crate::diagnosis::Whose::Image => "the image's",
        crate::diagnosis::Whose::Credentials => "the credentials'",
    }
}

fn evidence(finding: &Finding, options: &TableOptions) -> Vec<String> {
    let shown = if options.verbose > 0 { usize::MAX } else { EVIDENCE };
    let mut lines = Vec::new();
    let mut cells: Vec<String> =
        finding.evidence.iter().take(shown).map(|id| escape::cell(&id.0, 200)).collect();
    if finding.evidence.len() > shown {
        cells.push(format!("{} more", finding.evidence.len() - shown));
    }
    if !cells.is_empty() {
        lines.extend(text::join(&cells, ", ", options.width, "  cells "));
    }
    // On lines of their own, never broken: they are there to be pasted.
    lines.extend(finding.reproduce.iter().map(|line| format!("    {}", escape::cell(line, 8000))));
    for reference in &finding.references {
        lines.extend(text::wrap(reference, options.width, "  see   "));
    }
    lines
}

fn children(findings: &[Finding], options: &TableOptions, depth: usize) -> Vec<String> {
    if depth > DEPTH {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for child in findings {
        let first = format!("{}└ ", "  ".repeat(depth));
        lines.extend(text::wrap(&format!("{} [{}]", child.title, child.id), options.width, &first));
        lines.extend(children(&child.children, options, depth + 1));
    }
    lines
}
