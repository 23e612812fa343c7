//! The matrix, drawn: full names where they fit, else a letter per behaviour and what each stands for.

use crate::render::style::{Tone, paint};
use crate::render::table::TableOptions;
use crate::render::table::grid::{self, GAP, Piece};
use crate::render::table::matrix::{self, Column, Matrix};
use crate::render::table::shown::{self, Failures};
use crate::render::text;
use crate::report::{Did, Report};

/// Below this many columns names are not even tried.
const WIDE: usize = 160;

/// The section, or nothing where no cell of it was answered.
pub(super) fn section(report: &Report, options: &TableOptions) -> Vec<String> {
    let sent = |cell: &&crate::report::CellView| !matches!(cell.did, Did::NotTried(_));
    if !report.cells.iter().filter(sent).any(matrix::is_inside) {
        return Vec::new();
    }
    let failures = Failures::of(report);
    let full = matrix::build(report, &failures);
    let labels: Vec<String> = full.columns.iter().map(|c| c.names.concat()).collect();
    let (matrix, labels) = if options.width >= WIDE && needed(&full, &labels) <= options.width {
        (full, labels)
    } else {
        let matrix = full.grouped();
        let letters = (0..matrix.columns.len()).map(shown::letter).collect();
        (matrix, letters)
    };
    let mut lines = vec![paint("Matrix", Tone::Strong, options.color)];
    lines[0].push_str(": what each Accept value got");
    for (block, labels) in blocks(&matrix, &labels, options.width) {
        lines.extend(grid(&matrix, block, labels, options));
        lines.push(String::new());
    }
    if matrix.columns.iter().any(|c| c.names.len() > 1) || options.width < WIDE {
        lines.extend(names(&matrix, &labels, options.width));
        lines.push(String::new());
    }
    let mut legend = legend(&matrix);
    legend.extend(failures.legend());
    lines.extend(text::join(&legend, " · ", options.width, ""));
    lines
}

fn column_width(column: &Column, label: &str) -> usize {
    let widest = column.pieces.iter().flatten().map(|p| text::width(&p.text)).max();
    widest.unwrap_or(0).max(text::width(label)) + usize::from(GAP)
}

fn label_width(matrix: &Matrix) -> usize {
    matrix.rows.iter().map(|row| text::width(row)).max().unwrap_or(0) + usize::from(GAP)
}

fn needed(matrix: &Matrix, labels: &[String]) -> usize {
    let columns = matrix.columns.iter().zip(labels).map(|(c, label)| column_width(c, label));
    label_width(matrix) + columns.sum::<usize>()
}

/// Runs of columns that fit the width together, at least one each.
fn blocks<'a>(matrix: &'a Matrix, labels: &'a [String], width: usize) -> Vec<(&'a [Column], &'a [String])> {
    let mut blocks = Vec::new();
    let mut start = 0;
    let mut used = label_width(matrix);
    for (at, column) in matrix.columns.iter().enumerate() {
        let wide = column_width(column, &labels[at]);
        // The gap after the last column is not drawn.
        if at > start && used + wide > width + usize::from(GAP) {
            blocks.push((&matrix.columns[start..at], &labels[start..at]));
            start = at;
            used = label_width(matrix);
        }
        used += wide;
    }
    blocks.push((&matrix.columns[start..], &labels[start..]));
    blocks
}

fn grid(matrix: &Matrix, columns: &[Column], labels: &[String], options: &TableOptions) -> Vec<String> {
    let mut header = vec![""];
    header.extend(labels.iter().map(String::as_str));
    let rows: Vec<Vec<Piece>> = matrix
        .rows
        .iter()
        .enumerate()
        .map(|(row, label)| {
            let pieces = columns.iter().map(|c| c.pieces.get(row).cloned().flatten().unwrap_or_default());
            std::iter::once(Piece::new(label, Tone::Plain)).chain(pieces).collect()
        })
        .collect();
    grid::lines(&header, &rows, options.color)
}

fn names(matrix: &Matrix, labels: &[String], width: usize) -> Vec<String> {
    let all: usize = matrix.columns.iter().map(|c| c.names.len()).sum();
    let one = |(column, label): (&Column, &String)| {
        let mut items = column.names.clone();
        if items.len() > 1 && items.len() == all {
            items[0].insert_str(0, &format!("all {all} Accept values: "));
        }
        text::join(&items, ", ", width, &format!("{label:<2} "))
    };
    matrix.columns.iter().zip(labels).flat_map(one).collect()
}

/// Whether a sign occurs in a piece.
type Wanted = fn(&str) -> bool;

fn legend(matrix: &Matrix) -> Vec<String> {
    let mut items: Vec<String> = matrix
        .kinds
        .iter()
        .filter_map(|kind| shown::kind_word(*kind))
        .map(|(word, meaning)| format!("{word} {meaning}"))
        .collect();
    let any = |wanted: Wanted| {
        matrix.columns.iter().flat_map(|c| c.pieces.iter().flatten()).any(|p| wanted(&p.text))
    };
    let marks: [(Wanted, &str); 5] = [
        (|t| t.contains('/'), "200/405 GET 200, HEAD 405"),
        (|t| t.starts_with('h'), "h before a status: HEAD alone"),
        (|t| t.contains('!'), "! not the bytes that were named"),
        (|t| t.contains('→'), "→ after a redirect"),
        (|t| t == "·", "· not sent"),
    ];
    items.extend(marks.iter().filter(|(wanted, _)| any(*wanted)).map(|(_, meaning)| (*meaning).to_owned()));
    items
}
