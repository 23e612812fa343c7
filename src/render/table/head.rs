//! The first lines: the outcome in words, the facts of the run, what was found.

use crate::diagnosis::{Finding, Severity};
use crate::render::escape;
use crate::render::style::{Tone, paint};
use crate::render::table::{TableOptions, advice, paths};
use crate::render::text;
use crate::report::{Outcome, Report};

/// Findings shown before the recommended path; the rest comes below, with every word.
const FIRST: usize = 3;

pub(super) fn outcome(outcome: Outcome) -> (&'static str, Tone) {
    match outcome {
        Outcome::Works => ("✔ works", Tone::Good),
        Outcome::Degraded => ("▲ works, with faults", Tone::Odd),
        Outcome::Broken => ("✘ broken", Tone::Bad),
        Outcome::Inconclusive => ("? could not tell", Tone::Odd),
    }
}

/// The word for a finding, with a sign before it.
pub(super) fn severity(severity: Severity) -> (&'static str, Tone) {
    match severity {
        Severity::Broken => ("✘ broken", Tone::Bad),
        Severity::Warning => ("▲ warning", Tone::Odd),
        Severity::Note => ("· note", Tone::Plain),
    }
}

/// One line per target: outcome, image, and the way or the reason.
pub fn summary_line(report: &Report) -> String {
    summary(report).join("  ")
}

/// The parts of [`summary_line`].
pub(super) fn summary(report: &Report) -> Vec<String> {
    let (word, _) = outcome(report.outcome);
    let mut parts = vec![word.to_owned(), escape::cell(&report.recording.target.image, 120)];
    if let Some(recommendation) = &report.recommended {
        parts.push(format!("by {}", escape::cell(&recommendation.path, 40)));
    }
    let first = report.findings.first().filter(|finding| finding.severity > Severity::Note);
    match (report.outcome, first) {
        (Outcome::Broken | Outcome::Degraded | Outcome::Inconclusive, Some(finding)) => {
            parts.push(escape::cell(&finding.title, 120));
        }
        (Outcome::Inconclusive, None) => parts.push(escape::cell(&advice::cause(report), 120)),
        (Outcome::Broken, None) => {
            parts.extend(paths::furthest(report).map(|path| escape::cell(&path.why, 120)));
        }
        _ => {}
    }
    parts.extend(counts(&report.findings));
    parts
}

/// `1 warning, 2 notes`
pub(super) fn counts(findings: &[Finding]) -> Option<String> {
    let count = |severity: Severity, noun: &str| {
        let n = findings.iter().filter(|f| f.severity == severity).count();
        (n > 0).then(|| if noun == "broken" { format!("{n} {noun}") } else { text::count(n, noun) })
    };
    let parts = [(Severity::Broken, "broken"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let parts: Vec<String> = parts.into_iter().filter_map(|(severity, noun)| count(severity, noun)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Headline, facts and what a reader must know about the run.
pub(super) fn section(report: &Report, options: &TableOptions) -> Vec<String> {
    let (word, tone) = outcome(report.outcome);
    let image = escape::cell(&report.recording.target.image, 200);
    let head =
        format!("{}  {}", paint(word, tone, options.color), paint(&image, Tone::Strong, options.color));
    let mut lines = vec![head];
    lines.extend(text::join(&facts(report), " · ", options.width, ""));
    for note in report.recording.notes.iter().map(|n| &n.text) {
        lines.extend(text::wrap(note, options.width, "! "));
    }
    lines
}

fn facts(report: &Report) -> Vec<String> {
    let recording = &report.recording;
    let requests: usize = recording.exchanges.iter().map(|exchange| exchange.hops.len()).sum();
    let mut facts = vec![
        escape::cell(&recording.base_url, 100),
        escape::cell(&recording.suite, 20),
        text::count(requests, "request"),
    ];
    if recording.pulls > 0 {
        facts.push(text::count(usize::try_from(recording.pulls).unwrap_or(usize::MAX), "pull"));
    }
    facts.push(text::duration(recording.wall_ms));
    facts.push(match recording.access.scheme.as_str() {
        "" | "none" => "no authentication".to_owned(),
        scheme => {
            let source = &recording.access.source;
            let joint = if source.is_empty() { "" } else { ", " };
            format!("{}{joint}{}", escape::cell(scheme, 20), escape::cell(source, 60))
        }
    });
    let platform = recording.subjects.platform.as_ref();
    facts.extend(platform.map(|platform| escape::cell(&platform.to_string(), 40)));
    facts
}

/// The worst findings, two lines each.
pub(super) fn findings(report: &Report, options: &TableOptions) -> Vec<String> {
    if report.findings.is_empty() {
        return vec!["No findings.".to_owned()];
    }
    let mut lines = Vec::new();
    let mut first: Vec<&Finding> = report.findings.iter().collect();
    // Stable: what explains most stays first among equals.
    first.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let indent = " ".repeat(11);
    let room = options.width.saturating_sub(indent.len());
    for finding in first.iter().take(FIRST) {
        let (word, tone) = severity(finding.severity);
        let title = escape::cell(&finding.title, room * 2 - room / 5);
        for (line, text) in text::wrap(&title, options.width, &indent).iter().take(2).enumerate() {
            let blanks = " ".repeat(indent.len().saturating_sub(text::width(word)));
            lines.push(match line {
                0 => format!("{}{blanks}{}", paint(word, tone, options.color), text.trim_start()),
                _ => text.clone(),
            });
        }
        // A note is told in a line; why stands below. What is wrong is told at once.
        if finding.severity == Severity::Note {
            continue;
        }
        // Two lines at most, and what is cut off stands below in full.
        let why = escape::cell(text::first_sentence(&finding.explanation), room * 2 - room / 5);
        let why = text::wrap(&why, options.width, &indent);
        lines
            .extend(why.iter().filter(|l| !l.is_empty()).take(2).map(|l| paint(l, Tone::Dim, options.color)));
    }
    let rest: Vec<Finding> = first.iter().skip(FIRST).map(|f| (*f).clone()).collect();
    lines.extend(counts(&rest).map(|counts| format!("{indent}and {counts} more, below")));
    lines
}
