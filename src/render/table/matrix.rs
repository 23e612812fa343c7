//! The matrix as rows and columns, before anything is drawn: columns that behave alike become one.

use std::collections::{BTreeMap, BTreeSet};

use crate::exchange::Method;
use crate::oci::document::BodyKind;
use crate::plan::{Endpoint, Subject};
use crate::render::escape;
use crate::render::table::grid::Piece;
use crate::render::table::shown::{self, Failures};
use crate::report::{CellView, Did, Report};

/// Endpoint and subject by Accept.
pub(super) struct Matrix {
    /// `manifests tag`, ...
    pub(super) rows: Vec<String>,
    /// In the order of the plan.
    pub(super) columns: Vec<Column>,
    /// The kinds of body that occur.
    pub(super) kinds: BTreeSet<BodyKind>,
}

/// One Accept value, or several that behave alike.
pub(super) struct Column {
    /// Their names, escaped.
    pub(super) names: Vec<String>,
    /// One per row; `None` where the plan had no such cell.
    pub(super) pieces: Vec<Option<Piece>>,
}

type Key = (Endpoint, Option<Subject>);

/// Whether a cell stands in the matrix proper.
pub(in crate::render) fn is_inside(cell: &CellView) -> bool {
    !cell.varied && matches!(cell.endpoint, Endpoint::Manifests | Endpoint::Blobs)
}

/// `manifests tag`, `ping`
pub(super) fn label(endpoint: Endpoint, subject: Option<Subject>) -> String {
    match subject {
        Some(subject) => format!("{} {}", endpoint.as_str(), subject.as_str()),
        None => endpoint.as_str().to_owned(),
    }
}

/// The matrix of a report.
pub(super) fn build(report: &Report, failures: &Failures) -> Matrix {
    let inside: Vec<&CellView> = report.cells.iter().filter(|cell| is_inside(cell)).collect();
    // Rows of which no cell was sent say nothing: the section on what was not tried has them.
    let mut asked: BTreeSet<Key> = BTreeSet::new();
    let mut names: Vec<&str> = Vec::new();
    let mut cells: BTreeMap<(Key, &str, Method), &CellView> = BTreeMap::new();
    for cell in &inside {
        let key = (cell.endpoint, cell.subject);
        if !names.contains(&cell.accept.as_str()) {
            names.push(&cell.accept);
        }
        cells.insert((key, &cell.accept, cell.method), cell);
        if !matches!(cell.did, Did::NotTried(_)) {
            asked.insert(key);
        }
    }
    let at = |key, name, method| cells.get(&(key, name, method)).copied();
    let columns = names.iter().map(|name| Column {
        names: vec![escape::cell(name, 40)],
        pieces: asked
            .iter()
            .map(|key| shown::pair(at(*key, name, Method::Get), at(*key, name, Method::Head), failures))
            .collect(),
    });
    Matrix {
        rows: asked.iter().map(|(endpoint, subject)| label(*endpoint, *subject)).collect(),
        columns: columns.filter(|column| column.pieces.iter().any(Option::is_some)).collect(),
        kinds: inside.iter().filter_map(|cell| body_kind(cell)).collect(),
    }
}

fn body_kind(cell: &CellView) -> Option<BodyKind> {
    match &cell.did {
        Did::Answer(answer) if cell.method == Method::Get => {
            let (word, _) = shown::kind_word(answer.kind)?;
            shown::answer(answer, false).contains(&format!(" {word}")).then_some(answer.kind)
        }
        _ => None,
    }
}

impl Matrix {
    /// Columns that are alike in every row that both were planned for, as one. Those with the most rows come first, so
    /// that a column of few cells joins one that is like it, and not the reverse.
    pub(super) fn grouped(self) -> Matrix {
        let filled = |column: &Column| column.pieces.iter().flatten().count();
        let mut order: Vec<(usize, Column)> = self.columns.into_iter().enumerate().collect();
        order.sort_by_key(|(at, column)| (std::cmp::Reverse(filled(column)), *at));
        let mut columns: Vec<(usize, Column)> = Vec::new();
        for (at, column) in order {
            match columns.iter_mut().find(|(_, c)| c.is_like(&column)) {
                Some((_, same)) => same.absorb(column),
                None => columns.push((at, column)),
            }
        }
        columns.sort_by_key(|(at, _)| *at);
        Matrix { columns: columns.into_iter().map(|(_, column)| column).collect(), ..self }
    }
}

impl Column {
    fn is_like(&self, other: &Column) -> bool {
        self.pieces.iter().zip(&other.pieces).all(|pair| match pair {
            (Some(a), Some(b)) => a == b || a.text.trim_start_matches('h') == b.text.trim_start_matches('h'),
            _ => true,
        })
    }

    /// Takes in a column that is like this one: its names, and what this one lacks. A cell of GET and HEAD says more
    /// than one of HEAD alone.
    fn absorb(&mut self, other: Column) {
        self.names.extend(other.names);
        for (mine, its) in self.pieces.iter_mut().zip(other.pieces) {
            let weaker = mine.as_ref().is_none_or(|m| m.text.starts_with('h'));
            if weaker && its.is_some() {
                *mine = its;
            }
        }
    }
}
