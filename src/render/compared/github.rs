//! Comparisons as workflow commands of GitHub Actions: how it ended, then one a group: Actions shows
//! ten of a level, and the end must be among them.

use super::items::{self, Item, Weight};
use crate::compare::Diff;
use crate::compare::check::{Checked, Passed};
use crate::render::github::command;
use crate::render::table;

/// Lines of words below a title.
const LINES: usize = 12;

/// What changed between two reports.
pub fn diff(diff: &Diff) -> String {
    let items = items::of_diff(diff);
    let mut lines = vec![format!("{}: {}", diff.after.image, table::diff::summary(diff))];
    lines.extend(diff.remarks.iter().cloned());
    command("notice", "regprobe", &lines) + &commands(&items, &diff.after.image)
}

/// A check.
pub fn check(checked: &Checked) -> String {
    let items = items::of_check(checked);
    let level = match checked.passed {
        Passed::Yes => "notice",
        Passed::No | Passed::Untold => "error",
    };
    let mut lines = vec![format!("{}: {}", checked.image, checked.passed.as_str())];
    let result = items.iter().find(|i| i.is_result()).map(|i| i.title.clone());
    lines.extend(result.or_else(|| checked.diff.as_ref().map(table::diff::summary)));
    lines.extend(checked.diff.iter().flat_map(|d| &d.remarks).chain(&checked.remarks).cloned());
    command(level, "regprobe", &lines) + &commands(&items, &checked.image)
}

/// The worst first: Actions shows ten of a level.
fn commands(items: &[Item<'_>], image: &str) -> String {
    let mut sorted: Vec<&Item<'_>> = items.iter().filter(|i| !i.is_result()).collect();
    sorted.sort_by_key(|i| order(i.weight));
    sorted.into_iter().map(|item| one(item, image)).collect()
}

fn order(weight: Weight) -> usize {
    [Weight::Fails, Weight::Untold, Weight::Flaky, Weight::Told, Weight::Excused]
        .into_iter()
        .position(|w| w == weight)
        .unwrap_or_default()
}

fn one(item: &Item<'_>, image: &str) -> String {
    let (level, sign) = match item.weight {
        Weight::Fails => ("error", item.kind),
        Weight::Untold => ("warning", "could-not-tell"),
        Weight::Flaky => ("warning", "flaky"),
        Weight::Told => ("notice", item.kind),
        Weight::Excused => ("notice", "known"),
    };
    let mut lines = vec![image.to_owned()];
    lines.extend(item.excused.iter().cloned());
    let gist: Vec<&str> = item.gist().collect();
    lines.extend(gist.iter().take(LINES).map(|line| (*line).to_owned()));
    if let Some(more) = gist.len().checked_sub(LINES).filter(|n| *n > 0) {
        lines.push(format!("and {more} more"));
    }
    match item.cells.as_slice() {
        [] => {}
        [one] => lines.push(one.0.clone()),
        [first, rest @ ..] => lines.push(format!("{} and {} more", first.0, rest.len())),
    }
    command(level, &format!("{sign}: {}", item.title), &lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::compared::fixture;
    use crate::render::escape;

    #[test]
    fn annotations_read_well() {
        insta::assert_snapshot!("check", check(&fixture::check("a reason")));
        insta::assert_snapshot!("diff", diff(&fixture::diff("a reason")));
    }

    /// An error stands there iff the step fails, and the last line says how it ended.
    #[test]
    fn the_levels_agree_with_the_exit_code() {
        for checked in fixture::checks("a reason") {
            let text = check(&checked);
            let errors = text.lines().filter(|l| l.starts_with("::error")).count();
            assert_eq!(errors > 0, checked.passed.exit_code() > 0, "{text}");
            assert_eq!(errors > 1, checked.passed.exit_code() == 1, "{text}");
            assert!(text.lines().next().unwrap().contains(checked.passed.as_str()), "{text}");
        }
    }

    #[test]
    fn a_line_is_a_command_of_ours_and_nothing_else() {
        let plain = check(&fixture::check("a reason")).lines().count();
        for nasty in escape::NASTY {
            let text = check(&fixture::check(nasty));
            assert_eq!(text.lines().count(), plain, "{nasty:?}: {text}");
            for line in
                text.lines().map(str::to_owned).chain(diff(&fixture::diff(nasty)).lines().map(str::to_owned))
            {
                assert!(!line.chars().any(escape::is_deceptive), "{line:?}");
                let level = ["error", "warning", "notice"].map(|l| format!("::{l} title="));
                let rest = level.iter().find_map(|l| line.strip_prefix(l.as_str())).unwrap();
                let (title, _) = rest.split_once("::").unwrap();
                assert!(!title.contains([',', ':']), "{line}");
            }
        }
    }
}
