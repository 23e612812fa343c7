//! Words: every renderer starts from [`crate::report::Report`], and escapes what a registry sent.

pub mod escape;
pub mod html;
pub mod json;
pub mod snippet;
pub mod style;
pub mod svg;
pub mod table;
pub mod text;

#[cfg(test)]
pub(crate) mod fixture;
