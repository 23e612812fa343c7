//! What differs cell by cell: a row of the table.

use crate::compare::side_by_side::Row;
use crate::render::html::text;
use crate::render::text as words;

/// Cells that differ alike.
pub(super) struct DifferRow {
    /// `73 cells`; nothing where there is one.
    pub(super) count: String,
    /// What they have in common, or the one.
    pub(super) common: String,
    /// Every cell by its id; none where it is named already.
    pub(super) cells: Vec<String>,
    pub(super) values: Vec<Value>,
}

/// What one registry does with them.
pub(super) struct Value {
    pub(super) words: Vec<String>,
    /// Whether most do something else.
    pub(super) odd: bool,
}

pub(super) fn row(row: &Row) -> DifferRow {
    let most = most(&row.values);
    let cells = row.cells.iter().map(|c| text::line(&c.0));
    let count = if row.cells.len() > 1 { words::count(row.cells.len(), "cell") } else { String::new() };
    let common = row.label.strip_prefix(&count).unwrap_or(&row.label).trim();
    DifferRow {
        common: text::line(common),
        count,
        cells: if row.cells.len() > 1 { cells.collect() } else { Vec::new() },
        values: row
            .values
            .iter()
            .map(|value| Value {
                words: text::line(value).split(' ').map(str::to_owned).collect(),
                odd: most.is_some_and(|m| m != value),
            })
            .collect(),
    }
}

/// What more than half of them do, if anything. Nobody is the odd one out of two.
fn most(values: &[String]) -> Option<&String> {
    let count = |value: &String| values.iter().filter(|v| *v == value).count();
    values.iter().find(|v| count(v) * 2 > values.len())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_odd_one_is_told_by_the_majority() {
        let most = |values: &[&str]| {
            let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
            super::most(&values).cloned()
        };
        assert_eq!(most(&["a", "b"]), None);
        assert_eq!(most(&["a", "b", "a"]).as_deref(), Some("a"));
        assert_eq!(most(&["a", "b", "c"]), None);
        assert_eq!(most(&["a", "a", "b", "b"]), None);
        assert_eq!(most(&[]), None);
    }
}
