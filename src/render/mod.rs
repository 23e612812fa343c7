//! Words: every renderer starts from [`crate::report::Report`], and escapes what a registry sent.

pub mod compared;
pub mod escape;
pub mod github;
pub mod har;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod ndjson;
pub mod page;
pub mod sarif;
pub mod snippet;
pub mod style;
pub mod svg;
pub mod table;
pub mod text;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
