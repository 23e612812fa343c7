//! Strangers' text made visible before it is escaped: what would hide or reorder its neighbours is spelled out.

use std::borrow::Cow;

use crate::render::escape;

/// No single line of a page is longer.
const LONGEST: usize = 20_000;

/// One line.
pub(in crate::render) fn line(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", escape::terminal(&text[..at])),
        None => escape::terminal(text),
    }
}

/// Lines and tabs stay: for bodies.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    let commands = text.contains("::") || text.contains("##");
    if !commands && text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\t')) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| {
        // The end of a line is no part of the text on it.
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.split('\t').map(escape::terminal).collect::<Vec<_>>().join("\t")
    };
    Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_spelled_out_and_layout_stays() {
        assert_eq!(line("a\nb\u{202e}"), "a\\nb\\u{202e}");
        assert_eq!(lines("a\tb\r\n<c>\n"), "a\tb\n<c>\n");
        assert_eq!(lines("\u{1b}[2J\n\u{202e}é"), "\\x1b[2J\n\\u{202e}é");
        assert!(matches!(lines("{\"plain\": 1}\n"), Cow::Borrowed(_)));
        assert!(line(&"x".repeat(1 << 20)).len() < LONGEST + 4);
    }
}
