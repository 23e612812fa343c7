//! What is drawn, a row each, in the order of its weight.

use crate::compare::check::Checked;
use crate::compare::{Direction, Group};
use crate::render::text::count;

/// A row.
pub(super) struct Row {
    /// As the heat map has them: `good`, `odd`, `bad`, `plain`, `dim`.
    pub(super) tone: &'static str,
    pub(super) words: &'static str,
    pub(super) title: String,
    pub(super) cells: usize,
    /// What stands behind the bar.
    pub(super) counted: String,
}

pub(super) fn of_groups(groups: &[Group]) -> Vec<Row> {
    groups.iter().map(|g| row(told(g.direction), g)).collect()
}

/// What fails it first: unmet expectations, changes, what flaps, what is excused.
pub(super) fn of_check(checked: &Checked) -> Vec<Row> {
    let mut rows: Vec<Row> = checked
        .unmet
        .iter()
        .map(|u| {
            let (tone, words) = if u.told { ("bad", "✘ not met") } else { ("odd", "? could not tell") };
            let counted = format!("seen: {}", u.seen);
            Row { tone, words, title: u.expected.clone(), cells: 0, counted }
        })
        .collect();
    rows.extend(checked.diff.iter().flat_map(|d| of_groups(&d.groups)));
    rows.extend(checked.flaky.iter().map(|f| Row {
        tone: "odd",
        words: "~ flaky",
        title: f.cell.0.clone(),
        cells: 1,
        counted: "1 cell".to_owned(),
    }));
    rows.extend(checked.excused.iter().map(|e| row(("dim", "· known"), &e.group)));
    rows
}

fn told(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Regression => ("bad", "✘ regression"),
        Direction::Untold => ("odd", "? could not tell"),
        Direction::Change => ("plain", "· change"),
        Direction::Improvement => ("good", "✔ improvement"),
    }
}

fn row((tone, words): (&'static str, &'static str), group: &Group) -> Row {
    let cells = group.cells().count();
    let mut counted = Vec::new();
    if cells > 0 {
        counted.push(count(cells, "cell"));
    }
    if !group.paths.is_empty() {
        counted.push(count(group.paths.len(), "path"));
    }
    if counted.is_empty() {
        counted.extend(group.cause.as_ref().map(|c| format!("finding {}", c.id)));
    }
    Row { tone, words, title: group.title.clone(), cells, counted: counted.join(", ") }
}
