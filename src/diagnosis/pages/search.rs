//! Pages by a client's error text: those whose symptom quotes it, in whole or in part.

use std::cmp::Reverse;

use super::{Page, all};
use crate::diagnosis::rule::Layer;
use crate::diagnosis::rules;

/// Fewer letters than this in common are chance, unless they are all of the quotation or all of the text.
const SHORTEST: usize = 10;

/// The same, where they are all of one of the two.
const SHORTEST_WHOLE: usize = 8;

/// The pages that quote the text or a part of it as a symptom, those with the longest run of words in common first.
/// The text may be a whole line of a log. Runs less than half as long as the longest are chance.
pub fn quoting(text: &str) -> Vec<&'static Page> {
    let text = words(text);
    let score = |page: &Page| quotations(&page.symptom).map(|quoted| common(&text, &words(quoted))).max();
    let scored: Vec<(usize, &'static Page)> =
        all().filter_map(|page| Some((score(page).filter(|score| *score > 0)?, page))).collect();
    let longest = scored.iter().map(|(score, _)| *score).max().unwrap_or_default();
    let mut found: Vec<_> = scored.into_iter().filter(|(score, _)| score * 2 >= longest).collect();
    // A plain fact is likelier than the quirk of one registry, and what is lower in the stack than what is above it.
    let layer = |page: &Page| rules::find(&page.id).map_or(Layer::Optional, |rule| rule.layer);
    found.sort_by_key(|(score, page)| (Reverse(*score), page.group != "facts", layer(page), &page.id));
    found.into_iter().map(|(_, page)| page).collect()
}

/// What stands between backticks.
fn quotations(markdown: &str) -> impl Iterator<Item = &str> {
    markdown.split('`').skip(1).step_by(2)
}

/// Lower-case words, without punctuation: clients write `manifest unknown` and `MANIFEST_UNKNOWN`.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// The length in letters of the longest run of words that both have; 0 where it is too short to mean anything.
fn common(text: &[String], quoted: &[String]) -> usize {
    let mut longest = 0;
    for start in 0..text.len() {
        for from in 0..quoted.len() {
            let pairs = text[start..].iter().zip(&quoted[from..]);
            let run: Vec<&String> = pairs.take_while(|(a, b)| a == b).map(|(word, _)| word).collect();
            let letters = run.iter().map(|word| word.chars().count() + 1).sum::<usize>().saturating_sub(1);
            let whole = run.len() == text.len() || run.len() == quoted.len();
            let enough = (run.len() > 1 && letters >= SHORTEST) || (whole && letters >= SHORTEST_WHOLE);
            if enough {
                longest = longest.max(letters);
            }
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        quoting(text).into_iter().map(|page| page.id.as_str()).collect()
    }

    #[test]
    fn a_message_finds_the_pages_that_quote_it() {
        let untrusted = ["tls-untrusted", "redirect-target-unreachable"];
        assert_eq!(ids("x509: certificate signed by unknown authority"), untrusted);
        assert_eq!(ids("X509: Certificate signed by  unknown authority."), untrusted);
        assert!(ids("missing signature key").contains(&"index-returned-unasked"));
        assert!(ids("manifest unknown").contains(&"tag-not-found"));
        assert_eq!(ids("manifest unknown"), ids("MANIFEST_UNKNOWN"));
        assert!(ids("SignatureDoesNotMatch").contains(&"presigned-for-get-only"));
    }

    #[test]
    fn a_line_of_a_log_finds_what_it_holds() {
        let line = "time=\"2026-01-02T03:04:05Z\" level=error msg=\"Error response from daemon: Get \
                    \\\"https://r.example/v2/\\\": tls: failed to verify certificate: x509: certificate signed by \
                    unknown authority\"";
        assert_eq!(ids(line)[0], "tls-untrusted");
        let line = "failed to copy: httpReadSeeker: failed open: content at https://r.example/v2/a/manifests/sha256:ab \
                    not found: not found";
        assert_eq!(ids(line)[0], "digest-not-found");
    }

    #[test]
    fn chance_is_no_match() {
        for text in ["", "zzz", "oci", "the", "error", "404", "no space left on device", "config-is-blob"] {
            assert_eq!(ids(text), [] as [&str; 0], "{text:?}");
        }
    }
}
