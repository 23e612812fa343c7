//! A check, for a thread or the summary of a job.

use std::fmt::Write as _;

use super::diff::{changes, group};
use super::escape::{code, prose};
use super::items::{self, Weight};
use crate::compare::check::{Checked, Passed};

/// How it ended first, then what counts, then what does not.
pub fn check(checked: &Checked) -> String {
    let end = match checked.passed {
        Passed::Yes => "✅ As before",
        Passed::No => "❌ Failed",
        Passed::Untold => "❔ Could not tell",
    };
    let mut out = format!("## {end}: {}\n", code(&checked.image));
    let items = items::of_check(checked);
    if let Some(why) = items.iter().find(|i| i.is_result() && i.weight == Weight::Untold) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\n{}", prose(&why.title));
    }
    for remark in &checked.remarks {
        let _ = writeln!(out, "\n> {}", prose(remark));
    }
    for unmet in &checked.unmet {
        let sign = if unmet.told { "❌ Not as expected" } else { "❔ Could not tell" };
        let _ = writeln!(out, "\n### {sign}: {}\n\nSeen: {}", code(&unmet.expected), code(&unmet.seen));
        if !unmet.why.trim().is_empty() {
            let _ = writeln!(out, "\nWhy it is expected: {}", prose(&unmet.why));
        }
    }
    if let Some(diff) = &checked.diff {
        out.push('\n');
        changes(diff, &mut out);
    }
    if !checked.flaky.is_empty() {
        out.push_str(
            "\n### 🔁 Flaky\n\nAsked again, these were answered otherwise, and what came then counts.\n\n",
        );
        for flaky in &checked.flaky {
            let _ = writeln!(
                out,
                "- {}: {}, and then {}",
                code(&flaky.cell.0),
                code(&flaky.first),
                code(&flaky.again)
            );
        }
    }
    if !checked.excused.is_empty() {
        out.push_str("\n## Known to be bad\n");
        for excused in &checked.excused {
            group(&excused.group, &excused.by, &mut out);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::compared::{diff, fixture};
    use crate::render::escape;

    #[test]
    fn it_reads_well() {
        insta::assert_snapshot!("check", check(&fixture::check("<b>reason</b>")));
    }

    #[test]
    fn nothing_acts() {
        for nasty in escape::NASTY {
            for text in [check(&fixture::check(nasty)), diff(&fixture::diff(nasty))] {
                // So a bare address becomes no link.
                let plain = text.replace(":\u{2060}", ":");
                assert!(plain.chars().all(|c| c == '\n' || !escape::is_deceptive(c)), "{nasty:?}");
                let outside = |line: &str| {
                    line.split('`')
                        .step_by(2)
                        .any(|part| part.contains("<script") || part.contains("@someone"))
                };
                assert!(!text.lines().any(outside), "{nasty:?}: {text}");
            }
        }
    }
}
