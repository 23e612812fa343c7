//! Comparisons in Markdown.

mod again;
mod diff;
mod escape;
mod page;

pub(in crate::render) use again::{again, counts};
pub use diff::diff;
pub use page::{fingerprint, page};
