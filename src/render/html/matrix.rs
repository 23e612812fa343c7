//! The heat map as the template takes it.

use std::collections::HashSet;

use super::context::Context;
use super::heat::{self, Row};
use super::mark::{self, Mark};
use super::text;
use crate::report::CellView;

pub(super) struct MatrixView {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<RowView>,
    pub(super) unsent: Vec<UnsentView>,
    /// The values of each axis that occur, for the filter.
    pub(super) axes: Vec<Axis>,
    /// How many cells break a rule.
    pub(super) anomalies: usize,
}

pub(super) struct Axis {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) values: Vec<String>,
}

pub(super) struct RowView {
    pub(super) head: Head,
    pub(super) squares: Vec<Option<Square>>,
    /// Whether another endpoint begins here.
    pub(super) begins: bool,
}

pub(super) struct Head {
    pub(super) method: &'static str,
    pub(super) endpoint: &'static str,
    pub(super) subject: &'static str,
}

pub(super) struct Square {
    pub(super) n: usize,
    pub(super) id: String,
    pub(super) mark: Mark,
    /// Whether it lies outside what the specs allow.
    pub(super) anomaly: bool,
}

pub(super) struct UnsentView {
    pub(super) head: Head,
    pub(super) first: usize,
    pub(super) why: String,
}

/// The matrix, or nothing where nothing of it was planned; and the cells that it shows.
pub(super) fn build(context: &Context<'_>) -> (Option<MatrixView>, HashSet<usize>) {
    let heat = heat::build(context.report);
    let mut placed: HashSet<usize> = HashSet::new();
    for row in heat.rows.iter().chain(heat.unsent.iter().map(|u| &u.row)) {
        placed.extend(row.cells.iter().flatten());
    }
    if placed.is_empty() {
        return (None, placed);
    }
    let mut axes = vec![
        Axis { name: "method", label: "Method", values: Vec::new() },
        Axis { name: "endpoint", label: "Endpoint", values: Vec::new() },
        Axis { name: "subject", label: "Subject", values: Vec::new() },
        Axis { name: "accept", label: "Accept", values: heat.columns.clone() },
    ];
    let mut rows: Vec<RowView> = Vec::new();
    let mut anomalies = 0;
    for row in &heat.rows {
        let head = head(row);
        for (axis, value) in axes.iter_mut().zip([head.method, head.endpoint, head.subject]) {
            if !axis.values.iter().any(|v| v == value) {
                axis.values.push(value.to_owned());
            }
        }
        let square = |n: &Option<usize>| n.map(|n| square(n, &context.report.cells[n], context));
        let squares: Vec<Option<Square>> = row.cells.iter().map(square).collect();
        anomalies += squares.iter().flatten().filter(|s| s.anomaly).count();
        let begins = rows.last().is_some_and(|last| last.head.endpoint != head.endpoint);
        rows.push(RowView { head, squares, begins });
    }
    let unsent = heat.unsent.iter().map(|unsent| UnsentView {
        head: head(&unsent.row),
        first: context.first.cells + unsent.row.cells.iter().flatten().next().copied().unwrap_or_default(),
        why: unsent.why.clone(),
    });
    let unsent = unsent.collect();
    (Some(MatrixView { columns: heat.columns, rows, unsent, axes, anomalies }), placed)
}

fn head(row: &Row) -> Head {
    Head {
        method: row.method.as_str(),
        endpoint: row.endpoint.as_str(),
        subject: row.subject.map_or("", |s| s.as_str()),
    }
}

/// A cell of the report as a square.
pub(super) fn square(n: usize, cell: &CellView, context: &Context<'_>) -> Square {
    Square {
        n: context.first.cells + n,
        id: text::line(&cell.id.0),
        mark: mark::of(cell),
        anomaly: context.cites(cell).is_some(),
    }
}
