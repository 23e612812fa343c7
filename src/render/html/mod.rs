//! The HTML report: one file that loads nothing, runs one script of its own under a strict policy, and can be attached
//! to a bug thread.
//!
//! Two ways lead a stranger's text into the page, and no third: the templates, which escape, and an inert JSON block,
//! which the script reads and shows as text alone.

pub mod compared;
mod context;
mod data;
mod data_exchange;
mod environment;
mod findings;
pub(in crate::render) mod heat;
mod inert;
mod lanes;
pub(in crate::render) mod mark;
mod matrix;
mod page;
mod paths;
mod recommended;
mod rest;
pub(in crate::render) mod text;
mod view;
mod waterfall;

#[cfg(test)]
mod tests;

pub use page::render;
