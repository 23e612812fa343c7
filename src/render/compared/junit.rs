//! Comparisons as JUnit, for CI: a regression is a failure, what could not be told an error, what is known to be bad
//! is skipped, and what flaps passes as a flaky test.

use chrono::DateTime;
use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::items::{self, Item, Part, Weight};
use crate::compare::check::Checked;
use crate::compare::{Diff, Side};
use crate::render::escape::xml;
use crate::render::junit::{IMAGE, MESSAGE, bad, case, line, of, skipped};

/// What changed between two reports. Regressions are failures, as in a check.
pub fn diff(diff: &Diff) -> String {
    let items = items::of_diff(diff);
    let mut suite = suite(&diff.after.image, "changes", items.iter());
    describe(&mut suite, diff);
    document(Some(&diff.after), vec![suite])
}

/// A check. It has a failure iff the exit code is 1, and an error without one iff it is 3.
pub fn check(checked: &Checked) -> String {
    let items = items::of_check(checked);
    let parts = [
        (Part::Baseline, "against the baseline"),
        (Part::Flaky, "asked again"),
        (Part::Expectations, "expectations"),
    ];
    let mut suites = Vec::new();
    for (part, name) in parts {
        if !items.iter().any(|item| item.part == part) {
            continue;
        }
        let mut suite = suite(&checked.image, name, items.iter().filter(|item| item.part == part));
        if let (Part::Baseline, Some(diff)) = (part, &checked.diff) {
            describe(&mut suite, diff);
        }
        suites.push(suite);
    }
    if let Some(first) = suites.first_mut() {
        first.add_property(("result".to_owned(), checked.passed.as_str().to_owned()));
        first.add_property(("exit_code".to_owned(), checked.passed.exit_code().to_string()));
        remark(first, &checked.remarks);
    }
    document(checked.diff.as_ref().map(|d| &d.after), suites)
}

fn document(after: Option<&Side>, suites: Vec<TestSuite>) -> String {
    let mut document = Document::new("regprobe");
    if let Some(created) = after.and_then(|side| DateTime::parse_from_rfc3339(&side.created).ok()) {
        document.set_timestamp(created);
    }
    document.add_test_suites(suites);
    // Writing to memory cannot fail.
    document.to_string().unwrap_or_default()
}

fn suite<'a>(image: &str, part: &str, items: impl Iterator<Item = &'a Item<'a>>) -> TestSuite {
    let image = line(image, IMAGE);
    let mut suite = TestSuite::new(format!("{image} {part}"));
    suite.add_test_cases(items.map(|item| of(&image, test(item))));
    suite
}

/// Both sides, and what must be known about the comparison.
fn describe(suite: &mut TestSuite, diff: &Diff) {
    for (name, side) in [("before", &diff.before), ("after", &diff.after)] {
        let words = format!("{} at {}, suite {}, {}", side.image, side.base_url, side.suite, side.created);
        suite.add_property((name.to_owned(), line(&words, MESSAGE)));
    }
    suite.add_property(("compared".to_owned(), diff.compared.to_string()));
    suite.add_property(("changed".to_owned(), diff.changed.to_string()));
    remark(suite, &diff.remarks);
}

fn remark(suite: &mut TestSuite, remarks: &[String]) {
    if remarks.is_empty() {
        return;
    }
    let mut text = suite.system_out.as_ref().map(|t| format!("{}\n", t.as_str())).unwrap_or_default();
    text.push_str(&remarks.iter().map(|r| line(r, 1000)).collect::<Vec<_>>().join("\n"));
    suite.set_system_out(text);
}

fn test(item: &Item<'_>) -> TestCase {
    let words = item.words.join("\n");
    let status = match item.weight {
        Weight::Fails => bad(NonSuccessKind::Failure, item.kind, &item.title, &words),
        Weight::Untold => bad(NonSuccessKind::Error, item.kind, &item.title, &words),
        Weight::Excused => skipped(&item.excused.join("; ")),
        Weight::Told => TestCaseStatus::success(),
        Weight::Flaky => {
            let mut status = TestCaseStatus::success();
            let mut run = TestRerun::new(NonSuccessKind::Failure);
            run.set_type(item.kind).set_message(line(&item.title, MESSAGE)).set_description(xml(&words));
            status.add_rerun(run);
            status
        }
    };
    let mut case = case(&item.name, status, item.kind);
    if matches!(item.weight, Weight::Told | Weight::Excused) {
        case.set_system_out(xml(&format!("{}: {}\n{words}", item.kind, line(&item.title, 1000))));
    }
    case
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;
    use crate::compare::check::Passed;
    use crate::render::compared::fixture;
    use crate::render::escape;

    fn count(text: &str, name: &str) -> usize {
        let document = Document::parse(text).unwrap_or_else(|e| panic!("{e}: {text}"));
        document.descendants().filter(|node| node.has_tag_name(name)).count()
    }

    /// What a CI system makes of it is what the exit code says, for every kind of result.
    #[test]
    fn it_agrees_with_the_exit_code() {
        let all = fixture::checks("a reason");
        for passed in [Passed::Yes, Passed::No, Passed::Untold] {
            assert!(all.iter().filter(|c| c.passed == passed).count() > 3, "{passed:?}");
        }
        for checked in &all {
            let text = check(checked);
            let (failures, errors) = (count(&text, "failure"), count(&text, "error"));
            let code = match (failures, errors) {
                (1.., _) => 1,
                (0, 1..) => 3,
                (0, 0) => 0,
            };
            assert_eq!(code, checked.passed.exit_code(), "{checked:#?}\n{text}");
            assert!(count(&text, "testcase") > 0, "{text}");
            let document = Document::parse(&text).unwrap();
            let sum = |name: &str| document.root_element().attribute(name).unwrap().parse::<usize>().unwrap();
            assert_eq!((sum("failures"), sum("errors")), (failures, errors), "{text}");
            assert_eq!(count(&text, "skipped"), checked.excused.len(), "{text}");
            assert_eq!(count(&text, "flakyFailure"), checked.flaky.len(), "{text}");
            let mut names: Vec<_> = document
                .descendants()
                .filter(|n| n.has_tag_name("testcase"))
                .map(|n| (n.parent_element().and_then(|s| s.attribute("name")), n.attribute("name")))
                .collect();
            let cases = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), cases, "{text}");
        }
    }

    #[test]
    fn it_reads_well() {
        insta::assert_snapshot!("check", check(&fixture::check("the \u{1b}[31mreason")));
        insta::assert_snapshot!("diff", diff(&fixture::diff("the \u{1b}[31mreason")));
    }

    #[test]
    fn nasty_strings_stay_text() {
        for nasty in escape::NASTY {
            for text in [check(&fixture::check(nasty)), diff(&fixture::diff(nasty))] {
                assert!(text.chars().all(|c| c == '\n' || !escape::is_deceptive(c)), "{nasty:?}");
                let document = Document::parse(&text).unwrap_or_else(|e| panic!("{nasty:?}: {e}\n{text}"));
                assert!(!document.descendants().any(|n| n.has_tag_name("script") || n.has_tag_name("img")));
            }
        }
    }
}
