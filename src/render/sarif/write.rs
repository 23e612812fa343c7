//! Report -> SARIF.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::types::*;
use crate::diagnosis::pages::{self, Page};
use crate::diagnosis::{self, Severity};
use crate::oci::digest::Digest;
use crate::plan::CellId;
use crate::render::escape::{sarif, terminal};
use crate::render::json;
use crate::render::page;
use crate::render::table::parts;
use crate::report::{Did, Outcome, Report};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Cells listed with a result.
pub(super) const CELLS: usize = 50;

/// Locations of a result: the failing request and its control.
const LOCATIONS: usize = 2;

/// The reports as one SARIF log, one run each.
pub fn render(reports: &[Report]) -> String {
    log(reports.iter().map(run).collect())
}

pub(super) fn log(runs: Vec<Run>) -> String {
    let log = Log { schema: SCHEMA, version: "2.1.0", runs };
    json::text(&log)
}

fn run(report: &Report) -> Run {
    let recording = &report.recording;
    let ids: Vec<&str> = report.findings.iter().map(|f| f.id).collect::<BTreeSet<_>>().into_iter().collect();
    let results = report.findings.iter().map(|finding| result(report, finding, &ids)).collect();
    let rules = ids.iter().map(|id| {
        let worst = report.findings.iter().filter(|f| f.id == *id).map(|f| f.severity).max();
        rule(id, id, level(worst.unwrap_or(Severity::Note)))
    });
    Run {
        tool: tool(report, rules.collect()),
        invocations: vec![invocation(report)],
        automation_details: AutomationDetails {
            id: format!("regprobe/{}/", terminal(&recording.target.image)),
        },
        results,
        properties: properties(report),
    }
}

pub(super) fn tool(report: &Report, rules: Vec<Rule>) -> Tool {
    Tool { driver: Driver { name: "regprobe", version: terminal(&report.recording.tool_version), rules } }
}

pub(super) fn properties(report: &Report) -> RunProperties {
    let recording = &report.recording;
    RunProperties {
        image: terminal(&recording.target.image),
        base_url: terminal(&recording.base_url),
        suite: terminal(&recording.suite),
        outcome: report.outcome.as_str(),
        recommended_path: report.recommended.as_ref().map(|r| terminal(&r.path)),
        before: None,
        result: None,
    }
}

pub(super) fn message(text: &str) -> Message {
    Message { text: sarif(&text.split_whitespace().collect::<Vec<_>>().join(" ")) }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Broken => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A finding's rule, or another with what it is about.
pub(super) fn rule(id: &str, about: &str, level: &'static str) -> Rule {
    let known = pages::page(id);
    let about = known.map_or(about, |page| &page.title);
    let help = |page: &Page| Help { text: message(&page::line(page)).text, markdown: page.markdown() };
    Rule {
        id: terminal(id),
        short_description: message(about),
        full_description: message(&known.map_or(about.to_owned(), |page| page::text(&page.cause))),
        help: known.map(help),
        default_configuration: Configuration { level },
    }
}

pub(super) fn invocation(report: &Report) -> Invocation {
    let recording = &report.recording;
    let mut notifications: Vec<Notification> = recording
        .notes
        .iter()
        .map(|note| Notification { level: "note", message: message(&note.text) })
        .collect();
    if report.outcome == Outcome::Inconclusive {
        notifications.insert(0, Notification { level: "error", message: message(&parts::cause(report)) });
    }
    // A stranger's file may hold any number.
    let wall = if recording.wall_ms.is_finite() { recording.wall_ms.clamp(0.0, 1e12) } else { 0.0 };
    let wall = TimeDelta::try_milliseconds(wall as i64).unwrap_or_default();
    let end = recording.created.checked_add_signed(wall).unwrap_or(recording.created);
    Invocation {
        execution_successful: report.outcome != Outcome::Inconclusive,
        start_time_utc: stamp(recording.created),
        end_time_utc: stamp(end),
        tool_execution_notifications: notifications,
    }
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn result(report: &Report, finding: &diagnosis::Finding, ids: &[&str]) -> Finding {
    let mut text = finding.title.clone();
    for words in [&finding.explanation, &finding.remedy].into_iter().filter(|w| !w.trim().is_empty()) {
        if !text.ends_with(['.', '!', '?']) {
            text.push('.');
        }
        text.push(' ');
        text.push_str(words);
    }
    for child in &finding.children {
        text.push_str(&format!(" So also: {} ({}).", child.title, child.id));
    }
    Finding {
        rule_id: terminal(finding.id),
        rule_index: ids.iter().position(|id| *id == finding.id).unwrap_or_default(),
        level: level(finding.severity),
        message: message(&text),
        locations: locations(report, &finding.evidence.iter().collect::<Vec<_>>()),
        partial_fingerprints: fingerprints(report, finding.id),
        suppressions: Vec::new(),
        properties: Properties::Finding(FindingProperties {
            confidence: finding.confidence.as_str(),
            whose: finding.whose.as_str(),
            remedy: terminal(&finding.remedy),
            cells: finding.evidence.iter().take(CELLS).map(|cell| terminal(&cell.0)).collect(),
            reproduce: finding.reproduce.iter().map(|line| terminal(line)).collect(),
            references: finding.references.iter().map(|reference| terminal(reference)).collect(),
        }),
    }
}

/// The same thing about the same image is the same alert, whatever the day and the digests.
pub(super) fn fingerprints(report: &Report, what: &str) -> Fingerprints {
    let target = &report.recording.target;
    let tag = target.tag.as_deref().unwrap_or_default();
    let same = format!("{what}\n{}\n{}\n{tag}", target.registry, target.repository);
    Fingerprints { v1: Digest::sha256(same.as_bytes()).to_string().replace("sha256:", "") }
}

/// Where the finding shows: the URL that was asked, and the cell that asked it.
pub(super) fn locations(report: &Report, evidence: &[&CellId]) -> Vec<Location> {
    let place = |url: &str, cell: Option<&CellId>| Location {
        physical_location: PhysicalLocation { artifact_location: ArtifactLocation { uri: uri(url) } },
        logical_locations: cell
            .map(|cell| LogicalLocation { fully_qualified_name: terminal(&cell.0) })
            .into_iter()
            .collect(),
    };
    let mut locations: Vec<Location> = evidence
        .iter()
        .filter_map(|id| {
            let cell = report.cells.iter().find(|cell| cell.id == **id)?;
            let (Did::Answer(crate::report::Answer { exchange, .. }) | Did::Failed { exchange, .. }) =
                &cell.did
            else {
                return None;
            };
            let exchange = report.recording.exchanges.iter().find(|e| e.id == *exchange)?;
            Some(place(&exchange.hops.first()?.request.url, Some(id)))
        })
        .take(LOCATIONS)
        .collect();
    if locations.is_empty() {
        // Viewers drop a result that stands nowhere.
        locations.push(place(&report.recording.base_url, evidence.first().copied()));
    }
    locations
}

/// A valid URI reference, whatever was recorded; user info and fragment have no place in one.
fn uri(url: &str) -> String {
    let whole = url.starts_with("http://") || url.starts_with("https://");
    let Some(parsed) = url::Url::parse(url).ok().filter(|_| whole) else {
        return utf8_percent_encode(url, NON_ALPHANUMERIC).to_string();
    };
    let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = parsed.host_str().unwrap_or_default();
    let query = parsed.query().map(|query| format!("?{}", clean(query))).unwrap_or_default();
    format!("{}://{host}{port}{}{query}", parsed.scheme(), clean(parsed.path()))
}

fn clean(text: &str) -> String {
    let mut out = String::new();
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let hex = |n: usize| bytes.get(at + n).is_some_and(u8::is_ascii_hexdigit);
        match byte {
            b'%' if hex(1) && hex(2) => out.push('%'),
            b if b.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(b) => out.push(char::from(*b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value;

    use super::*;
    use crate::render::{escape, fixture};

    pub(in crate::render::sarif) fn validator() -> jsonschema::Validator {
        let schema = include_str!("../../../tests/schemas/sarif-2.1.0.json");
        let mut schema: Value = serde_json::from_str(schema).unwrap();
        // The standard's own pattern for a language is no regular expression: a bracket is missing.
        for part in ["run", "toolComponent"] {
            let language = &mut schema["definitions"][part]["properties"]["language"];
            language.as_object_mut().unwrap().remove("pattern").unwrap();
        }
        jsonschema::validator_for(&schema).unwrap()
    }

    pub(in crate::render::sarif) fn assert_valid(validator: &jsonschema::Validator, text: &str) -> Value {
        let log: Value = serde_json::from_str(text).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{text}");
        log
    }

    #[test]
    fn it_is_valid_and_every_severity_has_its_level() {
        let text = render(&[fixture::every(), fixture::unreachable()]);
        insta::assert_snapshot!("every", text);
        let log = assert_valid(&validator(), &text);
        let levels: Vec<&str> = log["runs"][0]["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["level"].as_str().unwrap())
            .collect();
        for level in ["error", "warning", "note"] {
            assert!(levels.contains(&level), "{levels:?}");
        }
        for result in log["runs"][0]["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        assert_eq!(log["runs"][1]["invocations"][0]["executionSuccessful"], false);
    }

    #[test]
    fn nasty_strings_stay_text() {
        let validator = validator();
        for nasty in escape::NASTY {
            let text = render(&[fixture::hostile(nasty, Outcome::Broken)]);
            assert_valid(&validator, &text);
            assert!(text.chars().all(|c| c == '\n' || !escape::is_deceptive(c)), "{nasty:?}");
        }
        assert_eq!(uri("https://r.example/a b%zz[\u{e9}]"), "https://r.example/a%20b%25zz%5B%C3%A9%5D");
        assert_eq!(uri("http://u:p@[::1]:5000/v2/#a#b"), "http://[::1]:5000/v2/");
        assert_eq!(uri("::error"), "%3A%3Aerror");
    }
}
