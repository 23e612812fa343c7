//! Text that XML 1.0 can hold.

use crate::render::escape;

/// One line, of at most so many columns. What hides or reorders is spelled out; so is the little beyond it that XML
/// has no way to write.
pub(super) fn text(text: &str, columns: usize) -> String {
    let allowed =
        |c: char| matches!(c, '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    escape::cell(text, columns).chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect()
}
