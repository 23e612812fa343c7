//! The spellings in which servers say back what they were told. ASCII case is the matcher's: hexadecimal digits and
//! letters of either case need no spelling of their own.

mod html;
mod json;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};

/// A spelling shorter than this cannot be told from ordinary text.
const SHORTEST: usize = 5;

/// A disguise shorter than this cannot: it looks like a number or a part of a digest.
const SHORTEST_DISGUISE: usize = 8;

/// Base64 of less than so many bytes inside something else is too few letters to be sure.
const SHORTEST_INSIDE: usize = 9;

/// Nobody spells out a longer secret letter by letter.
const LONG: usize = 1024;

/// More of a secret is not searched.
const LONGEST: usize = 64 * 1024;

/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What HTML forms leave as it is.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// `encodeURIComponent` of browsers.
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');
/// The segment of a path, as RFC 3986 allows it.
const SEGMENT: &AsciiSet = &COMPONENT
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');
/// A path and a query as the URL standard of browsers writes them.
const PATH: &AsciiSet = &QUERY.remove(b'\'').add(b'?').add(b'`').add(b'{').add(b'}');
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');
/// The least that anybody encodes.
const LEAST: &AsciiSet =
    &CONTROLS.add(b' ').add(b'%').add(b'"').add(b'#').add(b'<').add(b'>').add(b'&').add(b'+');

/// Every spelling of a secret that a server can be expected to answer with.
pub(crate) fn spellings(secret: &str) -> BTreeSet<Vec<u8>> {
    let secret = clip(secret);
    if secret.len() > LONG {
        let mut all = plain_spellings(secret);
        base64(secret.as_bytes(), &mut all);
        return all;
    }
    let mut all = BTreeSet::new();
    for bytes in encodings(secret) {
        percent(&bytes, &mut all);
        all.insert(percent_all(&bytes));
        hex(&bytes, &mut all);
        base64(&bytes, &mut all);
        all.insert(bytes);
    }
    for text in texts(secret) {
        all.extend(json::spellings(&text).into_iter().map(String::into_bytes));
        all.extend(html::spellings(&text).into_iter().map(String::into_bytes));
        all.extend(html::numbered(&text).into_iter().map(String::into_bytes));
        all.insert(text.into_bytes());
    }
    all.retain(|spelling| spelling.len() >= SHORTEST);
    all
}

/// The spellings of what a redirect signs with: as it is, and as URLs and documents quote it.
pub(crate) fn plain_spellings(secret: &str) -> BTreeSet<Vec<u8>> {
    let secret = clip(secret);
    let mut all = BTreeSet::from([secret.as_bytes().to_vec()]);
    percent(secret.as_bytes(), &mut all);
    all.extend(json::spellings(secret).into_iter().map(String::into_bytes));
    all.extend(html::spellings(secret).into_iter().map(String::into_bytes));
    all
}

/// Those spellings of an ordinary word that are no ordinary words themselves.
pub(crate) fn disguises(word: &str) -> BTreeSet<Vec<u8>> {
    let word = clip(word);
    let mut all = BTreeSet::new();
    if word.len() >= SHORTEST {
        hex(word.as_bytes(), &mut all);
        base64(word.as_bytes(), &mut all);
        all.insert(percent_all(word.as_bytes()));
    }
    all.retain(|spelling| spelling.len() >= SHORTEST_DISGUISE);
    all
}

fn clip(secret: &str) -> &str {
    let mut end = secret.len().min(LONGEST);
    while !secret.is_char_boundary(end) {
        end -= 1;
    }
    &secret[..end]
}

/// As text in either case, and as UTF-8 looks that was read as Latin-1: header lines are, when they are not UTF-8.
fn texts(secret: &str) -> Vec<String> {
    if secret.is_ascii() {
        return vec![secret.to_owned()];
    }
    let cases = [secret.to_owned(), secret.to_lowercase(), secret.to_uppercase()];
    let mistaken = secret.bytes().map(char::from).collect();
    cases.into_iter().chain([mistaken]).collect()
}

/// As bytes: UTF-8 in either case, and Latin-1 where it can be written so.
fn encodings(secret: &str) -> Vec<Vec<u8>> {
    let mut all = vec![secret.as_bytes().to_vec()];
    if !secret.is_ascii() {
        all.extend([secret.to_lowercase().into_bytes(), secret.to_uppercase().into_bytes()]);
        let latin1: Option<Vec<u8>> = secret.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        all.extend(latin1);
    }
    all
}

fn percent(bytes: &[u8], all: &mut BTreeSet<Vec<u8>>) {
    for set in [NON_ALPHANUMERIC, UNRESERVED, FORM, COMPONENT, SEGMENT, PATH, QUERY, LEAST] {
        let encoded = percent_encode(bytes, set).to_string();
        // As in a form.
        all.insert(encoded.replace("%20", "+").into_bytes());
        all.insert(encoded.into_bytes());
    }
}

fn percent_all(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|b| format!("%{b:02x}").into_bytes()).collect()
}

fn hex(bytes: &[u8], all: &mut BTreeSet<Vec<u8>>) {
    all.insert(bytes.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect());
}

/// Alone, and inside something else, `user:password` say. There the letters depend on where the secret begins; the
/// first and the last ones depend on its neighbours.
fn base64(bytes: &[u8], all: &mut BTreeSet<Vec<u8>>) {
    for engine in [STANDARD, URL_SAFE, STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        all.insert(engine.encode(bytes).into_bytes());
    }
    if bytes.len() < SHORTEST_INSIDE {
        return;
    }
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3 {
            let mut inside = vec![0; before];
            inside.extend_from_slice(bytes);
            let from = if before == 0 { 0 } else { 4 };
            let whole = engine.encode(&inside).get(from..inside.len() / 3 * 4).map(|s| s.as_bytes().to_vec());
            all.extend(whole);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Matcher;
    use super::*;

    const SECRET: &str = "hunter2/+ \"<&>'\u{e9}";

    #[test]
    fn every_spelling_is_found() {
        let matcher = Matcher::new(spellings(SECRET));
        let base64 = |text: String| STANDARD.encode(text);
        for text in [
            format!("x{SECRET}y"),
            SECRET.to_uppercase(),
            "hunter2%2F%2B%20%22%3C%26%3E%27%C3%A9".to_owned(),
            "hunter2%2f%2b%20%22%3c%26%3e%27%c3%a9".to_owned(),
            "hunter2%2F%2B+%22%3C%26%3E%27%C3%A9".to_owned(),
            "hunter2/%2B%20%22%3C%26%3E'%C3%A9".to_owned(),
            "hunter2%2F%2B+%22%3C%26%3E%27%E9".to_owned(),
            "hunter2/+%20%22%3C&%3E'%C3%A9".to_owned(),
            "hunter2/+%20%22%3C&%3E%27%C3%A9".to_owned(),
            "hunter2/+ \\\"<&>'\u{e9}".to_owned(),
            "hunter2/+ \\\"\\u003c\\u0026\\u003e'\u{e9}".to_owned(),
            "hunter2/+ \\\"<&>'\\u00e9".to_owned(),
            "hunter2\\/+ \\\"<&>'\\u00E9".to_owned(),
            "hunter2/\\u002B \\u0022\\u003C\\u0026\\u003E\\u0027\\u00E9".to_owned(),
            "hunter2/+ &quot;&lt;&amp;&gt;&#39;\u{e9}".to_owned(),
            "hunter2/+ &quot;&lt;&amp;&gt;&#039;&eacute;".to_owned(),
            "hunter2/+ &#34;&lt;&amp;&gt;&#39;&#233;".to_owned(),
            "hunter2&#x2F;+ &quot;&lt;&amp;&gt;&#39;&#xE9;".to_owned(),
            "hunter2/+ \"&lt;&amp;&gt;'\u{e9}".to_owned(),
            "hunter2/+ \"<&>'\u{c3}\u{a9}".to_owned(),
            "68756e746572322f2b20223c263e27c3a9".to_owned(),
            "68756E746572322F2B20223C263E27C3A9".to_owned(),
            base64(SECRET.to_owned()),
            base64(format!("u:{SECRET}")),
            base64(format!("us:{SECRET}")),
            base64(format!("use:{SECRET}")),
            base64(format!("user:{SECRET}:more")),
            URL_SAFE_NO_PAD.encode(format!("use:{SECRET}")),
        ] {
            assert!(matcher.finds(&text), "{text}");
        }
        assert!(!matcher.finds("hunter3 and nothing else"));
        assert!(matcher.strike(b"hunter2/+ \"<&>'\xe9").is_some(), "Latin-1");
    }

    #[test]
    fn a_word_is_found_disguised() {
        let matcher = Matcher::new(disguises("latest"));
        assert!(!matcher.finds("the tag latest, or l%61test"));
        for text in ["bGF0ZXN0", "6c6174657374", "%6C%61%74%65%73%74"] {
            assert!(matcher.finds(text), "{text}");
        }
        assert!(disguises("abc").is_empty());
    }

    #[test]
    fn there_are_not_too_many() {
        assert!(spellings("tk-55d1e8aa-token_with.ordinary~letters").len() < 40);
        assert!(spellings(SECRET).len() < 400, "{}", spellings(SECRET).len());
        assert!(spellings(&"\u{e9}".repeat(100_000)).iter().all(|s| s.len() <= 4 * LONGEST));
    }
}
