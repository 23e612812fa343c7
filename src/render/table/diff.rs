//! What changed, for a person: causes first, the cells under them.

use crate::compare::check::{Checked, Passed};
use crate::compare::{Diff, Direction, Group, Side};
use crate::render::escape;
use crate::render::style::{Tone, paint};
use crate::render::table::TableOptions;
use crate::render::text;

/// Cells named under a transition before the rest is only counted.
const CELLS: usize = 8;
/// Transitions shown under a group.
const TRANSITIONS: usize = 6;

fn word(direction: Direction) -> (&'static str, Tone) {
    match direction {
        Direction::Regression => ("✘ regression", Tone::Bad),
        Direction::Untold => ("? could not tell", Tone::Odd),
        Direction::Change => ("· change", Tone::Plain),
        Direction::Improvement => ("✔ improvement", Tone::Good),
    }
}

/// What changed between two reports.
pub fn diff(diff: &Diff, options: &TableOptions) -> String {
    let mut lines = head(diff, options);
    groups(&diff.groups, options, &mut lines);
    lines.join("\n") + "\n"
}

/// A check: its end first, then what counts, then what does not.
pub fn check(checked: &Checked, options: &TableOptions) -> String {
    let (sign, tone) = match checked.passed {
        Passed::Yes => ("✔ as before", Tone::Good),
        Passed::No => ("✘ failed", Tone::Bad),
        Passed::Untold => ("? could not tell", Tone::Odd),
    };
    let image = escape::cell(&checked.image, 200);
    let mut lines = vec![format!("{}  {image}", paint(sign, tone, options.color))];
    for unmet in &checked.unmet {
        let (word, tone) =
            if unmet.told { ("✘ unmet", Tone::Bad) } else { ("? could not tell", Tone::Odd) };
        lines.push(String::new());
        let what = format!("{}; seen: {}", unmet.expected, unmet.seen);
        lines.extend(headed(word, tone, &what, options));
        if !unmet.why.is_empty() {
            lines.extend(text::wrap(&unmet.why, options.width, "    "));
        }
    }
    if let Some(diff) = &checked.diff {
        lines.push(String::new());
        lines.extend(head(diff, options));
        groups(&diff.groups, options, &mut lines);
    }
    for flaky in &checked.flaky {
        lines.push(String::new());
        lines.extend(headed("~ flaky", Tone::Odd, &flaky.cell.0, options));
        lines.push(format!("    first  {}", escape::cell(&flaky.first, 300)));
        lines.push(format!("    again  {}", escape::cell(&flaky.again, 300)));
    }
    for excused in &checked.excused {
        lines.push(String::new());
        lines.extend(headed("· known", Tone::Dim, &excused.group.title, options));
        for by in &excused.by {
            lines.extend(text::wrap(by, options.width, "    "));
        }
        let cells = excused.group.cells().count();
        if cells > 0 {
            lines.push(format!("    {}", text::count(cells, "cell")));
        }
    }
    for remark in &checked.remarks {
        lines.push(String::new());
        lines.extend(text::wrap(remark, options.width, "! "));
    }
    lines.join("\n") + "\n"
}

fn head(diff: &Diff, options: &TableOptions) -> Vec<String> {
    let mut lines = vec![side("before", &diff.before), side("after ", &diff.after)];
    for remark in &diff.remarks {
        lines.extend(text::wrap(remark, options.width, "! "));
    }
    lines.push(summary(diff));
    lines
}

/// `1 regression, 2 changes; 533 cells compared, 12 of them changed`
pub(in crate::render) fn summary(diff: &Diff) -> String {
    let compared = text::count(diff.compared, "cell");
    if diff.is_empty() {
        return format!("No difference in {compared}.");
    }
    let count = |direction: Direction| {
        let n = diff.going(direction).count();
        (n > 0).then(|| match direction {
            Direction::Untold => format!("{n} that could not be told"),
            other => text::count(n, other.as_str()),
        })
    };
    let all = [Direction::Regression, Direction::Untold, Direction::Change, Direction::Improvement];
    let words: Vec<String> = all.into_iter().filter_map(count).collect();
    format!("{}; {compared} compared, {} of them changed", words.join(", "), diff.changed)
}

fn side(name: &str, side: &Side) -> String {
    let mut parts = vec![escape::cell(&side.image, 120), escape::cell(&side.base_url, 100)];
    parts.push(side.shape.unwrap_or("nothing learned").to_owned());
    parts.push(escape::cell(&side.suite, 20));
    parts.push(side.created.clone());
    format!("{name}  {}", parts.join(" · "))
}

fn headed(word: &str, tone: Tone, title: &str, options: &TableOptions) -> Vec<String> {
    let indent = format!("{word}  ");
    let mut lines = text::wrap(title, options.width, &indent);
    if let Some(first) = lines.first_mut()
        && let Some(rest) = first.strip_prefix(word)
    {
        *first = format!("{}{rest}", paint(word, tone, options.color));
    }
    lines
}

fn groups(groups: &[Group], options: &TableOptions, lines: &mut Vec<String>) {
    for group in groups {
        lines.push(String::new());
        self::group(group, options, lines);
    }
}

fn group(group: &Group, options: &TableOptions, lines: &mut Vec<String>) {
    let (sign, tone) = word(group.direction);
    lines.extend(headed(sign, tone, &group.title, options));
    if let Some(cause) = &group.cause {
        let what = if cause.appeared { "found now" } else { "no longer found" };
        let also: String = cause
            .also
            .iter()
            .map(|(id, appeared)| {
                format!(", {} {id}", if *appeared { "and with it" } else { "and no longer" })
            })
            .collect();
        let words = format!("{what}: {} ({}){also}", cause.id, cause.severity.as_str());
        lines.extend(text::wrap(&words, options.width, "    "));
        if !group.shared.is_empty() && group.cells().count() > 1 {
            lines.extend(text::wrap(
                &format!("all of them: {}", group.shared.join(" ")),
                options.width,
                "    ",
            ));
        }
    }
    for path in &group.paths {
        let words =
            format!("path {}: {} → {}; {}", path.id, path.before.as_str(), path.after.as_str(), path.why);
        lines.extend(text::wrap(words.trim_end_matches("; "), options.width, "    "));
    }
    let all = options.verbose > 0;
    for (at, transition) in group.transitions.iter().enumerate() {
        if at == TRANSITIONS && !all {
            let rest: usize = group.transitions.iter().skip(at).map(|t| t.cells.len()).sum();
            lines.push(format!(
                "    and {} more, with other answers; -v lists them",
                text::count(rest, "cell")
            ));
            break;
        }
        lines.push(format!("    - {}", escape::cell(&transition.before, 300)));
        lines.push(format!("    + {}", escape::cell(&transition.after, 300)));
        let shown = if all || transition.cells.len() <= CELLS + 1 { transition.cells.len() } else { CELLS };
        for cell in transition.cells.iter().take(shown) {
            lines.push(paint(&format!("        {}", escape::cell(&cell.0, 200)), Tone::Dim, options.color));
        }
        if shown < transition.cells.len() {
            lines.push(format!("        and {} more; -v lists them", transition.cells.len() - shown));
        }
    }
}
