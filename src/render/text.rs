//! Prose on a page of a certain width.

use unicode_width::UnicodeWidthStr as _;

use crate::render::escape;

/// No explanation is longer; what a stranger makes longer is cut.
const LONGEST: usize = 4000;

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Escaped for a terminal and broken between words, the first line after `first`, the others after as
/// many blanks. A word that is longer than the line stays whole: it is a digest or a URL, and someone
/// wants to copy it. Line ends count as blanks, or a registry's text could fake a line of ours.
pub fn wrap(text: &str, columns: usize, first: &str) -> Vec<String> {
    let indent = width(first);
    let text = escape::cell(&text.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST);
    fold(text.split(' '), " ", columns, first, indent)
}

/// Items, already escaped, with `joint` between them; lines break only there.
pub fn join(items: &[String], joint: &str, columns: usize, first: &str) -> Vec<String> {
    fold(items.iter().map(String::as_str), joint, columns, first, width(first))
}

fn fold<'a>(
    items: impl Iterator<Item = &'a str>,
    joint: &str,
    columns: usize,
    first: &str,
    indent: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    // A line that goes on ends in the joint.
    let columns = columns.saturating_sub(width(joint.trim_end()));
    let mut line = first.to_owned();
    let mut used = indent;
    let mut empty = true;
    for item in items {
        let wide = width(item);
        if !empty && used + width(joint) + wide > columns {
            line.push_str(joint.trim_end());
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            used = indent;
            empty = true;
        }
        if !empty {
            line.push_str(joint);
            used += width(joint);
        }
        line.push_str(item);
        used += wide;
        empty = false;
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// The first sentence.
pub fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    let end = text.find(". ").map(|at| at + 1).into_iter().chain(text.find('\n')).min();
    text[..end.unwrap_or(text.len())].trim_end()
}

/// `1 warning`, `2 warnings`
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// `1 anomaly`, `3 anomalies`: where an `s` does not make the plural.
pub fn count_as(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Decimal units, as registries' own pages have them: `812.3 MB`.
pub fn bytes(n: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let exact = n as f64;
    match units.iter().find(|(_, size)| exact >= *size) {
        Some((unit, size)) => format!("{:.1} {unit}", exact / size),
        None => format!("{n} B"),
    }
}

/// `812 ms`, `3.4 s`, `2 min 5 s`
pub fn duration(ms: f64) -> String {
    match ms {
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 60_000.0 => format!("{:.1} s", ms / 1e3),
        ms => format!("{:.0} min {:.0} s", (ms / 60e3).floor(), (ms % 60e3 / 1e3).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 9, "> "), ["> one two", "  three"]);
        assert_eq!(wrap("a sha256:0123456789 b", 8, ""), ["a", "sha256:0123456789", "b"]);
        assert_eq!(wrap("x\ny\u{1b}", 80, ""), ["x y\\x1b"]);
        assert_eq!(wrap("", 80, "- "), ["-"]);
        let items = ["aa".to_owned(), "bb".to_owned(), "cc".to_owned()];
        assert_eq!(join(&items, " · ", 9, ""), ["aa · bb ·", "cc"]);
    }

    #[test]
    fn quantities_read_well() {
        assert_eq!([bytes(999), bytes(1500), bytes(2_345_678)], ["999 B", "1.5 kB", "2.3 MB"]);
        assert_eq!([duration(812.4), duration(3400.0), duration(125e3)], ["812 ms", "3.4 s", "2 min 5 s"]);
        assert_eq!([count(1, "note"), count(2, "note")], ["1 note", "2 notes"]);
        assert_eq!(first_sentence("gcr.io says no. Ask it. Again."), "gcr.io says no.");
    }
}
