//! Comparisons as NDJSON: a `comparison` with both sides, a line for each group and for whatever else there is to tell,
//! and a `summary`. Every line has a `type`.

use serde::Serialize;

use crate::compare::check::Checked;
use crate::compare::{Diff, Direction};
use crate::render::json::compared::{FlakyV1, GroupV1, SideV1, UnmetV1, flaky, group, side, unmet};
use crate::render::json::{self, SCHEMA_VERSION, ToolV1};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line {
    Comparison {
        schema_version: u32,
        tool: ToolV1,
        verb: &'static str,
        image: String,
        before: Option<SideV1>,
        after: Option<SideV1>,
        remarks: Vec<String>,
    },
    Group(GroupV1),
    Excused {
        by: Vec<String>,
        group: GroupV1,
    },
    Flaky(FlakyV1),
    Unmet(UnmetV1),
    Summary {
        result: &'static str,
        exit_code: u8,
        compared: Option<usize>,
        changed: Option<usize>,
        regressions: usize,
        could_not_tell: usize,
        changes: usize,
        improvements: usize,
        excused: usize,
        flaky: usize,
        unmet: usize,
    },
}

fn lines(lines: &[Line]) -> String {
    // The types hold nothing that JSON cannot.
    lines.iter().map(json::line).collect()
}

fn head(verb: &'static str, image: &str, diff: Option<&Diff>, remarks: &[String]) -> Line {
    Line::Comparison {
        schema_version: SCHEMA_VERSION,
        tool: ToolV1 { name: "regprobe".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        verb,
        image: image.to_owned(),
        before: diff.map(|d| side(&d.before)),
        after: diff.map(|d| side(&d.after)),
        remarks: diff.iter().flat_map(|d| &d.remarks).chain(remarks).cloned().collect(),
    }
}

/// What changed between two reports.
pub fn diff(diff: &Diff) -> String {
    let mut all = vec![head("diff", &diff.after.image, Some(diff), &[])];
    all.extend(diff.groups.iter().map(|g| Line::Group(group(g))));
    let count = |direction| diff.going(direction).count();
    all.push(Line::Summary {
        result: if diff.is_empty() { "equal" } else { "different" },
        exit_code: u8::from(!diff.is_empty()),
        compared: Some(diff.compared),
        changed: Some(diff.changed),
        regressions: count(Direction::Regression),
        could_not_tell: count(Direction::Untold),
        changes: count(Direction::Change),
        improvements: count(Direction::Improvement),
        excused: 0,
        flaky: 0,
        unmet: 0,
    });
    lines(&all)
}

/// A check.
pub fn check(checked: &Checked) -> String {
    let diff = checked.diff.as_ref();
    let mut all = vec![head("check", &checked.image, diff, &checked.remarks)];
    all.extend(diff.iter().flat_map(|d| &d.groups).map(|g| Line::Group(group(g))));
    all.extend(checked.unmet.iter().map(|u| Line::Unmet(unmet(u))));
    all.extend(checked.flaky.iter().map(|f| Line::Flaky(flaky(f))));
    all.extend(checked.excused.iter().map(|e| Line::Excused { by: e.by.clone(), group: group(&e.group) }));
    let count = |direction| diff.map_or(0, |d| d.going(direction).count());
    all.push(Line::Summary {
        result: checked.passed.as_str(),
        exit_code: checked.passed.exit_code(),
        compared: diff.map(|d| d.compared),
        changed: diff.map(|d| d.changed),
        regressions: count(Direction::Regression),
        could_not_tell: count(Direction::Untold),
        changes: count(Direction::Change),
        improvements: count(Direction::Improvement),
        excused: checked.excused.len(),
        flaky: checked.flaky.len(),
        unmet: checked.unmet.len(),
    });
    lines(&all)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::render::compared::fixture;
    use crate::render::escape;

    fn read(text: &str) -> Vec<Value> {
        text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
    }

    #[test]
    fn it_reads_well() {
        insta::assert_snapshot!("check", check(&fixture::check("a reason")));
        insta::assert_snapshot!("diff", diff(&fixture::diff("a reason")));
    }

    #[test]
    fn a_line_each_between_a_head_and_a_summary() {
        for checked in fixture::checks("a reason") {
            let lines = read(&check(&checked));
            let of = |kind: &str| lines.iter().filter(|l| l["type"] == kind).count();
            assert_eq!(lines[0]["type"], "comparison");
            let last = lines.last().unwrap();
            assert_eq!(last["type"], "summary");
            assert_eq!(last["exit_code"], u64::from(checked.passed.exit_code()));
            assert_eq!(of("group"), checked.diff.as_ref().map_or(0, |d| d.groups.len()));
            let others = (of("excused"), of("flaky"), of("unmet"));
            assert_eq!(others, (checked.excused.len(), checked.flaky.len(), checked.unmet.len()));
        }
    }

    #[test]
    fn nasty_strings_do_not_break_a_line() {
        for nasty in escape::NASTY {
            for text in [check(&fixture::check(nasty)), diff(&fixture::diff(nasty))] {
                assert!(read(&text).len() >= 10 && !text.contains('\u{1b}'), "{nasty:?}");
            }
        }
    }
}
