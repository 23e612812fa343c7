//! A report as the template takes it: words, made visible already; the template escapes them.

use super::context::Context;
use super::environment::{self, Fact};
use super::findings::{self, FindingView};
use super::matrix::{self, MatrixView};
use super::paths::{self, PathView};
use super::recommended::{self, Way};
use super::rest::{self, OtherRow};
use super::text;
use super::waterfall::{self, Waterfall};
use crate::render::table::advice;
use crate::render::text as words;
use crate::report::{Outcome, Report};

pub(super) struct ReportView {
    /// From one.
    pub(super) number: usize,
    pub(super) image: String,
    /// The class: `works`, `degraded`, ...
    pub(super) outcome: &'static str,
    pub(super) outcome_sign: &'static str,
    pub(super) outcome_word: &'static str,
    /// One sentence: the way, or why there is none.
    pub(super) verdict: String,
    pub(super) facts: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) way: Option<Way>,
    pub(super) findings: Vec<FindingView>,
    pub(super) paths: Vec<PathView>,
    pub(super) matrix: Option<MatrixView>,
    pub(super) others: Vec<OtherRow>,
    pub(super) waterfall: Option<Waterfall>,
    pub(super) environment: Vec<Fact>,
}

pub(super) fn build(context: &Context<'_>) -> ReportView {
    let report = context.report;
    let (outcome_sign, outcome_word) = outcome(report.outcome);
    let (matrix, placed) = matrix::build(context);
    ReportView {
        number: context.number,
        image: text::line(&report.recording.target.image),
        outcome: report.outcome.as_str(),
        outcome_sign,
        outcome_word,
        verdict: verdict(report),
        facts: facts(report),
        notes: report.recording.notes.iter().map(|n| text::line(&n.text)).collect(),
        way: recommended::build(report),
        findings: findings::build(context),
        paths: report.paths.iter().map(|p| paths::build(p, context)).collect(),
        matrix,
        others: rest::build(context, &placed),
        waterfall: waterfall::build(context),
        environment: environment::build(report),
    }
}

pub(super) fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Works => ("✔", "works"),
        Outcome::Degraded => ("▲", "works, with faults"),
        Outcome::Broken => ("✘", "broken"),
        Outcome::Inconclusive => ("?", "could not tell"),
    }
}

fn verdict(report: &Report) -> String {
    if let Some(way) = &report.recommended {
        return format!("The image's metadata can be read: {}.", text::line(way.title.trim_end_matches('.')));
    }
    match report.outcome {
        Outcome::Inconclusive => {
            format!("{}. {}", text::line(advice::cause(report).trim_end_matches('.')), advice::remedy(report))
        }
        _ => match crate::render::table::paths::furthest(report) {
            Some(path) => format!(
                "No metadata path works. {} gets furthest: {}",
                text::line(&path.id),
                text::line(&path.why)
            ),
            None => "No metadata path works.".to_owned(),
        },
    }
}

fn facts(report: &Report) -> Vec<String> {
    let recording = &report.recording;
    let requests: usize = recording.exchanges.iter().map(|e| e.hops.len()).sum();
    let mut facts = vec![
        text::line(&recording.base_url),
        format!("suite {}", text::line(&recording.suite)),
        words::count(requests, "request"),
        words::duration(recording.wall_ms),
    ];
    facts.extend(recording.subjects.platform.as_ref().map(|p| text::line(&p.to_string())));
    facts.push(recording.created.format("%Y-%m-%d %H:%M UTC").to_string());
    facts
}
