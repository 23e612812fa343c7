//! What stands outside the matrix: other endpoints, and requests that differ from the plain one in some factor.

use std::collections::{HashMap, HashSet};

use super::context::Context;
use super::mark::{self, Mark};
use super::matrix::{self, Square};
use crate::exchange::Method;
use crate::plan::{Endpoint, Subject};
use crate::report::CellView;

pub(super) struct OtherRow {
    pub(super) square: Square,
    pub(super) method: &'static str,
    pub(super) endpoint: &'static str,
    pub(super) subject: &'static str,
    /// What the plain request got, where there is one.
    pub(super) plain: Option<Mark>,
    /// Whether that is something else.
    pub(super) differs: bool,
}

type Key<'a> = (Method, Endpoint, Option<Subject>, &'a str);

/// Every cell that is not in the matrix, in the plan's order.
pub(super) fn build(context: &Context<'_>, placed: &HashSet<usize>) -> Vec<OtherRow> {
    let cells = &context.report.cells;
    let plain: HashMap<Key<'_>, &CellView> =
        cells.iter().filter(|c| !c.varied).map(|c| (key(c), c)).collect();
    let mut rows = Vec::new();
    for (n, cell) in cells.iter().enumerate().filter(|(n, _)| !placed.contains(n)) {
        let control = plain.get(&key(cell)).copied().filter(|_| cell.varied);
        rows.push(OtherRow {
            square: matrix::square(n, cell, context),
            method: cell.method.as_str(),
            endpoint: cell.endpoint.as_str(),
            subject: cell.subject.map_or("", |s| s.as_str()),
            plain: control.map(mark::of),
            differs: control.is_some_and(|c| c.signature != cell.signature),
        });
    }
    rows
}

fn key(cell: &CellView) -> Key<'_> {
    (cell.method, cell.endpoint, cell.subject, &cell.accept)
}
