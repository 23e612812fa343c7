//! The requests of the cells that changed, as they were before and as they are now.

use std::collections::HashSet;

use super::types::Entry;
use super::write::{document, entries, page};
use crate::compare::Diff;
use crate::compare::check::Checked;
use crate::render::compared::items::{self, Item};
use crate::report::Report;

/// What changed between two reports: a page a report, and each entry's comment says which, and the cell.
pub fn diff(diff: &Diff, before: &Report, after: &Report) -> String {
    compared(&items::of_diff(diff), Some(before), after)
}

/// A check. What is excused and what flaps is there too.
pub fn check(checked: &Checked, baseline: Option<&Report>, seen: &Report) -> String {
    compared(&items::of_check(checked), baseline, seen)
}

fn compared(items: &[Item<'_>], before: Option<&Report>, after: &Report) -> String {
    let cells: HashSet<&str> = items::cells(items).into_iter().map(|c| c.0.as_str()).collect();
    let sides = before.map(|report| ("before", report)).into_iter().chain([("after", after)]);
    let (mut pages, mut all) = (Vec::new(), Vec::new());
    for (side, report) in sides {
        let recording = &report.recording;
        pages.push(page(recording, side, format!("{side}: {}", recording.target.image)));
        all.extend(entries(recording, side).into_iter().filter_map(|mut entry: Entry| {
            let cell = entry.cell.as_deref().filter(|cell| cells.contains(cell))?;
            entry.comment = Some(format!("{side}: {cell}"));
            Some(entry)
        }));
    }
    document(after.recording.tool_version.clone(), pages, all)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::compare::{self, Direction};
    use crate::render::compared::fixture as made;
    use crate::render::{escape, fixture};

    /// The same report twice, and a group that holds its first cell.
    fn of(report: &Report) -> (Diff, String) {
        let mut diff = compare::diff(report, report);
        let mut group = made::bare(Direction::Regression, "x");
        group.transitions[0].cells = vec![report.cells[0].id.clone()];
        diff.groups = vec![group];
        (diff, report.cells[0].id.0.clone())
    }

    #[test]
    fn both_sides_of_what_changed_and_nothing_else() {
        let report = fixture::every();
        let (diff, id) = of(&report);
        let text = self::diff(&diff, &report, &report);
        let log: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(log["log"]["pages"].as_array().unwrap().len(), 2);
        let entries = log["log"]["entries"].as_array().unwrap();
        for side in ["before", "after"] {
            let mine: Vec<_> = entries.iter().filter(|e| e["pageref"] == side).collect();
            assert!(!mine.is_empty(), "{text}");
            assert!(
                mine.iter().all(|e| e["comment"] == format!("{side}: {id}") && e["_cell"] == id.as_str())
            );
        }
        let alone = |diff: Option<Diff>| Checked { diff, ..made::checks("x").remove(1) };
        let log: Value = serde_json::from_str(&check(&alone(Some(diff)), None, &report)).unwrap();
        let entries = log["log"]["entries"].as_array().unwrap();
        assert!(!entries.is_empty() && entries.iter().all(|e| e["pageref"] == "after"));
        let log: Value = serde_json::from_str(&check(&alone(None), None, &report)).unwrap();
        assert_eq!(log["log"]["entries"].as_array().unwrap().len(), 0);
    }

    #[test]
    fn nasty_strings_are_still_json() {
        for nasty in escape::NASTY {
            let report = fixture::hostile(nasty, crate::report::Outcome::Broken);
            let text = self::diff(&of(&report).0, &report, &report);
            assert!(serde_json::from_str::<Value>(&text).is_ok() && !text.contains('\u{1b}'), "{nasty:?}");
        }
    }
}
