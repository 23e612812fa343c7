//! Comparisons in Markdown.

mod diff;
mod escape;
mod page;

pub use diff::diff;
pub use page::{fingerprint, page};
