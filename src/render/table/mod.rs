//! The report on a terminal: what a person reads at midnight.

mod account;
pub(in crate::render) mod advice;
pub mod diff;
mod findings;
mod grid;
mod head;
pub(in crate::render) mod matrix;
mod matrix_view;
mod page;
pub(crate) mod parts;
pub(in crate::render) mod paths;
mod recommended;
mod rest;
pub(in crate::render) mod shown;
pub mod side_by_side;
#[cfg(test)]
mod tests;

pub use head::summary_line;
pub use page::{render, render_all};

/// How the page is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to colour; decided by the caller once.
    pub color: bool,
    /// 0: what matters. 1: Env, labels, every note in full, every probe outside the matrix. 2: every cell.
    pub verbose: u8,
}

/// The columns of the terminal that stdout is, if it is one.
pub fn terminal_width() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}

impl Default for TableOptions {
    fn default() -> Self {
        TableOptions { width: 80, color: false, verbose: 0 }
    }
}
