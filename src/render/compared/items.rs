//! A comparison as a list of entries, each with its weight. The formats of CI start from it, so that what they show
//! as a failure and what the exit code says cannot part.

use crate::compare::check::{Checked, Excused, Flaky, Passed};
use crate::compare::expect::Unmet;
use crate::compare::{Diff, Direction, Group};
use crate::plan::CellId;
use crate::render::text;

/// Cells named with a transition before the rest is only counted.
const CELLS: usize = 50;

/// What an entry does to the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Weight {
    /// It fails the check: exit code 1.
    Fails,
    /// It could not be told: exit code 3, unless something fails.
    Untold,
    /// It is told and counts for nothing.
    Told,
    /// It would count, and is known to be bad.
    Excused,
    /// It did otherwise when it was asked again.
    Flaky,
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Part {
    /// What changed.
    Baseline,
    /// Cells that flap.
    Flaky,
    /// What was expected.
    Expectations,
}

/// An entry.
#[derive(Debug, Clone)]
pub(in crate::render) struct Item<'a> {
    pub(in crate::render) weight: Weight,
    pub(in crate::render) part: Part,
    /// `regression`, `expectation`, ...
    pub(in crate::render) kind: &'static str,
    /// The cause's id, or one that stays the same from run to run.
    pub(in crate::render) rule: &'static str,
    /// What it is called in a list: short, and the same from run to run.
    pub(in crate::render) name: String,
    /// One line.
    pub(in crate::render) title: String,
    /// What there is to say about it, a line each.
    pub(in crate::render) words: Vec<String>,
    /// Why it is excused.
    pub(in crate::render) excused: Vec<String>,
    /// The cells that it is about.
    pub(in crate::render) cells: Vec<&'a CellId>,
}

impl Item<'_> {
    /// The words without the list of cells, which begin with blanks.
    pub(in crate::render) fn gist(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str).filter(|line| !line.starts_with(' '))
    }

    /// Whether it only says how the whole ended.
    pub(in crate::render) fn is_result(&self) -> bool {
        self.kind == "result"
    }
}

/// What a rule of ours that is no finding is about.
pub(in crate::render) fn about(rule: &str) -> &'static str {
    match rule {
        "regression-without-a-finding" => "What worked no longer does, and no finding explains it",
        "untold-without-a-finding" => "What was told before cannot be told now",
        "change-without-a-finding" => "Something is otherwise, neither better nor worse",
        "improvement-without-a-finding" => "What did not work now does",
        "expectation-unmet" => "An expectation is not met",
        "expectation-could-not-tell" => "Whether an expectation is met could not be told",
        "flaky-cell" => "A request was answered otherwise when it was sent again",
        _ => "How the comparison ended",
    }
}

/// The cells that entries are about, each once.
pub(in crate::render) fn cells<'a>(items: &[Item<'a>]) -> Vec<&'a CellId> {
    let mut cells: Vec<&CellId> = items.iter().flat_map(|i| i.cells.iter().copied()).collect();
    cells.sort();
    cells.dedup();
    cells
}

/// The entries of a difference: what would fail a check fails.
pub(in crate::render) fn of_diff(diff: &Diff) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = diff.groups.iter().map(|g| group(g, weight(g.direction))).collect();
    if items.is_empty() {
        items.push(whole(diff, "none changed"));
    }
    apart(&mut items);
    items
}

/// The entries of a check. One fails iff the exit code is 1; where none does, one is untold iff it is 3.
pub(in crate::render) fn of_check(checked: &Checked) -> Vec<Item<'_>> {
    // After an update, or where nothing may be concluded, the groups are told and decide nothing.
    let at_most = |weight: Weight| match (checked.passed, weight) {
        (Passed::Yes, Weight::Fails | Weight::Untold) => Weight::Told,
        (Passed::Untold, Weight::Fails) => Weight::Untold,
        _ => weight,
    };
    let groups = checked.diff.iter().flat_map(|d| &d.groups);
    let mut items: Vec<Item<'_>> = groups.map(|g| group(g, at_most(weight(g.direction)))).collect();
    items.extend(checked.excused.iter().map(excused));
    items.extend(checked.flaky.iter().map(flaky));
    items.extend(checked.unmet.iter().map(|u| {
        let mut item = unmet(u);
        item.weight = at_most(item.weight);
        item
    }));
    items.extend(end(checked, &items));
    apart(&mut items);
    items
}

/// What is to be said of the whole, where no entry says it.
fn end<'a>(checked: &Checked, items: &[Item<'a>]) -> Option<Item<'a>> {
    let has = |weight: Weight| items.iter().any(|i| i.weight == weight);
    let why = match &checked.diff {
        Some(diff) if diff.compared == 0 => Some("no cell could be compared with the baseline"),
        Some(diff) if diff.partial => Some(
            "what is behind the reference is something else than in the baseline: only a part was compared",
        ),
        _ => None,
    };
    let alone = |weight, rule, title: &str| Item {
        weight,
        part: if checked.diff.is_some() { Part::Baseline } else { Part::Expectations },
        kind: "result",
        rule,
        name: "result".to_owned(),
        title: title.to_owned(),
        words: checked
            .diff
            .iter()
            .flat_map(|d| &d.remarks)
            .chain(&checked.remarks)
            .map(|r| flat(r))
            .collect(),
        excused: Vec::new(),
        cells: Vec::new(),
    };
    match (checked.passed, why) {
        (Passed::No, _) if !has(Weight::Fails) => Some(alone(Weight::Fails, "failed", "the check failed")),
        (Passed::No | Passed::Untold, Some(why)) => Some(alone(Weight::Untold, "could-not-tell", why)),
        (Passed::Untold, None) if !has(Weight::Untold) => {
            Some(alone(Weight::Untold, "could-not-tell", "the run could not tell enough to be judged"))
        }
        _ => match &checked.diff {
            Some(diff) if diff.is_empty() && checked.excused.is_empty() => Some(whole(diff, "none changed")),
            Some(diff) if diff.is_empty() => Some(whole(diff, "what changed is known")),
            None if items.is_empty() => Some(alone(Weight::Told, "as-expected", "every expectation is met")),
            _ => None,
        },
    }
}

fn whole<'a>(diff: &Diff, what: &str) -> Item<'a> {
    Item {
        weight: Weight::Told,
        part: Part::Baseline,
        kind: "result",
        rule: "nothing-changed",
        name: "result".to_owned(),
        title: format!("{} compared, {what}", text::count(diff.compared, "cell")),
        words: diff.remarks.iter().map(|r| flat(r)).collect(),
        excused: Vec::new(),
        cells: Vec::new(),
    }
}

fn weight(direction: Direction) -> Weight {
    match direction {
        Direction::Regression => Weight::Fails,
        Direction::Untold => Weight::Untold,
        Direction::Change | Direction::Improvement => Weight::Told,
    }
}

fn group(group: &Group, weight: Weight) -> Item<'_> {
    let rule = match (&group.cause, group.direction) {
        (Some(cause), _) => cause.id,
        (None, Direction::Regression) => "regression-without-a-finding",
        (None, Direction::Untold) => "untold-without-a-finding",
        (None, Direction::Change) => "change-without-a-finding",
        (None, Direction::Improvement) => "improvement-without-a-finding",
    };
    let steps = group.paths.iter().filter_map(|p| p.step.as_ref());
    let mut cells: Vec<&CellId> = group.cells().collect();
    cells.extend(steps.filter(|step| !group.cells().any(|c| c == *step)));
    Item {
        weight,
        part: Part::Baseline,
        kind: group.direction.as_str(),
        rule,
        name: group.cause.as_ref().map_or_else(|| group.title.clone(), |c| c.id.to_owned()),
        title: group.title.clone(),
        words: words(group),
        excused: Vec::new(),
        cells,
    }
}

fn excused(excused: &Excused) -> Item<'_> {
    let mut item = group(&excused.group, Weight::Excused);
    item.excused.clone_from(&excused.by);
    item
}

fn flaky(flaky: &Flaky) -> Item<'_> {
    Item {
        weight: Weight::Flaky,
        part: Part::Flaky,
        kind: "flaky",
        rule: "flaky-cell",
        name: flaky.cell.0.clone(),
        title: format!("{} flaps: {}, and then {}", flaky.cell.0, flaky.first, flaky.again),
        words: vec![format!("first  {}", flat(&flaky.first)), format!("again  {}", flat(&flaky.again))],
        excused: Vec::new(),
        cells: vec![&flaky.cell],
    }
}

fn unmet(unmet: &Unmet) -> Item<'_> {
    let (weight, rule) = if unmet.told {
        (Weight::Fails, "expectation-unmet")
    } else {
        (Weight::Untold, "expectation-could-not-tell")
    };
    let mut words =
        vec![format!("expected: {}", flat(&unmet.expected)), format!("seen: {}", flat(&unmet.seen))];
    if !unmet.why.trim().is_empty() {
        words.push(format!("why: {}", flat(&unmet.why)));
    }
    Item {
        weight,
        part: Part::Expectations,
        kind: "expectation",
        rule,
        name: unmet.expected.clone(),
        title: format!("{}; seen: {}", unmet.expected, unmet.seen),
        words,
        excused: Vec::new(),
        cells: Vec::new(),
    }
}

/// The finding, the paths, and the cells with what they did before and do now.
fn words(group: &Group) -> Vec<String> {
    let mut lines = vec![];
    if let Some(cause) = &group.cause {
        let what = if cause.appeared { "found now" } else { "no longer found" };
        lines.push(format!("{what}: {} ({})", cause.id, cause.severity.as_str()));
        lines.extend(cause.also.iter().map(|(id, appeared)| {
            format!("{}: {id}", if *appeared { "and with it" } else { "and no longer" })
        }));
    }
    if !group.shared.is_empty() && group.cells().count() > 1 {
        lines.push(format!("all of them: {}", flat(&group.shared.join(" "))));
    }
    for path in &group.paths {
        let why = if path.why.trim().is_empty() { String::new() } else { format!("; {}", flat(&path.why)) };
        lines.push(format!(
            "path {}: {} → {}{why}",
            flat(&path.id),
            path.before.as_str(),
            path.after.as_str()
        ));
    }
    for transition in &group.transitions {
        lines.push(format!("{} → {}", flat(&transition.before), flat(&transition.after)));
        lines.extend(transition.cells.iter().take(CELLS).map(|c| format!("    {}", flat(&c.0))));
        if let Some(more) = transition.cells.len().checked_sub(CELLS).filter(|n| *n > 0) {
            lines.push(format!("    and {more} more"));
        }
    }
    lines
}

/// Names that would be the same twice are numbered: viewers keep tests apart by them.
fn apart(items: &mut [Item<'_>]) {
    for at in 1..items.len() {
        let (before, rest) = items.split_at_mut(at);
        let Some(item) = rest.first_mut() else { continue };
        let taken = |name: &str| before.iter().any(|i| i.part == item.part && i.name == name);
        if taken(&item.name) {
            let free = (2..).map(|n| format!("{} ({n})", item.name)).find(|name| !taken(name));
            item.name = free.unwrap_or_default();
        }
    }
}

/// A stranger's line ends could fake a line of ours.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
