//! Requirements stated directly, without a recording to compare with.
//!
//! ```toml
//! [[cell]]
//! id = "GET manifests/tag accept=oci-index"   # `*` stands for any run of characters
//! status = 200                                # or a list; not_status, signature and not_signature likewise
//! why = "what our deployments pull by"
//!
//! [[path]]
//! id = "oci-index"
//! verdict = "works"                           # or not_verdict
//!
//! [[finding]]
//! id = "head-405"                             # `*` for any
//! present = false
//! at_least = "warning"                        # only those as bad as this
//! ```

use serde::Deserialize;
use toml::Spanned;

use super::known::cell_pattern;
use super::pattern::matches;
use crate::diagnosis::rules::RULES;
use crate::diagnosis::{Finding, Severity};
use crate::probes::{ProbeError, Source, unknown};
use crate::report::{Did, Outcome, Report, Verdict};

/// What must be so.
#[derive(Debug, Clone, Default)]
pub struct Expectations {
    cells: Vec<CellMust>,
    paths: Vec<PathMust>,
    findings: Vec<FindingMust>,
}

#[derive(Debug, Clone)]
struct CellMust {
    id: String,
    status: Vec<u16>,
    not_status: Vec<u16>,
    signature: Option<String>,
    not_signature: Option<String>,
    why: String,
}

#[derive(Debug, Clone)]
struct PathMust {
    id: String,
    verdict: Option<String>,
    not_verdict: Option<String>,
    why: String,
}

#[derive(Debug, Clone)]
struct FindingMust {
    id: String,
    present: bool,
    at_least: Severity,
    why: String,
}

/// An expectation that is not met, or of which that cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// What was expected: `cell GET manifests/tag accept=oci-index: status 200`.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// Why it was expected, in the words of the file.
    pub why: String,
    /// Whether it could be told at all.
    pub told: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    cell: Vec<CellEntry>,
    #[serde(default)]
    path: Vec<PathEntry>,
    #[serde(default)]
    finding: Vec<FindingEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CellEntry {
    id: Spanned<String>,
    status: Option<Statuses>,
    not_status: Option<Statuses>,
    signature: Option<String>,
    not_signature: Option<String>,
    #[serde(default)]
    why: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Statuses {
    One(u16),
    Some(Vec<u16>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PathEntry {
    id: Spanned<String>,
    verdict: Option<Spanned<String>>,
    not_verdict: Option<Spanned<String>>,
    #[serde(default)]
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingEntry {
    id: Spanned<String>,
    present: bool,
    at_least: Option<Spanned<String>>,
    #[serde(default)]
    why: String,
}

/// Reads a file; `shown` is how errors call it, `paths` are the ids of the paths there are.
pub fn read(shown: &str, text: &str, paths: &[&str]) -> Result<Expectations, ProbeError> {
    let source = Source { shown: shown.to_owned(), text: text.to_owned() };
    let file: File = source.parse()?;
    let list = |statuses: Option<Statuses>| match statuses {
        None => Vec::new(),
        Some(Statuses::One(status)) => vec![status],
        Some(Statuses::Some(list)) => list,
    };
    let mut all = Expectations::default();
    for entry in file.cell {
        let must = CellMust {
            id: source.word(&entry.id, cell_pattern)?,
            status: list(entry.status),
            not_status: list(entry.not_status),
            signature: entry.signature,
            not_signature: entry.not_signature,
            why: entry.why,
        };
        if must.status.is_empty()
            && must.not_status.is_empty()
            && must.signature.is_none()
            && must.not_signature.is_none()
        {
            return Err(
                source.at(&entry.id.span(), "nothing is expected of this cell: give a status or a signature")
            );
        }
        all.cells.push(must);
    }
    for entry in file.path {
        let id = source.word(&entry.id, |id| {
            if paths.contains(&id) {
                Ok(id.to_owned())
            } else {
                Err(unknown("path", id, paths.iter().copied()))
            }
        })?;
        let verdict = |word: Option<Spanned<String>>| word.map(|w| source.word(&w, verdict)).transpose();
        let must = PathMust {
            id,
            verdict: verdict(entry.verdict)?,
            not_verdict: verdict(entry.not_verdict)?,
            why: entry.why,
        };
        if must.verdict.is_none() && must.not_verdict.is_none() {
            return Err(source.at(&entry.id.span(), "nothing is expected of this path: give a verdict"));
        }
        all.paths.push(must);
    }
    for entry in file.finding {
        let id = source.word(&entry.id, |id| {
            let known = id.contains('*') || RULES.iter().any(|rule| rule.id == id);
            if known { Ok(id.to_owned()) } else { Err(unknown("finding", id, RULES.iter().map(|r| r.id))) }
        })?;
        let at_least = entry.at_least.map(|w| source.word(&w, severity)).transpose()?;
        all.findings.push(FindingMust {
            id,
            present: entry.present,
            at_least: at_least.unwrap_or(Severity::Note),
            why: entry.why,
        });
    }
    Ok(all)
}

fn verdict(word: &str) -> Result<String, String> {
    let known =
        [Verdict::Works, Verdict::Fails, Verdict::NotApplicable, Verdict::Inconclusive, Verdict::NotTried]
            .map(Verdict::as_str);
    if known.contains(&word) { Ok(word.to_owned()) } else { Err(unknown("verdict", word, known)) }
}

fn severity(word: &str) -> Result<Severity, String> {
    let known = [Severity::Note, Severity::Warning, Severity::Broken];
    let found = known.into_iter().find(|s| s.as_str() == word);
    found.ok_or_else(|| unknown("severity", word, known.map(Severity::as_str)))
}

/// What is not as it must be, in the order of the file.
pub fn unmet(expectations: &Expectations, report: &Report) -> Vec<Unmet> {
    let mut unmet = Vec::new();
    expectations.cells.iter().for_each(|must| cell(must, report, &mut unmet));
    expectations.paths.iter().for_each(|must| path(must, report, &mut unmet));
    expectations.findings.iter().for_each(|must| finding(must, report, &mut unmet));
    unmet
}

fn cell(must: &CellMust, report: &Report, unmet: &mut Vec<Unmet>) {
    let mut miss = |id: &str, what: String, seen: &str, told: bool| {
        unmet.push(Unmet {
            expected: format!("cell {id}: {what}"),
            seen: seen.to_owned(),
            why: must.why.clone(),
            told,
        });
    };
    let list = |statuses: &[u16]| statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
    let mut any = false;
    for view in report.cells.iter().filter(|c| matches(&must.id, &c.id.0)) {
        any = true;
        let (status, told) = match &view.did {
            Did::Answer(answer) => (Some(answer.status), answer.status != 429),
            Did::Failed { .. } | Did::NotTried(_) => (None, false),
        };
        let (id, seen) = (view.id.0.as_str(), view.signature.as_str());
        // A limit that was expected is no failure to tell.
        let has = |list: &[u16]| status.is_some_and(|s| list.contains(&s));
        if !must.status.is_empty() && !has(&must.status) {
            miss(id, format!("status {}", list(&must.status)), seen, told);
        }
        if !must.not_status.is_empty() && (has(&must.not_status) || !told) {
            miss(id, format!("a status that is not {}", list(&must.not_status)), seen, told);
        }
        if let Some(signature) = must.signature.as_ref().filter(|s| !matches(s, seen)) {
            miss(id, format!("`{signature}`"), seen, told);
        }
        if let Some(signature) = must.not_signature.as_ref().filter(|s| matches(s, seen) || !told) {
            miss(id, format!("not `{signature}`"), seen, told);
        }
    }
    if !any {
        miss(&must.id, "to be asked".to_owned(), "no such cell is in this suite", false);
    }
}

fn path(must: &PathMust, report: &Report, unmet: &mut Vec<Unmet>) {
    let found = report.paths.iter().find(|p| p.id == must.id);
    let seen = found.map_or("not judged", |p| p.verdict.as_str());
    let told = found.is_some_and(|p| !matches!(p.verdict, Verdict::Inconclusive | Verdict::NotTried));
    let mut miss = |what: String| {
        let why = found.map(|p| p.why.as_str()).filter(|why| !why.is_empty());
        unmet.push(Unmet {
            expected: format!("path {}: {what}", must.id),
            seen: why.map_or(seen.to_owned(), |why| format!("{seen}: {why}")),
            why: must.why.clone(),
            told,
        });
    };
    if let Some(verdict) = must.verdict.as_ref().filter(|v| v.as_str() != seen) {
        miss(verdict.clone());
    }
    if let Some(verdict) = must.not_verdict.as_ref().filter(|v| v.as_str() == seen) {
        miss(format!("not {verdict}"));
    }
}

fn finding(must: &FindingMust, report: &Report, unmet: &mut Vec<Unmet>) {
    fn walk<'a>(findings: &'a [Finding], must: &FindingMust, found: &mut Vec<&'a Finding>) {
        for finding in findings {
            if matches(&must.id, finding.id) && finding.severity >= must.at_least {
                found.push(finding);
            }
            walk(&finding.children, must, found);
        }
    }
    let mut found = Vec::new();
    walk(&report.findings, must, &mut found);
    let told = report.outcome != Outcome::Inconclusive;
    let floor = match must.at_least {
        Severity::Note => String::new(),
        severity => format!(" at {} or above", severity.as_str()),
    };
    let mut miss = |what: &str, seen: String, told: bool| {
        unmet.push(Unmet {
            expected: format!("finding {}{floor}: {what}", must.id),
            seen,
            why: must.why.clone(),
            told,
        });
    };
    if must.present && found.is_empty() {
        miss("present", "not found".to_owned(), told);
    } else if !must.present && found.is_empty() && !told {
        miss("absent", "could not tell".to_owned(), false);
    } else if !must.present {
        for finding in found {
            miss(
                "absent",
                format!("{} ({}): {}", finding.id, finding.severity.as_str(), finding.title),
                true,
            );
        }
    }
}
