//! Words: every renderer starts from [`crate::report::Report`], and escapes what a registry sent.

pub mod escape;
pub mod style;
pub mod text;
