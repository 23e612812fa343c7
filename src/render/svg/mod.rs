//! The heat map alone: for a README, a wiki, a bug thread.

pub mod compared;
mod draw;
mod xml;

#[cfg(test)]
mod tests;

pub use draw::render;
