//! JUnit for CI. Three suites a report: its metadata paths, its findings, its cells.
//!
//! A failure is what is wrong: a main path that fails, a finding of `warning` or worse. An error is what could not be
//! judged, or broke below HTTP; where the outcome is that nothing could be told, nothing is a failure. Skipped is what was not sent, makes no sense here, or is no fault when it fails: a
//! legacy path, a trap.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use crate::diagnosis::{Finding, Severity};
use crate::exchange::Exchange;
use crate::render::escape::{self, xml};
use crate::render::table::parts;
use crate::report::{CellView, Did, Outcome, PathKind, PathVerdict, Report, Verdict};

/// Characters of an image: more than any reference has, or two might begin alike.
pub(super) const IMAGE: usize = 1000;

/// Characters of a message, which most readers show as a line.
pub(super) const MESSAGE: usize = 300;

/// The reports as one JUnit document.
pub fn render(reports: &[Report]) -> String {
    let mut document = Document::new("regprobe");
    if let Some(first) = reports.first() {
        document.set_timestamp(first.recording.created);
        document.set_time(milliseconds(reports.iter().map(|r| r.recording.wall_ms).sum()));
    }
    for (at, report) in reports.iter().enumerate() {
        let image = |report: &Report| line(&report.recording.target.image, IMAGE);
        let own = image(report);
        // The same image on another platform, or again.
        let earlier = reports[..at].iter().filter(|other| image(other) == own).count();
        let name = if earlier == 0 { own } else { format!("{own} ({})", earlier + 1) };
        document.add_test_suites(suites(report, &name));
    }
    // Writing to memory cannot fail.
    document.to_string().unwrap_or_default()
}

fn suites(report: &Report, image: &str) -> [TestSuite; 3] {
    let suite = |part: &str, cases: Vec<TestCase>| {
        let mut suite = TestSuite::new(format!("{image} {part}"));
        suite.set_timestamp(report.recording.created);
        suite.add_test_cases(cases.into_iter().map(|case| of(image, case)));
        suite
    };
    // The exit code is 3 and not 1: what looks wrong may be a consequence of what could not be told.
    let wrong = match report.outcome {
        Outcome::Inconclusive => NonSuccessKind::Error,
        Outcome::Works | Outcome::Degraded | Outcome::Broken => NonSuccessKind::Failure,
    };
    let mut findings: Vec<TestCase> = report.findings.iter().map(|f| finding(f, wrong)).collect();
    findings.extend(outcome(report));
    let mut paths = suite("metadata paths", report.paths.iter().map(|p| path(p, wrong)).collect());
    for (name, value) in [
        ("base_url", report.recording.base_url.as_str()),
        ("suite", &report.recording.suite),
        ("regprobe", &report.recording.tool_version),
        ("outcome", report.outcome.as_str()),
    ] {
        paths.add_property((name.to_owned(), line(value, MESSAGE)));
    }
    [
        paths,
        suite("findings", findings),
        suite("cells", report.cells.iter().map(|c| cell(report, c)).collect()),
    ]
}

/// The outcome as a test of its own: without it a run that could tell nothing would be green.
fn outcome(report: &Report) -> Option<TestCase> {
    let (kind, message) = match report.outcome {
        Outcome::Works | Outcome::Degraded => {
            return Some(case("outcome", TestCaseStatus::success(), "outcome"));
        }
        Outcome::Broken => (NonSuccessKind::Failure, "no metadata path works".to_owned()),
        Outcome::Inconclusive => (NonSuccessKind::Error, parts::cause(report)),
    };
    Some(case("outcome", bad(kind, report.outcome.as_str(), &message, ""), "outcome"))
}

fn path(path: &PathVerdict, wrong: NonSuccessKind) -> TestCase {
    let why = parts::reason(path);
    let status = match (path.verdict, path.kind) {
        (Verdict::Works, _) => TestCaseStatus::success(),
        (Verdict::Fails, PathKind::Main) => bad(wrong, "path", &why, &steps(path)),
        (Verdict::Fails, kind) => skipped(&format!("{} path, fails: {why}", kind.as_str())),
        (Verdict::Inconclusive, _) => bad(NonSuccessKind::Error, "inconclusive", &why, &steps(path)),
        (Verdict::NotApplicable | Verdict::NotTried, _) => skipped(&why),
    };
    case(&path.id, status, "paths")
}

fn steps(path: &PathVerdict) -> String {
    let step = |step: &crate::report::StepResult| {
        format!("{} {}: {}", if step.ok { "ok    " } else { "broken" }, step.cell, step.why)
    };
    path.steps.iter().map(step).collect::<Vec<_>>().join("\n")
}

fn finding(finding: &Finding, wrong: NonSuccessKind) -> TestCase {
    let words = words(finding);
    match finding.severity {
        Severity::Note => {
            let mut case = case(finding.id, TestCaseStatus::success(), "findings");
            case.set_system_out(xml(&format!("note: {}\n{words}", finding.title)));
            case
        }
        severity => {
            let status = bad(wrong, severity.as_str(), &finding.title, &words);
            case(finding.id, status, "findings")
        }
    }
}

fn words(finding: &Finding) -> String {
    let mut lines = vec![
        format!("{}, {}", parts::whose(finding), finding.confidence.as_str()),
        format!("seen: {}", flat(&finding.explanation)),
        format!("do: {}", flat(&finding.remedy)),
    ];
    lines.extend(finding.reproduce.iter().map(|line| escape::terminal(line)));
    lines.extend(
        finding.children.iter().map(|child| format!("so also: {} [{}]", flat(&child.title), child.id)),
    );
    lines.extend(finding.references.iter().map(|reference| format!("see: {}", flat(reference))));
    lines.join("\n")
}

/// A stranger's line ends could fake a line of ours.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cell(report: &Report, cell: &CellView) -> TestCase {
    let (status, exchange) = match &cell.did {
        Did::Answer(answer) => (TestCaseStatus::success(), Some(&answer.exchange)),
        Did::Failed { error, exchange } => {
            (bad(NonSuccessKind::Error, error.kind.as_str(), &error.to_string(), ""), Some(exchange))
        }
        Did::NotTried(why) => (skipped(&format!("{}: {}", why.class(), why.reason())), None),
    };
    let mut case = case(&cell.id.0, status, "cells");
    let exchange: Option<&Exchange> =
        exchange.and_then(|id| report.recording.exchanges.iter().find(|e| e.id == *id));
    if let Some(exchange) = exchange {
        case.set_time(milliseconds(exchange.hops.iter().map(|hop| hop.timing.total).sum()));
    }
    if matches!(cell.did, Did::Answer(_)) {
        case.set_system_out(line(&cell.signature, MESSAGE));
    }
    case
}

/// A test of a class of ours, which [`of`] makes the image's.
pub(super) fn case(name: &str, status: TestCaseStatus, class: &str) -> TestCase {
    let mut case = TestCase::new(line(name, 200), status);
    case.set_classname(class);
    case
}

/// The test of this image: a CI system tells tests apart by class and name alone.
pub(super) fn of(image: &str, mut case: TestCase) -> TestCase {
    let class = case.classname.as_ref().map_or("", |class| class.as_str()).to_owned();
    case.set_classname(format!("regprobe.{image}.{class}"));
    case
}

/// A failure or an error.
pub(super) fn bad(kind: NonSuccessKind, r#type: &str, message: &str, words: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(r#type).set_message(line(message, MESSAGE));
    if !words.is_empty() {
        status.set_description(xml(words));
    }
    status
}

/// Skipped, and why.
pub(super) fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(line(why, MESSAGE));
    status
}

/// One line of bounded length.
pub(super) fn line(text: &str, longest: usize) -> String {
    escape::cell(&flat(text), longest)
}

fn milliseconds(ms: f64) -> Duration {
    // A stranger's file may hold any number.
    Duration::try_from_secs_f64(ms / 1e3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use roxmltree::{Document, Node};

    use super::*;
    use crate::render::fixture;

    fn count(document: &Document<'_>, name: &str) -> usize {
        document.descendants().filter(|node| node.has_tag_name(name)).count()
    }

    fn attribute(node: Node<'_, '_>, name: &str) -> usize {
        node.attribute(name).unwrap().parse().unwrap()
    }

    #[test]
    fn a_parser_reads_it_and_the_sums_are_right() {
        let text = render(&[fixture::every(), fixture::unreachable()]);
        insta::assert_snapshot!("every", text);
        let document = Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "testsuites");
        for (sum, tag) in [("failures", "failure"), ("errors", "error"), ("tests", "testcase")] {
            assert_eq!(attribute(root, sum), count(&document, tag), "{tag}");
        }
        for tag in ["failure", "error", "skipped", "system-out"] {
            assert!(count(&document, tag) > 0, "{tag}");
        }
        for suite in root.children().filter(|n| n.has_tag_name("testsuite")) {
            let cases = suite.children().filter(|n| n.has_tag_name("testcase")).count();
            assert_eq!(attribute(suite, "tests"), cases);
        }
    }

    #[test]
    fn every_nasty_string_is_read_back_as_text() {
        for nasty in escape::NASTY {
            for outcome in [Outcome::Broken, Outcome::Inconclusive] {
                let report = fixture::hostile(nasty, outcome);
                let text = render(std::slice::from_ref(&report));
                let document = Document::parse(&text).unwrap_or_else(|e| panic!("{nasty:?}: {e}"));
                assert!(text.chars().all(|c| c == '\n' || !escape::is_deceptive(c)), "{nasty:?}");
                assert_eq!(count(&document, "testcase"), report.cells.len() + report.paths.len() + 2);
                let tag = if outcome == Outcome::Broken { "failure" } else { "error" };
                let failure = document
                    .descendants()
                    .find(|n| n.has_tag_name(tag) && n.attribute("type") == Some("warning"));
                assert_eq!(failure.and_then(|n| n.attribute("message")), Some(line(nasty, MESSAGE).as_str()));
                assert!(!document.descendants().any(|n| n.has_tag_name("script") || n.has_tag_name("img")));
            }
        }
    }

    #[test]
    fn a_run_that_could_not_tell_is_an_error_and_no_failure() {
        let mut report = fixture::broken();
        report.outcome = Outcome::Inconclusive;
        assert!(report.findings.iter().any(|f| f.severity > Severity::Note));
        for report in [report, fixture::unreachable(), fixture::hostile("x", Outcome::Inconclusive)] {
            let text = render(&[report]);
            let document = Document::parse(&text).unwrap();
            assert_eq!(count(&document, "failure"), 0, "{text}");
            assert!(count(&document, "error") > 0, "{text}");
        }
        let text = render(&[fixture::unreachable()]);
        let document = Document::parse(&text).unwrap();
        let outcome = document
            .descendants()
            .find(|n| n.has_tag_name("testcase") && n.attribute("name") == Some("outcome"))
            .unwrap();
        assert!(outcome.children().any(|n| n.has_tag_name("error")), "{text}");
    }

    #[test]
    fn no_two_images_share_a_test() {
        let (mut long, mut longer) = (fixture::broken(), fixture::broken());
        long.recording.target.image = format!("r.example/{}:a", "x".repeat(300));
        longer.recording.target.image = format!("r.example/{}:b", "x".repeat(300));
        let reports = [fixture::broken(), fixture::degraded(), fixture::degraded(), long, longer];
        let text = render(&reports);
        let document = Document::parse(&text).unwrap();
        let cases = document.descendants().filter(|n| n.has_tag_name("testcase"));
        let mut names: Vec<_> = cases.map(|n| (n.attribute("classname"), n.attribute("name"))).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{text}");
        assert!(
            text.contains(&format!("classname=\"regprobe.{}.paths\"", reports[0].recording.target.image))
        );
    }
}
