//! What changed, for a thread.

use std::fmt::Write as _;

use super::escape::{code, prose};
use crate::compare::{Diff, Direction, Group, Side};
use crate::render::text;

/// What changed between two reports.
pub fn diff(diff: &Diff) -> String {
    let mut out = String::from("## What changed\n\n");
    changes(diff, &mut out);
    out
}

/// Both sides, and the changes between them.
pub(super) fn changes(diff: &Diff, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}\n{}\n", side("Before", &diff.before), side("After", &diff.after));
    for remark in &diff.remarks {
        let _ = writeln!(out, "> {}\n", prose(remark));
    }
    if diff.is_empty() {
        let _ = writeln!(out, "No difference in {} cells.", diff.compared);
        return;
    }
    let _ = writeln!(out, "{} cells compared, {} of them changed.", diff.compared, diff.changed);
    for group in &diff.groups {
        self::group(group, &[], out);
    }
}

fn side(name: &str, side: &Side) -> String {
    format!(
        "- {name}: {} at {}, {}, suite {}, {}",
        code(&side.image),
        code(&side.base_url),
        side.shape.unwrap_or("nothing learned"),
        code(&side.suite),
        side.created
    )
}

/// A group, and by what it is excused.
pub(super) fn group(group: &Group, excused: &[String], out: &mut String) {
    let sign = match group.direction {
        Direction::Regression => "❌ Regression",
        Direction::Untold => "❔ Could not tell",
        Direction::Change => "🔹 Change",
        Direction::Improvement => "✅ Improvement",
    };
    let _ = writeln!(out, "\n### {sign}: {}\n", prose(&group.title));
    for by in excused {
        let _ = writeln!(out, "{}\n", prose(by));
    }
    if let Some(cause) = &group.cause {
        let what = |appeared: bool| if appeared { "Found now" } else { "No longer found" };
        let ids = |appeared: bool| -> Vec<String> {
            cause.also.iter().filter(|(_, came)| *came == appeared).map(|(id, _)| code(id)).collect()
        };
        let own = format!("{} ({})", code(cause.id), cause.severity.as_str());
        let all = std::iter::once(own).chain(ids(cause.appeared)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "{}: {all}\n", what(cause.appeared));
        let opposite = ids(!cause.appeared);
        // Where nothing can be told, that a finding is not made says nothing.
        if !opposite.is_empty() && group.direction != Direction::Untold {
            let _ = writeln!(out, "{}: {}\n", what(!cause.appeared), opposite.join(", "));
        }
    }
    for path in &group.paths {
        let _ = writeln!(
            out,
            "- path {}: {} → {}. {}",
            code(&path.id),
            path.before.as_str(),
            path.after.as_str(),
            prose(&path.why)
        );
    }
    let cells = group.cells().count();
    if cells == 0 {
        return;
    }
    let blank = if group.paths.is_empty() { "" } else { "\n" };
    let _ = writeln!(out, "{blank}<details><summary>{}</summary>\n", text::count(cells, "cell"));
    for transition in &group.transitions {
        let _ = writeln!(out, "- {} → {}", code(&transition.before), code(&transition.after));
        for cell in &transition.cells {
            let _ = writeln!(out, "  - {}", code(&cell.0));
        }
    }
    let _ = writeln!(out, "\n</details>");
}

#[cfg(test)]
mod tests {
    use crate::compare::Direction;
    use crate::render::compared::fixture;

    /// What came with a cause is not told as gone with it.
    #[test]
    fn findings_stand_on_the_side_on_which_they_are() {
        let mut group = fixture::caused(Direction::Regression, "");
        if let Some(cause) = &mut group.cause {
            cause.also = vec![("etag-weak", true), ("n-ignored", false)];
        }
        let mut told = String::new();
        super::group(&group, &[], &mut told);
        assert!(told.contains("Found now: `head-405` (warning), `etag-weak`\n"), "{told}");
        assert!(told.contains("No longer found: `n-ignored`\n"), "{told}");
    }
}
