//! Places with a grammar of their own inside an XML, JSON or HTML string, whose writer escapes the rest.

use super::terminal;

/// Text for an XML writer: what XML 1.0 cannot hold, or would not show, is spelled out; line ends stay.
pub fn xml(text: &str) -> String {
    text.split('\n').map(terminal).collect::<Vec<_>>().join("\n")
}

/// A plain text message of SARIF 2.1.0, in which brackets make links (section 3.11.6) and braces placeholders
/// (section 3.11.5).
pub fn sarif(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        match c {
            '\\' | '[' | ']' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            _ => out.push(c),
        }
    }
    out
}

/// A cell of a table that may be pasted into a spreadsheet, where `=1+1` would be a formula.
pub fn formula(text: &str) -> String {
    let text = terminal(text);
    if text.trim_start().starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::{NASTY, is_deceptive};
    use super::*;

    #[test]
    fn nothing_acts() {
        for nasty in NASTY {
            assert!(xml(nasty).chars().all(|c| c == '\n' || !is_deceptive(c)), "{nasty:?}");
            let message = sarif(nasty);
            let read = message.replace("{{", "{").replace("}}", "}").replace("\\[", "[").replace("\\]", "]");
            assert_eq!(read.replace("\\\\", "\\"), terminal(nasty));
            assert!(!formula(nasty).trim_start().starts_with(['=', '+', '-', '@']), "{nasty:?}");
        }
        assert_eq!(sarif("[x](http://evil.example) {0}"), "\\[x\\](http://evil.example) {{0}}");
        assert_eq!([formula("=1+1"), formula("404")], ["'=1+1", "404"]);
    }
}
