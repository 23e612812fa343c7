//! Striking in HTML, SVG and XML of ours: what is between tags and inside quotes, and the data of a page.

use super::shape::json;
use crate::redaction::{Matcher, REDACTED};

/// The text without what is found, and how many places there were.
pub(super) fn strike(text: &str, matcher: &Matcher) -> (String, usize) {
    let mut striker = Striker { out: String::with_capacity(text.len()), places: 0, matcher };
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        striker.text(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[striker.element(rest)..];
    }
    striker.text(rest);
    (striker.out, striker.places)
}

struct Striker<'a> {
    out: String,
    places: usize,
    matcher: &'a Matcher,
}

impl Striker<'_> {
    /// A tag, with what it encloses where that is no markup; gives its length.
    fn element(&mut self, text: &str) -> usize {
        const CDATA: &str = "<![CDATA[";
        let until = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
        if text.starts_with("<!--") {
            let end = until("-->");
            self.out.push_str(&text[..end]);
            return end;
        }
        if text.starts_with(CDATA) {
            let end = until("]]>");
            self.out.push_str(CDATA);
            self.raw(text[..end].strip_prefix(CDATA).unwrap_or_default());
            return end;
        }
        let end = self.tag(text);
        let tag = &text[..end];
        let encloses = |name: &str| tag.strip_prefix('<').is_some_and(|t| t.starts_with(name));
        for (name, close) in [("script", "</script"), ("style", "</style")] {
            if !encloses(name) {
                continue;
            }
            let length = text[end..].find(close).unwrap_or(text.len() - end);
            let inside = &text[end..end + length];
            if tag.contains("application/json") {
                let (struck, places) = json(inside, self.matcher, true);
                self.out.push_str(&struck);
                self.places += places;
            } else {
                // A program of ours.
                self.out.push_str(inside);
            }
            return end + length;
        }
        end
    }

    /// `<...>` with its attributes; gives its length.
    fn tag(&mut self, text: &str) -> usize {
        let mut at = 0;
        while let Some(next) = text[at..].find(['>', '"', '\'']).map(|next| at + next) {
            self.out.push_str(&text[at..=next]);
            let mark = &text[next..=next];
            at = next + 1;
            if mark == ">" {
                return at;
            }
            let end = text[at..].find(mark).map_or(text.len(), |end| at + end);
            self.text(&text[at..end]);
            let close = text.len().min(end + 1);
            self.out.push_str(&text[end..close]);
            at = close;
        }
        self.out.push_str(&text[at..]);
        text.len()
    }

    /// Text in which references stand for characters.
    fn text(&mut self, text: &str) {
        let decoded = decode(text);
        match self.matcher.strike_with(decoded.as_bytes(), REDACTED) {
            Some((struck, places)) => {
                encode(&mut self.out, &String::from_utf8_lossy(&struck));
                self.places += places;
            }
            None => self.out.push_str(text),
        }
    }

    fn raw(&mut self, text: &str) {
        match self.matcher.strike_with(text.as_bytes(), REDACTED) {
            Some((struck, places)) => {
                self.out.push_str(&String::from_utf8_lossy(&struck));
                self.places += places;
            }
            None => self.out.push_str(text),
        }
    }
}

fn encode(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML would take some of them for blanks.
            c if c.is_control() && c != '\n' => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
}

/// Text without the references that our renderers write.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = rest.bytes().take(12).position(|b| b == b';').map(|end| (end, character(&rest[1..end])));
        match found {
            Some((end, Some(c))) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redaction::spellings;

    const SECRET: &str = "hunter2<&>'\"x";

    fn struck(text: &str) -> (String, usize) {
        strike(text, &Matcher::new(spellings(SECRET)))
    }

    #[test]
    fn text_attributes_and_data() {
        let escaped = "hunter2&lt;&amp;&gt;&#39;&quot;x";
        let page = format!(
            "<!DOCTYPE html><style>a>b{{}}</style><p title=\"no {escaped}\" class='x'>1 &lt; 2 {escaped}!</p>\
             <script type=\"application/json\">[\"hunter2\\u003c\\u0026\\u003e'\\\"x\"]</script><script>if(a<b)\"x\"</script>"
        );
        let (page, places) = struck(&page);
        assert_eq!(
            page,
            "<!DOCTYPE html><style>a>b{}</style><p title=\"no &lt;redacted&gt;\" class='x'>1 &lt; 2 &lt;redacted&gt;!</p>\
             <script type=\"application/json\">[\"\\u003credacted\\u003e\"]</script><script>if(a<b)\"x\"</script>"
        );
        assert_eq!(places, 3);
    }

    #[test]
    fn xml_stays_xml() {
        let xml = "<?xml version=\"1.0\"?><a b=\"hunter2&lt;&amp;&gt;&apos;&#x22;x\"><![CDATA[ hunter2<&>'\"x ]]></a>";
        let (xml, places) = struck(xml);
        assert_eq!((xml.matches("redacted").count(), places), (2, 2), "{xml}");
        roxmltree::Document::parse(&xml).unwrap();
        let amp = strike("<a>&amp;hunter2-x &nbsp; \u{e9}</a>", &Matcher::new(spellings("amp;hunter2-x")));
        assert_eq!(amp.1, 0);
        assert_eq!(struck("a < b").0, "a < b");
    }
}
