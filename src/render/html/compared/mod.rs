//! Comparisons as pages: several registries side by side, what changed between two reports, and a check. Each is one
//! file that loads nothing and runs nothing; what is folded unfolds by itself, and templates escape whatever comes from
//! outside.

mod changes;
mod differ;
mod page;
mod sides;
#[cfg(test)]
mod tests;

pub use changes::{check, diff};
pub use page::compare;

const STYLE: &str = concat!(include_str!("../assets/page.css"), include_str!("../assets/compared.css"));

/// The policy of these pages: no script.
fn policy() -> String {
    super::page::policy(STYLE, None)
}
