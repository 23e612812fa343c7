//! JSON that stands inside a page and can end neither its element nor a script's string.

use serde::Serialize;

use crate::render::escape;

/// The value as JSON in which every character that HTML could act on is a `\u` escape.
pub(super) fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut tail = tail.chars();
        // In JSON these stand inside strings alone.
        out.push_str(match tail.next() {
            Some('<') => "\\u003c",
            Some('>') => "\\u003e",
            Some('&') => "\\u0026",
            Some('\u{2028}') => "\\u2028",
            _ => "\\u2029",
        });
        rest = tail.as_str();
    }
    out.push_str(rest);
    escape::json(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_is_markup_and_it_reads_back() {
        for nasty in escape::NASTY.iter().copied().chain(["</script><!--<script>", "a\u{2028}b\u{2029}c"]) {
            let text = json(&nasty);
            assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{text}");
            assert_eq!(serde_json::from_str::<String>(&text).unwrap(), nasty);
        }
    }
}
