//! The inside of a JSON string, as different writers escape it.

/// What a writer escapes beyond the need.
struct Style {
    /// Written as `\u` escapes.
    escaped: &'static str,
    /// Whether all beyond ASCII is, too.
    ascii: bool,
    /// Whether `/` becomes `\/`.
    slash: bool,
}

const fn style(escaped: &'static str, ascii: bool, slash: bool) -> Style {
    Style { escaped, ascii, slash }
}

const STYLES: [Style; 9] = [
    style("", false, false),
    // Go.
    style("<>&\u{2028}\u{2029}", false, false),
    // Python, and Java's Jackson where it is told to.
    style("", true, false),
    // PHP, with and without its flags.
    style("", true, true),
    style("", false, true),
    style("<>&'\"", true, true),
    // Gson.
    style("<>&='\u{2028}\u{2029}", false, false),
    // .NET.
    style("<>&'\"+`", true, false),
    // Rails, and Go behind a gateway that keeps to ASCII.
    style("<>&", true, false),
];

/// Every inside.
pub(super) fn spellings(text: &str) -> Vec<String> {
    STYLES.iter().map(|style| escape(text, style)).collect()
}

fn escape(text: &str, style: &Style) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if style.escaped.contains(c) || (style.ascii && !c.is_ascii()) => units(&mut out, c),
            '/' if style.slash => out.push_str("\\/"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 => units(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// UTF-16, as JSON counts.
fn units(out: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reads_back() {
        let text = "a\"\\/<>&'=+`\n\u{1}\u{e9}\u{2028}\u{1f433}";
        for spelling in spellings(text) {
            assert_eq!(
                serde_json::from_str::<String>(&format!("\"{spelling}\"")).unwrap(),
                text,
                "{spelling}"
            );
        }
    }
}
