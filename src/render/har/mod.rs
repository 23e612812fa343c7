//! HAR 1.2: every hop an entry, for browsers' network panels and other viewers.

pub mod compared;
mod types;
mod write;

pub use write::render;
