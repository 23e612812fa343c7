//! Comparisons as SARIF: a result a group. A rule is the finding that explains it, or one of ours.

use std::collections::BTreeSet;

use super::types::*;
use super::write::{CELLS, fingerprints, invocation, locations, log, message, properties, rule, tool};
use crate::compare::Diff;
use crate::compare::check::{Checked, Passed};
use crate::render::compared::items::{self, Item, Weight};
use crate::render::escape::terminal;
use crate::report::Report;

/// What changed between two reports; places are those of the later one.
pub fn diff(diff: &Diff, after: &Report) -> String {
    let mut run = run(&items::of_diff(diff), "diff", after);
    run.properties.before = Some(terminal(&diff.before.image));
    run.properties.result = Some(if diff.is_empty() { "equal" } else { "different" });
    remark(&mut run, &diff.remarks);
    log(vec![run])
}

/// A check.
pub fn check(checked: &Checked, seen: &Report) -> String {
    let mut run = run(&items::of_check(checked), "check", seen);
    run.properties.result = Some(checked.passed.as_str());
    if let Some(diff) = &checked.diff {
        run.properties.before = Some(terminal(&diff.before.image));
        remark(&mut run, &diff.remarks);
    }
    remark(&mut run, &checked.remarks);
    for invocation in &mut run.invocations {
        invocation.execution_successful = checked.passed != Passed::Untold;
    }
    log(vec![run])
}

fn remark(run: &mut Run, remarks: &[String]) {
    for invocation in &mut run.invocations {
        let notes = remarks.iter().map(|r| Notification { level: "note", message: message(r) });
        invocation.tool_execution_notifications.extend(notes);
    }
}

fn level(weight: Weight) -> &'static str {
    match weight {
        Weight::Fails => "error",
        Weight::Untold | Weight::Flaky => "warning",
        // A viewer that knows no suppressions must not raise an alarm.
        Weight::Told | Weight::Excused => "note",
    }
}

fn run(items: &[Item<'_>], verb: &str, report: &Report) -> Run {
    // That nothing changed is no result; that nothing could be told is a matter of the run.
    let (ends, results): (Vec<&Item<'_>>, Vec<&Item<'_>>) =
        items.iter().partition(|i| i.is_result() && i.weight != Weight::Fails);
    let ids: Vec<&str> = results.iter().map(|i| i.rule).collect::<BTreeSet<_>>().into_iter().collect();
    let rules = ids.iter().map(|id| {
        let levels = || results.iter().filter(|i| i.rule == *id).map(|i| level(i.weight));
        let worst = ["error", "warning"].into_iter().find(|level| levels().any(|l| l == *level));
        rule(id, items::about(id), worst.unwrap_or("note"))
    });
    let mut invocation = invocation(report);
    invocation.tool_execution_notifications.extend(ends.iter().map(|end| Notification {
        level: if end.weight == Weight::Untold { "error" } else { "note" },
        message: message(&end.title),
    }));
    Run {
        tool: tool(report, rules.collect()),
        invocations: vec![invocation],
        automation_details: AutomationDetails {
            // Beside the results of a probe of the same image, not in their place.
            id: format!("regprobe-{verb}/{}/", terminal(&report.recording.target.image)),
        },
        results: results.iter().map(|item| result(item, verb, report, &ids)).collect(),
        properties: properties(report),
    }
}

fn result(item: &Item<'_>, verb: &str, report: &Report, ids: &[&str]) -> Finding {
    let mut text = format!("{}: {}", item.kind, item.title);
    for words in item.gist() {
        text.push_str("; ");
        text.push_str(words);
    }
    Finding {
        rule_id: terminal(item.rule),
        rule_index: ids.iter().position(|id| *id == item.rule).unwrap_or_default(),
        level: level(item.weight),
        message: message(&text),
        locations: locations(report, &item.cells),
        partial_fingerprints: fingerprints(report, &format!("{verb}\n{}\n{}", item.rule, item.name)),
        suppressions: item
            .excused
            .iter()
            .map(|by| Suppression { kind: "external", status: "accepted", justification: terminal(by) })
            .collect(),
        properties: Properties::Change(ChangeProperties {
            kind: item.kind,
            cells: item.cells.iter().take(CELLS).map(|c| terminal(&c.0)).collect(),
            words: item.words.iter().map(|w| terminal(w)).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::write::tests::{assert_valid, validator};
    use super::*;
    use crate::render::compared::fixture as made;
    use crate::render::{escape, fixture};

    #[test]
    fn it_reads_well_and_is_valid() {
        let (validator, report) = (validator(), fixture::every());
        let text = check(&made::check("a reason"), &report);
        insta::assert_snapshot!("check", text);
        let log = assert_valid(&validator, &text);
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        assert!(results.iter().any(|r| r["ruleId"] == "head-405" && r["level"] == "error"), "{text}");
        let suppressed: Vec<_> = results.iter().filter(|r| r["suppressions"].is_array()).collect();
        assert!(suppressed.len() == 1 && suppressed[0]["level"] == "note", "{text}");
        let prints: BTreeSet<&str> =
            results.iter().filter_map(|r| r["partialFingerprints"]["regprobe/v1"].as_str()).collect();
        assert_eq!(prints.len(), results.len());
        let text = diff(&made::diff("a reason"), &report);
        assert_eq!(assert_valid(&validator, &text)["runs"][0]["results"].as_array().unwrap().len(), 8);
    }

    /// An error is a result that fails; that it could not be told is said of the run.
    #[test]
    fn it_agrees_with_the_exit_code() {
        let (validator, report) = (validator(), fixture::every());
        for checked in made::checks("a reason") {
            let text = check(&checked, &report);
            let log = assert_valid(&validator, &text);
            let run = &log["runs"][0];
            let errors = run["results"].as_array().unwrap().iter().filter(|r| r["level"] == "error").count();
            let ran = run["invocations"][0]["executionSuccessful"].as_bool().unwrap();
            let code = match (errors, ran) {
                (1.., true) => 1,
                (0, false) => 3,
                (0, true) => 0,
                other => panic!("{other:?}: {text}"),
            };
            assert_eq!(code, checked.passed.exit_code(), "{text}");
        }
    }

    #[test]
    fn nasty_strings_stay_text() {
        let (validator, report) = (validator(), fixture::every());
        for nasty in escape::NASTY {
            for text in [check(&made::check(nasty), &report), diff(&made::diff(nasty), &report)] {
                assert_valid(&validator, &text);
                assert!(text.chars().all(|c| c == '\n' || !escape::is_deceptive(c)), "{nasty:?}");
            }
        }
    }
}
