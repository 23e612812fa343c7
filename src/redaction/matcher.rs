//! Many texts, found in one pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use super::REDACTED;

/// Bytes of a text that go into the automaton; the rest is compared where these are found. It bounds the automaton,
/// and finds a long token that a server cut short.
const ANCHOR: usize = 256;

/// Finds texts, whatever the case of their ASCII letters, and strikes them. Time is linear in what it looks through,
/// however many texts it knows.
#[derive(Clone, Default)]
pub(crate) struct Matcher {
    /// `None` where the automaton could not be built: then nothing can be let through.
    automaton: Option<AhoCorasick>,
    /// For each pattern the texts that begin with it.
    texts: Arc<[Vec<Vec<u8>>]>,
}

impl Matcher {
    pub(crate) fn new(texts: impl IntoIterator<Item = Vec<u8>>) -> Matcher {
        let mut anchored: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            let anchor = text[..text.len().min(ANCHOR)].to_ascii_lowercase();
            anchored.entry(anchor).or_default().push(text);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(anchored.keys());
        Matcher { automaton: automaton.ok(), texts: anchored.into_values().collect() }
    }

    /// The first place at or after `from`.
    fn next(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let Some(automaton) = &self.automaton else { return Some((from, text.len())) };
        let found = automaton.find(Input::new(text).span(from..text.len()))?;
        let after = &text[found.end()..];
        let same = |known: &Vec<u8>| {
            let rest = known.get(ANCHOR..).unwrap_or_default();
            rest.iter().zip(after).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
        };
        let more = self.texts[found.pattern().as_usize()].iter().map(same).max().unwrap_or(0);
        Some((found.start(), found.end() + more))
    }

    /// The text with a word in each place, and how many places there were; nothing where there was none.
    pub(crate) fn strike_with(&self, text: &[u8], word: &str) -> Option<(Vec<u8>, usize)> {
        if self.texts.is_empty() || text.is_empty() {
            return None;
        }
        let mut out = Vec::new();
        let (mut copied, mut places) = (0, 0);
        while copied < text.len()
            && let Some((start, end)) = self.next(text, copied)
        {
            out.extend_from_slice(&text[copied..start]);
            out.extend_from_slice(word.as_bytes());
            copied = end;
            places += 1;
        }
        if places == 0 {
            return None;
        }
        out.extend_from_slice(&text[copied..]);
        Some((out, places))
    }

    /// The same with the usual word.
    pub(crate) fn strike(&self, text: &[u8]) -> Option<Vec<u8>> {
        self.strike_with(text, REDACTED).map(|(struck, _)| struck)
    }

    /// The same of text.
    pub(crate) fn strike_text(&self, text: &str) -> Option<String> {
        self.strike(text.as_bytes()).map(|struck| String::from_utf8_lossy(&struck).into_owned())
    }

    /// Whether there is such a place.
    pub(crate) fn finds(&self, text: &str) -> bool {
        !self.texts.is_empty() && !text.is_empty() && self.next(text.as_bytes(), 0).is_some()
    }

    /// How many patterns the automaton holds.
    #[cfg(test)]
    pub(crate) fn patterns(&self) -> usize {
        self.texts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Matcher {
        Matcher::new(texts.iter().map(|text| text.as_bytes().to_vec()))
    }

    #[test]
    fn the_longest_at_the_leftmost_place() {
        let matcher = of(&["abcde", "abcdefgh", "cdefgh"]);
        assert_eq!(
            matcher.strike_text("abcdefgh abcdefg ABCDE cdefgh").unwrap(),
            "<redacted> <redacted>fg <redacted> <redacted>"
        );
        assert!(matcher.strike_text("abcd nothing").is_none());
        assert_eq!(matcher.strike_with(b"\xffabcde\xfe", "x"), Some((b"\xffx\xfe".to_vec(), 1)));
        assert!(of(&[]).strike_text("abc").is_none() && !of(&[""]).finds("abc"));
    }

    #[test]
    fn long_texts_are_found_whole_and_cut_short() {
        let long = |c: char| format!("{}{}", "x".repeat(ANCHOR), c.to_string().repeat(100));
        let matcher = of(&[&long('a'), &long('b')]);
        let texts = format!("{}-{}-{}-{}", long('a'), long('b'), &long('b')[..300], &long('b')[..200]);
        let short = "x".repeat(200);
        assert_eq!(matcher.strike_text(&texts).unwrap(), format!("<redacted>-<redacted>-<redacted>-{short}"));
    }
}
