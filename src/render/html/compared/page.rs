//! The compatibility page.

use askama::Template;

use super::differ::{self, DifferRow};
use crate::compare::side_by_side::{Row, SideBySide};
use crate::diagnosis::Severity;
use crate::render::compared::{again, counts};
use crate::render::html::{paths, text, view};
use crate::render::text as words;
use crate::report::{PathKind, Verdict};

#[derive(Template)]
#[template(path = "compared/compare.html")]
struct Page {
    title: String,
    policy: String,
    style: &'static str,
    outcomes: Vec<(&'static str, String)>,
    everywhere: Vec<String>,
    remarks: Vec<String>,
    columns: Vec<Column>,
    paths: Vec<Verdicts>,
    findings: Vec<Verdicts>,
    cells: Vec<DifferRow>,
    counts: String,
    again: String,
}

struct Column {
    number: usize,
    /// What tells it from the others in the head of a table.
    name: String,
    image: String,
    base_url: String,
    shape: &'static str,
    outcome: &'static str,
    outcome_words: String,
    recommended: String,
    asked: Vec<String>,
    created: String,
    notes: Vec<String>,
}

struct Verdicts {
    id: String,
    title: String,
    /// Who takes a path, where it is not everybody.
    kind: &'static str,
    differs: bool,
    values: Vec<(&'static str, String)>,
}

/// Registries side by side as one self-contained page. The same reports give the same bytes.
pub fn compare(page: &SideBySide) -> String {
    let row = |row: &Row, told: fn(&str, Option<PathKind>) -> (&'static str, String)| Verdicts {
        id: text::line(&row.label),
        title: text::line(&row.title),
        kind: match row.kind {
            None | Some(PathKind::Main) => "",
            Some(other) => other.as_str(),
        },
        differs: !row.alike(),
        values: row.values.iter().map(|v| told(v, row.kind)).collect(),
    };
    let page = Page {
        title: format!("Compatibility of {}", words::count_as(page.columns.len(), "registry", "registries")),
        policy: super::policy(),
        style: super::STYLE,
        outcomes: outcomes(page),
        everywhere: page.everywhere().iter().map(|row| text::line(&row.label)).collect(),
        remarks: page.remarks.iter().map(|r| text::line(r)).collect(),
        columns: columns(page),
        paths: page.paths.iter().map(|r| row(r, verdict)).collect(),
        findings: page.findings.iter().map(|r| row(r, severity)).collect(),
        cells: page.cells.iter().map(differ::row).collect(),
        counts: counts(page),
        again: again(page).lines().map(text::line).collect::<Vec<_>>().join("\n"),
    };
    // Rendering fails only where a value cannot be written, and a String takes everything.
    page.render().unwrap_or_default()
}

/// How many ended in which way, the worst last, as they come.
fn outcomes(page: &SideBySide) -> Vec<(&'static str, String)> {
    let mut all: Vec<_> = page.columns.iter().map(|(_, outcome)| *outcome).collect();
    all.sort();
    all.dedup();
    let told = |outcome| {
        let n = page.columns.iter().filter(|(_, o)| *o == outcome).count();
        let (sign, word) = view::outcome(outcome);
        (outcome.as_str(), format!("{sign} {word}: {n}"))
    };
    all.into_iter().map(told).collect()
}

fn columns(page: &SideBySide) -> Vec<Column> {
    let hosts: Vec<&str> = page.columns.iter().map(|(side, _)| host(&side.base_url)).collect();
    let distinct = hosts.iter().enumerate().all(|(at, host)| !hosts[..at].contains(host));
    page.columns
        .iter()
        .zip(&page.runs)
        .enumerate()
        .map(|(at, ((side, outcome), run))| {
            let (sign, word) = view::outcome(*outcome);
            let mut asked = vec![format!("suite {}", text::line(&side.suite))];
            asked.extend(run.platform.as_deref().map(text::line));
            asked.push(words::count(run.requests, "request"));
            asked.push(format!("regprobe {}", text::line(&run.tool)));
            Column {
                number: at + 1,
                name: text::line(if distinct { hosts[at] } else { &side.image }),
                image: text::line(&side.image),
                base_url: text::line(&side.base_url),
                shape: side.shape.unwrap_or("nothing learned"),
                outcome: outcome.as_str(),
                outcome_words: format!("{sign} {word}"),
                recommended: run.recommended.as_deref().map(text::line).unwrap_or_default(),
                asked,
                created: text::line(&side.created),
                notes: run.notes.iter().map(|n| text::line(n)).collect(),
            }
        })
        .collect()
}

fn host(base_url: &str) -> &str {
    base_url.split_once("://").map_or(base_url, |(_, host)| host)
}

fn verdict(word: &str, kind: Option<PathKind>) -> (&'static str, String) {
    let all =
        [Verdict::Works, Verdict::Fails, Verdict::NotApplicable, Verdict::Inconclusive, Verdict::NotTried];
    match all.into_iter().find(|v| v.as_str() == word) {
        Some(verdict) => {
            let (tone, words) = paths::told(verdict, kind.unwrap_or(PathKind::Main));
            (tone, words.to_owned())
        }
        None => ("dim", "– not judged".to_owned()),
    }
}

fn severity(word: &str, _: Option<PathKind>) -> (&'static str, String) {
    let all = [Severity::Broken, Severity::Warning, Severity::Note];
    match all.into_iter().find(|s| s.as_str() == word) {
        Some(Severity::Broken) => ("bad", "✘ broken".to_owned()),
        Some(Severity::Warning) => ("odd", "▲ warning".to_owned()),
        Some(Severity::Note) => ("plain", "· note".to_owned()),
        None if word == "not-exercised" => ("dim", "· not exercised".to_owned()),
        None => ("dim", "– not found".to_owned()),
    }
}
