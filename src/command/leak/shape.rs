//! What an output is made of, which says how a place in it can be struck.

use super::markup;
use crate::cli::format::Format;
use crate::redaction::{Matcher, REDACTED};

/// The word where `<redacted>` would be taken for a tag.
const IN_MARKDOWN: &str = "\\[redacted\\]";

/// How an output is struck so that it stays what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Lines for a person.
    Text(&'static str),
    /// JSON, one value or several: only what is inside a string is text.
    Json,
    /// HTML, SVG, XML: text and attributes, and the data in a page's scripts.
    Markup,
}

impl Shape {
    pub(super) fn of(format: Format) -> Shape {
        match format {
            Format::Table | Format::Github => Shape::Text(REDACTED),
            Format::Markdown => Shape::Text(IN_MARKDOWN),
            Format::Json | Format::Sarif | Format::Har | Format::Ndjson => Shape::Json,
            Format::Html | Format::Svg | Format::Junit => Shape::Markup,
        }
    }

    /// The text without what is found, and how many places there were.
    pub(super) fn strike(self, text: &str, matcher: &Matcher) -> (String, usize) {
        match self {
            Shape::Text(word) => match matcher.strike_with(text.as_bytes(), word) {
                Some((struck, places)) => (String::from_utf8_lossy(&struck).into_owned(), places),
                None => (text.to_owned(), 0),
            },
            Shape::Json => json(text, matcher, false),
            Shape::Markup => markup::strike(text, matcher),
        }
    }
}

/// JSON; `inert` where it stands in a page, and may hold nothing that HTML acts on.
pub(super) fn json(text: &str, matcher: &Matcher, inert: bool) -> (String, usize) {
    let (mut out, mut places) = (String::with_capacity(text.len()), 0);
    let mut rest = text;
    while let Some(open) = rest.find('"') {
        let Some(length) = literal(&rest[open..]) else { break };
        let (before, from) = rest.split_at(open);
        let (string, after) = from.split_at(length);
        out.push_str(before);
        match struck(string, matcher, inert) {
            Some((struck, count)) => {
                out.push_str(&struck);
                places += count;
            }
            None => out.push_str(string),
        }
        rest = after;
    }
    out.push_str(rest);
    (out, places)
}

/// The length of the string literal that begins here.
fn literal(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn struck(literal: &str, matcher: &Matcher, inert: bool) -> Option<(String, usize)> {
    let content: String = serde_json::from_str(literal).ok()?;
    let (struck, places) = matcher.strike_with(content.as_bytes(), REDACTED)?;
    let mut written = serde_json::to_string(&String::from_utf8_lossy(&struck)).ok()?;
    if inert {
        written = written.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    }
    Some((written, places))
}
