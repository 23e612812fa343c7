//! What changed, for a person: causes first, the cells under them.

use std::collections::BTreeMap;

use crate::compare::check::{Checked, Flaky, Passed};
use crate::compare::{Cause, Diff, Direction, Group, PathChange, Side};
use crate::render::escape;
use crate::render::style::{Tone, paint};
use crate::render::table::TableOptions;
use crate::render::text;

/// Cells named under a transition before the rest is only counted.
const CELLS: usize = 8;
/// Findings named beside the one that explains a group before the rest is only counted.
const OTHERS: usize = 4;
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
    let changed = checked.diff.as_ref().is_none_or(|d| d.going(Direction::Regression).next().is_some());
    let (sign, tone) = match checked.passed {
        // Without a baseline there is no before; and one that is replaced is told by what follows.
        Passed::Yes if changed => ("✔ passed", Tone::Good),
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
    flaky(&checked.flaky, options, &mut lines);
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

/// Dozens that did the same are one block.
fn flaky(all: &[Flaky], options: &TableOptions, lines: &mut Vec<String>) {
    let mut blocks: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for flaky in all {
        blocks.entry((&flaky.first, &flaky.again)).or_default().push(&flaky.cell.0);
    }
    for ((first, again), cells) in blocks {
        let more = if cells.len() > 1 { format!(" and {} more", cells.len() - 1) } else { String::new() };
        lines.push(String::new());
        lines.extend(headed("~ flaky", Tone::Odd, &format!("{}{more}", cells[0]), options));
        lines.push(format!("    first  {}", escape::cell(first, 300)));
        lines.push(format!("    again  {}", escape::cell(again, 300)));
    }
}

fn head(diff: &Diff, options: &TableOptions) -> Vec<String> {
    let mut lines = side("before", &diff.before, options);
    lines.extend(side("after ", &diff.after, options));
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
        // Groups that are known to be bad are no longer among these.
        return match diff.changed {
            _ if diff.compared == 0 => "Nothing could be compared.".to_owned(),
            0 if diff.partial => format!("No difference in {compared}, which is all that could be compared."),
            0 => format!("No difference in {compared}."),
            n => format!("{n} of {compared} changed, and all of that is known to be bad."),
        };
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

fn side(name: &str, side: &Side, options: &TableOptions) -> Vec<String> {
    let mut parts = vec![escape::cell(&side.image, 120)];
    // It says nothing new where the image was written with it.
    if !side.image.starts_with(&format!("{}/", side.base_url)) {
        parts.push(escape::cell(&side.base_url, 100));
    }
    parts.push(side.shape.unwrap_or("nothing learned").to_owned());
    parts.push(escape::cell(&side.suite, 20));
    parts.push(side.created.clone());
    text::join(&parts, " · ", options.width, &format!("{name}  "))
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

/// The finding that explains a group, and what came and went with it.
fn found(cause: &Cause, direction: Direction, options: &TableOptions, lines: &mut Vec<String>) {
    let others = |appeared: bool| -> Vec<&str> {
        cause.also.iter().filter(|(_, came)| *came == appeared).map(|(id, _)| *id).collect()
    };
    let (came, went) = (others(true), others(false));
    let (own, other) = if cause.appeared { (came, went) } else { (went, came) };
    let words = if cause.appeared {
        ["found now", ", and with it ", "no longer found"]
    } else {
        ["no longer found", ", nor ", "found now"]
    };
    let [what, with, opposite] = words;
    let with = if own.is_empty() { String::new() } else { format!("{with}{}", listed(&own, options)) };
    let words = format!("{what}: {} ({}){with}", cause.id, cause.severity.as_str());
    lines.extend(text::wrap(&words, options.width, "    "));
    // Where nothing can be told, that a finding is not made says nothing.
    if !other.is_empty() && direction != Direction::Untold {
        let words = format!("{opposite}: {}", listed(&other, options));
        lines.extend(text::wrap(&words, options.width, "    "));
    }
}

fn listed(ids: &[&str], options: &TableOptions) -> String {
    let shown = if options.verbose > 0 || ids.len() <= OTHERS + 1 { ids.len() } else { OTHERS };
    let mut words = ids.iter().take(shown).copied().collect::<Vec<_>>().join(", ");
    if shown < ids.len() {
        words.push_str(&format!(" and {} others; -v lists them", ids.len() - shown));
    }
    words
}

/// Paths with the same verdicts for the same reason stand in one line.
fn paths(group: &Group, options: &TableOptions, lines: &mut Vec<String>) {
    let alike = |a: &PathChange, b: &PathChange| a.before == b.before && a.after == b.after && a.why == b.why;
    for (at, path) in group.paths.iter().enumerate() {
        if group.paths.iter().take(at).any(|earlier| alike(earlier, path)) {
            continue;
        }
        let ids: Vec<&str> =
            group.paths.iter().filter(|other| alike(path, other)).map(|p| p.id.as_str()).collect();
        let word = if ids.len() == 1 { "path" } else { "paths" };
        let (before, after) = (path.before.as_str(), path.after.as_str());
        let words = format!("{word} {}: {before} → {after}; {}", ids.join(", "), path.why);
        lines.extend(text::wrap(words.trim_end_matches("; "), options.width, "    "));
    }
}

/// What each of them did before is of no use to who waits for an answer.
fn untold(group: &Group, options: &TableOptions, lines: &mut Vec<String>) {
    let mut ends: Vec<(&str, usize)> = Vec::new();
    for transition in &group.transitions {
        match ends.iter_mut().find(|(after, _)| *after == transition.after) {
            Some((_, cells)) => *cells += transition.cells.len(),
            None => ends.push((&transition.after, transition.cells.len())),
        }
    }
    let rest: usize = ends.iter().skip(TRANSITIONS).map(|(_, cells)| cells).sum();
    for (after, cells) in ends.into_iter().take(TRANSITIONS) {
        let words = format!("{}: {}", escape::cell(after, 300), text::count(cells, "cell"));
        lines.extend(text::wrap(&words, options.width, "    "));
    }
    let more = if rest > 0 { format!("and {} more; ", text::count(rest, "cell")) } else { String::new() };
    lines.push(format!("    {more}-v lists them"));
}

fn group(group: &Group, options: &TableOptions, lines: &mut Vec<String>) {
    let (sign, tone) = word(group.direction);
    lines.extend(headed(sign, tone, &group.title, options));
    if let Some(cause) = &group.cause {
        found(cause, group.direction, options, lines);
        if !group.shared.is_empty() && group.cells().count() > 1 {
            let words = format!("all of them: {}", group.shared.join(" "));
            lines.extend(text::wrap(&words, options.width, "    "));
        }
    }
    paths(group, options, lines);
    let all = options.verbose > 0;
    if group.direction == Direction::Untold && !all {
        untold(group, options, lines);
        return;
    }
    for (at, transition) in group.transitions.iter().enumerate() {
        if at == TRANSITIONS && !all {
            let rest: usize = group.transitions.iter().skip(at).map(|t| t.cells.len()).sum();
            lines.push(format!(
                "    and {} more, with other answers; -v lists them",
                text::count(rest, "cell")
            ));
            break;
        }
        // The same answers may be a loss to who named a type, and none to who did not.
        if transition.direction != group.direction {
            let words = format!("    for these, {}:", transition.direction.as_str());
            lines.push(paint(&words, Tone::Dim, options.color));
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
