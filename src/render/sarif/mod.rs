//! SARIF 2.1.0: findings for code scanning and for viewers of static analysis.

pub mod compared;
mod types;
mod write;

pub use write::render;
