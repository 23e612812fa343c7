//! Comparisons, in Markdown and in the formats of CI.

mod check;
mod diff;
mod escape;
#[cfg(test)]
pub(crate) mod fixture;
pub mod github;
pub(super) mod items;
pub mod junit;
pub mod ndjson;
mod page;
#[cfg(test)]
mod tests;

pub use check::check;
pub use diff::diff;
pub use page::{fingerprint, page};
