//! The last line of defence: whether a text holds a secret, in any form in which one gets into a text.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

use crate::diagnosis::catalogue::CATALOGUE;
use crate::diagnosis::pages::{self, Page};

/// A secret shorter than this cannot be told from ordinary text.
const SHORTEST: usize = 5;

/// Base64 of less than so many bytes inside something else is too few letters to be sure.
const SHORTEST_INSIDE: usize = 9;

/// What a form or a query leaves as it is, besides letters and digits: the least that anybody encodes.
const LEAST: &AsciiSet =
    &CONTROLS.add(b' ').add(b'%').add(b'"').add(b'#').add(b'<').add(b'>').add(b'&').add(b'+');

/// Whether a secret stands in the text.
pub(crate) fn holds(text: &str, secrets: &[SecretString]) -> bool {
    secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= SHORTEST).any(|secret| {
        let ours = is_ours(secret);
        forms(secret).iter().any(|form| !(ours && form == secret) && text.contains(form))
    })
}

/// Whether a secret is a word that reports hold anyway, in the ids and the words of findings: `wrong`, `digest`. As
/// itself it cannot be told from those; encoded it can. What was captured of it is struck out all the same.
fn is_ours(secret: &str) -> bool {
    let word = secret.bytes().all(|b| b.is_ascii_lowercase());
    let listed = || CATALOGUE.iter().any(|(_, ids)| ids.iter().any(|id| id.contains(secret)));
    word && (pages::all().flat_map(Page::texts).any(|text| text.contains(secret)) || listed())
}

/// As it is, and as JSON, XML, HTML, URLs and base64 write it.
fn forms(secret: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([secret.to_owned()]);
    for set in [NON_ALPHANUMERIC, LEAST] {
        let encoded = utf8_percent_encode(secret, set).to_string();
        forms.insert(lower_hex(&encoded));
        forms.insert(encoded);
    }
    // As in a form.
    forms.insert(utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string().replace("%20", "+"));
    if let Ok(json) = serde_json::to_string(secret) {
        forms.insert(json.trim_matches('"').to_owned());
    }
    let ampersand = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    forms.insert(ampersand.replace('"', "&quot;").replace('\'', "&#39;"));
    forms.insert(ampersand.replace('"', "&quot;").replace('\'', "&apos;"));
    forms.insert(ampersand.replace('"', "&#34;").replace('\'', "&#39;"));
    forms.insert(ampersand);
    forms.insert(crate::render::escape::terminal(secret));
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.insert(engine.encode(secret));
        if secret.len() < SHORTEST_INSIDE {
            continue;
        }
        // Behind something else, `user:` say, the letters depend on where the secret begins; the first and the last
        // ones depend on its neighbours.
        for before in 1..3 {
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(secret.as_bytes());
            let encoded = engine.encode(&bytes);
            let whole = bytes.len() / 3 * 4;
            forms.extend(encoded.get(4..whole).map(str::to_owned));
        }
        let whole = secret.len() / 3 * 4;
        forms.extend(engine.encode(secret).get(..whole).map(str::to_owned));
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

fn lower_hex(encoded: &str) -> String {
    let mut out = String::with_capacity(encoded.len());
    let mut hex = 0;
    for c in encoded.chars() {
        out.push(if hex > 0 { c.to_ascii_lowercase() } else { c });
        hex = if c == '%' { 2 } else { hex.max(1) - 1 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_reports_hold_anyway() {
        let secret = [SecretString::from("wrong")];
        assert!(!holds("not exercised: referrers-200-wrong-type", &secret));
        assert!(holds("Basic d3Jvbmc", &secret));
        assert!(holds("correct-horse", &[SecretString::from("correct-horse")]));
    }

    #[test]
    fn every_form_is_found() {
        let secret = "hunter2/+ \"<&>'\u{e9}";
        let secrets = [SecretString::from(secret)];
        let base64 = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
        for text in [
            format!("x{secret}y"),
            "hunter2%2F%2B%20%22%3C%26%3E%27%C3%A9".to_owned(),
            "hunter2%2f%2b%20%22%3c%26%3e%27%c3%a9".to_owned(),
            "hunter2%2F%2B+%22%3C%26%3E%27%C3%A9".to_owned(),
            "hunter2/+ \\\"<&>'\u{e9}".to_owned(),
            "hunter2/+ &quot;&lt;&amp;&gt;&#39;\u{e9}".to_owned(),
            "hunter2/+ \"&lt;&amp;&gt;'\u{e9}".to_owned(),
            base64(secret.to_owned()),
            base64(format!("u:{secret}")),
            base64(format!("us:{secret}")),
            base64(format!("use:{secret}")),
            base64(format!("user:{secret}:more")),
        ] {
            assert!(holds(&text, &secrets), "{text}");
        }
        assert!(!holds("hunter3 and nothing else", &secrets));
    }

    #[test]
    fn short_words_stand_everywhere() {
        assert!(!holds("abcd", &[SecretString::from("abcd")]));
        assert!(holds("abcde", &[SecretString::from("abcde")]));
    }
}
