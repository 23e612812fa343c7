//! Texts of peers, as they are recorded.

pub(super) use crate::redaction::REDACTED;
pub(super) use crate::redaction::places::{
    Keys, hide_in_text, hide_in_url, hide_user_info, is_sensitive_key,
};

/// One printable line of bounded length, whatever a peer put into it.
pub(super) fn printable(text: &str) -> String {
    const LIMIT: usize = 400;
    let mut shown = String::new();
    for c in text.chars() {
        if shown.len() >= LIMIT {
            shown.push('…');
            break;
        }
        // Bidirectional overrides are not control characters, and as able to lie.
        if c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Header bytes as text: UTF-8, else Latin-1.
pub(super) fn latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        assert_eq!(printable("a\x1b[31m\r\nb\u{202e}"), "a\\u{1b}[31m\\r\\nb\\u{202e}");
        assert!(printable(&"x".repeat(10_000)).len() < 500);
        assert_eq!(latin1(b"caf\xe9"), "café");
    }
}
