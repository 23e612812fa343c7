//! Comparisons in Markdown.

mod diff;
mod escape;
#[cfg(test)]
pub(crate) mod fixture;
mod items;
pub mod junit;
mod page;

pub use diff::diff;
pub use page::{fingerprint, page};
