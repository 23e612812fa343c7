//! Markdown for a bug thread: the verdict, the way, what fails beside what works, and how to see it again. It renders
//! on GitHub and GitLab, and stays below what a comment there may hold.

mod answer;
mod detail;
mod finding;
mod page;
#[cfg(test)]
mod tests;

pub use page::render;

/// GitHub refuses a comment of 65,536 characters; a line of one's own must fit, too.
pub const LIMIT: usize = 60_000;
