//! The error that shows where in a reference the fault is.

use std::fmt;
use std::ops::Range;

/// Columns of the reference that are shown around the fault; longer references are cut.
const WINDOW: usize = 100;

/// What is wrong with a reference, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceError {
    /// What is wrong and what to do, in one line.
    pub message: String,
    /// The reference as given, except that credentials and queries are left out.
    pub input: String,
    /// The bytes of `input` at fault; empty where something is missing.
    pub span: Range<usize>,
}

impl std::error::Error for ReferenceError {}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.input.is_empty() {
            return Ok(());
        }
        let shown = Shown::of(&self.input, &self.span);
        write!(f, "\n  {}\n  {}{}", shown.text, " ".repeat(shown.indent), "^".repeat(shown.width))
    }
}

/// A reference on one line of printable ASCII, so that columns are what they seem.
struct Shown {
    text: String,
    indent: usize,
    width: usize,
}

impl Shown {
    fn of(input: &str, span: &Range<usize>) -> Shown {
        let mut text = String::new();
        let (mut from, mut to) = (None, None);
        for (at, c) in input.char_indices() {
            if at >= span.start && from.is_none() {
                from = Some(text.len());
            }
            if at >= span.end && to.is_none() {
                to = Some(text.len());
            }
            match c {
                ' '..='~' => text.push(c),
                other => text.extend(other.escape_default()),
            }
        }
        let from = from.unwrap_or(text.len());
        let to = to.unwrap_or(text.len()).max(from);
        Shown::cut(&text, from, to)
    }

    /// Keeps the start of the fault in sight.
    fn cut(text: &str, from: usize, to: usize) -> Shown {
        let first = from.saturating_sub(WINDOW / 2);
        let first = if first < 8 { 0 } else { first };
        let last = (first + WINDOW).min(text.len());
        let before = if first > 0 { "..." } else { "" };
        let after = if last < text.len() { "..." } else { "" };
        let middle = text.get(first..last).unwrap_or_default();
        Shown {
            text: format!("{before}{middle}{after}"),
            indent: before.len() + from - first,
            width: to.min(last).saturating_sub(from).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(input: &str, span: Range<usize>) -> String {
        ReferenceError { message: "fault".to_owned(), input: input.to_owned(), span }.to_string()
    }

    #[test]
    fn carets_stand_under_the_fault_after_escapes() {
        insta::assert_snapshot!(show("a\u{1b}[31mé:x", 9..10), @r"
        fault
          a\u{1b}[31m\u{e9}:x
                            ^
        ");
        insta::assert_snapshot!(show("ab\ncd", 2..3), @r"
        fault
          ab\ncd
            ^^
        ");
        insta::assert_snapshot!(show("ab:", 3..3), @r"
        fault
          ab:
             ^
        ");
    }

    #[test]
    fn a_long_reference_is_cut_around_the_fault() {
        let input = format!("{}X{}", "a".repeat(300), "b".repeat(300));
        let shown = show(&input, 300..601);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].len() < 120, "{shown}");
        assert_eq!(lines[2].find('^'), lines[1].find('X'));
    }
}
