//! The last line of defence: a look for secrets in every output, which strikes what it finds and keeps the report.
//!
//! Secrets are struck where they are captured. What is found here is a fault of ours, and said on stderr; the report is
//! what the run was for, and a registry must not be able to withhold it.

mod markup;
mod shape;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use secrecy::{ExposeSecret, SecretString};

use crate::cli::format::Format;
use crate::diagnosis::catalogue::CATALOGUE;
use crate::diagnosis::pages::{self, Page};
use crate::redaction::{Matcher, disguises, is_telling, spellings};
use shape::Shape;

/// Rounds before it is given up: what is left when a secret is struck can at worst be another one.
const ROUNDS: usize = 3;

/// Places struck by this process.
static LATE: AtomicUsize = AtomicUsize::new(0);

/// How many places were struck in what this process wrote: none, unless redaction at capture has a fault.
pub(crate) fn late() -> usize {
    LATE.load(Relaxed)
}

/// What knows the secrets of a call.
#[derive(Default)]
pub(crate) struct Look(Matcher);

impl Look {
    pub(crate) fn new(secrets: &[SecretString]) -> Look {
        Look(Matcher::new(secrets.iter().map(ExposeSecret::expose_secret).flat_map(|secret| {
            if !is_telling(secret, &[]) || is_ours(secret) {
                return disguises(secret);
            }
            let mut all = spellings(secret);
            all.insert(crate::render::escape::terminal(secret).into_bytes());
            all
        })))
    }

    /// The text without secrets, still well-formed; nothing where one is left.
    pub(crate) fn clean(&self, text: String, format: Format) -> Option<String> {
        let shape = Shape::of(format);
        let mut text = text;
        for _ in 0..ROUNDS {
            // Cheap, and nearly always the end of it.
            if !self.0.finds(&text) {
                return Some(text);
            }
            let (struck, places) = shape.strike(&text, &self.0);
            if places == 0 {
                // Found in our own punctuation.
                return Some(text);
            }
            LATE.fetch_add(places, Relaxed);
            text = struck;
        }
        (shape.strike(&text, &self.0).1 == 0).then_some(text)
    }
}

/// What reports hold anyway, lower case: ids and words of findings, and the names of the JSON report's fields. As itself
/// a secret that is a part of it cannot be told from it; encoded it can. What was captured of it is struck all the same.
static OURS: LazyLock<String> = LazyLock::new(|| {
    let rules = pages::all().flat_map(Page::texts);
    let listed = CATALOGUE.iter().flat_map(|(group, ids)| std::iter::once(*group).chain(ids.iter().copied()));
    let schema = include_str!("../../reports/report.schema.json");
    let all: Vec<&str> = rules.chain(listed).chain([schema, FOREIGN_FIELDS]).collect();
    all.join("\n").to_ascii_lowercase()
});

/// Fields of HAR, SARIF and JUnit.
const FOREIGN_FIELDS: &str = "startedDateTime serverIPAddress bodySize headersSize httpVersion queryString redirectURL \
    statusText mimeType pageTimings onContentLoad connection encoding executionSuccessful startTimeUtc endTimeUtc \
    invocations automationDetails partialFingerprints informationUri semanticVersion defaultConfiguration \
    fullDescription shortDescription helpUri ruleId ruleIndex physicalLocation logicalLocations artifactLocation \
    fullyQualifiedName relatedLocations properties columnKind testsuites testsuite testcase classname failures skipped";

fn is_ours(secret: &str) -> bool {
    OURS.contains(&secret.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str, format: Format, secret: &str) -> String {
        Look::new(&[SecretString::from(secret)]).clean(text.to_owned(), format).unwrap()
    }

    #[test]
    fn words_that_reports_hold_anyway() {
        for word in
            ["wrong", "latest", "amd64", "manifest-digest-at-blobs-404", "application/json", "schema_version"]
        {
            let text = format!("a report about {word}");
            assert_eq!(clean(&text, Format::Table, word), text);
        }
        assert_eq!(clean("Basic d3Jvbmc= bGF0ZXN0", Format::Table, "latest"), "Basic d3Jvbmc= <redacted>");
        assert_eq!(clean("correct-horse", Format::Table, "correct-horse"), "<redacted>");
    }

    #[test]
    fn json_stays_json() {
        let secret = "hunter2\"\\\u{e9}<&>nfoo";
        let text = serde_json::to_string_pretty(&serde_json::json!({
            "a": format!("it is {secret}."), "b": ["\\\nhunter3", 7], "c": 1.5e3, secret: null
        }));
        let struck = clean(&text.unwrap(), Format::Json, secret);
        let value: serde_json::Value = serde_json::from_str(&struck).unwrap();
        assert_eq!(value["a"], "it is <redacted>.");
        assert_eq!(value["b"], serde_json::json!(["\\\nhunter3", 7]));
        assert_eq!(value["<redacted>"], serde_json::Value::Null);
        // Its first letter is in an escape; where nothing is a text, nothing is struck.
        assert_eq!(clean(r#"["x\nfoobar-1"]"#, Format::Har, "nfoobar-1"), r#"["x\nfoobar-1"]"#);
        let across = r#"{"first":"a","second":"b"}"#;
        assert_eq!(clean(across, Format::Json, r#"a","second":"b"#), across);
        let lines = "{\"a\":\"hunter2-x\"}\n{\"a\":12345678}\n";
        assert_eq!(clean(lines, Format::Ndjson, "hunter2-x"), "{\"a\":\"<redacted>\"}\n{\"a\":12345678}\n");
        assert_eq!(clean(lines, Format::Ndjson, "12345678"), lines);
    }

    #[test]
    fn nothing_is_left_or_nothing_is_said() {
        assert_eq!(clean("user hunter2-hunter2", Format::Github, "hunter2-hunter2"), "user <redacted>");
        // A second secret that the word in the first one's place completes.
        let two = ["hunter2-x", "ed>hunter3-y"].map(SecretString::from);
        let struck = Look::new(&two).clean("hunter2-xhunter3-y".to_owned(), Format::Table).unwrap();
        assert!(!struck.contains("hunter"), "{struck}");
        let before = late();
        assert!(Look::default().clean("anything".to_owned(), Format::Html).is_some());
        assert!(late() >= before);
    }
}
