//! The one place that knows comfy-table.

use comfy_table::{Attribute, Cell, ContentArrangement, LineStyle, Table, TableStyle};

use crate::render::style::Tone;

/// Columns are set apart by blanks alone: a copied line is free of frames.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Blanks between columns: one of padding, and one where other styles draw their line.
pub(super) const GAP: u16 = 2;

/// A piece of text for the grid, escaped already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Piece {
    /// What it says.
    pub(super) text: String,
    /// How it looks.
    pub(super) tone: Tone,
}

impl Piece {
    pub(super) fn new(text: impl Into<String>, tone: Tone) -> Piece {
        Piece { text: text.into(), tone }
    }

    fn cell(&self) -> Cell {
        let mut cell = Cell::new(&self.text);
        if let Some(number) = self.tone.palette() {
            cell = cell.fg(comfy_table::Color::AnsiValue(number));
        }
        if self.tone.bold() {
            cell = cell.add_attribute(Attribute::Bold);
        }
        if self.tone == Tone::Dim {
            cell = cell.add_attribute(Attribute::Dim);
        }
        cell
    }
}

/// The lines of a grid: one per row, nothing wraps.
pub(super) fn lines(header: &[&str], rows: &[Vec<Piece>], color: bool) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(STYLE).force_no_tty();
    if color {
        table.enforce_styling();
        table.style_text_only();
    }
    table.set_header(header.iter().map(|name| Piece::new(*name, Tone::Strong).cell()).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.iter().map(Piece::cell).collect::<Vec<_>>());
    }
    let last = header.len().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, u16::from(at != last)));
    }
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.trim_fmt().lines().map(|line| line.trim_end().to_owned()).collect()
}
