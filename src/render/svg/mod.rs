//! The heat map alone: for a README, a wiki, a bug thread.

mod draw;
mod xml;

#[cfg(test)]
mod tests;

pub use draw::render;
