//! Strangers' text in Markdown.

use crate::render::escape::terminal;

/// A code span: nothing in it acts, in a table neither.
pub(super) fn code(text: &str) -> String {
    // A backtick would end the span; a look-alike keeps the text readable. A bar ends a table's cell even here.
    let text = terminal(text).replace('`', "'").replace('|', "¦");
    if text.trim().is_empty() { "` `".to_owned() } else { format!("`{text}`") }
}

/// Prose: every character that Markdown, HTML or a forge's mentions would act on is spelled out.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::new();
    for c in terminal(text).chars() {
        match c {
            '&' | '<' | '>' | '@' | '#' | '|' => out.push_str(&format!("&#{};", u32::from(c))),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // Bare addresses become links by themselves.
            ':' => out.push_str(":\u{2060}"),
            _ => out.push(c),
        }
    }
    out.replace(":\u{2060} ", ": ").trim().to_owned()
}

/// Shell lines in a fence that nothing in them ends.
pub(super) fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest.max(2) + 1);
    format!("{ticks}sh\n{text}\n{ticks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts() {
        assert_eq!(code("a`|b\n"), "`a'¦b\\n`");
        assert_eq!(
            prose("<b>@me [x](y): #1 **z** | `k`"),
            "&#60;b&#62;&#64;me \\[x\\]\\(y\\): &#35;1 \\*\\*z\\*\\* &#124; \\`k\\`"
        );
        assert!(!prose("http://x").contains("://"));
        assert_eq!(fence("a ```` b"), "`````sh\na ```` b\n`````");
    }
}
