//! What changed, and a check, as a drawing: a row for each group of changes, its bar as long as it has cells.

mod draw;
mod rows;
#[cfg(test)]
mod tests;

pub use draw::{check, diff};
