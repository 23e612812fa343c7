//! The matrix as a heat map: method, endpoint and subject down, Accept across. The HTML and the SVG draw the same one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::exchange::Method;
use crate::plan::{Endpoint, Subject};
use crate::render::html::text;
use crate::render::table::matrix::is_inside;
use crate::report::{Did, Report};

/// Rows and columns; a cell is an index into the report's cells.
pub(in crate::render) struct Heat {
    /// The names of the Accept values, made visible, in the order of the plan.
    pub(in crate::render) columns: Vec<String>,
    /// Rows of which something was sent; GET and HEAD of one thing stand together.
    pub(in crate::render) rows: Vec<Row>,
    /// Rows of which nothing was sent.
    pub(in crate::render) unsent: Vec<Unsent>,
}

/// A row.
pub(in crate::render) struct Row {
    /// GET or HEAD.
    pub(in crate::render) method: Method,
    /// Where.
    pub(in crate::render) endpoint: Endpoint,
    /// What.
    pub(in crate::render) subject: Option<Subject>,
    /// One per column; `None` where the plan had no such cell.
    pub(in crate::render) cells: Vec<Option<usize>>,
}

/// A row of which nothing was sent, and why.
pub(in crate::render) struct Unsent {
    /// The row.
    pub(in crate::render) row: Row,
    /// The reasons, made visible, once each.
    pub(in crate::render) why: String,
}

impl Row {
    /// `manifests/tag`
    pub(in crate::render) fn place(&self) -> String {
        match self.subject {
            Some(subject) => format!("{}/{}", self.endpoint.as_str(), subject.as_str()),
            None => self.endpoint.as_str().to_owned(),
        }
    }
}

/// The heat map of a report.
pub(in crate::render) fn build(report: &Report) -> Heat {
    let mut columns: Vec<&str> = Vec::new();
    let mut at: HashMap<&str, usize> = HashMap::new();
    let mut rows: BTreeMap<(Endpoint, Option<Subject>, Method), Vec<Option<usize>>> = BTreeMap::new();
    for (n, cell) in report.cells.iter().enumerate().filter(|(_, cell)| is_inside(cell)) {
        let column = *at.entry(&cell.accept).or_insert_with(|| {
            columns.push(&cell.accept);
            columns.len() - 1
        });
        let row = rows.entry((cell.endpoint, cell.subject, cell.method)).or_default();
        row.resize(row.len().max(column + 1), None);
        // A plan holds no cell twice; of a stranger's file the first counts, the others stand below.
        row[column].get_or_insert(n);
    }
    let mut heat = Heat { columns: Vec::new(), rows: Vec::new(), unsent: Vec::new() };
    for ((endpoint, subject, method), mut cells) in rows {
        cells.resize(columns.len(), None);
        let row = Row { method, endpoint, subject, cells };
        match unsent(report, &row) {
            Some(why) => heat.unsent.push(Unsent { row, why }),
            None => heat.rows.push(row),
        }
    }
    heat.columns = columns.into_iter().map(text::line).collect();
    heat
}

/// Why nothing of a row was sent; `None` where something was.
fn unsent(report: &Report, row: &Row) -> Option<String> {
    let mut reasons = BTreeSet::new();
    for cell in row.cells.iter().flatten().filter_map(|n| report.cells.get(*n)) {
        let Did::NotTried(why) = &cell.did else { return None };
        reasons.insert(format!("{}: {}", why.class(), text::line(why.reason())));
    }
    Some(reasons.into_iter().collect::<Vec<_>>().join("; "))
}
